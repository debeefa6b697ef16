"""What people see of deliveries, silences and maintenance, on both databases."""

from datetime import timedelta
from typing import Any

import pytest
from made_alerts import NOW, alert, places
from sqlalchemy import Engine

from collector.alerts.alert import Alert, End, Phase
from collector.alerts.holding.maintenance import Maintenance, Once
from collector.alerts.holding.matching import Matcher
from collector.alerts.holding.silences import Silence
from collector.alerts.notice import Notice, NoticeKind
from collector.alerts.planning.planner import Planned
from collector.alerts.planning.threads import Conversation, Group
from collector.alerts.planning.told_alerts import place_of, told
from collector.alerts.telling.sample import sample_notice
from collector.state import deliveries
from collector.state.alerts import write_alerts
from collector.state.delivery_desk import (
    Delivery,
    DeliveryFilter,
    DeliveryState,
    delivered_notice,
    delivery_of,
    find_deliveries,
    unfinished,
)
from collector.state.leadership import begin_epoch
from collector.state.outbox import put_in, write_plan
from collector.state.suppressions import (
    add_maintenance,
    add_silence,
    end_silence,
    find_maintenance,
    find_silences,
    maintenance_of,
    silence_of,
    take_back_maintenance,
)

INVENTORY = places({"park-1": None, "park-2": None, "hall-1": None})
HOUR = timedelta(hours=1)
FIRST, SECOND, ELSEWHERE = alert(at="park-1", id="a1"), alert(at="park-2", id="a2"), alert(at="hall-1", id="a11")


def notice(id_: str, thread: str, *alerts: Alert, endpoint: str = "ops") -> Notice:
    site = alerts[0].subject.site
    assert site is not None
    return Notice(
        id=id_,
        thread=thread,
        endpoint=endpoint,
        kind=NoticeKind.BEGUN,
        rule=alerts[0].rule,
        where=place_of(INVENTORY, site),
        severity=alerts[0].severity,
        made_at=NOW,
        alerts=tuple(told(each, INVENTORY) for each in alerts),
    )


def plan(engine: Engine, *notices: Notice, is_over: bool = False) -> None:
    """Put these in, each into a thread of its own, which may be over by now."""
    changes = [
        Planned(
            each.thread,
            Conversation(each.endpoint, Group(each.rule, each.where.site if each.where else None)),
            is_new=True,
            notice=each,
            is_over=is_over,
        )
        for each in notices
    ]
    with engine.begin() as connection:
        write_alerts(connection, [FIRST, SECOND, ELSEWHERE], ())
        write_plan(connection, changes, NOW)


def ids(engine: Engine, wanted: DeliveryFilter, **page: Any) -> list[str]:
    return [each.id for each in find_deliveries(engine, wanted, **page)]


def lose(engine: Engine, lost: Notice, problem: str) -> None:
    with engine.begin() as connection:
        epoch = begin_epoch(connection, NOW)
    assert deliveries.claim(engine, lost, epoch, NOW)
    deliveries.note_dead(engine, lost, problem, NOW + HOUR)


def test_deliveries_come_newest_first_a_page_at_a_time(engine: Engine) -> None:
    plan(engine, notice("n1", "t1", FIRST), notice("n2", "t2", SECOND, endpoint="pager"), notice("n3", "t3", ELSEWHERE))
    first = find_deliveries(engine, DeliveryFilter(), limit=2)
    assert [each.id for each in first] == ["n3", "n2"]
    assert ids(engine, DeliveryFilter(), before=first[-1].number) == ["n1"]


def test_deliveries_can_be_narrowed_and_counted(engine: Engine) -> None:
    lost = notice("n1", "t1", FIRST)
    plan(engine, lost, notice("n2", "t2", SECOND, endpoint="pager"), notice("n3", "t3", ELSEWHERE))
    lose(engine, lost, "status 400")
    assert ids(engine, DeliveryFilter(state=DeliveryState.DEAD)) == ["n1"]
    assert ids(engine, DeliveryFilter(state=DeliveryState.WAITING, endpoint="ops")) == ["n3"]
    assert ids(engine, DeliveryFilter(thread="t2")) == ["n2"]
    assert unfinished(engine) == {
        "ops": {DeliveryState.DEAD: 1, DeliveryState.WAITING: 1},
        "pager": {DeliveryState.WAITING: 1},
    }


