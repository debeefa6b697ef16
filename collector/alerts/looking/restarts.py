"""How often each access point has started anew within the last hour, by its uptime. Pure; a part of `looking`.

Two starts between two reports are one here. A start lies after the report before it, or else somebody else tells
another uptime of the same device, such as its controller beside its own agent. An uptime that is known for the first
time and shorter than an hour tells of a start as well, so that a collector which starts anew is not blind for an hour.
"""

from datetime import timedelta

import numpy as np

from collector.alerts.judging.verdicts import Floats
from collector.alerts.looking.places import Indexes

_CLOCKS_DIFFER_BY_SECONDS = 60.0
"""What the collector believes of a clock anyway."""
_HOUR_SECONDS = timedelta(hours=1).total_seconds()


class Restarts:
    """What is remembered of uptimes: of all places the last, of few the instants at which they started."""

    def __init__(self, count: int) -> None:
        self._uptime_seconds: Floats = np.full(count, np.nan)
        self._told_at_seconds: Floats = np.full(count, np.nan)
        self._started_at: dict[int, list[float]] = {}

    def take(self, rows: Indexes, uptime_seconds: Floats, observed_at_seconds: Floats) -> None:
        """The uptimes in readings that are the newest of these rows now."""
        before = self._uptime_seconds[rows]
        is_known = ~np.isnan(uptime_seconds)
        is_first = np.isnan(before) & (uptime_seconds < _HOUR_SECONDS)
        started_at = observed_at_seconds - uptime_seconds
        is_later = started_at > self._told_at_seconds[rows] - _CLOCKS_DIFFER_BY_SECONDS
        is_start = is_first | ((uptime_seconds < before) & is_later)
        for at in np.flatnonzero(is_known & is_start).tolist():
            self._started_at.setdefault(int(rows[at]), []).append(float(started_at[at]))
        self._told_at_seconds[rows] = np.where(is_known, observed_at_seconds, self._told_at_seconds[rows])
        self._uptime_seconds[rows] = np.where(is_known, uptime_seconds, before)

    def within_an_hour(self, now_seconds: float) -> Floats:
        """How many starts are known of; NaN where the uptime never was."""
        counts = np.where(np.isnan(self._uptime_seconds), np.nan, 0.0)
        for row, instants in list(self._started_at.items()):
            recent = [instant for instant in instants if instant > now_seconds - _HOUR_SECONDS]
            if recent:
                self._started_at[row] = recent
                counts[row] = len(recent)
            else:
                del self._started_at[row]
        return counts
