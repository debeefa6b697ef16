"""What the collector derives from a Report, and what it knows of an access point right now.

Pure: the pages, and later the rules, are functions of these values and a clock.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from agent.wire import Report

OVERDUE_INTERVALS = 3
"""Reports that may be missing before an access point counts as silent."""
OVERDUE_AT_LEAST = timedelta(seconds=60)
LONGEST_INTERVAL = timedelta(hours=1)
"""What an agent can be set to. A report that claims more tells of a gap, and must not hide the next."""


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
        interval = min(timedelta(seconds=self.report.interval_seconds or 0.0), LONGEST_INTERVAL)
        overdue = max(OVERDUE_AT_LEAST, interval * OVERDUE_INTERVALS)
        return Presence.SILENT if now - self.observed_at > overdue else Presence.REPORTING


def traffic_of(report: Report) -> Traffic:
    """Throughput of one access point: its uplink's where counted, else the sum over its radios."""
    uplink = report.uplink
    if uplink is not None and (uplink.rx_bits_per_second, uplink.tx_bits_per_second) != (None, None):
        return Traffic(uplink.rx_bits_per_second, uplink.tx_bits_per_second)
    return Traffic(
        total(radio.tx_bits_per_second for radio in report.radios),
        total(radio.rx_bits_per_second for radio in report.radios),
    )


def clients_of(report: Report) -> int | None:
    """Associated stations: as reported, else the sum over the radios that count theirs."""
    if report.clients is not None:
        return report.clients
    clients = total(radio.clients for radio in report.radios)
    return None if clients is None else int(clients)


def total(values: Iterable[float | None]) -> float | None:
    """The sum of what is known; absent where nothing is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None
