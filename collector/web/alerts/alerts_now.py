"""The alerts of this moment: what fires, and of what nobody is told, and why. For all pages that show any."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from collector.alerts.alert import Alert, Phase
from collector.alerts.holding.held_back import HeldBack
from collector.alerts.holding.matching import WATCHDOG
from collector.alerts.holding.suppression import Suppression
from collector.alerts.planning.case import GRAVITY
from collector.state.alerts import open_alerts
from collector.state.evaluations import last_evaluation
from collector.state.suppressions import planned_maintenance, silences_until
from collector.web.services import Services

WATCHED_WITHIN = timedelta(minutes=2)
"""The evaluator notes that it is there every 20 seconds, and another takes its place within 15."""


@dataclass(frozen=True, slots=True)
class Standing:
    """An alert that fires or did, and why nobody is told of it now, if so."""

    alert: Alert
    held_back: HeldBack | None = None


@dataclass(frozen=True, slots=True)
class AlertsNow:
    """All that fire but the watchdog's, and those that do not yet. `judged_at` is when the city was last judged by the
    rules; where that is too long ago, nobody watches."""

    firing: tuple[Standing, ...]
    pending: tuple[Alert, ...]
    judged_at: datetime | None
    is_watched: bool

    @property
    def told(self) -> tuple[Standing, ...]:
        """What ops have to know."""
        return tuple(each for each in self.firing if each.held_back is None)

    @property
    def held_back(self) -> tuple[Standing, ...]:
        """What nobody is told of."""
        return tuple(each for each in self.firing if each.held_back is not None)


def read_alerts_now(services: Services) -> AlertsNow:
    """Ask the state database. Blocks."""
    found = open_alerts(services.state)
    judged_at = last_evaluation(services.state)
    suppression = suppression_of(services, found)
    firing = [alert for alert in found if alert.phase is Phase.FIRING]
    return AlertsNow(
        firing=tuple(Standing(each, suppression.held_back(each)) for each in firing if each.rule != WATCHDOG),
        pending=tuple(alert for alert in found if alert.phase is Phase.PENDING),
        judged_at=judged_at,
        is_watched=judged_at is not None and services.clock() - judged_at < WATCHED_WITHIN,
    )


def suppression_of(services: Services, found: Sequence[Alert]) -> Suppression:
    """What holds back now, where these are all alerts that are open. Blocks."""
    now = services.clock()
    return Suppression(
        now,
        silences=silences_until(services.state, now),
        maintenance=planned_maintenance(services.state),
        alerts=found,
        inventory=services.inventory,
    )


def read_standing(services: Services, alerts: Sequence[Alert]) -> tuple[Standing, ...]:
    """These alerts, and why nobody is told of those among them that fire. Blocks."""
    if not any(alert.phase is Phase.FIRING for alert in alerts):
        return tuple(Standing(alert) for alert in alerts)
    suppression = suppression_of(services, open_alerts(services.state))
    return tuple(
        Standing(alert, suppression.held_back(alert) if alert.phase is Phase.FIRING else None) for alert in alerts
    )


def worst_first(standing: Iterable[Standing]) -> tuple[Standing, ...]:
    """What ops have to know before what is held back; of each the worst first, and of these the oldest."""

    def order(each: Standing) -> tuple[bool, int, datetime, str]:
        return each.held_back is not None, GRAVITY[each.alert.severity], each.alert.since, each.alert.id

    return tuple(sorted(standing, key=order))


def concerns(alert: Alert, access_point: str) -> bool:
    """Whether an alert is about an access point, or lists it."""
    return alert.subject.access_point == access_point or access_point in alert.members
