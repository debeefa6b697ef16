"""The outbox on both databases: what is planned is kept, what is called is noted, what dies is made again."""

import itertools
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, insert, select
from sqlalchemy.exc import IntegrityError

from collector.alerts.alert import Alert, End, Phase, Severity, Subject
from collector.alerts.notice import Notice
from collector.alerts.planning.planner import Pace, Planner
from collector.alerts.planning.threads import Conversation, Group, Thread
from collector.alerts.telling.sample import sample_notice
from collector.state import deliveries, delivery_desk
from collector.state.alert_tables import deliveries as deliveries_table
from collector.state.alert_tables import threads as threads_table
from collector.state.alerts import alerts_of, write_alerts
from collector.state.deliveries import Due
from collector.state.delivery_desk import Replay
from collector.state.leadership import begin_epoch
from collector.state.outbox import open_threads, put_in, write_plan
from inventory import Inventory
from inventory.models import AccessPoint, Site, SiteKind

NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
INVENTORY = Inventory(
    sites=(Site(id="nanji", kind=SiteKind.PARK, name_ko="난지한강공원", district="마포구"),),
    access_points=tuple(AccessPoint(id=f"nanji-{number}", site="nanji") for number in range(1, 10)),
)
OPS = Conversation("ops", Group("access_point_silent", "nanji"))


def alert(number: int) -> Alert:
    name = f"nanji-{number}"
    return Alert(
        id=f"alert-{number}",
        rule="access_point_silent",
        subject=Subject(name, "nanji", name),
        severity=Severity.WARNING,
        phase=Phase.FIRING,
        since=NOW,
        changed_at=NOW,
        fired_at=NOW,
    )


