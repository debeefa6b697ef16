"""An access point starts anew again and again: failing power, a firmware that crashes, heat, a watchdog that bites."""

from typing import Annotated

from pydantic import Field

from collector.alerts.judging.figures import known_figures, people_in
from collector.alerts.judging.snapshot import Snapshot
from collector.alerts.judging.verdicts import Verdicts, states_of
from collector.alerts.rules import RuleSettings, Scope, Unit

SCOPE = Scope.ACCESS_POINT
UNIT = Unit.COUNT
SOURCES = {
    "severity": "A judgement of ours: one access point is for the working day.",
    "raise_after_seconds": "None: it has taken the better part of an hour already.",
    "clear_after_seconds": "None: what clears it is an uptime, which has lasted already.",
    "raise_at_least": "A judgement of ours: an upgrade starts a device once, sometimes twice; whoever works on it may "
    "do so once more.",
    "clear_above_uptime_seconds": "A judgement of ours: restarts are counted over an hour, and whoever has run for "
    "an hour has had none.",
}


class Settings(RuleSettings):
    """An access point has started `raise_at_least` so many times within an hour. It ends once it has run for
    `clear_above_uptime_seconds` without a break."""

    raise_after_seconds: float = 0.0
    clear_after_seconds: float = 0.0
    raise_at_least: Annotated[int, Field(ge=2, le=60)] = 3
    clear_above_uptime_seconds: Annotated[float, Field(ge=3600, le=7 * 86_400)] = 3600.0


def judge(snapshot: Snapshot, settings: Settings) -> Verdicts:
    """Of each access point that tells its uptime. How many starts the collector knows of may be fewer than there were,
    and is therefore never taken for good."""
    places = snapshot.places
    uptime = places.uptime_seconds
    return Verdicts(
        snapshot.layout,
        states_of(
            good=uptime >= settings.clear_above_uptime_seconds,
            bad=(places.restarts >= settings.raise_at_least) & (uptime < settings.clear_above_uptime_seconds),
            known=places.is_heard & (uptime >= 0) & (places.restarts >= 0),
        ),
        places.restarts,
        settings.raise_at_least,
        detail=known_figures({"uptime_seconds": uptime, "temperature_celsius": places.temperature_celsius}),
        people=people_in(places.clients),
    )
