"""How many alerts have fired, day by day, and when the last one ended. For pages."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import Engine, case, func, select

from collector.alerts.alert import Severity
from collector.korean_time import KST
from collector.state.alert_tables import alerts
from collector.state.alerts import AlertFilter, conditions_of

FiredOnADay = dict[Severity, int]


def fired_by_day(engine: Engine, wanted: AlertFilter, days: Sequence[date]) -> list[FiredOnADay]:
    """How many of those wanted began to fire on each of these days in Korea, which follow each other."""
    column = alerts.c
    ends = [_midnight(day + timedelta(days=1)) for day in days]
    day = case(*((column.fired_at < end, place) for place, end in enumerate(ends))).label("day")
    fired = (
        select(day, column.severity)
        .where(column.fired_at >= _midnight(days[0]), column.fired_at < ends[-1], *conditions_of(wanted))
        .subquery()
    )
    query = select(fired.c.day, fired.c.severity, func.count()).group_by(fired.c.day, fired.c.severity)
    counts: list[FiredOnADay] = [{} for _ in days]
    with engine.connect() as connection:
        for place, severity, count in connection.execute(query):
            counts[place][Severity(severity)] = count
    return counts


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), KST)
