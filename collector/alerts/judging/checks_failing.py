"""What the rules that judge checks of one kind share. Pure; used by `rules`.

Where a check fails, those that stand on what it checks fail as well, and say nothing of their own: of them nothing is
known then. One that goes well all the same is well.
"""

from collections.abc import Iterable

import numpy as np

from collector.alerts.judging.figures import people_in
from collector.alerts.judging.snapshot import Snapshot
from collector.alerts.judging.verdicts import Flags, Floats, Told, Verdicts, states_of

DEFAULT_WAIT = (
    "A judgement of ours: an agent checks every 300 s unless it is told otherwise, so that two checks in a row have "
    "failed by then; one that fails alone says little."
)
DEFAULT_CLEAR = "A judgement of ours: as long as from one check to the next, so that a second one may object."
DEFAULT_SEVERITY = (
    "A judgement of ours: one access point is for the working day; where a whole site is cut off, it falls silent."
)


def judge_checks(snapshot: Snapshot, kind: str, *, standing_on: Iterable[str] = ()) -> Verdicts:
    """Of each access point that is heard of, whether its newest checks of this kind went well. Those of the kinds that
    it is `standing_on` explain a failure."""
    is_ok = _is_ok(snapshot, kind)
    bad = is_ok == 0
    explained = bad & _any_fails(snapshot, standing_on)
    column = snapshot.probes.get(kind)

    def detail(row: int) -> Told:
        if column is None:
            return {}
        told: dict[str, str | float] = {}
        if row in column.failures:
            told["failure"] = column.failures[row]
        if not np.isnan(column.made_at_seconds[row]):
            told["checked_at_seconds"] = float(column.made_at_seconds[row])
        return told

    return Verdicts(
        snapshot.layout,
        states_of(bad=bad, good=is_ok == 1, known=snapshot.places.is_heard & ~np.isnan(is_ok) & ~explained),
        detail=detail,
        people=people_in(snapshot.places.clients),
    )


def _is_ok(snapshot: Snapshot, kind: str) -> Floats:
    column = snapshot.probes.get(kind)
    return np.full(len(snapshot.layout.ids), np.nan) if column is None else column.is_ok


def _any_fails(snapshot: Snapshot, kinds: Iterable[str]) -> Flags:
    fails = np.zeros(len(snapshot.layout.ids), dtype=bool)
    for kind in kinds:
        fails |= _is_ok(snapshot, kind) == 0
    return fails
