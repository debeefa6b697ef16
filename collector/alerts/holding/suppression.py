"""Whose notices are held back now, and why. Pure; made once a step by who plans notices, and by pages that show it.

Only notices that something began or changed are: an alert goes through its life all the same, and whoever was told that
it fires is told that it has ended.
"""

from collections.abc import Iterable
from datetime import datetime

from collector.alerts.alert import Alert
from collector.alerts.holding.held_back import HeldBack, Hold
from collector.alerts.holding.inhibition import Silent, held_back_by
from collector.alerts.holding.maintenance import Maintenance, Window
from collector.alerts.holding.silences import Silence
from inventory import Inventory


class Suppression:
    """What holds back at one instant. `alerts` are all that are open, the pending ones too."""

    def __init__(
        self,
        now: datetime,
        *,
        silences: Iterable[Silence],
        maintenance: Iterable[Maintenance],
        alerts: Iterable[Alert],
        inventory: Inventory,
    ) -> None:
        self._silences = [each for each in silences if each.is_active(now)]
        windows = ((each, each.window_at(now)) for each in maintenance)
        self._works: list[tuple[Maintenance, Window]] = [(each, at) for each, at in windows if at is not None]
        self._silent = Silent(alerts, now)
        self._inventory = inventory

    def held_back(self, alert: Alert) -> HeldBack | None:
        """Why nobody is to be told of a firing alert now; None where they are to be. Of several reasons, the one that
        people made comes first, and of several silences the one that lasts longest."""
        return (
            self._by_silence(alert)
            or self._by_maintenance(alert)
            or held_back_by(alert, self._silent, self._inventory)
            or _by_itself(alert)
        )

    def _by_silence(self, alert: Alert) -> HeldBack | None:
        found = [each for each in self._silences if each.matcher.matches(alert, self._inventory)]
        if not found:
            return None
        longest = max(found, key=lambda silence: silence.until)
        return HeldBack(Hold.SILENCE, longest.id, longest.until)

    def _by_maintenance(self, alert: Alert) -> HeldBack | None:
        found = [(each, at) for each, at in self._works if each.matcher.matches(alert, self._inventory)]
        if not found:
            return None
        longest, window = max(found, key=lambda work: work[1].ends_at)
        return HeldBack(Hold.MAINTENANCE, longest.id, window.ends_at)


def _by_itself(alert: Alert) -> HeldBack | None:
    if alert.acknowledgement is not None:
        return HeldBack(Hold.ACKNOWLEDGED, alert.acknowledgement.by)
    if alert.well_since is not None and not alert.is_flapping:
        return HeldBack(Hold.RECOVERING)
    return None
