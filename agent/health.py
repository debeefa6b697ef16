"""What an agent knows of its own health. Counted by the steps, told by the log and, on request, by `agent.metrics`."""

from dataclasses import dataclass, field

from agent.snmp.traps.counts import TrapCounts


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
