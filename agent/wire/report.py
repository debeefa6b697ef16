"""A Report: one access point at one instant. Every value but the instant is optional; absent means not known.

Directions are the access point's own: on a radio, an SSID or an interface, `rx` is what the access point received
and `tx` what it sent. What clients download is therefore a radio's `tx` and the uplink's `rx`.
"""

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import FailFast, Field, model_validator

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
    Word,
)

Band = Literal["2.4", "5", "6"]
Direction = Literal["download", "upload"]
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

    uptime_seconds: Seconds | None = Field(default=None, description="Since its start")
    cpu_ratio: Ratio | None = Field(default=None, description="Share of the processor in use, over all its cores")
    memory_used_ratio: Ratio | None = Field(default=None, description="Share of the memory that is not free for use")
    load_1m: Annotated[float, Field(ge=0, le=100_000)] | None = Field(
        default=None, description="Mean number of processes that run or wait to, over a minute"
    )
    temperature_celsius: Celsius | None = Field(default=None, description="The warmest that it tells of")


Bound = Annotated[float, Field(ge=-1e13, le=1e13)]


class Distribution(WireModel):
    """How clients spread over a quantity: of the ranges that `bounds` make, how many clients lie in each.

    A range ends with its bound, included; the last one has no end, so there is one count more than there are bounds.
    """

    bounds: Annotated[tuple[Bound, ...], Field(min_length=1, max_length=32), FailFast()]
    counts: Annotated[tuple[Count, ...], Field(min_length=2, max_length=33), FailFast()]

    @model_validator(mode="after")
    def _ranges_are_in_order(self) -> Self:
        if len(self.counts) != len(self.bounds) + 1:
            raise ValueError("counts must be one more than bounds")
        if any(lower >= upper for lower, upper in pairwise(self.bounds)):
            raise ValueError("bounds must ascend")
        return self


class StandardClients(WireModel):
    """How many of a radio's clients are connected by one standard."""

    standard: WifiStandard
    clients: Count


class Radio(WireModel):
    """One radio over the interval. `busy_ratio` is all airtime in use; `rx_ratio` and `tx_ratio` are its own part.

    Three kinds of speed are never mixed: PHY rates are what was negotiated on the air (`…_phy_rate_…`),
    `rx_bits_per_second` and `tx_bits_per_second` are what flowed, and what could have flowed is a probe's to measure.
    """

    name: Name
    is_up: bool | None = Field(default=None, description="Whether it is switched on and sends")
    band: Band | None = Field(default=None, description="In GHz")
    channel: Annotated[int, Field(ge=1, le=253)] | None = Field(
        default=None, description="Number of the primary channel"
    )
    width_mhz: Annotated[int, Field(ge=1, le=640)] | None = Field(default=None, description="Of the channel")
    standard: WifiStandard | None = Field(default=None, description="In use")
    capability: WifiStandard | None = Field(default=None, description="The newest that the hardware can")
    tx_power_dbm: Dbm | None = Field(default=None, description="Set for sending")
    noise_dbm: Dbm | None = Field(default=None, description="Noise floor of the channel")
    busy_ratio: Ratio | None = Field(default=None, description="Airtime of the channel in use, by whomever")
    rx_ratio: Ratio | None = Field(default=None, description="Airtime in which it received frames of its own network")
    tx_ratio: Ratio | None = Field(default=None, description="Airtime in which it sent")
    clients: Count | None = Field(default=None, description="Associated stations")
    retry_ratio: Ratio | None = Field(default=None, description="Of the frames sent, those sent again")
    failure_ratio: Ratio | None = Field(default=None, description="Of the frames sent, those never acknowledged")
    rx_bits_per_second: BitsPerSecond | None = Field(default=None, description="Received from clients")
    tx_bits_per_second: BitsPerSecond | None = Field(default=None, description="Sent to clients")
    rx_phy_rate_bits_per_second: BitsPerSecond | None = Field(
        default=None, description="Mean of what clients negotiated for sending to it"
    )
    tx_phy_rate_bits_per_second: BitsPerSecond | None = Field(
        default=None, description="Mean of what it negotiated for sending to clients"
    )
    clients_by_standard: Annotated[tuple[StandardClients, ...], Field(max_length=16), FailFast()] = ()
    client_signal_dbm: Distribution | None = Field(
        default=None, description="Clients by the signal at which the access point hears them"
    )
    client_rx_phy_rate_bits_per_second: Distribution | None = Field(
        default=None, description="Clients by the PHY rate at which the access point receives from them"
    )
    client_tx_phy_rate_bits_per_second: Distribution | None = Field(
        default=None, description="Clients by the PHY rate at which the access point sends to them"
    )


