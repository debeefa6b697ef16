"""One evaluation: what a snapshot makes of the alerts and of what is to be told, in one transaction. Blocks.

Used by `watch`, which brings the snapshots, on the elected collector.
"""

import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine

from collector.alerting.audience import Audience
from collector.alerting.ids import new_alert_id, new_id
from collector.alerts.alert import Acknowledgement, Alert, Identity, Phase
from collector.alerts.course import Course
from collector.alerts.judging.snapshot import Snapshot
from collector.alerts.life import steps as life
from collector.alerts.life.flapping import SLOT, SLOTS
from collector.alerts.planning.planner import Plan
from collector.alerts.planning.threads import Conversation, Thread
from collector.alerts.settings import AlertSettings
from collector.metrics import Metrics
from collector.state.alerts import alerts_of, ended_since, open_acknowledgements, open_alerts, write_alerts
from collector.state.evaluations import note_evaluation
from collector.state.leadership import is_current
from collector.state.outbox import open_threads, write_plan
from inventory import Inventory

_FLAPS_OF = SLOT * SLOTS
NOTED_EVERY = timedelta(seconds=20)
"""That the city was judged, where nothing came of it."""
_logger = logging.getLogger(__name__)


class NotElectedError(Exception):
    """Another evaluates by now; nothing was written."""


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What came of an evaluation: how many notices were made, and when the next may be due."""

    notices: int
    next_at: datetime | None


class Evaluation:
    """The alerts of one inventory, from one step to the next, for the evaluator of one epoch."""

    def __init__(
        self, *, state: Engine, inventory: Inventory, settings: AlertSettings, metrics: Metrics, epoch: int
    ) -> None:
        self._state = state
        self._course = Course(inventory, settings, new_alert_id=new_alert_id, new_id=new_id)
        self._kept = _Kept(state, Audience(state, inventory, settings))
        self._metrics = metrics
        self._epoch = epoch
        self._failing: set[str] = set()
        self._noted_at: datetime | None = None
        self._is_sure = False

    @property
    def open_alerts(self) -> Mapping[Identity, Alert]:
        """All that have not ended."""
        return self._course.open

    def begin(self, now: datetime) -> None:
        """Take over where whoever evaluated before has left off. Raises SQLAlchemyError."""
        ended = ended_since(self._state, now - _FLAPS_OF)
        self._course.begin(open_alerts(self._state), {alert.identity: alert.flaps for alert in ended})
        self._is_sure = True

    def end(self) -> None:
        """Somebody else evaluates from now on, and counts what fires."""
        self._metrics.alerts_firing.clear()

    def evaluate(self, snapshot: Snapshot) -> Evaluated:
        """Judge, and keep what came of it. Raises NotElectedError, and SQLAlchemyError, after which it is read again
        what has been kept: whether a transaction that broke off was written is not known."""
        now = snapshot.now
        if not self._is_sure:
            self.begin(now)
        with self._metrics.evaluation_seconds.time():
            walked = self._course.walk(snapshot, self._kept)
            self._note_failures(walked.failures)
            self._is_sure = False
            made = self._write(walked.step, walked.plan, now)
            self._is_sure = True
        self._course.go_on(walked)
        self._count()
        for alert in walked.step.changed:
            if alert.phase is not Phase.PENDING and now in (alert.fired_at, alert.ended_at):
                _logger.info("alert_%s rule=%s subject=%r id=%s", alert.phase, alert.rule, alert.subject.key, alert.id)
        return Evaluated(made, walked.plan.next_at)

    def _note_failures(self, failures: Mapping[str, Exception]) -> None:
        """Count them, and tell of each once while it lasts."""
        for rule, error in failures.items():
            self._metrics.rule_failures.labels(rule).inc()
            if rule not in self._failing:
                _logger.error("rule_failed rule=%s", rule, exc_info=error)
        self._failing = set(failures)

    def _write(self, step: life.Step, plan: Plan, now: datetime) -> int:
        is_noted = self._noted_at is not None and abs(now - self._noted_at) < NOTED_EVERY
        if is_noted and not step.changed and not step.dropped and not plan.changes:
            return 0
        with self._state.begin() as connection:
            if not is_current(connection, self._epoch):
                raise NotElectedError
            note_evaluation(connection, now)
            write_alerts(connection, step.changed, step.dropped)
            made = write_plan(connection, plan.changes, now)
        self._noted_at = now
        return made

    def _count(self) -> None:
        gauge = self._metrics.alerts_firing
        gauge.clear()
        for alert in self._course.open.values():
            if alert.phase is Phase.FIRING:
                gauge.labels(alert.rule, alert.severity).inc()


class _Kept:
    """What the state database knows beside a snapshot, as `Course` asks for it."""

    def __init__(self, state: Engine, audience: Audience) -> None:
        self._state = state
        self._audience = audience

    def acknowledgements(self) -> Mapping[str, Acknowledgement]:
        return open_acknowledgements(self._state)

    def threads(self) -> list[Thread]:
        """Those with endpoints that there are still; the sender gives up the others."""
        return [each for each in open_threads(self._state) if each.conversation.endpoint in self._audience.endpoints]

    def wanted(self, alerts: Iterable[Alert], now: datetime) -> Mapping[Conversation, tuple[Alert, ...]]:
        return self._audience.wanted(alerts, now)

    def alerts_of(self, ids: Collection[str]) -> Mapping[str, Alert]:
        return alerts_of(self._state, ids)
