"""Who is told what, and when: notices from alerts, and from what was told before."""

import itertools
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from collector.alerts.alert import Alert, End, Phase, Severity, Subject
from collector.alerts.notice import Notice, NoticeKind
from collector.alerts.planning.planner import Pace, Plan, Planner
from collector.alerts.planning.threads import Conversation, Group, Thread
from collector.simulating.mailbox import Mailbox
from inventory import Inventory
from inventory.models import AccessPoint, Site, SiteKind

NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
INVENTORY = Inventory(
    sites=(Site(id="yeouido", kind=SiteKind.PARK, name_ko="여의도한강공원", district="영등포구"),),
    access_points=tuple(AccessPoint(id=f"yeouido-{number}", site="yeouido") for number in range(1, 10)),
)
USUAL = Pace()
OPS = Conversation("ops", Group("access_point_silent", "yeouido"))


def alert(number: int, *, fired_at: datetime = NOW, severity: Severity = Severity.WARNING) -> Alert:
    name = f"yeouido-{number}"
    subject = Subject(name, "yeouido", name)
    return Alert(
        id=f"alert-{number}",
        rule="access_point_silent",
        subject=subject,
        severity=severity,
        phase=Phase.FIRING,
        since=fired_at,
        changed_at=fired_at,
        fired_at=fired_at,
    )


def ended(each: Alert, at: datetime) -> Alert:
    return replace(each, phase=Phase.RESOLVED, ended_at=at, end=End.WELL)


class Desk:
    """One planner, and a mailbox into which at once is put what is planned: `deliver` has everything arrive."""

    def __init__(self, pace: Pace = USUAL) -> None:
        numbers = itertools.count(1)
        self.planner = Planner(INVENTORY, pace, lambda kind: f"{kind}-{next(numbers)}")
        self.mailbox = Mailbox()
        self.made: list[Notice] = []

    @property
    def threads(self) -> dict[Conversation, Thread]:
        return self.mailbox.threads

    def plan(
        self, wanted: Iterable[Alert], at: datetime, *, spoken_of: Iterable[Alert] = (), to: Conversation = OPS
    ) -> Plan:
        wanted = tuple(wanted)
        plan = self.planner.plan(
            wanted={to: wanted} if wanted else {},
            threads=self.threads.values(),
            alerts={each.id: each for each in (*wanted, *spoken_of)},
            now=at,
        )
        assert all(change.is_new == (change.conversation not in self.threads) for change in plan.changes)
        self.made += self.mailbox.put(plan.changes)
        return plan

    def attempt(self, *, is_claimed: bool = False) -> None:
        """A call for the oldest that waits has been made, and has failed; or is under way."""
        for conversation, thread in self.threads.items():
            first, *others = thread.waits
            believed = thread.believed | {each.id for each in first.notice.firing}
            first = replace(first, attempts=first.attempts + 1, is_claimed=is_claimed, due_at=NOW + timedelta(hours=1))
            self.threads[conversation] = replace(thread, believed=believed, waits=(first, *others))

    def deliver(self) -> None:
        self.mailbox.deliver()

    @property
    def told(self) -> list[tuple[NoticeKind, list[str], list[str]]]:
        return [(each.kind, [a.subject for a in each.firing], [a.subject for a in each.ended]) for each in self.made]


def test_one_alert_is_told_a_moment_after_it_fired_and_its_end_at_once() -> None:
    desk, one = Desk(), alert(1)
    assert desk.plan([one], NOW) == Plan((), NOW + 2 * SECOND)
    assert desk.plan([one], NOW + 2 * SECOND).next_at is None
    desk.deliver()
    assert desk.plan([one], NOW + 600 * SECOND) == Plan((), None)
    over = ended(one, NOW + 700 * SECOND)
    desk.plan([], NOW + 700 * SECOND, spoken_of=[over])
    assert desk.told == [(NoticeKind.BEGUN, ["yeouido-1"], []), (NoticeKind.ENDED, [], ["yeouido-1"])]
    begun, end = desk.made
    assert (begun.thread, begun.endpoint, begun.rule, begun.severity) == (
        end.thread,
        "ops",
        "access_point_silent",
        Severity.WARNING,
    )
    assert begun.id != end.id
    assert begun.where is not None
    assert (begun.where.site, begun.where.access_point, begun.alerts[0].where) == (
        "yeouido",
        None,
        begun.where.model_copy(update={"access_point": "yeouido-1"}),
    )
    desk.deliver()
    assert desk.threads == {}


