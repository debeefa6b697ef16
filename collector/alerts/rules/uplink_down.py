"""The uplink of an access point is down, and it reports all the same: over another way, or by its controller."""

from collector.alerts.judging.figures import known_figures, people_in
from collector.alerts.judging.snapshot import Snapshot
from collector.alerts.judging.verdicts import Verdicts, states_of
from collector.alerts.rules import RuleSettings, Scope

SCOPE = Scope.ACCESS_POINT
UNIT = None
SOURCES = {
    "severity": "A judgement of ours: one access point is for the working day.",
    "raise_after_seconds": "A judgement of ours: a link that is negotiated anew, or a switch that starts anew, is up "
    "again within minutes.",
    "clear_after_seconds": "A judgement of ours: as long as it takes to begin, since a loose plug comes and goes.",
}


class Settings(RuleSettings):
    """An access point says that its uplink is down."""

    raise_after_seconds: float = 180.0
    clear_after_seconds: float = 180.0


def judge(snapshot: Snapshot, settings: Settings) -> Verdicts:  # noqa: ARG001  # every rule's signature
    """Of each access point that tells of its uplink."""
    places = snapshot.places
    is_up = places.uplink_is_up
    return Verdicts(
        snapshot.layout,
        states_of(bad=is_up == 0, good=is_up == 1, known=places.is_heard & ((is_up == 0) | (is_up == 1))),
        detail=known_figures({"best_bits_per_second": places.best_uplink_bits_per_second}),
        people=people_in(places.clients),
    )
