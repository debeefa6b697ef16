"""What an agent knows of its own health. Counted by the steps, told by the log, on the wire and, on request, by
`agent.metrics`."""

import os
import time
from dataclasses import dataclass, field
from pathlib import Path

from agent.clock import Clock
from agent.procfs import parse_resident_pages
from agent.snmp.traps.counts import TrapCounts
from agent.spool import Spool
from agent.wire import AgentHealth


@dataclass(slots=True)
class SourceHealth:
    """One source: how often it was read, failed, and how long the last reading took."""

    samples: int = 0
    failures: int = 0
    last_duration_seconds: float = 0.0
    is_failing: bool = False


@dataclass(slots=True)
class Health:
    """The whole agent since its start."""

    sources: dict[str, SourceHealth] = field(default_factory=dict)
    reports_sampled: int = 0
    frames_sent: int = 0
    frames_resent: int = 0
    frames_stored: int = 0
    frames_refused: int = 0
    bundles_sent: int = 0
    bundled_frames_sent: int = 0
    connections: int = 0
    is_connected: bool = False
    traps: TrapCounts | None = None


class OwnHealth:
    """What the collector is told of this agent. Made when the agent starts; asked by the framer."""

    def __init__(self, health: Health, spool: Spool, clock: Clock, *, statm: Path = Path("/proc/self/statm")) -> None:
        self._health = health
        self._spool = spool
        self._clock = clock
        self._statm = statm
        self._began = clock.monotonic()
        self._dropped_before = spool.dropped_frames

    def now(self) -> AgentHealth | None:
        """As it is now; None without a connection: when the frame came to be sent, it would tell of a time long past,
        and would have taken up room on the disk until then."""
        if not self._health.is_connected:
            return None
        return AgentHealth(
            spooled_frames=self._spool.frames,
            spooled_bytes=self._spool.bytes,
            dropped_frames=self._spool.dropped_frames - self._dropped_before,
            resident_bytes=self._resident_bytes(),
            cpu_seconds=round(time.process_time(), 3),
            uptime_seconds=round(self._clock.monotonic() - self._began, 3),
        )

    def _resident_bytes(self) -> int | None:
        """None on a system without /proc."""
        try:
            pages = parse_resident_pages(self._statm.read_text())
        except (OSError, ValueError):
            return None
        return None if pages is None else pages * os.sysconf("SC_PAGE_SIZE")