def test_what_fires_one_after_the_other_is_one_notice() -> None:
    desk = Desk()
    alerts = [alert(number, fired_at=NOW + number * SECOND) for number in range(1, 10)]
    for number in range(1, 10):
        assert desk.plan(alerts[:number], NOW + number * SECOND).changes == ()
    desk.plan(alerts, NOW + 11 * SECOND)
    assert desk.told == [(NoticeKind.BEGUN, [f"yeouido-{number}" for number in range(1, 10)], [])]


def test_nothing_is_held_for_longer_than_it_may_be() -> None:
    desk = Desk(Pace(hold_at_most=timedelta(seconds=5)))
    alerts = [alert(number, fired_at=NOW + number * SECOND) for number in range(1, 10)]
    for number in range(1, 7):
        desk.plan(alerts[:number], NOW + number * SECOND)
    assert desk.told == [(NoticeKind.BEGUN, [f"yeouido-{number}" for number in range(1, 7)], [])]


def test_a_list_that_grows_is_told_when_it_has_grown() -> None:
    desk, growing = Desk(), alert(1)
    for seconds in range(10):
        growing = replace(growing, changed_at=NOW + seconds * SECOND, members=tuple(map(str, range(seconds))))
        assert desk.plan([growing], NOW + seconds * SECOND).changes == ()
    desk.plan([growing], NOW + 11 * SECOND)
    assert [each.alerts[0].members for each in desk.made] == [tuple(map(str, range(9)))]


def test_what_ends_before_it_was_told_is_told_to_nobody() -> None:
    desk, one = Desk(), alert(1)
    desk.plan([one], NOW)
    assert desk.plan([], NOW + SECOND, spoken_of=[ended(one, NOW + SECOND)]) == Plan((), None)


def test_what_ends_while_its_notice_waits_is_folded() -> None:
    desk, one = Desk(), alert(1)
    desk.plan([one], NOW)
    desk.plan([one], NOW + 2 * SECOND)
    (change,) = desk.plan([], NOW + 3 * SECOND, spoken_of=[ended(one, NOW + 3 * SECOND)]).changes
    assert (change.folded, change.notice, change.is_over) == ((desk.made[0].id,), None, True)


def test_a_call_that_failed_may_have_arrived_so_its_end_is_told() -> None:
    desk, one = Desk(), alert(1)
    desk.plan([one], NOW)
    desk.plan([one], NOW + 2 * SECOND)
    desk.attempt()
    (change,) = desk.plan([], NOW + 3 * SECOND, spoken_of=[ended(one, NOW + 3 * SECOND)]).changes
    assert (change.folded, change.due_at) == ((desk.made[0].id,), NOW + timedelta(hours=1))
    assert desk.told[1:] == [(NoticeKind.ENDED, [], ["yeouido-1"])]


def test_a_call_that_is_under_way_is_left_alone_and_what_is_next_waits_behind_it() -> None:
    desk, one = Desk(), alert(1)
    desk.plan([one], NOW)
    desk.plan([one], NOW + 2 * SECOND)
    desk.attempt(is_claimed=True)
    over = ended(one, NOW + 3 * SECOND)
    (change,) = desk.plan([], NOW + 3 * SECOND, spoken_of=[over]).changes
    assert (change.folded, change.due_at, change.is_over) == ((), NOW + 3 * SECOND, False)
    assert desk.told[1:] == [(NoticeKind.ENDED, [], ["yeouido-1"])]
    assert desk.plan([], NOW + 4 * SECOND, spoken_of=[over]) == Plan((), None)


