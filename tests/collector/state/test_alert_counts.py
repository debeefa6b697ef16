"""How many alerts fired each day, and when the last one ended, on both databases."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from collector.alerts.alert import Alert, Phase, Severity, Subject
from collector.state.alert_counts import fired_by_day
from collector.state.alerts import AlertFilter, find_alerts, write_alerts

MIDNIGHT = datetime(2026, 5, 22, 15, tzinfo=UTC)
"""In Korea the 23rd of May begins."""
DAYS = [date(2026, 5, 22), date(2026, 5, 23)]


def fired(name: str, at: datetime, **fields: Any) -> Alert:
    made: dict[str, Any] = {
        "rule": "cpu_high",
        "subject": Subject(name, "park"),
        "severity": Severity.WARNING,
        "phase": Phase.RESOLVED,
        "ended_at": at + timedelta(hours=1),
    }
    return Alert(id=name, since=at, changed_at=at, fired_at=at, **made | fields)


@pytest.fixture
def filled(engine: Engine) -> Engine:
    alerts = [
        fired("just-before", MIDNIGHT - timedelta(microseconds=1)),
        fired("at-midnight", MIDNIGHT, severity=Severity.CRITICAL),
        fired("later", MIDNIGHT + timedelta(hours=23), rule="dns_failing"),
        fired("elsewhere", MIDNIGHT + timedelta(hours=1), subject=Subject("elsewhere", "hall")),
        fired("nowhere", MIDNIGHT + timedelta(hours=1), subject=Subject("nowhere")),
        fired("the-day-after", MIDNIGHT + timedelta(hours=24), phase=Phase.FIRING, ended_at=None),
        fired("long-ago", MIDNIGHT - timedelta(hours=24, microseconds=1)),
    ]
    with engine.begin() as connection:
        write_alerts(connection, alerts, [])
    return engine


def test_each_is_counted_on_the_day_in_korea_on_which_it_fired(filled: Engine) -> None:
    assert fired_by_day(filled, AlertFilter(), DAYS) == [
        {Severity.WARNING: 1},
        {Severity.CRITICAL: 1, Severity.WARNING: 3},
    ]


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (AlertFilter(sites=frozenset({"hall"})), ["elsewhere"]),
        (AlertFilter(sites=frozenset({"hall", "square"})), ["elsewhere"]),
        (AlertFilter(sites=frozenset()), []),
        (AlertFilter(but_rule="cpu_high"), ["later"]),
        (AlertFilter(is_open=True), ["the-day-after"]),
    ],
)
def test_only_those_wanted_are_found_and_counted(filled: Engine, wanted: AlertFilter, names: list[str]) -> None:
    assert [alert.id for alert in find_alerts(filled, wanted)] == names
    counted = sum(sum(day.values()) for day in fired_by_day(filled, wanted, [*DAYS, date(2026, 5, 24)]))
    assert counted == len(names)
