"""The bands of checks: how they went, and how long they took, by kind. Pure; for `place_plots`."""

from collections.abc import Callable
from itertools import groupby

from collector.condition import CheckMeans, ConditionPoint
from collector.web.drawing.charts import scale_top, trace
from collector.web.drawing.place_day import PlaceDay
from collector.web.drawing.plots import CheckState, Column, Layer, Plot, Stretch, Unit, column_of

CHECKS_FIRST = ("gateway", "dns", "portal", "radius")
"""In the order in which each rests on those before it; other kinds come after them."""
_NOT_DRAWN = frozenset({"throughput"})
"""Measured once in a while, and for its own sake: how long it took says nothing."""


def check_plots(day: PlaceDay) -> list[Plot]:
    """A band for each kind, the latencies of all on one scale."""
    kinds = sorted({kind for point in day.points for kind in point.probes} - _NOT_DRAWN, key=_order)
    latencies = {kind: _column(day, kind, "latency", Unit.SECONDS, _latency) for kind in kinds}
    top = scale_top([column.slots for column in latencies.values()], least_top=0.01)
    return [_plot(day, kind, latency, top) for kind, latency in latencies.items()]


def _plot(day: PlaceDay, kind: str, latency: Column, top: float) -> Plot:
    good = _column(day, kind, "good", Unit.COUNT, lambda checks: checks.good_checks)
    bad = _column(day, kind, "bad", Unit.COUNT, lambda checks: checks.bad_checks)
    return Plot(
        "checks",
        Unit.SECONDS,
        top,
        layers=() if latency.peak is None else (Layer(latency, trace(latency.slots, top)),),
        columns=(good, bad, latency),
        kind=kind,
        stretches=_stretches(day, kind),
    )


def _column(day: PlaceDay, kind: str, name: str, unit: Unit, value: Callable[[CheckMeans], float | None]) -> Column:
    def of_kind(point: ConditionPoint) -> float | None:
        checks = point.probes.get(kind)
        return None if checks is None else value(checks)

    return column_of(day, name, unit, of_kind)


def _stretches(day: PlaceDay, kind: str) -> tuple[Stretch, ...]:
    """A bucket without a check that went well or badly is in none of them."""
    states: list[CheckState | None] = [None] * day.buckets
    for point in day.points:
        states[day.bucket_of(point.at)] = _state(point.probes.get(kind))
    found, start = [], 0
    for state, alike in groupby(states):
        number = len(list(alike))
        if state is not None:
            found.append(Stretch(_percent(start, day.buckets), _percent(number, day.buckets), state))
        start += number
    return tuple(found)


def _state(checks: CheckMeans | None) -> CheckState | None:
    if checks is None or not (checks.good_checks or checks.bad_checks):
        return None
    if not checks.bad_checks:
        return CheckState.GOOD
    return CheckState.PARTLY if checks.good_checks else CheckState.BAD


def _latency(checks: CheckMeans) -> float | None:
    return checks.latency_seconds


def _percent(buckets: int, of: int) -> float:
    return round(100 * buckets / of, 2)


def _order(kind: str) -> tuple[int, str]:
    return (CHECKS_FIRST.index(kind) if kind in CHECKS_FIRST else len(CHECKS_FIRST), kind)
