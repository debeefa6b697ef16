"""An access point is too hot inside: it slows down, then stops."""

from typing import Annotated

from pydantic import Field

from collector.alerts.judging.figures import known_figures, people_in
from collector.alerts.judging.snapshot import Snapshot
from collector.alerts.judging.verdicts import Verdicts, above
from collector.alerts.rules import RuleSettings, Scope, Unit

SCOPE = Scope.ACCESS_POINT
UNIT = Unit.CELSIUS
SOURCES = {
    "severity": "A judgement of ours: it still works, and somebody has to go there, by day.",
    "raise_after_seconds": "A judgement of ours: a quarter of an hour outlasts a busy moment.",
    "clear_after_seconds": "A judgement of ours: half an hour outlasts a cloud before the sun.",
    "raise_above_celsius": "Linux slows the processor of Qualcomm's IPQ8074, which is in many access points of Wi-Fi "
    "6, from 95 °C on (passive trip point of its device tree in OpenWrt); 5 °C before that. A judgement of ours: the "
    "sensors of other devices may sit elsewhere.",
    "clear_below_celsius": "A judgement of ours: 10 °C below what raises.",
}
Celsius = Annotated[float, Field(ge=-50, le=200)]


class Settings(RuleSettings):
    """An access point's temperature is above `raise_above_celsius`."""

    pairs = (("raise_above_celsius", "clear_below_celsius", True),)
    raise_after_seconds: float = 900.0
    clear_after_seconds: float = 1800.0
    raise_above_celsius: Celsius = 90.0
    clear_below_celsius: Celsius = 80.0


def judge(snapshot: Snapshot, settings: Settings) -> Verdicts:
    """Of each access point, by the temperature that it tells of itself."""
    places = snapshot.places
    heat = places.temperature_celsius
    told = {"cpu_ratio": places.cpu_ratio, "clients": places.clients}
    return Verdicts(
        snapshot.layout,
        above(heat, settings.raise_above_celsius, settings.clear_below_celsius, known=places.is_heard),
        heat,
        settings.raise_above_celsius,
        detail=known_figures(told),
        people=people_in(places.clients),
    )
