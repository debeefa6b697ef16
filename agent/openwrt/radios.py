"""Makes radios and networks of the wire out of a reading and what was counted at the reading before.

For `agent.sources.openwrt`. Rates are made here, where the counters are; see `agent.rates` for wraps and resets.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from agent.machine import Link
from agent.openwrt.distributions import (
    PHY_RATE_BOUNDS_BITS_PER_SECOND,
    SIGNAL_BOUNDS_DBM,
    clients_by_standard,
    distribution,
)
from agent.openwrt.flows import MAX_BITS_PER_SECOND, NOTHING_KNOWN, Flow, offloaded_or_not, sum_of, sum_of_known
from agent.openwrt.joining import is_sending
from agent.openwrt.parts import Airtime, Station, WirelessInterface, merged
from agent.openwrt.reading import Network, RadioAnswers
from agent.openwrt.spectrum import channel_of, standard_in
from agent.procfs import InterfaceCounters
from agent.rates import Counters, share
from agent.wire import Radio, Ssid
from agent.wired import UNKNOWN_WIDTH

MAX_SSIDS = 128  # what a Report holds
# A second has a thousand, but recordings can be played faster than they were made. What is to be kept out is years:
# a counter that began anew near its top, and looks as if it had gone through it.
_MAX_ACTIVE_MS_PER_SECOND = 2e6
_MAX_FRAMES_PER_SECOND = 1e7
_PROVES_UNCOUNTED_FRAMES = 1000
_ROUNDING_SECONDS = 2.0  # of the time since which a station is connected


@dataclass(frozen=True, slots=True)
class Growth:
    """What one station's counters grew by; None where one has no reading before, or began anew."""

    flow: Flow = NOTHING_KNOWN
    frames: int | None = None
    retries: int | None = None
    failures: int | None = None


class RadioCounters:
    """What radios and their networks did since the reading before. One for a source, on the source's `Counters`."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters

    def tell(
        self,
        answers: RadioAnswers,
        *,
        links: Mapping[str, Link],
        interfaces: Mapping[str, InterfaceCounters],
        interfaces_at_seconds: float,
    ) -> tuple[Radio, tuple[Ssid, ...]]:
        """The radio and its networks. `interfaces` are the kernel's counters, read at that instant."""
        flows: list[Flow] = []
        ssids: list[Ssid] = []
        growths: list[Growth] = []
        for network in answers.networks:
            grown = [self._growth(network, station) for station in network.stations or ()]
            names = (network.interface.name, *network.children)
            by_kernel = [self._flow(name, links, interfaces, interfaces_at_seconds) for name in names]
            flow = offloaded_or_not(sum_of(by_kernel), sum_of_known(growth.flow for growth in grown))
            flows.append(flow)
            growths += grown
            if network.interface.mode == "ap" and network.interface.ssid is not None:
                ssids.append(_ssid(network, answers.parts.name, flow))
        if answers.parts.is_up is None:
            names = tuple(part.name for part in answers.parts.interfaces)
            flows = [self._flow(name, links, interfaces, interfaces_at_seconds) for name in names]
        return self._radio(answers, sum_of(flows), growths), tuple(ssids)

    def _radio(self, answers: RadioAnswers, flow: Flow, growths: list[Growth]) -> Radio:
        parts, airtime = answers.parts, answers.airtime
        sending = [part for part in parts.interfaces if is_sending(part)]
        told = reduce(merged, sending or parts.interfaces, WirelessInterface(parts.name))
        stations = [station for network in answers.networks for station in network.stations or ()]
        busy_ratio, rx_ratio, tx_ratio = self._airtime_ratios(parts.name, airtime, answers.at_seconds)
        retry_ratio, failure_ratio = _retries_and_failures(stations, growths)
        noise_dbm = airtime.noise_dbm if airtime else None
        return Radio(
            name=parts.name,
            is_up=parts.is_up,
            band=parts.band,
            channel=told.channel or channel_of(told.frequency_mhz),
            width_mhz=told.width_mhz,
            standard=standard_in(parts.band, told.standard),
            capability=standard_in(parts.band, parts.capability),
            tx_power_dbm=told.tx_power_dbm,
            noise_dbm=told.noise_dbm if noise_dbm is None else noise_dbm,
            busy_ratio=busy_ratio,
            rx_ratio=rx_ratio,
            tx_ratio=tx_ratio,
            clients=count_clients(answers.networks),
            retry_ratio=retry_ratio,
            failure_ratio=failure_ratio,
            rx_bits_per_second=flow.rx,
            tx_bits_per_second=flow.tx,
            clients_by_standard=clients_by_standard(standard_in(parts.band, station.standard) for station in stations),
            client_signal_dbm=distribution((station.signal_dbm for station in stations), SIGNAL_BOUNDS_DBM),
            client_rx_phy_rate_bits_per_second=distribution(
                (station.rx_phy_rate_bits_per_second for station in stations), PHY_RATE_BOUNDS_BITS_PER_SECOND
            ),
            client_tx_phy_rate_bits_per_second=distribution(
                (station.tx_phy_rate_bits_per_second for station in stations), PHY_RATE_BOUNDS_BITS_PER_SECOND
            ),
        )

    def _airtime_ratios(
        self, radio: str, airtime: Airtime | None, at_seconds: float
    ) -> tuple[float | None, float | None, float | None]:
        """Busy, receiving and sending, of the time in which the radio watched the channel that it is on."""
        if airtime is None:
            return None, None, None
        key = (radio, airtime.frequency_mhz)
        # All counters take part in every reading, whatever became of the others.
        active = self._delta((*key, "active"), airtime.active_ms, at_seconds, _MAX_ACTIVE_MS_PER_SECOND)
        parts = [
            self._delta((*key, name), value, at_seconds, 2 * _MAX_ACTIVE_MS_PER_SECOND)
            for name, value in (("busy", airtime.busy_ms), ("rx", airtime.rx_ms), ("tx", airtime.tx_ms))
        ]
        busy, rx, tx = (_part_of(part, active) for part in parts)
        return busy, rx, tx

    def _growth(self, network: Network, station: Station) -> Growth:
        key, at_seconds = ("station", network.interface.name, station.key), network.at_seconds
        connected = station.connected_seconds
        is_same = True
        if connected is not None:
            # A station that came back counts from the beginning, be it beyond before.
            grown = self._counters.delta((*key, "connected"), int(connected), at_seconds)
            passed_ms = self._counters.delta((*key, "clock"), int(at_seconds * 1000), at_seconds)
            is_same = grown == 0 or (grown is not None and connected + _ROUNDING_SECONDS >= (passed_ms or 0) / 1000)
        flow = self._bits((*key, "bytes"), station.rx_bytes, station.tx_bytes, at_seconds)
        frames, retries, failures = (
            self._delta((*key, name), value, at_seconds, _MAX_FRAMES_PER_SECOND)
            for name, value in (
                ("frames", station.tx_frames),
                ("retries", station.tx_retries),
                ("failures", station.tx_failures),
            )
        )
        return Growth(flow, frames, retries, failures) if is_same else Growth()

    def _flow(
        self,
        name: str,
        links: Mapping[str, Link],
        interfaces: Mapping[str, InterfaceCounters],
        at_seconds: float,
    ) -> Flow:
        """What the kernel counted on an interface; a later interface of the same name has another index."""
        counters, key = interfaces.get(name, InterfaceCounters()), ("air", name, links.get(name, Link()).index)
        return self._bits(key, counters.rx_bytes, counters.tx_bytes, at_seconds)

    def _bits(self, key: tuple[Hashable, ...], rx_bytes: int | None, tx_bytes: int | None, at_seconds: float) -> Flow:
        rates = [
            None
            if count is None
            else self._counters.rate(
                (*key, way), count, at_seconds, bits=UNKNOWN_WIDTH, max_per_second=MAX_BITS_PER_SECOND / 8
            )
            for way, count in (("rx", rx_bytes), ("tx", tx_bytes))
        ]
        rx, tx = (None if rate is None else rate * 8 for rate in rates)
        return Flow(rx, tx)

    def _delta(self, key: Hashable, value: int | None, at_seconds: float, max_per_second: float) -> int | None:
        if value is None:
            return None
        return self._counters.delta(key, value, at_seconds, bits=UNKNOWN_WIDTH, max_per_second=max_per_second)


