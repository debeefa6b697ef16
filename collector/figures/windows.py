"""What one access point told in one window, for the figures of its site. Pure; made by the readers of
`collector.influx`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from collector.figures.measurements import WINDOW_SECONDS

WINDOW = timedelta(seconds=WINDOW_SECONDS)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BandSums(NamedTuple):
    """The readings of radios on one band, as `SITE_BAND` has them. A count of 0 says that nothing was told."""

    busy_ratio_sum: float = 0.0
    busy_ratio_count: float = 0.0
    retry_ratio_sum: float = 0.0
    retry_ratio_count: float = 0.0


class CheckSums(NamedTuple):
    """The checks of one kind, as `SITE_CHECK` has them. A count of 0 says that nothing was told."""

    checks: float = 0.0
    failed_checks: float = 0.0
    latency_seconds_sum: float = 0.0
    latency_seconds_count: float = 0.0
    throughput_bits_per_second_sum: float = 0.0
    throughput_bits_per_second_count: float = 0.0


@dataclass(frozen=True, slots=True)
class AccessPointWindow:
    """One access point in the window that begins at `begins_at`.

    `reported_seconds` are the intervals of its reports in sum, which may be more than the window. A report in which a
    controller says that it has lost the access point is none, nor is one of checks alone: checks are made from
    elsewhere, too. Clients and traffic are means over the reports that tell them, None where none does. `bands` is by
    band, `checks` by kind.
    """

    access_point: str
    begins_at: datetime
    reported_seconds: float = 0.0
    clients: float | None = None
    download_bits_per_second: float | None = None
    upload_bits_per_second: float | None = None
    bands: Mapping[str, BandSums] = field(default_factory=dict)
    checks: Mapping[str, CheckSums] = field(default_factory=dict)


def window_number(at: datetime) -> int:
    """Which window an instant lies in, counted from 1970."""
    return (at - _EPOCH) // WINDOW


def window_begin(number: int) -> datetime:
    """When that window begins."""
    return _EPOCH + number * WINDOW
