"""The uplink of an access point has negotiated less than it can, or only one direction at a time: a cable with a broken
pair, a corroded plug, a port that was set by hand."""

from typing import Annotated

import numpy as np
from pydantic import Field

from collector.alerts.judging.figures import known_figures, people_in
from collector.alerts.judging.snapshot import Snapshot
from collector.alerts.judging.verdicts import Floats, Verdicts, states_of
from collector.alerts.rules import RuleSettings, Scope, Unit

SCOPE = Scope.ACCESS_POINT
UNIT = Unit.RATIO
SOURCES = {
    "severity": "A judgement of ours: it works, slowly, and what helps is a technician with a cable.",
    "raise_after_seconds": "A judgement of ours: a link that is negotiated anew settles within a minute; some devices "
    "lower it at night to save power, for no longer than they sleep.",
    "clear_after_seconds": "A judgement of ours: as long as it takes to begin, since a broken pair comes and goes.",
    "raise_below_ratio": "A judgement of ours: speeds of Ethernet lie apart by a factor of 2 at least, so that "
    "anything between is rounding.",
    "clear_above_ratio": "A judgement of ours: the full speed, but for rounding.",
    "enough_bits_per_second": "A judgement of ours: most switches are gigabit, and where nobody says that the port "
    "can do more, that is not a fault. 100 Mb/s on such a port is, and goes unnoticed elsewhere: two pairs of a cable "
    "carry that, a gigabit takes all four.",
}
Share = Annotated[float, Field(gt=0, le=1)]


class Settings(RuleSettings):
    """An uplink runs at less than `raise_below_ratio` of what device and port can, or at half duplex. Of a port of
    which the inventory does not say what it can, no more than `enough_bits_per_second` is asked."""

    pairs = (("raise_below_ratio", "clear_above_ratio", False),)
    raise_after_seconds: float = 1800.0
    clear_after_seconds: float = 1800.0
    raise_below_ratio: Share = 0.8
    clear_above_ratio: Share = 0.95
    enough_bits_per_second: Annotated[float, Field(ge=1e6, le=1e12)] = 1e9


def judge(snapshot: Snapshot, settings: Settings) -> Verdicts:
    """Of each access point whose uplink is up, by the share of what it can that it has negotiated. A device that does
    not tell of its duplex is judged by its speed alone."""
    places = snapshot.places
    speed, asked = places.uplink_bits_per_second, _asked(snapshot, settings)
    share = np.divide(speed, asked, out=np.full(len(speed), np.nan), where=asked > 0)
    is_half_duplex = places.uplink_is_full_duplex == 0
    is_slow = share < settings.raise_below_ratio
    told = {
        "speed_bits_per_second": speed,
        "best_bits_per_second": asked,
        "is_full_duplex": places.uplink_is_full_duplex,
    }
    return Verdicts(
        snapshot.layout,
        states_of(
            bad=is_slow | is_half_duplex,
            good=(share >= settings.clear_above_ratio) & ~is_half_duplex,
            known=places.is_heard & (places.uplink_is_up != 0) & (~np.isnan(share) | is_half_duplex),
        ),
        share,
        settings.raise_below_ratio,
        detail=known_figures(told),
        people=people_in(places.clients),
    )


def _asked(snapshot: Snapshot, settings: Settings) -> Floats:
    best = snapshot.places.best_uplink_bits_per_second
    is_port_known = ~np.isnan(snapshot.layout.port_bits_per_second)
    return np.where(is_port_known, best, np.minimum(best, settings.enough_bits_per_second))
