"""What access points told in windows, each by itself: a tally that keeps it, and what fills another one with it."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from collector.figures.windows import USAGE, Tally


class BandSums(NamedTuple):
    """As `SITE_BAND` has them."""

    busy_ratio_sum: float = 0.0
    busy_ratio_count: float = 0.0
    retry_ratio_sum: float = 0.0
    retry_ratio_count: float = 0.0


class CheckSums(NamedTuple):
    """As `SITE_CHECK` has them."""

    checks: float = 0.0
    failed_checks: float = 0.0
    latency_seconds_sum: float = 0.0
    latency_seconds_count: float = 0.0
    throughput_bits_per_second_sum: float = 0.0
    throughput_bits_per_second_count: float = 0.0


@dataclass(frozen=True, slots=True)
class AccessPointWindow:
    """One access point in the window that begins at `begins_at`. `bands` is by band, `checks` by kind."""

    access_point: str
    begins_at: datetime
    reported_seconds: float = 0.0
    clients: float | None = None
    download_bits_per_second: float | None = None
    upload_bits_per_second: float | None = None
    bands: Mapping[str, BandSums] = field(default_factory=dict)
    checks: Mapping[str, CheckSums] = field(default_factory=dict)

    def tell(self, tally: Tally) -> None:
        """As a reader does that comes upon it."""
        tally.add_heard_seconds(self.access_point, self.begins_at, self.reported_seconds)
        for name in USAGE:
            mean = getattr(self, name)
            if mean is not None:
                tally.put_mean(self.access_point, self.begins_at, name, mean)
        for band, of_band in self.bands.items():
            for name, value in of_band._asdict().items():
                tally.add_to_band(self.access_point, self.begins_at, band, name, value)
        for kind, of_kind in self.checks.items():
            for name, value in of_kind._asdict().items():
                tally.add_to_check(self.access_point, self.begins_at, kind, name, value)


def _zeros() -> dict[str, float]:
    return defaultdict(float)


@dataclass
class _Told:
    seconds: float = 0.0
    means: dict[str, float] = field(default_factory=dict)
    bands: dict[str, dict[str, float]] = field(default_factory=lambda: defaultdict(_zeros))
    checks: dict[str, dict[str, float]] = field(default_factory=lambda: defaultdict(_zeros))


class EachByItself:
    """A tally of access points."""

    def __init__(self) -> None:
        self._told: dict[tuple[datetime, str], _Told] = defaultdict(_Told)

    def add_heard_seconds(self, access_point: str, at: datetime, seconds: float) -> None:
        self._told[at, access_point].seconds += seconds

    def take_lost_seconds(self, access_point: str, at: datetime, seconds: float) -> None:
        told = self._told[at, access_point]
        told.seconds = max(0.0, told.seconds - seconds)

    def put_mean(self, access_point: str, at: datetime, field: str, mean: float) -> None:
        self._told[at, access_point].means[field] = mean

    def add_to_band(self, access_point: str, at: datetime, band: str, field: str, value: float) -> None:
        self._told[at, access_point].bands[band][field] += value

    def add_to_check(self, access_point: str, at: datetime, kind: str, field: str, value: float) -> None:
        self._told[at, access_point].checks[kind][field] += value

    def windows(self) -> list[AccessPointWindow]:
        """In the order of windows and access points, without those in which nothing was heard."""
        return [
            AccessPointWindow(
                access_point,
                at,
                told.seconds,
                **told.means,
                bands={band: BandSums(**sums) for band, sums in told.bands.items()},
                checks={kind: CheckSums(**sums) for kind, sums in told.checks.items()},
            )
            for (at, access_point), told in sorted(self._told.items(), key=lambda item: item[0])
            if told.seconds or any(told.means.values()) or told.bands or told.checks
        ]
