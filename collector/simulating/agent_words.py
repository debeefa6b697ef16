"""What is known of agents beside their reports, as `collector.state.agent_words` knows it from the state database: here
from what has been heard within the last hour. Pure."""

from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from collector.alerts.judging.snapshot import AgentWord
from collector.intake import Taken
from collector.state.agent_words import LOSSES

WORDS_OF = timedelta(hours=1)
_COUNTED = ("dropped", "foreign_reports")


class AgentWords:
    """Of all agents."""

    def __init__(self) -> None:
        self._told: deque[tuple[datetime, str, dict[str, Any]]] = deque()

    def note(self, taken: Taken, agent: str, at: datetime) -> None:
        """What a frame tells of its agent."""
        if taken.is_clock_suspect:
            self._told.append((at, agent, {"clock_offset": taken.offset, "clock_measured_at": at}))
        for refusal in taken.refusals:
            if refusal.reason == "not_allowed":
                self._told.append(
                    (at, agent, {"foreign_reports": 1, "foreign_detail": refusal.detail, "foreign_at": at})
                )
        for event in () if taken.frame is None else taken.frame.events:
            if event.event.kind in LOSSES:
                lost = 1 if event.event.count is None else event.event.count
                self._told.append((at, agent, {"dropped": lost, "dropped_at": event.occurred_at}))

    def words(self, now: datetime) -> dict[str, AgentWord]:
        """By agent, what has been told of it of late."""
        while self._told and now - self._told[0][0] > WORDS_OF:
            self._told.popleft()
        words: dict[str, AgentWord] = {}
        for agent, told in self._recent(now):
            known = words.get(agent, AgentWord(agent))
            sums = {name: getattr(known, name) + told[name] for name in _COUNTED if name in told}
            words[agent] = replace(known, **{**told, **sums})
        return words

    def _recent(self, now: datetime) -> Iterable[tuple[str, dict[str, Any]]]:
        """What was lost counts by when it was lost: an old loss that is told late is an old one."""
        return ((agent, told) for at, agent, told in self._told if now - told.get("dropped_at", at) <= WORDS_OF)
