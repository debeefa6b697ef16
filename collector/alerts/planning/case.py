"""One conversation as it stands between what was told and what is. Pure; used by `planning`."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from collector.alerts.alert import Alert, Phase, Severity
from collector.alerts.planning.threads import Conversation, Thread

GRAVITY: Mapping[Severity, int] = {Severity.CRITICAL: 0, Severity.WARNING: 1, Severity.INFO: 2}
"""The worst first."""


class Case:
    """What its endpoint will believe when all that waits has arrived, what is to be told beyond that (`fresh`), what of
    it still fires (`still`), and how much of it is `over`. `alerts` are, by their ids, all that the thread may speak
    of."""

    def __init__(
        self,
        conversation: Conversation,
        thread: Thread | None,
        wanted: tuple[Alert, ...],
        alerts: Mapping[str, Alert],
    ) -> None:
        self.conversation = conversation
        self.thread = thread
        self.wanted = wanted
        believed = frozenset[str]() if thread is None else thread.believed_in_the_end
        self._surely = frozenset[str]() if thread is None else thread.sure_to_be_believed
        self._alerts = alerts
        self.fresh = tuple(alert for alert in wanted if alert.id not in believed)
        self._believed = believed
        self.still = self._of(believed, is_firing=True)
        self.over = len(believed) - len(self.still)

    @property
    def is_told(self) -> bool:
        """Whether the endpoint has been told anything that it may believe, or is being told it."""
        return bool(self._surely)

    @property
    def is_worse(self) -> bool:
        """Whether something new is graver than all that was told."""
        worst = min((GRAVITY[alert.severity] for alert in self.still), default=len(GRAVITY))
        return any(GRAVITY[alert.severity] < worst for alert in self.fresh)

    @property
    def is_crowded(self) -> bool:
        """Whether several notices wait of which one would do."""
        return self.thread is not None and len(self.thread.replaceable) > 1

    def firing_to_tell(self) -> list[Alert]:
        """What fires, of what is wanted and of what the endpoint has been told, the oldest first."""
        told = {alert.id: alert for alert in (*self._of(self._surely, is_firing=True), *self.wanted)}
        return _oldest_first(told.values())

    def ended_to_tell(self) -> list[Alert]:
        """What the endpoint has been told of and is over, the oldest first."""
        return _oldest_first(self._of(self._surely, is_firing=False))

    def ended_settled_at(self, wait: timedelta, at_most: timedelta) -> datetime | None:
        """When nothing more of what the endpoint believes has ended for a while, or that has been waited for as long as
        it may; None where nothing has."""
        times = [alert.ended_at for alert in self._of(self._believed, is_firing=False) if alert.ended_at is not None]
        return min(max(times) + wait, min(times) + at_most) if times else None

    def settled_at(self, since: Mapping[tuple[str, str], datetime], wait: timedelta, at_most: timedelta) -> datetime:
        """When what is fresh has not changed for a while, or has waited for that as long as it may: so does what nobody
        knows anything of now, such as where the collector has started anew and more was falling silent. `since` says
        by endpoint and alert since when it is wanted."""
        times = [since[self.conversation.endpoint, alert.id] for alert in self.fresh]
        at_the_latest = min(times) + at_most
        if any(alert.unknown_since is not None for alert in self.fresh):
            return at_the_latest
        changed = [max(at, alert.changed_at) for at, alert in zip(times, self.fresh, strict=True)]
        return min(max(changed) + wait, at_the_latest)

    def _of(self, ids: frozenset[str], *, is_firing: bool) -> tuple[Alert, ...]:
        known = (self._alerts.get(id_) for id_ in ids)
        return tuple(alert for alert in known if alert is not None and (alert.phase is Phase.FIRING) == is_firing)


def _oldest_first(alerts: Iterable[Alert]) -> list[Alert]:
    return sorted(alerts, key=lambda alert: (alert.fired_at or alert.since, alert.id))
