"""A channel is so full that people wait for the air: more of it is in use, by whomever, than their traffic can bear."""

from typing import Annotated

from pydantic import Field

from collector.alerts.judging.figures import known_figures, people_in
from collector.alerts.judging.snapshot import Snapshot
from collector.alerts.judging.verdicts import Verdicts, above
from collector.alerts.rules import RuleSettings, Scope, Unit

SCOPE = Scope.RADIO
UNIT = Unit.RATIO
SOURCES = {
    "severity": "A judgement of ours: what helps is planning channels, by day.",
    "raise_after_seconds": "A judgement of ours: a quarter of an hour outlasts one large download.",
    "clear_after_seconds": "A judgement of ours: as long as it takes to begin, for crowds come in waves.",
    "raise_above_ratio": "Channel utilisation of 75 % is where networks made for data are commonly called full (50 % "
    "where they are made for video); Cisco's controllers send a trap above 80 %.",
    "clear_below_ratio": "A judgement of ours: a tenth of the airtime below what raises, more than two reports of a "
    "steady channel differ by.",
}
Share = Annotated[float, Field(ge=0, le=1)]


class Settings(RuleSettings):
    """A radio's channel is in use for more than `raise_above_ratio` of the time."""

    pairs = (("raise_above_ratio", "clear_below_ratio", True),)
    raise_after_seconds: float = 900.0
    clear_after_seconds: float = 900.0
    raise_above_ratio: Share = 0.75
    clear_below_ratio: Share = 0.65


def judge(snapshot: Snapshot, settings: Settings) -> Verdicts:
    """Of each radio, by the busy share of its channel."""
    radios = snapshot.radios
    busy, clients = radios["busy_ratio"], radios["clients"]
    told = {name: radios[name] for name in ("band", "channel", "own_ratio", "clients")}
    return Verdicts(
        radios,
        above(busy, settings.raise_above_ratio, settings.clear_below_ratio, known=snapshot.radio_is_heard),
        busy,
        settings.raise_above_ratio,
        detail=known_figures(told),
        people=people_in(clients),
    )
