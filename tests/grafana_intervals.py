"""How Grafana divides the time that a board shows, by its source `rangeutil.ts`. Pure."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

_SECOND, _MINUTE, _HOUR, _DAY = 1_000, 60_000, 3_600_000, 86_400_000
_SAFE_POINTS = 11_000
"""Prometheus answers no more for a series."""
_ROUNDED = (
    (10, 1), (15, 10), (35, 20), (75, 50), (150, 100), (350, 200), (750, 500),
    (1_500, _SECOND), (3_500, 2 * _SECOND), (7_500, 5 * _SECOND), (12_500, 10 * _SECOND), (17_500, 15 * _SECOND),
    (25_000, 20 * _SECOND), (45_000, 30 * _SECOND),
    (90_000, _MINUTE), (210_000, 2 * _MINUTE), (450_000, 5 * _MINUTE), (750_000, 10 * _MINUTE),
    (1_050_000, 15 * _MINUTE), (1_500_000, 20 * _MINUTE), (2_700_000, 30 * _MINUTE),
    (5_400_000, _HOUR), (9_000_000, 2 * _HOUR), (16_200_000, 3 * _HOUR), (32_400_000, 6 * _HOUR),
    (_DAY, 12 * _HOUR), (7 * _DAY, _DAY), (21 * _DAY, 7 * _DAY), (42 * _DAY, 30 * _DAY),
)  # fmt: skip
"""What is shorter than the first is rounded to the second, in milliseconds; what is longer than all, to a year."""
_UNITS = {"ms": 1, "s": _SECOND, "m": _MINUTE, "h": _HOUR, "d": _DAY, "w": 7 * _DAY, "M": 30 * _DAY, "y": 365 * _DAY}
_DURATION = re.compile(r"(\d+)(ms|[smhdwMy])")


@dataclass(frozen=True, slots=True)
class Span:
    """The time that a board shows, in milliseconds since 1970."""

    since_milliseconds: int
    until_milliseconds: int

    @classmethod
    def before(cls, until: datetime, length: timedelta) -> "Span":
        """So long, until then."""
        end = round(until.timestamp() * 1000)
        return cls(end - length // timedelta(milliseconds=1), end)

    @property
    def milliseconds(self) -> int:
        """How long it is."""
        return self.until_milliseconds - self.since_milliseconds


def interval_milliseconds(span: Span, *, points: int, least_milliseconds: int) -> int:
    """`$__interval_ms` of a panel that wants so many points."""
    return max(_rounded(span.milliseconds / points), least_milliseconds)


def safe_interval_milliseconds(span: Span) -> int:
    """The least step with which Prometheus answers."""
    return _rounded(span.milliseconds / _SAFE_POINTS)


def duration_milliseconds(text: str) -> int:
    """Of a text such as `2m`. Raises ValueError."""
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no duration of Grafana's")
    return int(found[1]) * _UNITS[found[2]]


def duration_text(milliseconds: int) -> str:
    """`$__interval`: whole units of the largest that there is one of. What is over is cut off, so that 90 seconds are
    1m: a board's intervals had better be whole units."""
    unit = next((unit for unit in ("y", "d", "h", "m", "s") if milliseconds >= _UNITS[unit]), "ms")
    return f"{milliseconds // _UNITS[unit]}{unit}"


def _rounded(milliseconds: float) -> int:
    return next((rounded for below, rounded in _ROUNDED if milliseconds < below), 365 * _DAY)