def test_of_two_that_wait_the_newer_says_it_all() -> None:
    """The call for the first failed after the second was made."""
    desk, one = Desk(), alert(1)
    desk.plan([one], NOW)
    desk.plan([one], NOW + 2 * SECOND)
    desk.attempt(is_claimed=True)
    over = ended(one, NOW + 3 * SECOND)
    desk.plan([], NOW + 3 * SECOND, spoken_of=[over])
    thread = desk.threads[OPS]
    failed = replace(thread.waits[0], is_claimed=False)
    desk.threads[OPS] = replace(thread, waits=(failed, thread.waits[1]))
    (change,) = desk.plan([], NOW + 4 * SECOND, spoken_of=[over]).changes
    assert change.folded == (desk.made[0].id, desk.made[1].id)
    assert desk.told[2:] == [(NoticeKind.ENDED, [], ["yeouido-1"])]
    assert len(desk.threads[OPS].waits) == 1


def test_more_and_less_is_told_now_and_then() -> None:
    desk, one, two, three = Desk(), alert(1), alert(2), alert(3, fired_at=NOW + 10 * SECOND)
    desk.plan([one, two], NOW)
    desk.plan([one, two], NOW + 2 * SECOND)
    desk.deliver()
    over = ended(one, NOW + 20 * SECOND)
    assert desk.plan([two, three], NOW + 20 * SECOND, spoken_of=[over]) == Plan((), NOW + 302 * SECOND)
    desk.plan([two, three], NOW + 302 * SECOND, spoken_of=[over])
    assert desk.told[1:] == [(NoticeKind.CHANGED, ["yeouido-2", "yeouido-3"], ["yeouido-1"])]
    desk.deliver()
    assert desk.threads[OPS].believed == {"alert-2", "alert-3"}


def test_ends_that_come_one_after_the_other_are_one_end() -> None:
    desk, alerts = Desk(), [alert(number) for number in range(1, 4)]
    desk.plan(alerts, NOW)
    desk.plan(alerts, NOW + 2 * SECOND)
    desk.deliver()
    late = NOW + 900 * SECOND
    for over in range(1, 4):
        at = late + over * SECOND
        ends = [ended(each, late + number * SECOND) for number, each in enumerate(alerts[:over], start=1)]
        desk.plan(alerts[over:], at, spoken_of=ends)
    assert desk.told[1:] == [(NoticeKind.ENDED, [], ["yeouido-1", "yeouido-2", "yeouido-3"])]


def test_something_graver_does_not_wait_for_its_turn() -> None:
    desk, one = Desk(), alert(1)
    desk.plan([one], NOW)
    desk.plan([one], NOW + 2 * SECOND)
    desk.deliver()
    worse = alert(2, fired_at=NOW + 10 * SECOND, severity=Severity.CRITICAL)
    assert desk.plan([one, worse], NOW + 10 * SECOND) == Plan((), NOW + 12 * SECOND)
    desk.plan([one, worse], NOW + 12 * SECOND)
    assert [each.severity for each in desk.made] == [Severity.WARNING, Severity.CRITICAL]


def test_all_over_and_something_new_at_once_is_no_end() -> None:
    desk, one, two = Desk(), alert(1), alert(2, fired_at=NOW + 10 * SECOND)
    desk.plan([one], NOW)
    desk.plan([one], NOW + 2 * SECOND)
    desk.deliver()
    over = ended(one, NOW + 10 * SECOND)
    desk.plan([two], NOW + 10 * SECOND, spoken_of=[over])
    desk.plan([two], NOW + 302 * SECOND, spoken_of=[over])
    assert desk.told[1:] == [(NoticeKind.CHANGED, ["yeouido-2"], ["yeouido-1"])]


