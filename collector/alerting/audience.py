"""Who is to hear of which alerts now: by the routes of the configuration, but for what silences, maintenance, outages,
parents and acknowledgements hold back. Asks the state database; used by `evaluation`."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Engine

from collector.alerts.alert import Alert, Phase
from collector.alerts.course import who_hears
from collector.alerts.holding.suppression import Suppression
from collector.alerts.planning.routing import effective_routes
from collector.alerts.planning.threads import Conversation
from collector.alerts.settings import AlertSettings
from collector.state.suppressions import planned_maintenance, silences_until
from inventory import Inventory


class Audience:
    """The endpoints of one configuration."""

    def __init__(self, state: Engine, inventory: Inventory, settings: AlertSettings) -> None:
        self._state = state
        self._inventory = inventory
        self.endpoints = tuple(endpoint.name for endpoint in settings.receivers)
        self._routes = effective_routes(settings.routes, self.endpoints)

    def wanted(self, alerts: Iterable[Alert], now: datetime) -> dict[Conversation, tuple[Alert, ...]]:
        """The firing ones, of all that are open, that each endpoint is to hear of, by what it hears of them. Raises
        SQLAlchemyError."""
        alerts = tuple(alerts)
        firing = [alert for alert in alerts if alert.phase is Phase.FIRING]
        if not firing or not self.endpoints:
            return {}
        return who_hears(firing, self._routes, self.suppression(alerts, now), now, self._inventory)

    def suppression(self, alerts: Iterable[Alert], now: datetime) -> Suppression:
        """What holds back now. Raises SQLAlchemyError."""
        return Suppression(
            now,
            silences=silences_until(self._state, now),
            maintenance=planned_maintenance(self._state),
            alerts=alerts,
            inventory=self._inventory,
        )
