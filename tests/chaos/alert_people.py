"""What people do about alerts, and what they can find out of the state database: see `chaos.alert_world`."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from chaos.alert_city import ENDPOINTS
from sqlalchemy import Engine, select

from collector.alerting.audience import Audience
from collector.alerts.alert import Acknowledgement, Alert, Phase
from collector.alerts.holding.maintenance import Maintenance, Once
from collector.alerts.holding.silences import Silence
from collector.alerts.notice import Notice
from collector.alerts.settings import AlertSettings
from collector.state import delivery_desk, endpoint_states, suppressions
from collector.state.alert_tables import deliveries, threads
from collector.state.alerts import acknowledge, alerts_of, open_acknowledgements, open_alerts, release
from inventory import Inventory


class People:
    """`desk` is an engine of their own: what they do does not die with the collector."""

    def __init__(
        self, desk: Engine, inventory: Inventory, settings: AlertSettings, now: Callable[[], datetime]
    ) -> None:
        self._desk = desk
        self._inventory = inventory
        self._settings = settings
        self._now = now

    def hold_back(self, places: Sequence[str], seconds: float, as_maintenance: bool) -> None:
        """Somebody does not want to hear of these for a while."""
        now, matcher = self._now(), {"access_points": tuple(places)}
        until = now + timedelta(seconds=seconds)
        made: dict[str, Any] = {"matcher": matcher, "comment": "works", "by": "ops", "made_at": now}
        if as_maintenance:
            when = Once(starts_at=now, ends_at=until)
            suppressions.add_maintenance(self._desk, lambda id_: Maintenance(id=id_, name="works", when=when, **made))
        else:
            suppressions.add_silence(self._desk, lambda id_: Silence(id=id_, starts_at=now, ends_at=until, **made))

    def pause(self, name: str) -> None:
        """Somebody wants nothing to be sent there for now."""
        endpoint_states.pause(self._desk, name, "ops", self._now())

    def hold_back_no_more(self) -> None:
        """All silences and all maintenance are over, and nobody takes care of anything."""
        now = self._now()
        for silence in suppressions.silences_until(self._desk, now):
            suppressions.end_silence(self._desk, silence.id, "ops", now)
        for works in suppressions.planned_maintenance(self._desk):
            suppressions.take_back_maintenance(self._desk, works.id)
        for alert in open_acknowledgements(self._desk):
            release(self._desk, alert)

    def acknowledge(self, number: int) -> None:
        """Somebody takes care of one that fires."""
        firing = sorted(alert.id for alert in open_alerts(self._desk) if alert.phase is Phase.FIRING)
        if firing:
            alert = firing[number % len(firing)]
            acknowledge(self._desk, alert, Acknowledgement("ops", self._now(), "on my way"))

    def open_endpoints(self) -> None:
        """All are open, and what waits is tried now; what was given up as well, where that makes sense still."""
        for name in ENDPOINTS:
            endpoint_states.reopen(self._desk, name)
            delivery_desk.hasten(self._desk, name, self._now())
        each = deliveries.c
        with self._desk.connect() as connection:
            dead = list(connection.scalars(select(each.id).where(each.state == "dead").order_by(each.number)))
        for notice_id in dead:
            delivery_desk.replay(self._desk, notice_id, self._now())

    def wanted(self) -> dict[str, set[str]]:
        """By endpoint, the alerts that it is to hear of now."""
        wanted: dict[str, set[str]] = {name: set() for name in ENDPOINTS}
        audience = Audience(self._desk, self._inventory, self._settings)
        for conversation, alerts in audience.wanted(open_alerts(self._desk), self._now()).items():
            wanted[conversation.endpoint] |= {alert.id for alert in alerts}
        return wanted

    def firing(self) -> set[str]:
        return {alert.id for alert in open_alerts(self._desk) if alert.phase is Phase.FIRING}

    def notices(self) -> list[tuple[Notice, str]]:
        """All that were ever made, with what has become of them, in order."""
        each = deliveries.c
        with self._desk.connect() as connection:
            rows = connection.execute(select(each.document, each.state).order_by(each.number))
            return [(Notice.model_validate_json(document), word) for document, word in rows]

    def open_thread_rules(self) -> list[str]:
        with self._desk.connect() as connection:
            return list(connection.scalars(select(threads.c.rule).where(threads.c.closed_at.is_(None))))

    def alerts(self, ids: set[str]) -> dict[str, Alert]:
        return alerts_of(self._desk, ids)

    def is_under_way(self, notice_id: str) -> bool:
        """Whether it is being delivered, as far as anybody knows."""
        each = deliveries.c
        with self._desk.connect() as connection:
            query = select(each.state, each.claimed_at).where(each.id == notice_id)
            word, claimed_at = connection.execute(query).one()
        return word == "waiting" and claimed_at is not None
