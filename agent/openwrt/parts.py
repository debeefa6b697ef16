"""What a reading is made of before it becomes a report: interfaces, airtime, stations. Values only."""

from collections.abc import Hashable
from dataclasses import dataclass, field, fields
from typing import Literal, TypeVar

from agent.wire import Band, WifiStandard

Mode = Literal["ap", "ap vlan", "mesh", "link", "other"]
"""What an interface is for. `ap` alone is a network that clients see; `ap vlan` holds some of the clients of one.
A `link` is a further channel of a multi-link device, whose clients are told of at its first."""


@dataclass(frozen=True, slots=True)
class WirelessInterface:
    """One interface on a radio, as one tool tells of it. `phy` is the hardware, of which several radios can be parts:
    then `radio_index` says which. An interface without channel does not send."""

    name: str
    phy: str | None = None
    radio_index: int | None = None
    mode: Mode | None = None
    ssid: str | None = None
    frequency_mhz: int | None = None
    band: Band | None = None
    channel: int | None = None
    width_mhz: int | None = None
    standard: WifiStandard | None = None
    capabilities: frozenset[WifiStandard] | None = None
    tx_power_dbm: float | None = None
    noise_dbm: float | None = None


@dataclass(frozen=True, slots=True)
class Airtime:
    """How long a radio watched a channel, and in how much of that it was busy, received and sent; counters in ms."""

    frequency_mhz: int
    is_in_use: bool = False
    noise_dbm: float | None = None
    active_ms: int | None = None
    busy_ms: int | None = None
    rx_ms: int | None = None
    tx_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Station:
    """One station on an interface. `key` tells it from others while it is there, and goes no further."""

    key: Hashable = field(repr=False)
    is_authorized: bool | None = None
    standard: WifiStandard | None = None
    signal_dbm: float | None = None
    rx_phy_rate_bits_per_second: float | None = None
    tx_phy_rate_bits_per_second: float | None = None
    rx_bytes: int | None = None
    tx_bytes: int | None = None
    tx_frames: int | None = None
    tx_retries: int | None = None
    tx_failures: int | None = None
    connected_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class PhyRadio:
    """A radio of a phy: its index where there are several, and the frequencies in MHz that it takes, both included."""

    index: int
    lowest_mhz: float
    highest_mhz: float


@dataclass(frozen=True, slots=True)
class Phy:
    """A piece of radio hardware: what it can by band, and its radios where it has several."""

    capabilities: dict[Band, WifiStandard]
    radios: tuple[PhyRadio, ...] = ()


P = TypeVar("P", WirelessInterface, Station)


def merged(first: P, second: P | None) -> P:
    """The first, with what it lacks taken from the second."""
    if second is None:
        return first
    told = {
        part.name: getattr(second if getattr(first, part.name) is None else first, part.name) for part in fields(first)
    }
    return type(first)(**told)
