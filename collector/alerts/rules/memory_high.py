"""An access point has hardly any memory left: soon it will refuse people, or start anew."""

from typing import Annotated

from pydantic import Field

from collector.alerts.judging.figures import known_figures, people_in
from collector.alerts.judging.snapshot import Snapshot
from collector.alerts.judging.verdicts import Verdicts, above
from collector.alerts.rules import RuleSettings, Scope, Unit

SCOPE = Scope.ACCESS_POINT
UNIT = Unit.RATIO
SOURCES = {
    "severity": "A judgement of ours: it still works, and a restart can wait for the day.",
    "raise_after_seconds": "A judgement of ours: twice the 15 minutes of the alert NodeMemoryHighUtilization that "
    "comes with Prometheus's node exporter, for what leaks leaks for days.",
    "clear_after_seconds": "A judgement of ours: a quarter of an hour shows that it has not merely let go for once.",
    "raise_above_ratio": "The alert NodeMemoryHighUtilization that comes with Prometheus's node exporter begins above "
    "90 %. A judgement of ours: access points have little memory and use it up on purpose, hence 95 %.",
    "clear_below_ratio": "A judgement of ours: where those others begin, 5 % below what raises.",
}
Share = Annotated[float, Field(ge=0, le=1)]


class Settings(RuleSettings):
    """More than `raise_above_ratio` of an access point's memory is in use."""

    pairs = (("raise_above_ratio", "clear_below_ratio", True),)
    raise_after_seconds: float = 1800.0
    clear_after_seconds: float = 900.0
    raise_above_ratio: Share = 0.95
    clear_below_ratio: Share = 0.9


def judge(snapshot: Snapshot, settings: Settings) -> Verdicts:
    """Of each access point, by the share of its memory in use. How long it has been running tells a leak from a
    crowd."""
    places = snapshot.places
    told = {"clients": places.clients, "uptime_seconds": places.uptime_seconds}
    return Verdicts(
        snapshot.layout,
        above(places.memory_used_ratio, settings.raise_above_ratio, settings.clear_below_ratio, known=places.is_heard),
        places.memory_used_ratio,
        settings.raise_above_ratio,
        detail=known_figures(told),
        people=people_in(places.clients),
    )
