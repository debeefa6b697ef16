"""Brings what is known of the fleet forward by what has been stored. Used by the pipeline."""

from collections.abc import Iterable
from datetime import datetime

from collector.fleet import Fleet
from collector.intake import Taken
from collector.keeping import Keeper
from collector.metrics import Metrics


class Memory:
    """The fleet in memory, its keeper, and the counts of what was stored."""

    def __init__(self, fleet: Fleet, keeper: Keeper, metrics: Metrics) -> None:
        self._fleet = fleet
        self._keeper = keeper
        self._metrics = metrics

    def note_stored(self, frames: Iterable[Taken], now: datetime) -> None:
        """These frames are written."""
        stored = reports = 0
        for taken in frames:
            if taken.frame is None:
                continue
            self._metrics.commit_delay_seconds.observe((now - taken.frame.received_at).total_seconds())
            self.note_readings(taken)
            stored += 1
            reports += taken.reports
        self._metrics.reports_stored.inc(reports)
        self._metrics.frames.labels("stored").inc(stored)
        self._metrics.unknown_devices.set(len(self._fleet.unknown_devices))

    def note_readings(self, taken: Taken) -> None:
        """Bring the fleet forward by a stored frame; it keeps only what is newer than what it has."""
        if taken.key is None or taken.frame is None:
            return
        if taken.health is not None:
            self._fleet.remember_health(taken.key.agent, taken.health)
        for access_point, reading in taken.readings:
            newest = self._fleet.remember(access_point, reading)
            if newest is not None:
                self._keeper.note(access_point, newest)
        for name, device in taken.unknown:
            self._keeper.note_unknown(
                self._fleet.remember_unknown(name, taken.key.agent, device, taken.frame.received_at)
            )