def test_a_delivery_is_found_with_what_it_brings(engine: Engine) -> None:
    lost = notice("n1", "t1", FIRST)
    plan(engine, lost)
    lose(engine, lost, "status 400")
    expected = Delivery(
        number=1,
        id="n1",
        thread="t1",
        endpoint="ops",
        kind=NoticeKind.BEGUN,
        rule="airtime_high",
        site="park",
        state=DeliveryState.DEAD,
        attempts=1,
        made_at=NOW,
        due_at=NOW,
        is_under_way=False,
        ended_at=NOW + HOUR,
        problem="status 400",
    )
    assert delivery_of(engine, "n1") == expected
    found = delivered_notice(engine, "n1")
    assert found is not None
    assert (found.delivery, found.notice) == (expected, lost)
    assert delivery_of(engine, "n2") is None


def test_a_test_stands_in_no_thread(engine: Engine) -> None:
    with engine.begin() as connection:
        put_in(connection, sample_notice("ops", "n1", NOW), NOW)
    found = delivery_of(engine, "n1")
    assert found is not None
    assert (found.kind, found.thread, found.site, found.is_under_way) == (NoticeKind.TEST, None, None, False)


def test_the_deliveries_of_an_alert_are_those_that_list_it(engine: Engine) -> None:
    together = notice("n1", "t1", FIRST, SECOND)
    plan(engine, together, notice("n2", "t2", FIRST, endpoint="pager"), notice("n3", "t3", ELSEWHERE))
    assert ids(engine, DeliveryFilter(alert=FIRST)) == ["n2", "n1"]
    assert ids(engine, DeliveryFilter(alert=SECOND)) == ["n1"]
    assert ids(engine, DeliveryFilter(alert=ELSEWHERE)) == ["n3"]
    assert ids(engine, DeliveryFilter(alert=FIRST, endpoint="pager")) == ["n2"]
    assert ids(engine, DeliveryFilter(alert=alert(at="park-1", id="a"))) == []


def test_the_deliveries_of_an_alert_are_found_when_all_is_over(engine: Engine) -> None:
    plan(engine, notice("n1", "t1", FIRST), is_over=True)
    over = alert(at="park-1", id="a1", phase=Phase.RESOLVED, ended_at=NOW, end=End.WELL)
    assert ids(engine, DeliveryFilter(alert=over)) == ["n1"]


def silence(id_: str, *, lasts: timedelta) -> Silence:
    return Silence(
        id=id_,
        matcher=Matcher(sites=("park",)),
        starts_at=NOW,
        ends_at=NOW + lasts,
        comment="works",
        by="oh",
        made_at=NOW,
    )


def test_silences_come_newest_first_those_that_are_over_apart(engine: Engine) -> None:
    for lasts in (3 * HOUR, HOUR, 3 * HOUR):
        add_silence(engine, lambda id_, lasts=lasts: silence(id_, lasts=lasts))  # type: ignore[misc]
    end_silence(engine, "3", "kim", NOW + HOUR)
    now = NOW + 2 * HOUR
    assert [each.id for each in find_silences(engine, now)] == ["3", "2", "1"]
    assert [each.id for each in find_silences(engine, now, is_over=True)] == ["3", "2"]
    assert [each.id for each in find_silences(engine, now, is_over=False)] == ["1"]
    assert [each.id for each in find_silences(engine, now, before=3, limit=1)] == ["2"]


def test_maintenance_comes_newest_first_what_is_over_apart(engine: Engine) -> None:
    def works(id_: str) -> Maintenance:
        when = Once(starts_at=NOW, ends_at=NOW + HOUR)
        matcher = Matcher(sites=("park",))
        return Maintenance(id=id_, name="cables", matcher=matcher, when=when, comment="new ones", by="oh", made_at=NOW)

    for _ in range(3):
        add_maintenance(engine, works)
    take_back_maintenance(engine, "2")
    listed = find_maintenance(engine)
    assert [(each.maintenance, each.is_over) for each in listed] == [
        (works("3"), False),
        (works("2"), True),
        (works("1"), False),
    ]
    assert find_maintenance(engine, is_over=True) == [listed[1]]
    assert find_maintenance(engine, is_over=False, before=3, limit=1) == [listed[2]]
    assert maintenance_of(engine, "2") == listed[1]


@pytest.mark.parametrize("unknown", ["4", "01", "x", "", "-1", "9" * 40, "٣", "\x00"])
def test_what_is_no_id_is_not_found(engine: Engine, unknown: str) -> None:
    add_silence(engine, lambda id_: silence(id_, lasts=HOUR))
    assert silence_of(engine, unknown) is None
    assert maintenance_of(engine, unknown) is None
    assert take_back_maintenance(engine, unknown) is None