class Office:
    """An evaluator that plans at once whatever it is told, and a sender's notes."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        numbers = itertools.count(1)
        new_id: Callable[[str], str] = lambda kind: f"{kind}-{next(numbers)}"  # noqa: E731
        nothing = timedelta(0)
        self.planner = Planner(INVENTORY, Pace(nothing, nothing, nothing), new_id)
        with engine.begin() as connection:
            self.epoch = begin_epoch(connection, NOW)

    def plan(self, *firing: Alert, ended: tuple[Alert, ...] = (), at: datetime = NOW, to: Conversation = OPS) -> int:
        alerts = {each.id: each for each in (*firing, *ended)}
        threads = open_threads(self.engine)
        plan = self.planner.plan(wanted={to: firing} if firing else {}, threads=threads, alerts=alerts, now=at)
        with self.engine.begin() as connection:
            write_alerts(connection, tuple(alerts.values()), ())
            return write_plan(connection, plan.changes, at)

    def due(self, at: datetime = NOW, endpoint: str = "ops") -> list[Due]:
        return deliveries.due(self.engine, endpoint, at, limit=10)

    def claim(self, notice: Notice, at: datetime = NOW) -> bool:
        return deliveries.claim(self.engine, notice, self.epoch, at)

    def deliver(self, at: datetime = NOW) -> Notice:
        (due,) = self.due(at)
        assert self.claim(due.notice, at)
        deliveries.note_delivered(self.engine, due.notice, at)
        return due.notice

    def states(self) -> list[tuple[str, str]]:
        each = deliveries_table.c
        with self.engine.connect() as connection:
            rows = connection.execute(select(each.kind, each.state).order_by(each.number))
            return [(kind, state) for kind, state in rows]

    @property
    def thread(self) -> Thread | None:
        return next(iter(open_threads(self.engine)), None)


@pytest.fixture
def office(engine: Engine) -> Office:
    return Office(engine)


def ended(each: Alert) -> Alert:
    return replace(each, phase=Phase.RESOLVED, ended_at=NOW + 60 * SECOND, end=End.WELL)


def test_what_was_told_last_is_what_was_made_last_whatever_the_clock_said(office: Office) -> None:
    one, two, earlier = alert(1), alert(2), NOW - 3600 * SECOND
    office.plan(one)
    office.deliver()
    office.plan(one, two, at=earlier)
    assert office.thread is not None
    assert office.thread.told_at == earlier


def test_from_the_beginning_to_the_end(office: Office) -> None:
    one = alert(1)
    assert office.plan(one) == 1
    begun = office.deliver()
    thread = office.thread
    assert thread is not None
    assert (thread.conversation, thread.believed, thread.waits, thread.told_at) == (OPS, {"alert-1"}, (), NOW)
    assert office.plan(one, at=NOW + SECOND) == 0
    assert office.plan(ended=(ended(one),), at=NOW + 60 * SECOND) == 1
    end = office.deliver(NOW + 60 * SECOND)
    assert (begun.thread, [each.id for each in begun.firing]) == (thread.id, ["alert-1"])
    assert (end.thread, [each.id for each in end.ended]) == (thread.id, ["alert-1"])
    assert office.thread is None
    assert office.states() == [("begun", "delivered"), ("ended", "delivered")]
    assert alerts_of(office.engine, ["alert-1"]) == {"alert-1": ended(one)}


def test_a_claim_says_that_it_may_have_arrived(office: Office) -> None:
    office.plan(alert(1))
    (due,) = office.due()
    assert office.claim(due.notice)
    assert not office.claim(due.notice, NOW + SECOND)
    assert office.due() == []
    thread = office.thread
    assert thread is not None
    assert thread.believed == {"alert-1"}
    assert thread.claimed is not None
    assert (thread.claimed.attempts, thread.replaceable) == (1, ())


def test_whoever_is_not_elected_any_more_calls_nobody(office: Office) -> None:
    office.plan(alert(1))
    (due,) = office.due()
    with office.engine.begin() as connection:
        begin_epoch(connection, NOW)
    assert not office.claim(due.notice)
    assert deliveries.release_claims(office.engine, office.epoch) == 0
    assert office.due() == [due]


def test_a_call_that_nobody_ended_is_made_again_with_the_same_id(office: Office) -> None:
    office.plan(alert(1))
    (due,) = office.due()
    office.claim(due.notice)
    assert deliveries.release_claims(office.engine, office.epoch) == 1
    assert office.due() == [replace(due, attempts=1)]


def test_what_failed_is_tried_when_it_is_its_time(office: Office) -> None:
    office.plan(alert(1))
    (due,) = office.due()
    office.claim(due.notice)
    deliveries.note_failed(office.engine, due.notice, "503", NOW + 5 * SECOND)
    assert office.due(NOW + 4 * SECOND) == []
    assert deliveries.next_due(office.engine, "ops", NOW) == NOW + 5 * SECOND
    assert office.due(NOW + 5 * SECOND) == [replace(due, attempts=1)]


def test_what_is_superseded_is_folded_and_what_is_called_is_not(office: Office) -> None:
    one, two = alert(1), alert(2)
    office.plan(one)
    office.plan(one, two)
    assert office.states() == [("begun", "folded"), ("begun", "waiting")]
    (due,) = office.due()
    plan = office.planner.plan(
        wanted={}, threads=open_threads(office.engine), alerts={e.id: ended(e) for e in (one, two)}, now=NOW
    )
    assert office.claim(due.notice)  # while the evaluator is about to fold it
    with office.engine.begin() as connection:
        assert write_plan(connection, plan.changes, NOW) == 0
    assert office.states() == [("begun", "folded"), ("begun", "waiting")]
    assert office.plan(ended=(ended(one), ended(two))) == 1
    assert office.due() == []  # the end waits behind the beginning
    deliveries.note_delivered(office.engine, due.notice, NOW)
    assert [each.notice.kind for each in office.due()] == ["ended"]


def test_over_before_anybody_was_called_is_over(office: Office) -> None:
    office.plan(alert(1))
    assert office.plan(ended=(ended(alert(1)),)) == 0
    assert (office.thread, office.states()) == (None, [("begun", "folded")])


def test_a_dead_delivery_is_tried_again_if_it_is_not_over(office: Office) -> None:
    one = alert(1)
    office.plan(one)
    (due,) = office.due()
    office.claim(due.notice)
    deliveries.note_dead(office.engine, due.notice, "404 Not Found", NOW)
    assert (office.due(), office.states()) == ([], [("begun", "dead")])
    assert delivery_desk.replay(office.engine, due.notice.id, NOW) is Replay.REVIVED
    assert office.due() == [due]
    office.claim(due.notice)
    deliveries.note_dead(office.engine, due.notice, "404 Not Found", NOW)
    office.plan(ended=(ended(one),))
    office.deliver()
    assert delivery_desk.replay(office.engine, due.notice.id, NOW) is Replay.OVER
    assert delivery_desk.replay(office.engine, "msg_unknown", NOW) is Replay.UNKNOWN


def test_a_dead_beginning_is_not_told_after_the_end_though_others_of_it_fire_still(office: Office) -> None:
    one, two = alert(1), alert(2)
    office.plan(one)
    (dead,) = office.due()
    office.claim(dead.notice)
    deliveries.note_dead(office.engine, dead.notice, "404 Not Found", NOW)
    office.plan(one, two)
    office.deliver()
    assert (found := delivery_desk.delivered_notice(office.engine, dead.notice.id)) is not None
    assert not found.is_late
    office.plan(two, ended=(ended(one),), at=NOW + 60 * SECOND)
    office.deliver(NOW + 60 * SECOND)
    assert (found := delivery_desk.delivered_notice(office.engine, dead.notice.id)) is not None
    assert found.is_late
    assert delivery_desk.replay(office.engine, dead.notice.id, NOW) is Replay.OVER


def test_an_end_that_is_dead_closes_its_thread_and_what_begins_anew_is_told(office: Office) -> None:
    office.plan(alert(1))
    office.deliver()
    office.plan(ended=(ended(alert(1)),))
    (due,) = office.due()
    office.claim(due.notice)
    deliveries.note_dead(office.engine, due.notice, "404 Not Found", NOW)
    assert office.thread is None
    assert office.plan(alert(2)) == 1
    assert delivery_desk.replay(office.engine, due.notice.id, NOW) is Replay.REVIVED
    assert [each.notice.kind for each in office.due()] == ["ended", "begun"]


def test_endpoints_that_are_gone_from_the_configuration_are_given_up(office: Office) -> None:
    office.plan(alert(1))
    office.plan(alert(1), to=OPS._replace(endpoint="old"))
    assert deliveries.give_up_others(office.engine, ["ops"], NOW) == 1
    assert [thread.conversation for thread in open_threads(office.engine)] == [OPS]
    assert office.due(endpoint="old") == []


def test_what_a_receiver_that_forgets_should_know(office: Office) -> None:
    one, two = alert(1), alert(2)
    office.plan(one, two)
    office.deliver()
    over_at = NOW + 60 * SECOND
    office.plan(two, ended=(ended(one),), at=over_at)
    office.deliver(over_at)
    told = deliveries.told_alerts(office.engine, "ops", over_at + 299 * SECOND)
    assert told == [ended(one), two]
    assert deliveries.told_alerts(office.engine, "ops", over_at + 301 * SECOND) == [two]


def test_endpoints_and_threads_do_not_wait_for_each_other(office: Office) -> None:
    """Twelve threads of one endpoint: all are due at once, in the order in which they were made."""
    conversations = [OPS._replace(group=Group("access_point_silent", None)), OPS]
    for conversation in conversations:
        office.plan(alert(1), to=conversation)
    assert [each.notice.where is None for each in office.due()] == [True, False]


def test_old_deliveries_and_threads_are_forgotten_and_open_ones_are_not(office: Office) -> None:
    office.plan(alert(1))
    office.deliver()
    office.plan(ended=(ended(alert(1)),))
    office.deliver()
    office.plan(alert(2))
    delivery_desk.prune_outbox(office.engine, NOW + SECOND)
    assert office.states() == [("begun", "waiting")]
    with office.engine.connect() as connection:
        assert len(connection.scalars(select(threads_table.c.id)).all()) == 1


def test_a_test_is_of_no_thread_and_is_delivered_like_any_other(office: Office) -> None:
    test = sample_notice("pager", "msg_test", NOW)
    with office.engine.begin() as connection:
        put_in(connection, test, NOW)
    (waiting,) = office.due(endpoint="pager")
    assert office.claim(waiting.notice)
    deliveries.note_delivered(office.engine, waiting.notice, NOW)
    assert office.due(endpoint="pager") == []


def test_of_one_conversation_there_is_one_open_thread(office: Office) -> None:
    office.plan(alert(1))
    row = {"id": "other", "endpoint": "ops", "rule": OPS.group.rule, "site": "nanji", "opened_at": NOW}
    with pytest.raises(IntegrityError), office.engine.begin() as connection:
        connection.execute(insert(threads_table).values(row | {"believed": "[]"}))


def test_who_does_not_know_whether_a_claim_was_written_asks_again(office: Office) -> None:
    office.plan(alert(1))
    (due,) = office.due()
    assert office.claim(due.notice, NOW + SECOND)
    assert office.claim(due.notice, NOW + SECOND)
    thread = office.thread
    assert thread is not None
    assert thread.claimed is not None
    assert thread.claimed.attempts == 1


def test_what_came_of_a_call_is_noted_once_and_by_who_is_elected(office: Office) -> None:
    """Who was stopped in the middle of a call, and goes on after another has made it anew, writes nothing."""
    office.plan(alert(1))
    (due,) = office.due()
    old = office.epoch
    office.claim(due.notice)
    with office.engine.begin() as connection:
        office.epoch = begin_epoch(connection, NOW)
    deliveries.release_claims(office.engine, office.epoch)
    assert office.claim(due.notice, NOW + SECOND)
    assert not deliveries.note_failed(office.engine, due.notice, "503", NOW, epoch=old)
    assert not deliveries.note_dead(office.engine, due.notice, "400", NOW, epoch=old)
    assert not deliveries.note_delivered(office.engine, due.notice, NOW, epoch=old)
    thread = office.thread
    assert thread is not None
    assert thread.claimed is not None
    assert deliveries.note_delivered(office.engine, due.notice, NOW, epoch=office.epoch)
    assert not deliveries.note_dead(office.engine, due.notice, "400", NOW, epoch=office.epoch)
    assert office.states() == [("begun", "delivered")]


def test_a_thread_that_is_over_by_now_gets_nothing_new(office: Office) -> None:
    """The end arrives between the evaluator's look and its word: what has begun since begins a thread of its own."""
    one, two = alert(1), alert(2)
    office.plan(one)
    office.deliver()
    office.plan(ended=(ended(one),))
    (due,) = office.due()
    office.claim(due.notice)
    seen = open_threads(office.engine)
    plan = office.planner.plan(wanted={OPS: (two,)}, threads=seen, alerts={one.id: ended(one), two.id: two}, now=NOW)
    assert [(change.is_new, change.notice is not None) for change in plan.changes] == [(False, True)]
    deliveries.note_delivered(office.engine, due.notice, NOW)  # while the evaluator is about to write
    with office.engine.begin() as connection:
        assert write_plan(connection, plan.changes, NOW) == 0
    assert office.plan(two) == 1
    thread = office.thread
    assert thread is not None
    assert thread.id != seen[0].id
    assert [each.notice.firing[0].id for each in thread.waits] == [two.id]


def test_while_something_is_folded_nobody_calls_for_it(office: Office) -> None:
    """Between the evaluator's statements the sender may do what it can."""
    office.plan(alert(1))
    (due,) = office.due()
    plan = office.planner.plan(
        wanted={}, threads=open_threads(office.engine), alerts={"alert-1": ended(alert(1))}, now=NOW
    )
    claims: list[bool] = []

    def claim(_: Any, __: Any, statement: str, *___: Any) -> None:
        if statement.startswith("UPDATE deliveries SET state") and not claims:
            claims.append(False)
            thread.start()
            thread.join(0.5)  # it waits for the evaluator, where it cannot be refused at once

    thread = threading.Thread(target=lambda: claims.append(office.claim(due.notice)))
    event.listen(office.engine, "before_cursor_execute", claim)
    try:
        with office.engine.begin() as connection:
            write_plan(connection, plan.changes, NOW)
    finally:
        event.remove(office.engine, "before_cursor_execute", claim)
    thread.join()
    assert claims == [False, False]
    assert (office.thread, office.states()) == (None, [("begun", "folded")])