def count_clients(networks: Iterable[Network]) -> int | None:
    """How many clients the networks have; None where there is none, or one does not tell."""
    counts = [
        None if network.stations is None else len(network.stations)
        for network in networks
        if network.interface.mode == "ap"
    ]
    known = [count for count in counts if count is not None]
    return sum(known) if counts and len(known) == len(counts) else None


def _ssid(network: Network, radio: str, flow: Flow) -> Ssid:
    return Ssid(
        ssid=network.interface.ssid or "",
        radio=radio,
        clients=None if network.stations is None else len(network.stations),
        rx_bits_per_second=flow.rx,
        tx_bits_per_second=flow.tx,
    )


def _part_of(part: int | None, whole: int | None) -> float | None:
    """A share of airtime or frames. A part that is clearly more than its whole is a lie; a little more is the two
    having been counted one after the other."""
    if part is None or whole is None or part > 1.1 * whole + 20:
        return None
    return share(part, whole)


def _retries_and_failures(stations: Iterable[Station], growths: Iterable[Growth]) -> tuple[float | None, float | None]:
    """Of all that was put on the air, the part that was there before; and of the frames, those that never arrived.

    Some drivers count neither and say 0 for both: there is no radio that sends a thousand frames and none twice. Some
    count more failures than frames, and so something else.
    """
    counted = [station for station in stations if station.tx_retries is not None and station.tx_frames is not None]
    frames = sum(station.tx_frames or 0 for station in counted)
    if frames >= _PROVES_UNCOUNTED_FRAMES and not any(station.tx_retries for station in counted):
        return None, None
    tried = [growth for growth in growths if growth.frames is not None]
    retries, failures = [], []
    for growth in tried:
        if growth.retries is not None:
            retries.append((growth.retries, (growth.frames or 0) + growth.retries))
        if growth.failures is not None:
            failures.append((growth.failures, growth.frames or 0))
    return _ratio(retries), _ratio(failures)


def _ratio(pairs: Sequence[tuple[int, int]]) -> float | None:
    return _part_of(sum(part for part, _ in pairs), sum(whole for _, whole in pairs)) if pairs else None
