"""An access point computes as much as it can, for long: what it does for people waits."""

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
    "raise_after_seconds": "Others who monitor wireless networks warn after 30 minutes; a scan or an upgrade is "
    "over by then.",
    "clear_after_seconds": "A judgement of ours: a quarter of an hour shows that it has not merely paused.",
    "raise_above_ratio": "Others who monitor wireless networks warn above 90 %, as is common for machines.",
    "clear_below_ratio": "A judgement of ours: a tenth below what raises.",
}
Share = Annotated[float, Field(ge=0, le=1)]


class Settings(RuleSettings):
    """An access point's processor is in use for more than `raise_above_ratio` of the time."""

    pairs = (("raise_above_ratio", "clear_below_ratio", True),)
    raise_after_seconds: float = 1800.0
    clear_after_seconds: float = 900.0
    raise_above_ratio: Share = 0.9
    clear_below_ratio: Share = 0.8


def judge(snapshot: Snapshot, settings: Settings) -> Verdicts:
    """Of each access point, by the share of its processor in use."""
    places = snapshot.places
    told = {"clients": places.clients, "uptime_seconds": places.uptime_seconds}
    return Verdicts(
        snapshot.layout,
        above(places.cpu_ratio, settings.raise_above_ratio, settings.clear_below_ratio, known=places.is_heard),
        places.cpu_ratio,
        settings.raise_above_ratio,
        detail=known_figures(told),
        people=people_in(places.clients),
    )