class Ssid(WireModel):
    """One network name on one radio; names repeat across radios and can be empty (hidden)."""

    ssid: SsidName
    radio: Name | None = None
    clients: Count | None = Field(default=None, description="Associated stations")
    rx_bits_per_second: BitsPerSecond | None = Field(default=None, description="Received from clients")
    tx_bits_per_second: BitsPerSecond | None = Field(default=None, description="Sent to clients")


class Interface(WireModel):
    """One wired interface. `speed_bits_per_second` is what was negotiated, the rates are what flowed."""

    name: Name
    is_up: bool | None = Field(default=None, description="Whether the link is up")
    speed_bits_per_second: BitsPerSecond | None = Field(default=None, description="Negotiated")
    max_speed_bits_per_second: BitsPerSecond | None = Field(default=None, description="The fastest that the port can")
    is_full_duplex: bool | None = Field(default=None, description="Whether both directions go at once")
    rx_bits_per_second: BitsPerSecond | None = Field(default=None, description="Received")
    tx_bits_per_second: BitsPerSecond | None = Field(default=None, description="Sent")
    rx_errors_per_second: PerSecond | None = Field(default=None, description="Frames received with an error")
    tx_errors_per_second: PerSecond | None = Field(default=None, description="Frames not sent for an error")
    rx_drops_per_second: PerSecond | None = Field(default=None, description="Frames received and thrown away")
    tx_drops_per_second: PerSecond | None = Field(default=None, description="Frames thrown away before they were sent")


class Probe(WireModel):
    """The outcome of one active check of what a user would feel."""

    kind: Name
    target: Name | None = Field(default=None, description="What was checked: a host, a name, an address of the web")
    server: Name | None = Field(default=None, description="Who was asked about the target, such as a resolver")
    observed_at: Instant | None = Field(default=None, description="When, where that is not the instant of the report")
    is_ok: bool | None = Field(default=None, description="Whether it came out well")
    outcome: Word | None = Field(default=None, description="What came of it, in a word")
    failure: Text | None = Field(default=None, description="What went wrong, in words")
    latency_seconds: Seconds | None = Field(default=None, description="How long it took, or an answer did")
    loss_ratio: Ratio | None = Field(default=None, description="Of the packets sent, those without an answer")
    direction: Direction | None = None
    method: Name | None = Field(default=None, description="How it was checked")
    streams: Annotated[int, Field(ge=1, le=1000)] | None = Field(
        default=None, description="Connections that moved data at once"
    )
    transferred_bytes: Annotated[int, Field(ge=0, le=2**53)] | None = Field(
        default=None, description="Moved by the test"
    )
    duration_seconds: Seconds | None = Field(default=None, description="How long data was moved for")
    throughput_bits_per_second: BitsPerSecond | None = Field(
        default=None, description="Active throughput: what the test itself moved"
    )


class Report(WireModel):
    """One access point at one instant. Rates are means over the `interval_seconds` before `observed_at`."""

    access_point: AccessPointId | None = Field(
        default=None, description="Absent where the agent knows the device but not the place it hangs at"
    )
    observed_at: Instant
    interval_seconds: Seconds | None = Field(default=None, description="What its rates are means over")
    is_up: bool | None = Field(
        default=None, description="False where a controller says that it has lost the access point"
    )
    access_points: Count | None = Field(
        default=None, description="On a controller: how many are connected to it. Its clients are theirs, once more"
    )
    device: Device | None = None
    system: System | None = None
    clients: Count | None = Field(default=None, description="Associated stations over all radios")
    rx_bits_per_second: BitsPerSecond | None = Field(
        default=None, description="From clients over all radios, where the device does not count it for each"
    )
    tx_bits_per_second: BitsPerSecond | None = Field(
        default=None, description="To clients over all radios, where the device does not count it for each"
    )
    radios: Annotated[tuple[Radio, ...], Field(max_length=16), FailFast()] = ()
    ssids: Annotated[tuple[Ssid, ...], Field(max_length=128), FailFast()] = ()
    uplink: Interface | None = Field(default=None, description="The interface towards the network")
    interfaces: Annotated[tuple[Interface, ...], Field(max_length=128), FailFast()] = Field(
        default=(), description="The wired interfaces other than the uplink"
    )
    probes: Annotated[tuple[Probe, ...], Field(max_length=64), FailFast()] = ()
