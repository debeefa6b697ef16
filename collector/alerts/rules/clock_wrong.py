"""An agent's clock is wrong. The collector puts its reports right; certificates and logs on the device stay wrong."""

from typing import Annotated

import numpy as np
from pydantic import Field

from collector.alerts.judging.agents import Agents
from collector.alerts.judging.snapshot import AgentWord, Snapshot
from collector.alerts.judging.verdicts import Told, Verdicts, states_of
from collector.alerts.rules import RuleSettings, Scope, Unit

SCOPE = Scope.AGENT
UNIT = Unit.SECONDS
SOURCES = {
    "severity": "A judgement of ours: no reading is lost, and what follows from it takes days.",
    "raise_after_seconds": "A judgement of ours: a device without a clock battery sets its clock within minutes of a "
    "start; twice as long as one measurement counts, so that those first minutes never raise it.",
    "clear_after_seconds": "A judgement of ours: the time that a measurement counts has gone by already.",
    "raise_above_seconds": "Kerberos, as it comes, refuses whoever is off by more than 5 minutes.",
    "clear_below_seconds": "The collector itself believes a clock that is up to 60 s ahead, and corrects none by less.",
    "recent_seconds": "A judgement of ours: an agent reads once a minute unless it is told otherwise; 15 minutes "
    "serve those that read once in ten as well.",
}
Span = Annotated[float, Field(gt=0, le=86_400)]


class Settings(RuleSettings):
    """By a frame that came within `recent_seconds`, an agent's clock is off by more than `raise_above_seconds`."""

    pairs = (("raise_above_seconds", "clear_below_seconds", True),)
    raise_after_seconds: float = 1800.0
    clear_after_seconds: float = 0.0
    raise_above_seconds: Span = 300.0
    clear_below_seconds: Span = 60.0
    recent_seconds: Annotated[float, Field(gt=0, le=3600)] = 900.0


def judge(snapshot: Snapshot, settings: Settings) -> Verdicts:
    """Of each agent, by how far off its clock was. Only clocks that are suspect are measured: one of which nothing has
    been noted is right, if the agent has been heard for that long."""
    agents = Agents(snapshot)
    age = agents.age_seconds(lambda word: word.clock_measured_at)
    is_measured = age <= settings.recent_seconds
    off = np.where(is_measured, np.abs(agents.column(_behind_seconds)), np.nan)
    is_heard = agents.is_heard_for(settings.recent_seconds)

    def detail(row: int) -> Told:
        behind = _behind_seconds(agents.words[row])
        if behind is None:
            return {}
        return {"behind_seconds": behind} if behind >= 0 else {"ahead_seconds": -behind}

    return Verdicts(
        agents,
        states_of(
            bad=off > settings.raise_above_seconds,
            good=(off <= settings.clear_below_seconds) | ~is_measured,
            known=is_measured | is_heard,
        ),
        off,
        settings.raise_above_seconds,
        detail=detail,
    )


def _behind_seconds(word: AgentWord) -> float | None:
    return None if word.clock_offset is None else word.clock_offset.total_seconds()
