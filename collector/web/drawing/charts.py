"""From points in time to the lines of a drawing. Pure; the templates put the result into SVG.

A drawing's own coordinates run from 0 to WIDTH and from HEIGHT (zero) up to 0 (the scale's top); the page stretches
them to its own size. Where nothing was reported, nothing is drawn: a gap is a gap, never a zero.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from collector.korean_time import KST
from collector.stores import TrafficPoint

WIDTH = 1000
HEIGHT = 200

_TOPS = (1.0, 1.2, 1.6, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0)
"""Ends of a scale whose halves are round as well."""

Value = Callable[[TrafficPoint], float | None]
"""What of a point is drawn."""

Slots = Sequence[float | None]
"""One value for each bucket of a day, in order; None where there is none."""


@dataclass(frozen=True, slots=True)
class Day:
    """The points from `since` until `until`, both whole multiples of the bucket, oldest first."""

    since: datetime
    until: datetime
    bucket_seconds: int
    points: tuple[TrafficPoint, ...]

    def slots(self, value: Value) -> list[float | None]:
        """One value a bucket; points outside the day are left out."""
        slots: list[float | None] = [None] * (int((self.until - self.since).total_seconds()) // self.bucket_seconds)
        for point in self.points:
            index = int((point.at - self.since).total_seconds() // self.bucket_seconds)
            if 0 <= index < len(slots):
                slots[index] = value(point)
        return slots


@dataclass(frozen=True, slots=True)
class HourMark:
    """A full hour on the time axis, Korean time. A major one is labelled even on a phone."""

    at: datetime
    percent: float
    is_major: bool


@dataclass(frozen=True, slots=True)
class Peak:
    """The highest value of a line, and the bucket it was in."""

    at: datetime
    value: float


@dataclass(frozen=True, slots=True)
class Trace:
    """A line and the area below it, as SVG path data; both empty where there is nothing to draw."""

    line: str
    area: str


@dataclass(frozen=True, slots=True)
class Curve:
    """One value over the day. Without a peak there is nothing to draw."""

    trace: Trace
    peak: Peak | None


@dataclass(frozen=True, slots=True)
class Chart:
    """Curves on one scale from 0 to `top`, and the hours below them. `buckets_known` of `buckets` hold a value."""

    top: float
    curves: tuple[Curve, ...]
    hours: tuple[HourMark, ...]
    buckets: int
    buckets_known: int


def throughput_chart(day: Day) -> Chart:
    """Download and upload, in bits a second."""
    values: list[Value] = [lambda point: point.download_bits_per_second, lambda point: point.upload_bits_per_second]
    return draw(day, values, least_top=1e5)


def clients_chart(day: Day) -> Chart:
    """Clients."""
    return draw(day, [lambda point: point.clients], least_top=10)


def draw(day: Day, values: Sequence[Value], *, least_top: float = 1.0) -> Chart:
    """One chart with a curve for each of the values, all on one scale that ends at `least_top` or above."""
    rows = [day.slots(value) for value in values]
    top = scale_top(rows, least_top=least_top)
    return Chart(
        top=top,
        curves=tuple(Curve(trace(row, top), peak_of(row, day.since, day.bucket_seconds)) for row in rows),
        hours=hour_marks(day.since, day.until),
        buckets=len(rows[0]),
        buckets_known=sum(any(value is not None for value in column) for column in zip(*rows, strict=True)),
    )


def scale_top(rows: Sequence[Slots], *, least_top: float = 1.0) -> float:
    """A round number at or above every value."""
    highest = max((value for row in rows for value in row if value is not None), default=0.0)
    highest = max(highest, least_top)
    power: float = 10.0 ** math.floor(math.log10(highest))
    return next((top * power for top in _TOPS if top * power >= highest), 10 * power)


def trace(slots: Slots, top: float, *, width: float = WIDTH, height: float = HEIGHT) -> Trace:
    """The line through the middles of the buckets, and the ground below it. A value between two gaps is a line of no
    length: a dot."""
    lines, areas = [], []
    for run in _runs(slots, top, width=width, height=height):
        lines.append("M" + "L".join(run) + ("h0" if len(run) == 1 else ""))
        if len(run) > 1:
            first, last = run[0].partition(" ")[0], run[-1].partition(" ")[0]
            areas.append(f"M{first} {height:g}L{'L'.join(run)}L{last} {height:g}Z")
    return Trace("".join(lines), "".join(areas))


def peak_of(slots: Slots, since: datetime, bucket_seconds: int) -> Peak | None:
    """The highest value of buckets from `since` on, the first of several; None where there is none."""
    known = [(value, -index) for index, value in enumerate(slots) if value is not None]
    if not known:
        return None
    value, index = max(known)
    return Peak(since - timedelta(seconds=index * bucket_seconds), value)


def hour_marks(since: datetime, until: datetime, *, every_hours: int = 3) -> tuple[HourMark, ...]:
    """Every third full hour of Korean time, except where its label would stick out at an edge."""
    marks = []
    at = since.astimezone(KST).replace(minute=0, second=0, microsecond=0)
    while at <= until:
        percent = 100 * ((at - since) / (until - since))
        if at.hour % every_hours == 0 and 3 <= percent <= 97:
            marks.append(HourMark(at, round(percent, 2), is_major=at.hour % (2 * every_hours) == 0))
        at += timedelta(hours=1)
    return tuple(marks)


def _runs(slots: Slots, top: float, *, width: float, height: float) -> list[list[str]]:
    """The points of each unbroken stretch as `x y`."""
    columns = _columns(len(slots), width)
    runs: list[list[str]] = []
    is_open = False
    for index, value in enumerate(slots):
        if value is None:
            is_open = False
            continue
        if not is_open:
            runs.append([])
            is_open = True
        runs[-1].append(f"{columns[index]} {round(height * (1 - value / top), 1):g}")
    return runs


@lru_cache(maxsize=8)
def _columns(number: int, width: float) -> tuple[str, ...]:
    """Where the middles of so many buckets lie: the same for every row of a page."""
    return tuple(f"{round((index + 0.5) * width / number, 1):g}" for index in range(number))
