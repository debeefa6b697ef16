"""What the throughput probe could download at an access point is under a floor."""

from typing import Annotated

import numpy as np
from pydantic import Field

from collector.alerts.judging.figures import known_figures, people_in
from collector.alerts.judging.snapshot import Snapshot
from collector.alerts.judging.verdicts import Verdicts, below
from collector.alerts.rules import RuleSettings, Scope, Unit

SCOPE = Scope.ACCESS_POINT
UNIT = Unit.BITS_PER_SECOND
SOURCES = {
    "severity": "A judgement of ours: it is slow, not gone, and was measured at night to be looked at by day.",
    "raise_after_seconds": "A judgement of ours: a measurement is ten seconds of several connections while few people "
    "are there; the next comes a day later, and nobody waits for it.",
    "clear_after_seconds": "A judgement of ours: as for the beginning, one measurement counts.",
    "raise_below_bits_per_second": "A judgement of ours: less than a tenth of the 379 Mb/s that public Wi-Fi at fixed "
    "places moved on average in the quality evaluation of 2023 by Korea's Ministry of Science and ICT.",
    "clear_above_bits_per_second": "A judgement of ours: clearly more than the floor, for one night differs from the "
    "next.",
    "recent_seconds": "The probe measures once a night between 02:00 and 05:00, so that at most 27 hours lie between "
    "two measurements; three hours more for one that was put off.",
}
Rate = Annotated[float, Field(ge=0, le=1e12)]


class Settings(RuleSettings):
    """The newest measurement, if it is no older than `recent_seconds`, is below `raise_below_bits_per_second`."""

    pairs = (("raise_below_bits_per_second", "clear_above_bits_per_second", False),)
    raise_after_seconds: float = 0.0
    clear_after_seconds: float = 0.0
    raise_below_bits_per_second: Rate = 30e6
    clear_above_bits_per_second: Rate = 50e6
    recent_seconds: Annotated[float, Field(gt=0, le=7 * 86_400)] = 108_000.0


def judge(snapshot: Snapshot, settings: Settings) -> Verdicts:
    """Of each access point whose throughput was measured lately. What could not be measured is not slow."""
    places, column = snapshot.places, snapshot.probes.get("throughput")
    nothing = np.full(len(snapshot.layout.ids), np.nan)
    download, made_at = (
        (nothing, nothing) if column is None else (column.download_bits_per_second, column.made_at_seconds)
    )
    is_recent = snapshot.now_seconds - made_at <= settings.recent_seconds
    told = {"measured_at_seconds": made_at, "uplink_bits_per_second": places.uplink_bits_per_second}
    return Verdicts(
        snapshot.layout,
        below(
            download,
            settings.raise_below_bits_per_second,
            settings.clear_above_bits_per_second,
            known=places.is_heard & is_recent,
        ),
        download,
        settings.raise_below_bits_per_second,
        detail=known_figures(told),
        people=people_in(places.clients),
    )
