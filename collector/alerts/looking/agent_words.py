"""What is known of each agent, with whether it is connected. Pure; a part of `looking`.

With an agent on each access point there are as many as these: what is known of one is put together anew only when it
has changed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from agent.wire import Status
from collector.alerts.judging.snapshot import AgentWord


class AgentColumns:
    """By agent. `offline` are those whose end the broker has told of."""

    def __init__(self) -> None:
        self.offline: set[str] = set()
        self._statuses: dict[str, Status] = {}
        self._told: Mapping[str, AgentWord] = {}
        self._words: dict[str, AgentWord] = {}

    def take(self, statuses: Mapping[str, Status], told: Mapping[str, AgentWord]) -> None:
        """The newest status of each agent, and what else is told of some. That is looked at where it is another mapping
        than before."""
        seen = self._statuses
        changed = {agent for agent, status in statuses.items() if seen.get(agent) is not status}
        if told is not self._told:
            before, self._told = self._told, told
            changed |= before.keys() | told.keys()
        self._learn(changed, statuses)

    def words(self) -> Mapping[str, AgentWord]:
        """As rules see them."""
        return self._words.copy()

    def _learn(self, changed: Iterable[str], statuses: Mapping[str, Status]) -> None:
        for agent in changed:
            status, told = statuses.get(agent), self._told.get(agent)
            is_online = None if status is None else status.is_online
            if status is not None:
                self._statuses[agent] = status
            if is_online is False:
                self.offline.add(agent)
            else:
                self.offline.discard(agent)
            if told is not None:
                self._words[agent] = replace(told, is_online=is_online)
            elif status is not None:
                self._words[agent] = AgentWord(agent, is_online)
            else:
                self._words.pop(agent, None)