def test_what_is_held_back_after_it_was_told_still_has_its_end_told() -> None:
    desk, one = Desk(), alert(1)
    desk.plan([one], NOW)
    desk.plan([one], NOW + 2 * SECOND)
    desk.deliver()
    assert desk.plan([], NOW + 10 * SECOND, spoken_of=[one]) == Plan((), None)
    desk.plan([], NOW + 20 * SECOND, spoken_of=[ended(one, NOW + 20 * SECOND)])
    assert desk.told[1:] == [(NoticeKind.ENDED, [], ["yeouido-1"])]


def test_what_was_held_back_is_told_a_moment_after_it_no_longer_is() -> None:
    desk, one = Desk(), alert(1)
    assert desk.plan([], NOW + 600 * SECOND, spoken_of=[one]) == Plan((), None)
    assert desk.plan([one], NOW + 700 * SECOND) == Plan((), NOW + 702 * SECOND)


def test_who_does_not_remember_since_when_waits_a_moment_longer_and_tells_the_same() -> None:
    desk, one = Desk(), alert(1)
    desk.plan([one], NOW)
    again = Desk()
    assert again.plan([one], NOW + SECOND) == Plan((), NOW + 3 * SECOND)
    again.plan([one], NOW + 3 * SECOND)
    assert again.told == [(NoticeKind.BEGUN, ["yeouido-1"], [])]


def test_the_watchdog_is_told_again_and_again_and_only_the_newest_waits() -> None:
    desk = Desk(Pace(repeated={"watchdog": timedelta(minutes=5)}))
    to = Conversation("pager", Group("watchdog", None))
    dog = replace(alert(1), rule="watchdog", subject=Subject(""), severity=Severity.INFO)
    for minutes in range(11):
        desk.plan([dog], NOW + timedelta(minutes=minutes), to=to)
    assert [(each.kind, each.made_at) for each in desk.made] == [
        (NoticeKind.ALIVE, NOW + timedelta(minutes=minutes)) for minutes in (0, 5, 10)
    ]
    assert [each.notice.id for each in desk.threads[to].waits] == [desk.made[-1].id]


def test_the_sign_of_life_and_updates_go_on_where_the_clock_is_put_back() -> None:
    """Whoever waits for the sign of life would else be alarmed until the clock has caught up."""
    desk = Desk(Pace(repeated={"watchdog": timedelta(minutes=5)}))
    to, earlier = Conversation("pager", Group("watchdog", None)), NOW - timedelta(hours=1)
    dog = replace(alert(1), rule="watchdog", subject=Subject(""), severity=Severity.INFO)
    for at in (NOW, earlier, earlier + 60 * SECOND, earlier + 300 * SECOND):
        desk.plan([dog], at, to=to)
        desk.deliver()
    assert [notice.made_at for notice in desk.made] == [NOW, earlier, earlier + 300 * SECOND]

    desk, one, two = Desk(), alert(1), alert(2, fired_at=earlier)
    desk.plan([one], NOW)
    desk.plan([one], NOW + 2 * SECOND)
    desk.deliver()
    desk.plan([one, two], earlier)
    desk.plan([one, two], earlier + 2 * SECOND)
    assert [kind for kind, _, _ in desk.told] == [NoticeKind.BEGUN, NoticeKind.CHANGED]


@pytest.mark.parametrize("number", [1, 2])
def test_each_endpoint_has_its_own_thread(number: int) -> None:
    desk, one = Desk(), alert(1)
    other = Conversation("pager", OPS.group)
    wanted = {OPS: (one,), other: (one,)} if number == 2 else {OPS: (one,)}
    for seconds in (0, 2):
        plan = desk.planner.plan(wanted=wanted, threads=[], alerts={one.id: one}, now=NOW + seconds * SECOND)
    assert [change.conversation for change in plan.changes] == sorted(wanted)
    assert len({change.thread for change in plan.changes}) == number
