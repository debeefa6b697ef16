"""What the newest readings say of each access point, in columns that are kept from one look to the next. Pure; a part
of `looking`.

A reading is taken once, when it has become the newest of its place: of 25,000 places a few hundred change in a second,
and to read all of them every second would cost a tenth of a core.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from collector.alerts.judging.verdicts import Flags, Floats
from collector.readings import LONGEST_INTERVAL, LONGEST_PROBE_INTERVAL, OVERDUE_AT_LEAST, OVERDUE_INTERVALS, Reading
from collector.vital_signs import DEVICE, Figures, empty

Indexes = NDArray[np.int64]
_MICROSECOND_DIGITS = 6


class PlaceColumns:
    """A row an access point. `device` has rows of `vital_signs.DEVICE`."""

    def __init__(self, count: int) -> None:
        self.observed_at_seconds: Floats = np.full(count, np.nan)
        self.clients: Floats = np.full(count, np.nan)
        self.download_bits_per_second: Floats = np.full(count, np.nan)
        self.upload_bits_per_second: Floats = np.full(count, np.nan)
        self.is_checked_only: Flags = np.zeros(count, dtype=bool)
        self.device: Figures = empty(DEVICE, count)
        self._patience_seconds: Floats = np.full(count, np.nan)
        self._is_lost: Flags = np.zeros(count, dtype=bool)

    def take(self, rows: Indexes, readings: Sequence[Reading], devices: Figures) -> None:
        """Readings that are the newest of these rows now, with what has been unpacked of their signs."""
        is_checked_only = np.array([reading.is_only_probes for reading in readings], dtype=bool)
        intervals = np.array([reading.interval_seconds or 0.0 for reading in readings], dtype=np.float64)
        longest = np.where(is_checked_only, LONGEST_PROBE_INTERVAL.total_seconds(), LONGEST_INTERVAL.total_seconds())
        patience = np.round(np.minimum(intervals, longest), _MICROSECOND_DIGITS) * OVERDUE_INTERVALS
        self._patience_seconds[rows] = np.maximum(patience, OVERDUE_AT_LEAST.total_seconds())
        self._is_lost[rows] = [reading.is_up is False for reading in readings]
        self.is_checked_only[rows] = is_checked_only
        self.observed_at_seconds[rows] = [reading.observed_at.timestamp() for reading in readings]
        self.clients[rows] = _figures([reading.clients for reading in readings])
        self.download_bits_per_second[rows] = _figures([reading.traffic[0] for reading in readings])
        self.upload_bits_per_second[rows] = _figures([reading.traffic[1] for reading in readings])
        self.device[rows] = devices

    def presence(self, now_seconds: float, listening_since_seconds: float | None) -> tuple[Flags, Flags]:
        """Which are heard of, and which are silent, by the rule of `Reading.presence`: but silent only where the
        collector has listened for as long as it takes to miss something, or where a controller says now that it has
        lost it. Neither is what was heard of before the collector began to listen, or was never heard of."""
        is_fresh = self._has_waited_at_most(now_seconds - self.observed_at_seconds)
        is_heard = is_fresh & ~self._is_lost
        if listening_since_seconds is None:
            return is_heard, np.zeros(len(is_heard), dtype=bool)
        is_seen = ~np.isnan(self.observed_at_seconds)
        listened_from = np.maximum(self.observed_at_seconds, listening_since_seconds)
        is_missed = is_seen & ~self._has_waited_at_most(now_seconds - listened_from)
        return is_heard, is_missed | (is_fresh & self._is_lost)

    def _has_waited_at_most(self, seconds: Floats) -> Flags:
        """Whole microseconds, as a datetime has them; NaN has not."""
        return np.round(seconds, _MICROSECOND_DIGITS) <= self._patience_seconds


def _figures(values: Sequence[float | None]) -> Floats:
    """None becomes NaN."""
    return np.array(values, dtype=np.float64)
