"""What an access point of each Wi-Fi generation is made of. Nothing here changes with time.

Called by `agent.simulation.device`, `agent.simulation.airtime` and `agent.simulation.uplink`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from agent.wire import Band, WifiStandard

Generation = Literal["wifi4", "wifi5", "wifi6", "wifi6e"]


@dataclass(frozen=True, slots=True)
class RadioModel:
    """One radio. `phy_bits_per_second` is its highest rate to a client with two streams, by the tables of IEEE 802.11
    for its width; `client_share` is the part of an access point's clients that chooses its band."""

    name: str
    band: Band
    standard: WifiStandard
    width_mhz: int
    phy_bits_per_second: float
    client_share: float
    tx_power_dbm: float

    @property
    def channels(self) -> tuple[int, ...]:
        """The primary channels to plan with."""
        return _CHANNELS[self.band, self.width_mhz]

    @property
    def is_legacy(self) -> bool:
        """Whether clients take turns: OFDMA, which lets many send at once, came with 802.11ax."""
        return self.standard != "802.11ax"

    @property
    def max_clients(self) -> int:
        """Associations that it takes."""
        return 127 if self.is_legacy else 255


@dataclass(frozen=True, slots=True)
class Hardware:
    """One model. `cpu_bits_per_second` would keep its processor busy, `self_heating_celsius` is how far its inside is
    above its surroundings when idle."""

    model: str
    firmwares: tuple[str, ...]
    radios: tuple[RadioModel, ...]
    uplink_bits_per_second: float
    cpu_bits_per_second: float
    cores: int
    idle_memory_ratio: float
    self_heating_celsius: float


# In 2.4 GHz the three that do not overlap; in 5 GHz the lowest of each block; in 6 GHz a preferred scanning channel of
# each of the three lowest blocks, which stay below 6425 MHz.
_CHANNELS: Mapping[tuple[Band, int], tuple[int, ...]] = MappingProxyType(
    {
        ("2.4", 20): (1, 6, 11),
        ("5", 40): (36, 44, 52, 60, 100, 108, 116, 149, 157),
        ("5", 80): (36, 52, 100, 149),
        ("6", 160): (5, 37, 69),
    }
)

_HARDWARE: dict[Generation, Hardware] = {
    "wifi4": Hardware(
        model="SIM-AP Wi-Fi 4 (2x2)",
        firmwares=("3.2.17", "3.4.2"),
        radios=(
            RadioModel("radio0", "2.4", "802.11n", 20, 144.4e6, 0.38, 20.0),
            RadioModel("radio1", "5", "802.11n", 40, 300e6, 0.62, 20.0),
        ),
        uplink_bits_per_second=1e9,
        cpu_bits_per_second=260e6,
        cores=1,
        idle_memory_ratio=0.61,
        self_heating_celsius=21.0,
    ),
    "wifi5": Hardware(
        model="SIM-AP Wi-Fi 5 (2x2)",
        firmwares=("5.1.9", "5.6.0"),
        radios=(
            RadioModel("radio0", "2.4", "802.11n", 20, 144.4e6, 0.32, 20.0),
            RadioModel("radio1", "5", "802.11ac", 40, 400e6, 0.68, 23.0),
        ),
        uplink_bits_per_second=1e9,
        cpu_bits_per_second=520e6,
        cores=2,
        idle_memory_ratio=0.52,
        self_heating_celsius=20.0,
    ),
    "wifi6": Hardware(
        model="SIM-AP Wi-Fi 6 (4x4)",
        firmwares=("8.0.4", "8.2.1"),
        radios=(
            RadioModel("radio0", "2.4", "802.11ax", 20, 286.8e6, 0.18, 20.0),
            RadioModel("radio1", "5", "802.11ax", 80, 1201e6, 0.82, 23.0),
        ),
        uplink_bits_per_second=2.5e9,
        cpu_bits_per_second=2e9,
        cores=4,
        idle_memory_ratio=0.43,
        self_heating_celsius=19.0,
    ),
    "wifi6e": Hardware(
        model="SIM-AP Wi-Fi 6E (4x4x4)",
        firmwares=("8.2.1", "8.3.0"),
        radios=(
            RadioModel("radio0", "2.4", "802.11ax", 20, 286.8e6, 0.14, 20.0),
            RadioModel("radio1", "5", "802.11ax", 80, 1201e6, 0.56, 23.0),
            RadioModel("radio2", "6", "802.11ax", 160, 2402e6, 0.30, 14.0),
        ),
        uplink_bits_per_second=10e9,
        cpu_bits_per_second=4e9,
        cores=4,
        idle_memory_ratio=0.40,
        self_heating_celsius=22.0,
    ),
}
HARDWARE: Mapping[Generation, Hardware] = MappingProxyType(_HARDWARE)
