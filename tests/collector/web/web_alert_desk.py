"""Alerts, and what endpoints were told of them, put into the state of the city by hand."""

import itertools
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from web_city import INVENTORY, NOW, SILENT

from collector.alerting.receivers import Receiver, open_receivers
from collector.alerts.alert import Alert, End, Phase, Severity, Subject
from collector.alerts.endpoints.tables import check_endpoints
from collector.alerts.notice import Notice
from collector.alerts.planning.planner import Pace, Planner
from collector.alerts.planning.threads import Conversation, Group
from collector.alerts.settings import AlertSettings
from collector.state import deliveries
from collector.state.alerts import write_alerts
from collector.state.leadership import begin_epoch
from collector.state.outbox import open_threads, write_plan

ALERT = "5f1d0c9b2a7e4d63"
FIRST_NOTICE = 0x2C1F0E5D9B8A7463
"""Ids that the API's description has for examples."""
SECRET_URL = "https://hooks.example.kr/services/T0123/very-secret?key=hidden"
MINUTE = timedelta(minutes=1)


def receivers(*names: str) -> tuple[Receiver, ...]:
    """Endpoints of these names, whose address nobody is to see."""
    tables: Sequence[dict[str, Any]] = [
        {"name": name, "kind": "alertmanager_webhook", "url": SECRET_URL, "language": "en"} for name in names
    ]
    settings = AlertSettings.model_validate({"endpoints": tables})
    checked = settings.with_endpoints(check_endpoints(tables, Path("collector.toml")), Path("collector.toml"))
    return open_receivers(checked, INVENTORY, None)


def alert(id_: str = ALERT, place: str = SILENT, **fields: Any) -> Alert:
    """An access point of the city that has been silent for half an hour."""
    began = NOW - 30 * MINUTE
    made: dict[str, Any] = {
        "id": id_,
        "rule": "access_point_silent",
        "subject": Subject(place, INVENTORY.access_points[place].site, place),
        "severity": Severity.WARNING,
        "phase": Phase.FIRING,
        "since": began,
        "changed_at": began,
        "fired_at": began,
        "value": 1860.0,
        "threshold": 60.0,
        "people": 12,
    }
    return Alert(**made | fields)


def ended(id_: str, place: str = SILENT, **fields: Any) -> Alert:
    """One that is over."""
    return alert(id_, place, **{"phase": Phase.RESOLVED, "ended_at": NOW, "end": End.WELL} | fields)


class Evaluator:
    """Writes alerts as they are, and has an endpoint told of them at once."""

    def __init__(self, state: Engine) -> None:
        self._state = state
        numbers = {"notice": itertools.count(FIRST_NOTICE), "thread": itertools.count(1)}
        new_id: Callable[[str], str] = lambda kind: f"{'msg_' if kind == 'notice' else ''}{next(numbers[kind]):x}"  # noqa: E731
        nothing = timedelta(0)
        self._planner = Planner(INVENTORY, Pace(nothing, nothing, nothing), new_id)
        with state.begin() as connection:
            self._epoch = begin_epoch(connection, NOW)

    def write(self, *alerts: Alert) -> None:
        """Keep these."""
        with self._state.begin() as connection:
            write_alerts(connection, alerts, ())

    def tell(self, endpoint: str, *alerts: Alert, at: datetime = NOW) -> None:
        """Keep these, and put a notice of them into the outbox; those that have ended are told so."""
        group = Group(alerts[0].rule, alerts[0].subject.site)
        firing = tuple(each for each in alerts if each.is_open)
        plan = self._planner.plan(
            wanted={Conversation(endpoint, group): firing} if firing else {},
            threads=open_threads(self._state),
            alerts={each.id: each for each in alerts},
            now=at,
        )
        with self._state.begin() as connection:
            write_alerts(connection, alerts, ())
            write_plan(connection, plan.changes, at)

    def deliver(self, endpoint: str, at: datetime = NOW) -> Notice:
        """What is due first arrives."""
        notice = self._claimed(endpoint, at)
        deliveries.note_delivered(self._state, notice, at)
        return notice

    def lose(self, endpoint: str, problem: str, at: datetime = NOW) -> Notice:
        """What is due first is refused, and dead."""
        notice = self._claimed(endpoint, at)
        deliveries.note_dead(self._state, notice, problem, at)
        return notice

    def _claimed(self, endpoint: str, at: datetime) -> Notice:
        notice = deliveries.due(self._state, endpoint, at, 1)[0].notice
        assert deliveries.claim(self._state, notice, self._epoch, at)
        return notice
