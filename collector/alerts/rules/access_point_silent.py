"""An access point was heard of and is not now: the broker tells of its end, or its reports are overdue."""

import numpy as np

from collector.alerts.judging.figures import people_in
from collector.alerts.judging.snapshot import Snapshot
from collector.alerts.judging.verdicts import Told, Verdicts, states_of
from collector.alerts.rules import RuleSettings, Scope, Unit

SCOPE = Scope.ACCESS_POINT
UNIT = Unit.SECONDS
SOURCES = {
    "severity": "A judgement of ours: one access point is for the working day; where most of a site is silent, "
    "site_outage gets somebody up.",
    "raise_after_seconds": "None: silence is patient by itself. Reports are overdue once three, and at least a minute, "
    "are missing; and a last will is the broker's word.",
    "clear_after_seconds": "A judgement of ours: two minutes hold two reports at the usual interval of 60 s, so that "
    "one that came through by chance ends nothing.",
}


class Settings(RuleSettings):
    """An access point is not heard of any more."""

    raise_after_seconds: float = 0.0
    clear_after_seconds: float = 120.0


def judge(snapshot: Snapshot, settings: Settings) -> Verdicts:  # noqa: ARG001  # every rule's signature
    """Of each access point, by how long ago it was last heard of. What only checks tell of is not judged: they are made
    from elsewhere, and their end says that nobody checks any more. Nor is anything known to be heard while nobody
    listens: it may have said goodbye since."""
    places = snapshot.places
    is_heard = places.is_heard & (snapshot.listening_since is not None)

    def detail(row: int) -> Told:
        told: dict[str, str | float] = {"reason": "goodbye" if places.has_said_goodbye[row] else "overdue"}
        if not np.isnan(places.observed_at_seconds[row]):
            told["heard_at_seconds"] = float(places.observed_at_seconds[row])
        return told

    return Verdicts(
        snapshot.layout,
        states_of(
            bad=places.is_silent,
            good=is_heard,
            known=(places.is_silent | is_heard) & ~places.is_checked_only,
        ),
        snapshot.now_seconds - places.observed_at_seconds,
        detail=detail,
        people=people_in(places.clients),
    )
