"""Pages that show alerts hear of every change, and of nothing that is none, on both databases."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from made_alerts import NOW, alert, pending
from sqlalchemy import Engine, event

from collector.alerts.alert import Acknowledgement, Alert, End, Phase, Severity
from collector.alerts.holding.maintenance import Maintenance, Once
from collector.alerts.holding.matching import Matcher
from collector.alerts.holding.silences import Silence
from collector.alerts.telling.sample import sample_notice
from collector.state import deliveries, endpoint_states, suppressions
from collector.state.alert_changes import alert_mark
from collector.state.alerts import acknowledge, open_acknowledgements, open_alerts, release, write_alerts
from collector.state.delivery_desk import hasten, replay
from collector.state.leadership import begin_epoch
from collector.state.outbox import put_in

HOUR = timedelta(hours=1)
FIRING = alert(at="park-1")
NOTICE = sample_notice("ops", "msg_1", NOW)
PARK = Matcher(sites=("park",))
Act = Callable[[Engine], object]


def write(*alerts: Alert, dropped: tuple[str, ...] = ()) -> Act:
    def act(engine: Engine) -> None:
        with engine.begin() as connection:
            write_alerts(connection, alerts, dropped)

    return act


def put(engine: Engine) -> None:
    with engine.begin() as connection:
        put_in(connection, NOTICE, NOW)


def claim(engine: Engine) -> None:
    with engine.begin() as connection:
        epoch = begin_epoch(connection, NOW)
    assert deliveries.claim(engine, NOTICE, epoch, NOW)


def be_silent(engine: Engine) -> None:
    def make(id_: str) -> Silence:
        return Silence(
            id=id_, matcher=PARK, starts_at=NOW, ends_at=NOW + HOUR, comment="festival", by="oh", made_at=NOW
        )

    suppressions.add_silence(engine, make)


def plan_works(engine: Engine) -> None:
    def make(id_: str) -> Maintenance:
        when = Once(starts_at=NOW, ends_at=NOW + HOUR)
        return Maintenance(id=id_, name="cables", matcher=PARK, when=when, comment="new ones", by="oh", made_at=NOW)

    suppressions.add_maintenance(engine, make)


STORIES: dict[str, tuple[Act, ...]] = {
    "an alert's life": (
        write(pending("airtime_high", "park-1")),
        write(FIRING),
        write(replace(FIRING, severity=Severity.CRITICAL)),
        write(replace(FIRING, is_flapping=True)),
        write(replace(FIRING, members=("park-1", "park-2"))),
        lambda engine: acknowledge(engine, FIRING.id, Acknowledgement("oh", NOW)),
        lambda engine: acknowledge(engine, FIRING.id, Acknowledgement("kim", NOW + HOUR)),
        lambda engine: release(engine, FIRING.id),
        write(replace(FIRING, phase=Phase.RESOLVED, ended_at=NOW, end=End.WELL)),
    ),
    "one that goes away before it fires": (
        write(pending("airtime_high", "park-1")),
        write(dropped=(pending("airtime_high", "park-1").id,)),
    ),
    "a delivery's life": (
        put,
        claim,
        lambda engine: deliveries.note_failed(engine, NOTICE, "status 500", NOW + HOUR),
        lambda engine: hasten(engine, "ops", NOW),
        claim,
        lambda engine: deliveries.note_dead(engine, NOTICE, "status 400", NOW),
        lambda engine: replay(engine, NOTICE.id, NOW + HOUR),
        claim,
        lambda engine: deliveries.note_delivered(engine, NOTICE, NOW + HOUR),
    ),
    "an endpoint's life": (
        lambda engine: endpoint_states.note_failure(engine, "ops", "status 500", NOW),
        lambda engine: endpoint_states.pause(engine, "ops", "oh", NOW),
        lambda engine: endpoint_states.reopen(engine, "ops"),
        lambda engine: endpoint_states.note_gone(engine, "ops", "status 410", NOW),
    ),
    "silences and works": (
        be_silent,
        lambda engine: suppressions.end_silence(engine, "1", "oh", NOW + timedelta(minutes=1)),
        plan_works,
        lambda engine: suppressions.take_back_maintenance(engine, "1"),
    ),
}


@pytest.mark.parametrize("story", STORIES)
def test_whatever_happens_is_a_change(engine: Engine, story: str) -> None:
    now = NOW + timedelta(minutes=1)
    marks = [alert_mark(engine, now)]
    for act in STORIES[story]:
        act(engine)
        marks.append(alert_mark(engine, now))
    assert all(before != after for before, after in pairwise(marks))


def test_a_silence_that_is_over_is_a_change_by_itself(engine: Engine) -> None:
    be_silent(engine)
    before, during, after = (alert_mark(engine, at) for at in (NOW - HOUR, NOW, NOW + HOUR))
    assert len({before, during, after}) == 3


def test_nothing_is_no_change_and_neither_is_a_figure_that_moves(engine: Engine) -> None:
    write(replace(FIRING, value=0.81))(engine)
    before = alert_mark(engine, NOW)
    write(replace(FIRING, value=0.82))(engine)
    assert alert_mark(engine, NOW + HOUR) == before


@pytest.mark.parametrize("ask", [open_alerts, open_acknowledgements, lambda engine: alert_mark(engine, NOW)])
def test_what_is_open_is_found_without_reading_what_is_over(alone: Engine, ask: Act) -> None:
    asked: list[tuple[str, Any]] = []

    def note(_: object, __: object, statement: str, parameters: Any, *___: object) -> None:
        asked.append((statement, parameters))

    event.listen(alone, "before_cursor_execute", note)
    ask(alone)
    event.remove(alone, "before_cursor_execute", note)
    about_open_ones = [each for each in asked if "alerts.is_open" in each[0]]
    assert about_open_ones
    with alone.connect() as connection:
        for statement, parameters in about_open_ones:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            assert any("alerts USING INDEX open_alerts" in row.detail for row in plan)
