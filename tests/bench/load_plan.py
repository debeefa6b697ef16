"""What a run of the load generator is to send, and what it has found. Made by `load`'s command line and its run."""

from dataclasses import dataclass, field

from bench_fleet import BenchFleet


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """What is to be sent. `frames_per_second` of 0 is as fast as `outstanding_frames` lets it. Measured is `seconds`
    long, after `warm_up_seconds` of the same load.

    A frame is stored when it is acknowledged. Where the store makes acknowledgements wait, `metrics_port` is where the
    collector's own metrics tell of frames written, and those are counted instead.
    """

    port: int
    fleet: BenchFleet
    frames_per_second: float = 0.0
    seconds: float = 10.0
    warm_up_seconds: float = 3.0
    patience_seconds: float = 30.0
    drain_seconds: float = 30.0
    outstanding_frames: int = 5_000
    resend_seconds: float = 60.0
    metrics_port: int | None = None
    connections: int = 4
    variants: int = 8
    watched: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class LoadFound:
    """What was seen within the measured window; `unacknowledged_frames`, `resent_frames` and `refused_frames` over all
    of the run, the drain at its end included."""

    seconds: float = 0.0
    frames_sent: int = 0
    frames_at_broker: int = 0
    frames_stored: int = 0
    frames_per_second: float = 0.0
    reports_per_second: float = 0.0
    bytes_per_frame: float = 0.0
    latency_p50_seconds: float = 0.0
    latency_p99_seconds: float = 0.0
    latency_max_seconds: float = 0.0
    resent_frames: int = 0
    refused_frames: int = 0
    unacknowledged_frames: int = 0
    processor_seconds: dict[str, float] = field(default_factory=dict)
    idle_ratio_of_core: dict[str, float] = field(default_factory=dict)
    rss_megabytes: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
