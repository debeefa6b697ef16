"""What the watch sees with: the newest readings, with what the state database and the store add to them. Blocks; used
by `watch` in a thread of its own."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import Engine

from collector.alerting.usual_clients import UsualClients
from collector.alerting.usual_hours import UsualHours
from collector.alerts.alert import Alert
from collector.alerts.judging.snapshot import AgentWord, CollectorHealth, Layout, Snapshot
from collector.alerts.looking.looking import Looking
from collector.alerts.looking.ports import ModelPorts
from collector.fleet import Newest
from collector.state.agent_words import words_since
from collector.stores import Store
from inventory import Inventory
from inventory.catalogue import Catalogue

LEARNS_WORDS_EVERY = timedelta(seconds=10)
LEARNS_PORTS_EVERY = timedelta(minutes=10)
WORDS_OF = timedelta(hours=1)


class Eyes:
    """Sees one city. What the state database tells now and then, it learns at its first look."""

    def __init__(
        self,
        *,
        inventory: Inventory,
        catalogue: Catalogue,
        store: Store,
        state: Engine,
        listening_since: Callable[[], datetime | None],
        health: Callable[[], CollectorHealth],
    ) -> None:
        self._state = state
        self._listening_since = listening_since
        self._health = health
        layout = Layout(inventory)
        self._looking = Looking(layout)
        self._ports = ModelPorts(inventory, catalogue)
        self._usual = UsualHours(UsualClients(store, layout.ids).ask)
        self._words: Mapping[str, AgentWord] = {}
        self._learned_at: dict[str, datetime] = {}

    def recall(self, alerts: Iterable[Alert]) -> None:
        """What open alerts tell of the time before this collector started."""
        for alert in alerts:
            place, part = alert.subject.access_point, alert.subject.part
            worked_at = alert.detail.get("worked_at_seconds")
            if place is not None and part is not None and isinstance(worked_at, float | int):
                self._looking.recall(place, part, datetime.fromtimestamp(worked_at, alert.since.tzinfo))

    def look(self, newest: Newest, now: datetime) -> Snapshot:
        """The city now. Raises SQLAlchemyError."""
        if self._is_due("words", LEARNS_WORDS_EVERY, now):
            self._words = words_since(self._state, now - WORDS_OF)
            self._learned_at["words"] = now
        if self._is_due("ports", LEARNS_PORTS_EVERY, now):
            self._looking.learn_ports(self._ports.of(newest.readings))
            self._learned_at["ports"] = now
        usual = self._usual.at(now)
        if usual is not None:
            self._looking.learn_usual(usual)
        return self._looking.look(
            newest.readings,
            newest.statuses,
            newest.unknown_devices,
            agents=self._words,
            collector=self._health(),
            listening_since=self._listening_since(),
            now=now,
        )

    def close(self) -> None:
        """Nobody looks any more."""
        self._usual.close()

    def _is_due(self, what: str, every: timedelta, now: datetime) -> bool:
        """Also where it could not be learned the last time: of agents of which nothing was read, all would be well."""
        learned_at = self._learned_at.get(what)
        return learned_at is None or abs(now - learned_at) >= every
