"""Most of a site is silent at once: its power, its uplink or its gateway, and not so many access points by chance."""

from typing import Annotated

import numpy as np
from pydantic import Field

from collector.alerts.alert import Severity
from collector.alerts.judging.sites import Sites
from collector.alerts.judging.snapshot import Snapshot
from collector.alerts.judging.verdicts import Told, Verdicts, states_of
from collector.alerts.rules import RuleSettings, Scope, Unit

SCOPE = Scope.SITE
UNIT = Unit.RATIO
SOURCES = {
    "severity": "A judgement of ours: where most of a site is silent, nobody there has Wi-Fi.",
    "raise_after_seconds": "None: each silence is patient by itself, and a notice waits for a moment while more fall "
    "silent.",
    "clear_after_seconds": "A judgement of ours: as with one access point.",
    "raise_above_ratio": "Most of a site is more than half of it. Two of 13 are not, which users of other systems "
    "complain of.",
    "clear_below_ratio": "A judgement of ours: a tenth below what raises, so that one access point which comes and "
    "goes does not begin and end it.",
    "at_least": "One access point alone is access_point_silent's.",
}
Share = Annotated[float, Field(ge=0, lt=1)]


class Settings(RuleSettings):
    """More than `raise_above_ratio` of a site's access points are silent, and `at_least` so many."""

    pairs = (("raise_above_ratio", "clear_below_ratio", True),)
    severity: Severity = Severity.CRITICAL
    raise_after_seconds: float = 0.0
    clear_after_seconds: float = 120.0
    raise_above_ratio: Share = 0.5
    clear_below_ratio: Share = 0.4
    at_least: Annotated[int, Field(ge=2, le=10_000)] = 2


def judge(snapshot: Snapshot, settings: Settings) -> Verdicts:
    """Of each site, by the share of its access points that are silent, among those of which it is known whether they
    are. It is beyond a threshold only if it would be whatever the others are: after a restart they are known one by
    one. Nothing is known of a site where that is less than half of those that were ever heard of, nor while nobody
    listens."""
    places, sites = snapshot.places, Sites(snapshot.layout)
    is_judged = ~places.is_checked_only
    is_silent = places.is_silent & is_judged
    silent = sites.count(is_silent)
    known = silent + sites.count(places.is_heard & is_judged)
    seen = sites.count((places.is_silent | ~np.isnan(places.observed_at_seconds)) & is_judged)
    perhaps_silent, everybody = silent + seen - known, np.maximum(seen, 1)
    is_listening = snapshot.listening_since is not None
    share = np.divide(silent, known, out=np.full(len(known), np.nan), where=known > 0)

    def members(row: int) -> tuple[str, ...]:
        return tuple(snapshot.layout.ids[at] for at in sites.rows_of(row) if is_silent[at])

    def detail(row: int) -> Told:
        return {"silent": float(silent[row]), "known": float(known[row])}

    def people(row: int) -> int | None:
        clients = places.clients[[at for at in sites.rows_of(row) if is_silent[at]]]
        return None if np.isnan(clients).all() else int(np.nansum(clients))

    return Verdicts(
        sites,
        states_of(
            bad=(silent / everybody > settings.raise_above_ratio) & (silent >= settings.at_least),
            good=(perhaps_silent / everybody <= settings.clear_below_ratio) | (perhaps_silent <= 1),
            known=(known > 0) & (2 * known >= seen) & is_listening,
        ),
        share,
        settings.raise_above_ratio,
        detail=detail,
        members=members,
        people=people,
    )
