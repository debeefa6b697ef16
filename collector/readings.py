"""What the collector derives from a Report, and what it knows of an access point right now.

Pure: the pages, and later the rules, are functions of these values and a clock.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from agent.wire import Probe, Report

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


@dataclass(frozen=True, slots=True)
class Traffic:
    """Throughput as the people on the Wi-Fi see it, in bits a second; absent where nothing counted it."""

    download_bits_per_second: float | None
    upload_bits_per_second: float | None


@dataclass(frozen=True, slots=True)
class Reading:
    """The newest report of one access point. `observed_at` is the corrected instant of its observation."""

    report: Report
    observed_at: datetime
    received_at: datetime
    agent: str

    def presence(self, now: datetime) -> Presence:
        """Silent once three reports, and at least a minute, are missing, or when a controller has lost it."""
        if self.report.is_up is False:
            return Presence.SILENT
        longest = LONGEST_PROBE_INTERVAL if is_only_probes(self.report) else LONGEST_INTERVAL
        interval = min(timedelta(seconds=self.report.interval_seconds or 0.0), longest)
        overdue = max(OVERDUE_AT_LEAST, interval * OVERDUE_INTERVALS)
        return Presence.SILENT if now - self.observed_at > overdue else Presence.REPORTING


def is_only_probes(report: Report) -> bool:
    """Whether a report tells of checks and of nothing else: probes have a schedule of their own."""
    return bool(report.probes) and not report.model_fields_set - _BESIDE_THE_PARTS - {"probes"}


def with_probes(reading: Reading, other: Report, observed_at: datetime) -> Reading:
    """The reading together with another report's probes, the newer of each two about the same thing.

    `observed_at` is the corrected instant of the other report. Each probe keeps the time at which it was made.
    """
    newest: dict[tuple[object, ...], Probe] = {}
    for report, at in ((reading.report, reading.observed_at), (other, observed_at)):
        for probe in report.probes:
            timed = probe if probe.observed_at is not None else probe.model_copy(update={"observed_at": at})
            subject = (probe.kind, probe.target, probe.server, probe.direction)
            known = newest.get(subject)
            if known is None or _instant(known) <= _instant(timed):
                newest[subject] = timed
    recent = sorted(newest.values(), key=_instant, reverse=True)[:MAX_PROBES]
    kept = tuple(probe for probe in recent if _instant(recent[0]) - _instant(probe) <= PROBES_KEPT_FOR)
    return replace(reading, report=reading.report.model_copy(update={"probes": kept}))


def probes_together(one: Reading, other: Reading) -> Reading:
    """Two readings of probes alone, as one: of the newer's instant, with the shorter of their intervals for as long as
    the probe that has it is heard of."""
    older, newer = sorted((one, other), key=lambda reading: reading.observed_at)
    together = with_probes(newer, older.report, older.observed_at)
    if older.presence(newer.observed_at) is Presence.SILENT:
        return together
    intervals = (reading.report.interval_seconds for reading in (older, newer))
    shortest = min((interval for interval in intervals if interval is not None), default=None)
    return replace(together, report=together.report.model_copy(update={"interval_seconds": shortest}))


def with_probes_in_time(report: Report, observed_at: datetime) -> Report:
    """The report with the times of its probes moved as its own was, to `observed_at`. None is later than the report."""
    if all(probe.observed_at is None for probe in report.probes):
        return report
    probes = tuple(
        probe
        if probe.observed_at is None
        else probe.model_copy(update={"observed_at": checked_at(probe.observed_at, report, observed_at)})
        for probe in report.probes
    )
    return report.model_copy(update={"probes": probes})


def checked_at(instant: datetime, report: Report, observed_at: datetime) -> datetime:
    """A time by the clock of a report whose own instant is `observed_at` in truth; at the latest that."""
    try:
        return observed_at - max(timedelta(0), report.observed_at - instant)
    except OverflowError:  # before the year 1
        return observed_at


def _instant(probe: Probe) -> datetime:
    assert probe.observed_at is not None  # noqa: S101  # with_probes has timed it
    return probe.observed_at


def traffic_of(report: Report) -> Traffic:
    """Throughput of one access point: its uplink's where counted, else its radios', together or in sum."""
    uplink = report.uplink
    if uplink is not None and (uplink.rx_bits_per_second, uplink.tx_bits_per_second) != (None, None):
        return Traffic(uplink.rx_bits_per_second, uplink.tx_bits_per_second)
    if (report.rx_bits_per_second, report.tx_bits_per_second) != (None, None):
        return Traffic(report.tx_bits_per_second, report.rx_bits_per_second)
    return Traffic(
        total(radio.tx_bits_per_second for radio in report.radios),
        total(radio.rx_bits_per_second for radio in report.radios),
    )


def clients_of(report: Report) -> int | None:
    """Associated stations: as reported, else the sum over the radios that count theirs. None of a controller, whose
    clients are those of its access points."""
    if report.access_points is not None:
        return None
    if report.clients is not None:
        return report.clients
    clients = total(radio.clients for radio in report.radios)
    return None if clients is None else int(clients)


def total(values: Iterable[float | None]) -> float | None:
    """The sum of what is known; absent where nothing is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None
