"""What a store tells of one access point over hours: means in short buckets of time, and the reports it was heard by.

What nobody reported is None or not there, and never zero. A radio, an uplink or a kind of checks is in a bucket where
any of its numbers was told there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from collector.evidence import RadioKey


@dataclass(frozen=True, slots=True)
class RadioMeans:
    """One radio over a bucket. `busy_ratio` is all airtime in use, the next two are its own part."""

    busy_ratio: float | None = None
    rx_ratio: float | None = None
    tx_ratio: float | None = None
    retry_ratio: float | None = None

    @property
    def foreign_ratio(self) -> float | None:
        """Airtime that others took. Three counters that were not read at one instant may differ by less than
        nothing, which is nothing."""
        if self.busy_ratio is None or self.rx_ratio is None or self.tx_ratio is None:
            return None
        return max(0.0, self.busy_ratio - self.rx_ratio - self.tx_ratio)


@dataclass(frozen=True, slots=True)
class UplinkMeans:
    """The uplink over a bucket. `speed_bits_per_second` is the lowest that it had negotiated; errors and drops are
    means, those of what was received and of what was sent added up."""

    speed_bits_per_second: float | None = None
    errors_per_second: float | None = None
    drops_per_second: float | None = None


@dataclass(frozen=True, slots=True)
class CheckMeans:
    """All checks of one kind in a bucket. `latency_seconds` is the mean, of several things that are checked the
    slowest's."""

    good_checks: int = 0
    bad_checks: int = 0
    latency_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class ConditionPoint:
    """One bucket, beginning at `at`. `reports` says on how many reports its clients and traffic stand; checks that
    were made in it may have come with later ones. `probes` is by kind."""

    at: datetime
    reports: int = 0
    clients: float | None = None
    download_bits_per_second: float | None = None
    upload_bits_per_second: float | None = None
    radios: Mapping[RadioKey, RadioMeans] = field(default_factory=dict)
    uplink: UplinkMeans | None = None
    probes: Mapping[str, CheckMeans] = field(default_factory=dict)


class HeardReport(NamedTuple):
    """That there was a report, and what it says of the next one. `tells_of_device` is False where it tells nothing of
    the access point itself, as one of checks alone."""

    at: datetime
    interval_seconds: float | None = None
    is_up: bool | None = None
    uptime_seconds: float | None = None
    tells_of_device: bool = True


@dataclass(frozen=True, slots=True)
class Condition:
    """The buckets that anything was told in, and all reports; both oldest first."""

    points: tuple[ConditionPoint, ...] = ()
    heard: tuple[HeardReport, ...] = ()


TELLS_OF_DEVICE = (
    "is_up",
    "clients",
    "download_bits_per_second",
    "upload_bits_per_second",
    "uptime_seconds",
    "cpu_ratio",
)
"""Of the numbers of a report, those by which one that tells of the device itself is known from one of checks alone."""
