"""An agent has lost readings for good: what it keeps until it is stored had no room left, or its disk is too slow."""

from typing import Annotated

from pydantic import Field

from collector.alerts.judging.agents import Agents
from collector.alerts.judging.snapshot import Snapshot
from collector.alerts.judging.verdicts import Told, Verdicts
from collector.alerts.rules import RuleSettings, Scope, Unit

SCOPE = Scope.AGENT
UNIT = Unit.COUNT
SOURCES = {
    "severity": "A judgement of ours: what is lost is lost, and what is new still comes.",
    "raise_after_seconds": "A judgement of ours: an agent that drops anything has been in trouble for long.",
    "clear_after_seconds": "A judgement of ours: the time without another loss has gone by already.",
    "raise_above_count": "A judgement of ours: nothing is to be lost at all.",
    "recent_seconds": "A judgement of ours: an hour without another loss shows that there is room again.",
}


class Settings(RuleSettings):
    """An agent has lost more than `raise_above_count` frames or events, the last of them within `recent_seconds`."""

    raise_after_seconds: float = 0.0
    clear_after_seconds: float = 0.0
    raise_above_count: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    recent_seconds: Annotated[float, Field(gt=0, le=3600)] = 3600.0


def judge(snapshot: Snapshot, settings: Settings) -> Verdicts:
    """Of each agent, by what it tells that it has lost."""
    agents = Agents(snapshot)
    dropped = agents.column(lambda word: word.dropped)
    ages = agents.age_seconds(lambda word: word.dropped_at)

    def detail(row: int) -> Told:
        at = agents.words[row].dropped_at
        return {} if at is None else {"dropped_at_seconds": at.timestamp()}

    return Verdicts(
        agents,
        agents.lately(dropped, ages, most=settings.raise_above_count, within_seconds=settings.recent_seconds),
        dropped,
        settings.raise_above_count,
        detail=detail,
    )
