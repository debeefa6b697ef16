"""What a place is connected by: the port of the switch, its power, and the cable between. Pure.

What a cable carries over 100 metres is of IEEE 802.3ab-1999 (1000BASE-T over category 5), 802.3bz-2016 (2.5GBASE-T
over class D, 5GBASE-T over class E) and 802.3an-2006 (10GBASE-T over class EA); installers get more out of short ones,
and nothing here counts on that.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from inventory.catalogue.entries import Poe

Cable = Literal["cat5", "cat5e", "cat6", "cat6a", "fibre"]
CABLE_BITS_PER_SECOND: Mapping[Cable, float] = MappingProxyType(
    {"cat5": 1e9, "cat5e": 2.5e9, "cat6": 5e9, "cat6a": 10e9, "fibre": float("inf")}
)
POWER_WATTS: Mapping[Poe, float] = MappingProxyType(
    {"none": 0.0, "802.3af": 12.95, "802.3at": 25.5, "802.3bt-3": 51.0, "802.3bt-4": 71.3}
)
"""What reaches the device by the classes of IEEE 802.3-2022, clauses 33 and 145; passive supplies are of no class."""

_SLOWEST_PORT_BITS_PER_SECOND = 10_000_000
"""10BASE-T: what says less is in kilobits or megabits."""


def speed_of_a_port(bits_per_second: int) -> int:
    """The same, where a port of Ethernet can have it. Raises ValueError."""
    if bits_per_second < _SLOWEST_PORT_BITS_PER_SECOND:
        raise ValueError("is slower than any port; write bits a second, such as 1_000_000_000 for 1 Gb/s")
    return bits_per_second


def powers(port: Poe, device: Poe) -> bool | None:
    """Whether a port of this class has what the device asks for; None where one of them is passive, or where the device
    takes its power from elsewhere."""
    if "passive" in {port, device} or device == "none":
        return None
    return POWER_WATTS[port] >= POWER_WATTS[device]
