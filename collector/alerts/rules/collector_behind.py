"""The collector does not keep up with what it receives, or something keeps it from storing: nobody knows how the city
is now. What it has not taken waits at the agents, and is not lost."""

from typing import Annotated

import numpy as np
from pydantic import Field

from collector.alerts.alert import Severity, Subject
from collector.alerts.judging.snapshot import Snapshot
from collector.alerts.judging.verdicts import Listed, Told, Verdicts, states_of
from collector.alerts.rules import RuleSettings, Scope, Unit

SCOPE = Scope.COLLECTOR
UNIT = Unit.SECONDS
SOURCES = {
    "severity": "A judgement of ours: while it is so, no other alert can be relied on.",
    "raise_after_seconds": "A judgement of ours: two minutes outlast a restart of the store.",
    "clear_after_seconds": "A judgement of ours: as long as it takes to begin.",
    "raise_above_seconds": "A judgement of ours: half of the 60 s after which an access point counts as silent at the "
    "earliest; later still, delay looks like silence.",
    "clear_below_seconds": "A judgement of ours: a sixth of what raises; a store that keeps up is far below.",
    "raise_above_deferred": "A judgement of ours: frames are deferred only once the bound of what may wait is reached.",
}
Span = Annotated[float, Field(ge=0, le=3600)]


class Settings(RuleSettings):
    """The oldest that is not stored has waited for more than `raise_above_seconds`, or more than
    `raise_above_deferred` frames were put off within the last minutes, or something stands in the way."""

    pairs = (("raise_above_seconds", "clear_below_seconds", True),)
    severity: Severity = Severity.CRITICAL
    raise_after_seconds: float = 120.0
    clear_after_seconds: float = 120.0
    raise_above_seconds: Span = 30.0
    clear_below_seconds: Span = 5.0
    raise_above_deferred: Annotated[int, Field(ge=0, le=1_000_000)] = 0


def judge(snapshot: Snapshot, settings: Settings) -> Verdicts:
    """Of the collector itself."""
    health = snapshot.collector
    delay = np.array([health.commit_delay_seconds])
    is_held_up = bool(health.problems) or health.deferred_frames > settings.raise_above_deferred

    def detail(_: int) -> Told:
        told: dict[str, str | float] = {
            "pending_frames": float(health.pending_frames),
            "deferred_frames": float(health.deferred_frames),
        }
        return {**told, "problems": "; ".join(health.problems)} if health.problems else told

    return Verdicts(
        Listed([Subject("")]),
        states_of(
            bad=(delay > settings.raise_above_seconds) | is_held_up,
            good=delay <= settings.clear_below_seconds,
            known=~np.isnan(delay) | is_held_up,
        ),
        delay,
        settings.raise_above_seconds,
        detail=detail,
    )
