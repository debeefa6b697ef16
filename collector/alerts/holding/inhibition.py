"""What follows from something else that is told already: of an access point that is silent because its site is, or
because the one is through which it is connected. Pure.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from collector.alerts.alert import Alert, Phase
from collector.alerts.holding.held_back import HeldBack, Hold
from inventory import Inventory

SILENT = "access_point_silent"
OUTAGE = "site_outage"

_OF_THE_AGENT = frozenset({"certificate_ending", "clock_wrong", "foreign_place", "spool_dropping"})
"""What is said of an agent does not follow from the silence of the access point on which it runs."""
EXPLAINS_FOR = timedelta(minutes=10)
"""How long what is well again explains the silence of others, where its alert goes on because it flaps or is slow to
clear. A judgement of ours: an access point needs some minutes to start and to connect; one that stays silent for longer
than that has a reason of its own, and would not be told of otherwise."""


class Silent:
    """What is silent, by the alerts that are open; made once a step, of all of them.

    An access point is silent as soon as its alert is pending: those behind it may be known to be silent before it has
    been so for long enough to fire. An outage counts when it fires, since only then is it told in place of others.
    """

    def __init__(self, alerts: Iterable[Alert], now: datetime) -> None:
        self._access_points: dict[str, Alert] = {}
        self._outages: dict[str, Alert] = {}
        self._members: dict[str, frozenset[str]] = {}
        self._now = now
        for alert in alerts:
            if alert.rule == SILENT and alert.is_open and alert.subject.access_point is not None:
                self._access_points[alert.subject.access_point] = alert
            elif alert.rule == OUTAGE and alert.phase is Phase.FIRING and alert.subject.site is not None:
                self._outages[alert.subject.site] = alert
                self._members[alert.subject.site] = frozenset(alert.members)

    def is_silent(self, access_point: str) -> bool:
        """Whether an access point is."""
        return access_point in self._access_points

    def explains(self, access_point: str) -> bool:
        """Whether an access point is silent, or was a moment ago, so that those behind it may be so for that."""
        alert = self._access_points.get(access_point)
        return alert is not None and self._still_explains(alert)

    def outage_of(self, site: str, access_point: str) -> Alert | None:
        """The outage of a site that tells of an access point: lists it; or cannot know whether it would, as nothing is
        known of the site at present. One that is neither is silent for a reason of its own, between the outage's
        thresholds."""
        outage = self._outages.get(site)
        if outage is None or not self._still_explains(outage):
            return None
        is_told = access_point in self._members[site] or outage.unknown_since is not None
        return outage if is_told else None

    def _still_explains(self, alert: Alert) -> bool:
        return alert.well_since is None or self._now - alert.well_since < EXPLAINS_FOR


def held_back_by(alert: Alert, silent: Silent, inventory: Inventory) -> HeldBack | None:
    """What a firing alert of an access point follows from; None where it is news.

    Of an access point that is silent, whatever is about it follows: nothing is measured at it any more, and checks that
    are made from elsewhere fail. One that is not silent works, and is told of whatever its site or its parent does.
    """
    subject = alert.subject
    if alert.rule in _OF_THE_AGENT or subject.access_point is None or not silent.is_silent(subject.access_point):
        return None
    outage = None if subject.site is None else silent.outage_of(subject.site, subject.access_point)
    if outage is not None:
        return HeldBack(Hold.OUTAGE, outage.id)
    parents = inventory.parents_of(subject.access_point)
    parent = next((each for each in parents if silent.explains(each)), None)
    return None if parent is None else HeldBack(Hold.PARENT, parent)
