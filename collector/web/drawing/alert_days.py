"""How many alerts fired on each of some days, drawn: a bar a day, the worst at its foot. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from collector.alerts.alert import Severity

HEIGHT = 120
_GAP = 0.2
"""Of a day's width."""
_EVERY = 5
"""Days, of which the last has its date below it."""
_STEPS = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class DayPart:
    """The alerts of one severity in a day's bar: `y` from the top, both in units of the picture."""

    severity: Severity
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class AlertDay:
    """One day: how many fired, and its bar, whose `x` and `width` are in per cent of the picture's width."""

    day: date
    counts: Mapping[Severity, int]
    x: float
    width: float
    parts: tuple[DayPart, ...]
    has_date: bool

    @property
    def total(self) -> int:
        """How many in all."""
        return sum(self.counts.values())

    @property
    def centre(self) -> float:
        """Where its date stands."""
        return round(self.x + self.width / 2, 2)


@dataclass(frozen=True, slots=True)
class AlertDays:
    """The days on one scale, which ends at `top`."""

    days: tuple[AlertDay, ...]
    top: int

    @property
    def total(self) -> int:
        """How many in all days."""
        return sum(day.total for day in self.days)


def draw_alert_days(days: Sequence[date], counts: Sequence[Mapping[Severity, int]]) -> AlertDays:
    """The bars of days that follow each other."""
    top = _top(max((sum(each.values()) for each in counts), default=0))
    width = 100 / len(days)
    return AlertDays(
        tuple(
            AlertDay(
                day=day,
                counts=each,
                x=round(width * (place + _GAP / 2), 3),
                width=round(width * (1 - _GAP), 3),
                parts=_parts(each, top),
                has_date=(len(days) - 1 - place) % _EVERY == 0,
            )
            for place, (day, each) in enumerate(zip(days, counts, strict=True))
        ),
        top,
    )


def _parts(counts: Mapping[Severity, int], top: int) -> tuple[DayPart, ...]:
    parts, below = [], 0.0
    for severity in Severity:
        height = HEIGHT * counts.get(severity, 0) / top
        below += height
        if height:
            parts.append(DayPart(severity, round(HEIGHT - below, 2), round(height, 2)))
    return tuple(parts)


def _top(most: int) -> int:
    """The next round number; a scale is never without length."""
    size = 1
    while True:
        for step in _STEPS:
            if step * size >= max(most, 2):
                return step * size
        size *= 10
