"""A radio has to send too many of its frames again: the air is disturbed, or those whom it sends to are far away."""

from typing import Annotated

import numpy as np
from pydantic import Field

from collector.alerts.alert import Severity
from collector.alerts.judging.figures import known_figures, people_in
from collector.alerts.judging.snapshot import Snapshot
from collector.alerts.judging.verdicts import Verdicts, above
from collector.alerts.rules import RuleSettings, Scope, Unit

SCOPE = Scope.RADIO
UNIT = Unit.RATIO
SOURCES = {
    "severity": "A judgement of ours: it explains what people complain of, and is seldom a fault by itself.",
    "raise_after_seconds": "A judgement of ours: half an hour outlasts a few people at the edge of the range.",
    "clear_after_seconds": "A judgement of ours: as long as it takes to begin, for people come and go.",
    "raise_above_ratio": "Networks are planned for 10 to 15 % of frames sent again. A judgement of ours: busy radios "
    "on 2.4 GHz exceed that every day, and at twice as much nearly every third frame takes the air twice.",
    "clear_below_ratio": "A judgement of ours: above what networks are planned for, and clearly below what raises.",
    "at_least_bits_per_second": "A judgement of ours: of a few frames, one that is sent again is a large share. "
    "100 kb/s are about eight full frames a second.",
}
Share = Annotated[float, Field(ge=0, le=1)]


class Settings(RuleSettings):
    """A radio sends more than `raise_above_ratio` of its frames again, while it moves `at_least_bits_per_second`."""

    pairs = (("raise_above_ratio", "clear_below_ratio", True),)
    severity: Severity = Severity.INFO
    raise_after_seconds: float = 1800.0
    clear_after_seconds: float = 1800.0
    raise_above_ratio: Share = 0.3
    clear_below_ratio: Share = 0.2
    at_least_bits_per_second: Annotated[float, Field(ge=0, le=1e12)] = 100_000.0


def judge(snapshot: Snapshot, settings: Settings) -> Verdicts:
    """Of each radio that has something to send, by the share of frames sent again. Where it is not known how much it
    moves, the share is believed."""
    radios = snapshot.radios
    retries, traffic = radios["retry_ratio"], radios["traffic_bits_per_second"]
    tells = np.isnan(traffic) | (traffic >= settings.at_least_bits_per_second)
    told = {name: radios[name] for name in ("band", "channel", "noise_dbm", "busy_ratio", "clients")}
    return Verdicts(
        radios,
        above(retries, settings.raise_above_ratio, settings.clear_below_ratio, known=snapshot.radio_is_heard & tells),
        retries,
        settings.raise_above_ratio,
        detail=known_figures(told),
        people=people_in(radios["clients"]),
    )
