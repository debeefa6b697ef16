"""What is told of alerts and their notices, on both databases."""

from datetime import timedelta

import pytest
from made_alerts import NOW, alert, pending, resolved
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from collector.alerts.telling.sample import sample_notice
from collector.figures.measurements import ALERTS
from collector.figures.outbox import Outbox
from collector.metrics import Metrics
from collector.state import deliveries
from collector.state.alerts import write_alerts
from collector.state.delivery_desk import Replay, replay
from collector.state.outbox import put_in

MINUTE = timedelta(minutes=1)


def told(source: Outbox) -> dict[str, float | None]:
    [figure] = source.figures(NOW)
    assert (figure.measurement, figure.tags, figure.at) == (ALERTS, {}, NOW)
    return dict(figure.values)


def test_where_nothing_is_there_all_is_zero(engine: Engine) -> None:
    zeros = dict.fromkeys(ALERTS.fields, 0)
    assert told(Outbox(engine, Metrics())) == zeros | {"evaluation_seconds_sum": None}  # no time of no evaluation


def test_alerts_that_fire_are_counted_and_no_others(engine: Engine) -> None:
    with engine.begin() as connection:
        kept = [alert(at="park-1"), alert(at="park-2"), pending("airtime_high", "park-3")]
        write_alerts(connection, [*kept, resolved("airtime_high", "park-4")], ())
    assert told(Outbox(engine, Metrics()))["firing"] == 2


def test_notices_that_wait_are_counted_with_the_age_of_the_oldest_and_dead_ones_until_they_are_replayed(
    engine: Engine,
) -> None:
    notices = [sample_notice("ops", f"n{age}", NOW - age * MINUTE) for age in range(1, 5)]
    with engine.begin() as connection:
        for notice in notices:
            put_in(connection, notice, NOW + MINUTE)
    deliveries.note_dead(engine, notices[3], "status 400", NOW)
    deliveries.note_delivered(engine, notices[2], NOW)
    source = Outbox(engine, Metrics())
    before = told(source)
    assert replay(engine, "n4", NOW) is Replay.REVIVED
    after = told(source)
    fields = ("outbox_notices", "outbox_age_seconds", "dead_letters")
    assert [before[field] for field in fields] == [2, 120, 1]
    assert [after[field] for field in fields] == [3, 240, 0]


def test_evaluations_are_those_since_the_last_time_over_all_rules(engine: Engine) -> None:
    metrics = Metrics()
    source = Outbox(engine, metrics)
    metrics.evaluation_seconds.observe(0.25)
    metrics.rule_failures.labels("airtime_high").inc(2)
    metrics.rule_failures.labels("access_point_silent").inc()
    first = told(source)
    metrics.evaluation_seconds.observe(0.5)
    second = told(source)
    fields = ("evaluation_seconds_sum", "evaluation_seconds_count", "rule_failures")
    assert [first[field] for field in fields] == [0.25, 1, 3]
    assert [second[field] for field in fields] == [0.5, 1, 0]


def test_counts_that_the_database_kept_from_being_told_are_told_the_next_time(alone: Engine) -> None:
    metrics = Metrics()
    source = Outbox(alone, metrics)
    metrics.rule_failures.labels("airtime_high").inc()
    with alone.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE alerts RENAME TO away")
    with pytest.raises(SQLAlchemyError):
        source.figures(NOW)
    with alone.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO alerts")
    assert told(source)["rule_failures"] == 1
