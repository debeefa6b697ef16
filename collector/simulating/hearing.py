"""Hears the lines of a recording as a collector does: placed in time, told apart, and the newest of each place kept.
Pure."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from agent.wire import Report, Status, Topic
from collector.alerts.judging.snapshot import AgentWord, CollectorHealth, Layout, Snapshot
from collector.alerts.looking.looking import Looking
from collector.alerts.looking.ports import ModelPorts
from collector.fleet import Fleet
from collector.intake import Intake, Taken
from collector.simulating.agent_words import AgentWords
from collector.simulating.recording import Line, framed
from inventory import Inventory
from inventory.catalogue import Catalogue

LEARNS_WORDS_EVERY = timedelta(seconds=10)
LEARNS_PORTS_EVERY = timedelta(minutes=10)


class Hearing:
    """One recording. `counts` says how many `reports`, `late` ones, `refused` ones, reports of devices `unknown` to the
    inventory, and `statuses` have come; `refusals` are why the first ones were refused, each with its line."""

    def __init__(self, inventory: Inventory, catalogue: Catalogue) -> None:
        self._intake = Intake(inventory)
        self._fleet = Fleet()
        self._looking = Looking(Layout(inventory))
        self._ports = ModelPorts(inventory, catalogue)
        self._words = AgentWords()
        self._learnt: Mapping[str, AgentWord] = {}
        self._due: dict[str, datetime] = {}
        self.counts: Counter[str] = Counter()
        self.refusals: list[tuple[int, str]] = []

    def hear(self, line: Line, received_at: datetime) -> None:
        """Take a line in."""
        content = line.content
        if isinstance(content, Status):
            self.counts["statuses"] += 1
            self._fleet.remember_status(content)
            return
        if isinstance(content, Report):
            content = framed(content, line.agent, line.number, received_at)
        taken = self._intake.take(Topic(line.agent, "frame"), content, received_at, is_retained=False)
        self._words.note(taken, line.agent, received_at)
        self._note(taken, line, received_at)

    def look(self, now: datetime, listening_since: datetime | None) -> Snapshot:
        """What rules would see now."""
        newest = self._fleet.newest()
        if self._is_due("words", LEARNS_WORDS_EVERY, now):
            self._learnt = self._words.words(now)
        if self._is_due("ports", LEARNS_PORTS_EVERY, now):
            self._looking.learn_ports(self._ports.of(newest.readings))
        return self._looking.look(
            newest.readings,
            newest.statuses,
            newest.unknown_devices,
            agents=self._learnt,
            collector=CollectorHealth(),
            listening_since=listening_since,
            now=now,
        )

    def _note(self, taken: Taken, line: Line, received_at: datetime) -> None:
        for access_point, reading in taken.readings:
            self.counts["reports"] += 1
            if self._fleet.remember(access_point, reading) is None:
                self.counts["late"] += 1
        for name, device in taken.unknown:
            self.counts["unknown"] += 1
            self._fleet.remember_unknown(name, line.agent, device, received_at)
        for refusal in taken.refusals:
            self.counts["refused"] += 1
            self.refusals.append((line.number, refusal.detail))

    def _is_due(self, what: str, every: timedelta, now: datetime) -> bool:
        if what in self._due and now - self._due[what] < every:
            return False
        self._due[what] = now
        return True
