"""What the collector derives from a Report, and what it knows of an access point right now.

Pure: the pages, and later the rules, are functions of these values and a clock.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple, Self

from agent.wire import MAX_BITS_PER_SECOND, MAX_COUNT, Device, Probe, Report, decode_frame, encode
from collector.packed_reports import pack, unpack
from collector.vital_signs import VitalSigns, vital_signs

OVERDUE_INTERVALS = 3
"""Reports that may be missing before an access point counts as silent."""
OVERDUE_AT_LEAST = timedelta(seconds=60)
LONGEST_INTERVAL = timedelta(hours=1)
"""What an agent can be set to. A report that claims more tells of a gap, and must not hide the next."""
LONGEST_PROBE_INTERVAL = timedelta(days=1)
"""The same of a place that only probes tell of."""

PROBES_KEPT_FOR = timedelta(hours=50)
"""A probe that is made once a day stays until it has been missing once."""
MAX_PROBES = 64
_BESIDE_THE_PARTS = {"access_point", "observed_at", "interval_seconds"}


class Presence(StrEnum):
    """Whether an access point is heard of."""

    REPORTING = "reporting"
    SILENT = "silent"
    NEVER_SEEN = "never_seen"


class Traffic(NamedTuple):
    """Throughput as the people on the Wi-Fi see it, in bits a second; absent where nothing counted it."""

    download_bits_per_second: float | None
    upload_bits_per_second: float | None


@dataclass(frozen=True, slots=True)
class ReportInFrame:
    """Where a report stands: in the frame as it was sent. As good as the report itself, and a tenth of its size."""

    payload: bytes
    position: int


@dataclass(frozen=True, slots=True)
class KeptProbe:
    """A probe in few bytes: what it is about (kind, target, server, direction), when it was made, what rules judge by,
    and all of it as JSON."""

    subject: tuple[str | None, ...]
    at: datetime
    is_ok: bool | None
    throughput_bits_per_second: float | None
    encoded: bytes

    @property
    def probe(self) -> Probe:
        """The probe itself, with its time."""
        return Probe.model_validate_json(self.encoded)


MadeAs = tuple[str | None, str | None]
"""A device's vendor and model, as far as it tells them."""


class Reading(NamedTuple):
    """The newest report of one access point, in few bytes: tens of thousands are held at once. A tuple, which is made
    in a third of the time: each report is one.

    What all pages ask for is at hand: `observed_at` (the corrected instant of the observation), whether it is up, its
    clients, its traffic, its device's serial, vendor and model, and the `signs` that rules judge it by. The rest is
    read out of `origin`, where it stands in a frame or as compressed JSON, when a page asks for the `report`; its
    probes are beside it, for they come at times of their own.
    """

    agent: str
    observed_at: datetime
    received_at: datetime
    interval_seconds: float | None
    is_up: bool | None
    is_only_probes: bool
    clients: int | None
    traffic: Traffic
    serial: str | None
    made_as: MadeAs
    signs: VitalSigns
    origin: bytes | ReportInFrame
    probes: tuple[KeptProbe, ...]

    @classmethod
    def of(
        cls,
        report: Report,
        observed_at: datetime,
        received_at: datetime,
        agent: str,
        *,
        origin: ReportInFrame | None = None,
    ) -> Self:
        """A report as a reading. With its place in a frame it need not be written down anew."""
        device = report.device
        return cls(
            agent,
            observed_at,
            received_at,
            report.interval_seconds,
            report.is_up,
            is_only_probes(report),
            clients_of(report),
            traffic_of(report),
            None if device is None else device.serial,
            _made_as(device),
            vital_signs(report),
            origin or _packed(report),
            _kept_probes(report, observed_at) if report.probes else (),
        )

    @classmethod
    def restored(cls, encoded: bytes | str, observed_at: datetime, received_at: datetime, agent: str) -> Self:
        """A reading from what `encoded` was when it was kept. Raises pydantic's ValidationError for what this version
        cannot read."""
        report = Report.model_validate_json(encoded)
        reading = cls.of(report.model_copy(update={"probes": ()}), observed_at, received_at, agent)
        probes = tuple(_kept(probe, probe.observed_at or observed_at) for probe in report.probes)
        return reading._replace(probes=probes, is_only_probes=is_only_probes(report))

    @property
    def report(self) -> Report:
        """The report in full, its probes as they are known by now, each with the time at which it was made."""
        if isinstance(self.origin, ReportInFrame):
            report = _reports_in(self.origin.payload)[self.origin.position]
        else:
            report = Report.model_validate_json(unpack(self.origin))
        if not self.probes and not report.probes:
            return report
        return report.model_copy(update={"probes": tuple(kept.probe for kept in self.probes)})

    def settled(self) -> "Reading":
        """The same with nothing of its frame but its own report, which the rest of a large one would outweigh."""
        if isinstance(self.origin, bytes):
            return self
        return self._replace(origin=_packed(self.report))

    @property
    def encoded(self) -> bytes:
        """The report in full as JSON, for whoever keeps it."""
        if isinstance(self.origin, bytes) and not self.probes:
            return unpack(self.origin)
        return encode(self.report)

    def presence(self, now: datetime) -> Presence:
        """Silent once three reports, and at least a minute, are missing, or when a controller has lost it."""
        if self.is_up is False:
            return Presence.SILENT
        unheard = now - self.observed_at
        if unheard <= OVERDUE_AT_LEAST:  # as nearly always: a page asks this of a whole city
            return Presence.REPORTING
        longest = LONGEST_PROBE_INTERVAL if self.is_only_probes else LONGEST_INTERVAL
        interval = min(timedelta(seconds=self.interval_seconds or 0.0), longest)
        return Presence.SILENT if unheard > interval * OVERDUE_INTERVALS else Presence.REPORTING


