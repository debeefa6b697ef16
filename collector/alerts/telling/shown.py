"""Figures of alerts as people read them, in either language. Pure; called by `wording` and `telling`."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from math import isfinite
from types import MappingProxyType
from typing import Literal

from collector.alerts.rules import Unit
from collector.alerts.telling.plain_text import plain
from collector.korean_time import KST
from collector.quantities import decimal, humanise_rate, percent

Language = Literal["ko", "en"]
_LENGTHS: Mapping[Language, tuple[tuple[int, str], ...]] = {
    "ko": ((86_400, "{}일"), (3600, "{}시간"), (60, "{}분"), (1, "{}초")),
    "en": ((86_400, "{} d"), (3600, "{} h"), (60, "{} min"), (1, "{} s")),
}
_BY_UNIT: Mapping[Unit, Callable[[float], str]] = MappingProxyType(
    {
        Unit.RATIO: percent,
        Unit.BITS_PER_SECOND: humanise_rate,
        Unit.DBM: lambda number: decimal(number, "dBm"),
        Unit.CELSIUS: lambda number: decimal(number, "°C"),
        Unit.CLIENTS: lambda number: f"{number:,.0f}",
        Unit.COUNT: lambda number: f"{number:,.0f}",
    }
)
_BY_ENDING: Mapping[str, Callable[[float], str]] = MappingProxyType(
    {
        "_ratio": percent,
        "_bits_per_second": humanise_rate,
        "_celsius": lambda number: decimal(number, "°C"),
        "_dbm": lambda number: decimal(number, "dBm"),
        "_milliseconds": lambda number: decimal(number, "ms"),
    }
)
_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)


def moment(at: datetime) -> str:
    """`2026-07-03 14:05 KST`."""
    return f"{at.astimezone(KST):%Y-%m-%d %H:%M} KST"


def length(span: timedelta, language: Language) -> str:
    """The largest unit of a span and, if it says more, the next: `5분 20초`, `5 min 20 s`."""
    rest = max(0, int(span.total_seconds()))
    units = _LENGTHS[language]
    first = next((place for place, (size, _) in enumerate(units) if rest >= size), len(units) - 1)
    parts: list[str] = []
    for size, unit in units[first : first + 2]:
        number, rest = divmod(rest, size)
        if number or not parts:
            parts.append(unit.format(number))
    return " ".join(parts)


def in_unit(number: float | None, unit: Unit | None, language: Language) -> str | None:
    """A value of a rule, in its unit; None where nothing is known."""
    if number is None or not isfinite(number):
        return None
    if unit is Unit.SECONDS:
        return _span(number, language)
    return _BY_UNIT.get(unit, decimal)(number) if unit is not None else decimal(number)


def by_name(name: str, figure: str | float, language: Language) -> str | None:
    """A further fact of a rule, shown by the ending of its name; None where it says nothing."""
    if isinstance(figure, str):
        return plain(figure) or None
    if not isfinite(figure):
        return None
    if name.endswith("_at_seconds"):
        return _instant(figure)
    show = next((show for ending, show in _BY_ENDING.items() if name.endswith(ending)), None)
    if show is not None:
        return show(figure)
    return _span(figure, language) if name.endswith("_seconds") else decimal(figure)


def _span(seconds: float, language: Language) -> str:
    return length(timedelta(seconds=min(max(seconds, 0.0), 1e10)), language)


def _instant(seconds: float) -> str | None:
    is_possible = _FIRST.timestamp() <= seconds <= _LAST.timestamp()
    return moment(datetime.fromtimestamp(seconds, UTC)) if is_possible else None
