"""Who is to be told what, now: from alerts and from what was told before to the notices that are due. Pure.

The same question is asked at each step, and answered afresh from what is known: nothing is lost by dying between two.
A notice says all that its endpoint has to know of a group. One that has not arrived is therefore replaced by a newer
one (folded), and falls away where all that it would have told is over.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from collector.alerts.alert import Alert
from collector.alerts.notice import Notice, NoticeKind
from collector.alerts.planning.case import GRAVITY, Case
from collector.alerts.planning.threads import Conversation, Thread
from collector.alerts.planning.told_alerts import place_of, told
from inventory import Inventory

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Pace:
    """How notices are spaced. A trouble is told once it has not changed for `wait`, and at the latest `hold_at_most`
    after it began: so that a site that falls silent is one notice. What joins it, and what of it ends, is told
    `update_every` at most. A rule of `repeated` is told again and again after such a time, whatever happens."""

    wait: timedelta = timedelta(seconds=2)
    hold_at_most: timedelta = timedelta(seconds=90)
    update_every: timedelta = timedelta(seconds=300)
    repeated: Mapping[str, timedelta] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Planned:
    """A change of one thread: the notices that are folded, by their ids, and the one that is made, if any. A thread
    that `is_new` begins with it; one that `is_over` has nothing more to tell. `due_at` is when the notice is first
    tried."""

    thread: str
    conversation: Conversation
    is_new: bool
    notice: Notice | None
    folded: tuple[str, ...] = ()
    is_over: bool = False
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """All changes that are due, and when the next may be, as far as that can be said now."""

    changes: tuple[Planned, ...]
    next_at: datetime | None


class Planner:
    """Plans for one inventory. `new_id` draws ids of threads and notices.

    It remembers from one step to the next since when an endpoint is to hear of an alert, and nothing else. Whoever
    begins without that waits a moment longer, and tells no less.
    """

    def __init__(self, inventory: Inventory, pace: Pace, new_id: Callable[[str], str]) -> None:
        self._inventory = inventory
        self._pace = pace
        self._new_id = new_id
        self._wanted_since: dict[tuple[str, str], datetime] = {}

    def plan(
        self,
        *,
        wanted: Mapping[Conversation, tuple[Alert, ...]],
        threads: Iterable[Thread],
        alerts: Mapping[str, Alert],
        now: datetime,
    ) -> Plan:
        """What is due. `wanted` are the firing alerts that an endpoint is to hear of and that nothing holds back;
        `alerts` are, by their ids, all that fire and all of which some thread speaks."""
        keys = [(conversation.endpoint, alert.id) for conversation, each in wanted.items() for alert in each]
        self._wanted_since = {key: self._wanted_since.get(key, now) for key in keys}
        open_threads = {thread.conversation: thread for thread in threads}
        changes, times = [], []
        for conversation in sorted({*open_threads, *wanted}, key=_in_order):
            case = Case(conversation, open_threads.get(conversation), wanted.get(conversation, ()), alerts)
            at = self._due_at(case, now)
            if at is None:
                continue
            if at <= now:
                changes.append(self._change(case, now))
            else:
                times.append(at)
        return Plan(tuple(changes), min(times, default=None))

    def _due_at(self, case: Case, now: datetime) -> datetime | None:
        """When there is something to say; None where there is not."""
        told_at = case.thread.told_at if case.thread is not None else None
        if told_at is not None and told_at > now:  # the clock has been put back
            told_at = _LONG_AGO
        repeated = self._pace.repeated.get(case.conversation.group.rule)
        if repeated is not None and case.wanted:
            return _LONG_AGO if told_at is None else told_at + repeated
        if not case.fresh and not case.over:
            return _LONG_AGO if case.is_crowded else None
        settled_at = self._settled_at(case) if case.fresh else _LONG_AGO
        is_all_over = not case.fresh and not case.still
        if not case.is_told or is_all_over or case.is_worse:
            return settled_at
        ends_settled_at = case.ended_settled_at(self._pace.wait, self._pace.hold_at_most) or _LONG_AGO
        return max(settled_at, ends_settled_at, (told_at or _LONG_AGO) + self._pace.update_every)

    def _settled_at(self, case: Case) -> datetime:
        return case.settled_at(self._wanted_since, self._pace.wait, self._pace.hold_at_most)

    def _change(self, case: Case, now: datetime) -> Planned:
        conversation, thread = case.conversation, case.thread
        replaced = () if thread is None else thread.replaceable
        firing, ended = case.firing_to_tell(), case.ended_to_tell()
        thread_id = self._new_id("thread") if thread is None else thread.id
        folded = tuple(each.notice.id for each in replaced)
        if not firing and not ended:
            is_over = thread is not None and thread.claimed is None
            return Planned(thread_id, conversation, thread is None, None, folded, is_over=is_over)
        group = conversation.group
        notice = Notice(
            id=self._new_id("notice"),
            thread=thread_id,
            endpoint=conversation.endpoint,
            kind=self._kind(case, firing),
            rule=group.rule,
            where=None if group.site is None else place_of(self._inventory, group.site),
            severity=min((alert.severity for alert in firing or ended), key=GRAVITY.__getitem__),
            made_at=now,
            alerts=tuple(told(alert, self._inventory) for alert in (*firing, *ended)),
        )
        due_at = max([now, *(each.due_at for each in replaced if each.attempts)])
        return Planned(thread_id, conversation, thread is None, notice, folded, due_at=due_at)

    def _kind(self, case: Case, firing: list[Alert]) -> NoticeKind:
        if case.conversation.group.rule in self._pace.repeated:
            return NoticeKind.ALIVE
        if not case.is_told:
            return NoticeKind.BEGUN
        return NoticeKind.CHANGED if firing else NoticeKind.ENDED


def _in_order(conversation: Conversation) -> tuple[str, str, str]:
    return conversation.endpoint, conversation.group.rule, conversation.group.site or ""