def _made_as(device: Device | None) -> MadeAs:
    return _SAYS_NOTHING if device is None else _same(device.vendor, device.model)


_SAYS_NOTHING: MadeAs = (None, None)


@lru_cache(maxsize=2000)
def _same(vendor: str | None, model: str | None) -> MadeAs:
    """Once for all devices of a model."""
    return vendor, model


def _packed(report: Report) -> bytes:
    """A report without its probes."""
    return pack(report.model_copy(update={"probes": ()}) if report.probes else report)


@lru_cache(maxsize=8)
def _reports_in(payload: bytes) -> tuple[Report, ...]:
    """The reports of a frame that was taken once: a site's access points stand in a few frames together."""
    return decode_frame(payload).frame.reports


def _kept_probes(report: Report, observed_at: datetime) -> tuple[KeptProbe, ...]:
    """The probes of a report whose own instant is `observed_at` in truth: each moved in time as its report was."""
    return tuple(
        _kept(probe, observed_at if probe.observed_at is None else checked_at(probe.observed_at, report, observed_at))
        for probe in report.probes
    )


def _kept(probe: Probe, at: datetime) -> KeptProbe:
    timed = probe if probe.observed_at == at else probe.model_copy(update={"observed_at": at})
    return KeptProbe(
        subject=(probe.kind, probe.target, probe.server, probe.direction),
        at=at,
        is_ok=probe.is_ok,
        throughput_bits_per_second=probe.throughput_bits_per_second,
        encoded=encode(timed),
    )


def is_only_probes(report: Report) -> bool:
    """Whether a report tells of checks and of nothing else: probes have a schedule of their own."""
    return bool(report.probes) and not report.model_fields_set - _BESIDE_THE_PARTS - {"probes"}


def with_probes(reading: Reading, others: Iterable[KeptProbe]) -> Reading:
    """The reading together with other probes, the newer of each two about the same thing."""
    newest: dict[tuple[str | None, ...], KeptProbe] = {}
    for kept in (*reading.probes, *others):
        known = newest.get(kept.subject)
        if known is None or known.at <= kept.at:
            newest[kept.subject] = kept
    recent = sorted(newest.values(), key=_made_at, reverse=True)[:MAX_PROBES]
    return reading._replace(probes=tuple(kept for kept in recent if recent[0].at - kept.at <= PROBES_KEPT_FOR))


def _made_at(kept: KeptProbe) -> datetime:
    return kept.at


def probes_together(one: Reading, other: Reading) -> Reading:
    """Two readings of probes alone, as one: of the newer's instant, with the shorter of their intervals for as long as
    the probe that has it is heard of."""
    older, newer = sorted((one, other), key=lambda reading: reading.observed_at)
    together = with_probes(newer, older.probes)
    if older.presence(newer.observed_at) is Presence.SILENT:
        return together
    intervals = (reading.interval_seconds for reading in (older, newer))
    shortest = min((interval for interval in intervals if interval is not None), default=None)
    if shortest == together.interval_seconds:
        return together
    report = together.report.model_copy(update={"interval_seconds": shortest})
    return together._replace(interval_seconds=shortest, origin=_packed(report))


def checked_at(instant: datetime, report: Report, observed_at: datetime) -> datetime:
    """A time by the clock of a report whose own instant is `observed_at` in truth; at the latest that."""
    try:
        return observed_at - max(timedelta(0), report.observed_at - instant)
    except OverflowError:  # before the year 1
        return observed_at


def traffic_of(report: Report) -> Traffic:
    """Throughput of one access point: its uplink's where counted, else its radios', together or in sum. A sum that no
    access point may tell is none."""
    uplink = report.uplink
    if uplink is not None and (uplink.rx_bits_per_second, uplink.tx_bits_per_second) != (None, None):
        return Traffic(uplink.rx_bits_per_second, uplink.tx_bits_per_second)
    if (report.rx_bits_per_second, report.tx_bits_per_second) != (None, None):
        return Traffic(report.tx_bits_per_second, report.rx_bits_per_second)
    return Traffic(
        _sum((radio.tx_bits_per_second for radio in report.radios), MAX_BITS_PER_SECOND),
        _sum((radio.rx_bits_per_second for radio in report.radios), MAX_BITS_PER_SECOND),
    )


def clients_of(report: Report) -> int | None:
    """Associated stations: as reported, else the sum over the radios that count theirs, unless no access point may tell
    so many. None of a controller, whose clients are those of its access points."""
    if report.access_points is not None:
        return None
    if report.clients is not None:
        return report.clients
    clients = _sum((radio.clients for radio in report.radios), MAX_COUNT)
    return None if clients is None else int(clients)


def _sum(values: Iterable[float | None], most: float) -> float | None:
    """Of what is known; absent where nothing is, and beyond the most that is believed."""
    known = [value for value in values if value is not None]
    together = sum(known)
    return together if known and together <= most else None
