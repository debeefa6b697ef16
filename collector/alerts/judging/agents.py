"""Agents in rows, as rules judge them. Pure; used by `rules`."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cached_property

import numpy as np

from collector.alerts.alert import Subject
from collector.alerts.judging.snapshot import AgentWord, Snapshot
from collector.alerts.judging.verdicts import Flags, Floats, States, states_of


class Agents:
    """A row an agent of which anything is known; with an agent on each access point there are as many as these."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self.ids = tuple(snapshot.agents)
        self.words = tuple(snapshot.agents.values())

    def column(self, figure: Callable[[AgentWord], float | None]) -> Floats:
        """A figure of each, NaN where it is absent."""
        return np.array([figure(word) for word in self.words], dtype=np.float64)

    def age_seconds(self, instant: Callable[[AgentWord], datetime | None]) -> Floats:
        """How long ago something was at each, NaN where it never was."""
        now = self._snapshot.now

        def age(word: AgentWord) -> float | None:
            at = instant(word)
            return None if at is None else (now - at).total_seconds()

        return self.column(age)

    def is_heard_for(self, seconds: float) -> Flags:
        """Whether each is online and the collector has listened for so long: what it has not told of since then, it
        had nothing to tell of."""
        since = self._snapshot.listening_since
        if since is None or self._snapshot.now - since < timedelta(seconds=seconds):
            return np.zeros(len(self.words), dtype=bool)
        return np.array([word.is_online is True for word in self.words], dtype=bool)

    def lately(self, counts: Floats, ages_seconds: Floats, *, most: float, within_seconds: float) -> States:
        """Bad where more than `most` came, the last of them within a time; good where nothing did, and the agent was
        heard for as long."""
        is_recent = ages_seconds <= within_seconds
        return states_of(
            bad=is_recent & (counts > most), good=~is_recent, known=is_recent | self.is_heard_for(within_seconds)
        )

    def subject(self, row: int) -> Subject:
        """An agent as what an alert is about; the access point that it runs on has its id."""
        layout, name = self._snapshot.layout, self.ids[row]
        return Subject(name, layout.site_of_agent(name), name if layout.is_known(name) else None)

    def row(self, key: str) -> int | None:
        """The row of an agent."""
        return self._rows.get(key)

    def is_known(self, key: str) -> bool:
        """Whether there is such an agent, though nothing may be known of it now."""
        layout = self._snapshot.layout
        return key in self._rows or key in layout.inventory.agents or layout.is_known(key)

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {name: row for row, name in enumerate(self.ids)}
