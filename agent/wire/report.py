"""A Report: one access point at one instant. Every value but the instant is optional; absent means not known.

Directions are the access point's own: on a radio, an SSID or an interface, `rx` is what the access point received
and `tx` what it sent. What clients download is therefore a radio's `tx` and the uplink's `rx`.
"""

from typing import Annotated, Literal

from pydantic import FailFast, Field

from agent.wire.identifiers import (
    AccessPointId,
    BitsPerSecond,
    Celsius,
    Count,
    Dbm,
    Instant,
    Mac,
    Name,
    PerSecond,
    Ratio,
    Seconds,
    SsidName,
    Text,
    WireModel,
)

Band = Literal["2.4", "5", "6"]
WifiStandard = Literal["802.11b", "802.11g", "802.11a", "802.11n", "802.11ac", "802.11ax", "802.11be"]


class Device(WireModel):
    """The box that hangs at the place, as it names itself."""

    vendor: Name | None = None
    model: Name | None = None
    serial: Name | None = None
    mac: Mac | None = None
    firmware: Name | None = None
    name: Name | None = None


class System(WireModel):
    """The health of the box: seconds since its start, shares of processor and memory in use, load, temperature."""

    uptime_seconds: Seconds | None = None
    cpu_ratio: Ratio | None = None
    memory_used_ratio: Ratio | None = None
    load_1m: Annotated[float, Field(ge=0, le=100_000)] | None = None
    temperature_celsius: Celsius | None = None


class Radio(WireModel):
    """One radio over the interval. `busy_ratio` is all airtime in use; `rx_ratio` and `tx_ratio` are its own part."""

    name: Name
    band: Band | None = None
    channel: Annotated[int, Field(ge=1, le=253)] | None = None
    width_mhz: Annotated[int, Field(ge=1, le=640)] | None = None
    standard: WifiStandard | None = None
    tx_power_dbm: Dbm | None = None
    noise_dbm: Dbm | None = None
    busy_ratio: Ratio | None = None
    rx_ratio: Ratio | None = None
    tx_ratio: Ratio | None = None
    clients: Count | None = None
    retry_ratio: Ratio | None = None
    rx_bits_per_second: BitsPerSecond | None = None
    tx_bits_per_second: BitsPerSecond | None = None


class Ssid(WireModel):
    """One network name on one radio; names repeat across radios and can be empty (hidden)."""

    ssid: SsidName
    radio: Name | None = None
    clients: Count | None = None


class Interface(WireModel):
    """One wired interface. `speed_bits_per_second` is what was negotiated, the rates are what flowed."""

    name: Name
    is_up: bool | None = None
    speed_bits_per_second: BitsPerSecond | None = None
    is_full_duplex: bool | None = None
    rx_bits_per_second: BitsPerSecond | None = None
    tx_bits_per_second: BitsPerSecond | None = None
    rx_errors_per_second: PerSecond | None = None
    tx_errors_per_second: PerSecond | None = None
    rx_drops_per_second: PerSecond | None = None
    tx_drops_per_second: PerSecond | None = None


class Probe(WireModel):
    """The outcome of one active check of what a user would feel."""

    kind: Name
    target: Name | None = None
    is_ok: bool | None = None
    failure: Text | None = None
    latency_seconds: Seconds | None = None
    loss_ratio: Ratio | None = None
    throughput_bits_per_second: BitsPerSecond | None = None


class Report(WireModel):
    """One access point at one instant. Rates are means over the `interval_seconds` before `observed_at`."""

    access_point: AccessPointId | None = Field(
        default=None, description="Absent where the agent knows the device but not the place it hangs at"
    )
    observed_at: Instant
    interval_seconds: Seconds | None = None
    device: Device | None = None
    system: System | None = None
    clients: Count | None = Field(default=None, description="Associated stations over all radios")
    radios: Annotated[tuple[Radio, ...], Field(max_length=16), FailFast()] = ()
    ssids: Annotated[tuple[Ssid, ...], Field(max_length=128), FailFast()] = ()
    uplink: Interface | None = Field(default=None, description="The interface towards the network")
    interfaces: Annotated[tuple[Interface, ...], Field(max_length=128), FailFast()] = Field(
        default=(), description="The wired interfaces other than the uplink"
    )
    probes: Annotated[tuple[Probe, ...], Field(max_length=64), FailFast()] = ()
