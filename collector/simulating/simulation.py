"""Walks a recording through rules, routes and notices, over a virtual clock: each step is what the collector would have
made of that moment. Pure.

Nothing is silenced, nobody acknowledges, and what is told arrives at once. Behind the end of the recording nobody is
heard any more, of which nothing follows: what was about to be told then is told yet.
"""

import itertools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from collector.alerts.alert import Acknowledgement, Alert, Phase
from collector.alerts.course import Course, pace_of, who_hears
from collector.alerts.holding.suppression import Suppression
from collector.alerts.notice import Notice
from collector.alerts.planning.planner import Planned
from collector.alerts.planning.routing import effective_routes
from collector.alerts.planning.threads import Conversation, Thread
from collector.alerts.settings import AlertSettings
from collector.simulating.arrivals import LONG_AGO, arrivals
from collector.simulating.hearing import Hearing
from collector.simulating.mailbox import Mailbox
from collector.simulating.recording import Line
from inventory import Inventory

USUAL_STEP = timedelta(seconds=2)
"""As often as the collector looks."""
LONGEST_PAUSE = timedelta(hours=1)
"""Where nothing has come for longer, the clock goes on with the next line: silence is told long before."""


class Simulation:
    """One inventory and configuration. `endpoints` are the names of who can be told."""

    def __init__(
        self, *, inventory: Inventory, settings: AlertSettings, endpoints: Sequence[str], hearing: Hearing
    ) -> None:
        self._hearing = hearing
        self._kept = _Kept(inventory, settings, endpoints)
        self._longest_wait = max(pace_of(settings).hold_at_most, pace_of(settings).update_every)
        self._course = Course(inventory, settings, new_alert_id=_numbered("alert"), new_id=_numbered_by_kind())
        self._next_at: datetime | None = None
        self.began_at = self.ended_at = LONG_AGO
        self.steps = 0
        """How often it was looked."""
        self.failures: dict[str, Exception] = {}
        """What rules have raised, by rule; a defect of ours."""

    def run(self, lines: Sequence[Line], every: timedelta = USUAL_STEP) -> Iterator[Notice]:
        """The notices that would have been made, in order."""
        arrived = list(arrivals(lines))
        if not arrived:
            return
        now = began = heard_at = arrived[0][0]
        self.began_at, self.ended_at = began, arrived[-1][0]
        for at, line in arrived:
            while now < at:
                yield from self._step(now, began)
                now = at if now - heard_at > LONGEST_PAUSE else now + every
            self._hearing.hear(line, at)
            heard_at = at
        yield from self._step(now, began)
        yield from self._tell_the_rest(now)

    def _tell_the_rest(self, end: datetime) -> Iterator[Notice]:
        """What waits behind the end: its moments, and no others."""
        while self._next_at is not None and self._next_at <= end + self._longest_wait:
            yield from self._step(self._next_at, None)

    def _step(self, now: datetime, listening_since: datetime | None) -> list[Notice]:
        walked = self._course.walk(self._hearing.look(now, listening_since), self._kept)
        self._course.go_on(walked)
        self.steps += 1
        self.failures = {**walked.failures, **self.failures}
        self._next_at = walked.plan.next_at
        return self._kept.keep(walked.step.changed, walked.plan.changes)


class _Kept:
    """What the state database would know."""

    def __init__(self, inventory: Inventory, settings: AlertSettings, endpoints: Sequence[str]) -> None:
        self._inventory = inventory
        self._routes = effective_routes(settings.routes, endpoints)
        self._mailbox = Mailbox()
        self._alerts: dict[str, Alert] = {}

    def keep(self, alerts: Iterable[Alert], changes: Iterable[Planned]) -> list[Notice]:
        """What has come of a step; the notices of it."""
        self._alerts.update((alert.id, alert) for alert in alerts)
        made = self._mailbox.put(changes)
        self._mailbox.deliver()
        return made

    def acknowledgements(self) -> Mapping[str, Acknowledgement]:
        return {}

    def threads(self) -> list[Thread]:
        return list(self._mailbox.threads.values())

    def wanted(self, alerts: Iterable[Alert], now: datetime) -> Mapping[Conversation, tuple[Alert, ...]]:
        alerts = tuple(alerts)
        firing = [alert for alert in alerts if alert.phase is Phase.FIRING]
        suppression = Suppression(now, silences=(), maintenance=(), alerts=alerts, inventory=self._inventory)
        return who_hears(firing, self._routes, suppression, now, self._inventory)

    def alerts_of(self, ids: Collection[str]) -> Mapping[str, Alert]:
        return {id_: self._alerts[id_] for id_ in ids if id_ in self._alerts}


def _numbered(kind: str) -> Callable[[], str]:
    """Ids that are the same each time a recording is simulated."""
    numbers = itertools.count(1)
    return lambda: f"{kind}-{next(numbers)}"


def _numbered_by_kind() -> Callable[[str], str]:
    drawn: dict[str, Callable[[], str]] = {}
    return lambda kind: drawn.setdefault(kind, _numbered(kind))()
