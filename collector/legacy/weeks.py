"""From hours to weeks: what each place did in the peak hours of each week, in Korean time. Pure.

Before and after are compared over the same hours of the week, so that a week with more weekends in it is no gain. Which
hours are the peak is found in the window in which devices were selected, never in the one that they are measured by:
whoever picks the worst and measures it again by the same weeks sees an improvement that is not there.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Protocol, TypeVar

from collector.korean_time import KST
from collector.stores import HourlyUsage

WEEK = timedelta(weeks=1)
PEAK_HOURS = 20
"""Of the 168 of a week: about three hours a day."""
FEWEST_OF_HOURS = 0.5
"""A week of which fewer of the peak hours are known says nothing."""


class Timed(Protocol):
    """What is known of an hour that begins at `at`."""

    @property
    def at(self) -> datetime:
        """The hour's beginning."""
        ...


Hour = TypeVar("Hour", bound=Timed)


def download(hour: HourlyUsage) -> float | None:
    """Passive throughput: what flowed, in bits a second."""
    return hour.download_bits_per_second


@dataclass(frozen=True, slots=True)
class Windows:
    """When was selected, when is before and when after, each from its first instant to its end. In each of them weeks
    are counted from its beginning; what is left over of a week at its end does not count."""

    selection: tuple[datetime, datetime]
    before: tuple[datetime, datetime]
    after: tuple[datetime, datetime]

    def __post_init__(self) -> None:
        """Raises ValueError where they overlap or come in another order."""
        edges = (*self.selection, *self.before, *self.after)
        if any(earlier > later for earlier, later in pairwise(edges)):
            raise ValueError("selection, before and after must follow each other and not overlap")


def hour_of_week(instant: datetime) -> int:
    """0 is Monday from midnight to one, 167 the last hour of Sunday, in Korean time."""
    local = instant.astimezone(KST)
    return local.weekday() * 24 + local.hour


def peak_hours(
    usage: Iterable[Sequence[Hour]],
    window: tuple[datetime, datetime],
    quantity: Callable[[Hour], float | None],
    *,
    hours: int = PEAK_HOURS,
) -> frozenset[int]:
    """The busiest hours of the week over all places together, each by its mean; those with the same go by the clock.
    `usage` is hours of places in any order and any parts, taken one after the other."""
    sums: dict[int, float] = defaultdict(float)
    counts: dict[int, int] = defaultdict(int)
    for of_place in usage:
        for hour in _within(of_place, window):
            value = quantity(hour)
            if value is not None:
                of_week = hour_of_week(hour.at)
                sums[of_week] += value
                counts[of_week] += 1
    busiest = sorted(sums, key=lambda of_week: (-sums[of_week] / counts[of_week], of_week))
    return frozenset(busiest[:hours])


def weekly_values(
    of_place: Sequence[Hour],
    window: tuple[datetime, datetime],
    peak: frozenset[int],
    quantity: Callable[[Hour], float | None],
    *,
    fewest_of_hours: float = FEWEST_OF_HOURS,
) -> tuple[float | None, ...]:
    """The mean over the peak hours of each whole week of a window; None where too few of them are known."""
    start, end = window
    values: list[list[float]] = [[] for _ in range((end - start) // WEEK)]
    for hour in _within(of_place, (start, start + len(values) * WEEK)):
        value = quantity(hour)
        if value is not None and hour_of_week(hour.at) in peak:
            values[(hour.at - start) // WEEK].append(value)
    fewest = max(1.0, fewest_of_hours * len(peak))
    return tuple(sum(week) / len(week) if len(week) >= fewest else None for week in values)


def _within(hours: Sequence[Hour], window: tuple[datetime, datetime]) -> Iterable[Hour]:
    return (hour for hour in hours if window[0] <= hour.at < window[1])
