"""Figures of the collector itself: what it counts for Prometheus, as counts of the minute before, and its memory and
processor time. Every collector writes its own."""

import os
import socket
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from collector.config import CollectorTable
from collector.figures.figure import Figure
from collector.figures.growth import Growth, known_means, values_of
from collector.figures.measurements import COLLECTOR, COLLECTOR_FRAMES, DELIVERIES, MINUTE_SECONDS, QUARANTINE
from collector.metrics import Metrics

_OUTCOMES = ("stored", "repeated", "refused", "deferred", "lost_by_engine")
"""Told from the start on: a series that is not there would not say that no frame was refused."""
_STATM = Path("/proc/self/statm")


class CollectorItself:
    """Brings the figures of one collector; `name` is what it is called in them."""

    every_seconds = MINUTE_SECONDS
    is_only_for_elected = False

    def __init__(self, name: str, metrics: Metrics, is_elected: Callable[[], bool]) -> None:
        self._tags = {"collector": name}
        self._is_elected = is_elected
        for outcome in _OUTCOMES:
            metrics.frames.labels(outcome)
        self._counted = {
            "reports_stored": Growth(metrics.reports_stored),
            "commit_delay_seconds_sum": Growth(metrics.commit_delay_seconds, "_sum"),
            "commit_delay_seconds_count": Growth(metrics.commit_delay_seconds, "_count"),
            "write_seconds_sum": Growth(metrics.write_seconds, "_sum"),
            "write_seconds_count": Growth(metrics.write_seconds, "_count"),
            "write_failures": Growth(metrics.write_failures),
        }
        self._known = {
            "is_connected": metrics.is_connected,
            "pending_frames": metrics.pending_frames,
            "unsettled_frames": metrics.unsettled_frames,
            "waiting_bundles": metrics.waiting_bundles,
            "unknown_devices": metrics.unknown_devices,
        }
        self._counted_by_tags = (
            (COLLECTOR_FRAMES, "frames", Growth(metrics.frames)),
            (QUARANTINE, "quarantined", Growth(metrics.quarantined)),
            (DELIVERIES, "calls", Growth(metrics.deliveries)),
        )
        self._cpu_seconds_before = time.process_time()

    def figures(self, now: datetime) -> Iterable[Figure]:
        """One of the collector, and one for each outcome, reason, or endpoint and result that there has been."""
        made = [Figure(COLLECTOR, self._tags, now, self._values())]
        for measurement, field, growth in self._counted_by_tags:
            for labels, count in growth.by_labels().items():
                made.append(Figure(measurement, self._tags | dict(labels), now, {field: count}))
        return made

    def _values(self) -> dict[str, float | None]:
        before, self._cpu_seconds_before = self._cpu_seconds_before, time.process_time()
        return {
            "is_elected": float(self._is_elected()),
            "resident_bytes": _resident_bytes(),
            "cpu_seconds": self._cpu_seconds_before - before,
            **known_means({field: growth.total() for field, growth in self._counted.items()}),
            **{field: sum(values_of(gauge).values()) for field, gauge in self._known.items()},
        }


def name_in_figures(settings: CollectorTable) -> str:
    """What the configuration calls the collector, or the host's name where it does not: collectors of several
    installations that write to one engine are told apart by it."""
    return settings.name if "name" in settings.model_fields_set else socket.gethostname()


def _resident_bytes() -> int | None:
    """The memory of this process that is not swapped out; None where there is no /proc. Source: proc_pid_statm(5)."""
    try:
        _, resident_pages, *_ = _STATM.read_text(encoding="ascii").split()
    except OSError:
        return None
    return int(resident_pages) * os.sysconf("SC_PAGE_SIZE")
