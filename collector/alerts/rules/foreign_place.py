"""An agent speaks for access points that are not its own. What it says of them is refused and kept in quarantine:
either the inventory is behind what was built, or somebody uses credentials that are not his."""

from typing import Annotated

from pydantic import Field

from collector.alerts.judging.agents import Agents
from collector.alerts.judging.snapshot import Snapshot
from collector.alerts.judging.verdicts import Told, Verdicts
from collector.alerts.rules import RuleSettings, Scope, Unit

SCOPE = Scope.AGENT
UNIT = Unit.COUNT
SOURCES = {
    "severity": "A judgement of ours: nothing false gets in, and most often the inventory has to be put right, by day. "
    "Who fears for his credentials makes it critical.",
    "raise_after_seconds": "A judgement of ours: no agent does this in the ordinary course, so there is nothing to "
    "wait for.",
    "clear_after_seconds": "A judgement of ours: the time without another has gone by already.",
    "raise_above_reports": "A judgement of ours: one is enough, for the same reason.",
    "recent_seconds": "A judgement of ours: an hour without another shows that it was mended; agents read at least "
    "once an hour.",
}


class Settings(RuleSettings):
    """More than `raise_above_reports` of an agent were refused for others' places, the last within `recent_seconds`."""

    raise_after_seconds: float = 0.0
    clear_after_seconds: float = 0.0
    raise_above_reports: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    recent_seconds: Annotated[float, Field(gt=0, le=3600)] = 3600.0


def judge(snapshot: Snapshot, settings: Settings) -> Verdicts:
    """Of each agent, by what was refused of it. The newest refusal says for which place it spoke."""
    agents = Agents(snapshot)
    reports = agents.column(lambda word: word.foreign_reports)
    ages = agents.age_seconds(lambda word: word.foreign_at)

    def detail(row: int) -> Told:
        word = agents.words[row]
        told: dict[str, str | float] = {"refusal": word.foreign_detail} if word.foreign_detail else {}
        if word.foreign_at is not None:
            told["refused_at_seconds"] = word.foreign_at.timestamp()
        return told

    return Verdicts(
        agents,
        agents.lately(reports, ages, most=settings.raise_above_reports, within_seconds=settings.recent_seconds),
        reports,
        settings.raise_above_reports,
        detail=detail,
    )
