"""What one core of collector stores a second, and how soon, into DuckDB and VictoriaMetrics, one report to a frame and
twenty.

The collector has a core to itself, DuckDB within it; broker, VictoriaMetrics and load share the other. Where that one
is busy all the time, frames a second are a lower bound, and what counts is the processor time that a report takes.
Delays are those at half of the load that one core is to carry.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from bench_fleet import THRESHOLDS, BenchFleet
from measuring import Note, commit_delays, histogram_quantile, note_speed, queryable_delays
from rig import IS_QUICK, collector, need_two_cores
from store_sizes import duckdb_megabytes_per_million, victoriametrics_megabytes_per_million

SECONDS = 2.0 if IS_QUICK else 15.0
DELAY_SECONDS = 1.0 if IS_QUICK else 60.0
"""As long as it takes until all that the collector does now and then has been done: the log written into the tables,
hours rolled up, garbage looked for."""
LONGEST_P99_SECONDS = 2.0
WARM_UP_SECONDS = 1.0 if IS_QUICK else 10.0
VARIANTS = 2 if IS_QUICK else 8
MARKERS = 1 if IS_QUICK else 10
UNBOUNDED = 1_000_000


@dataclass(frozen=True, slots=True)
class Shape:
    """Frames of one size: what their figures are called, how many may wait for the collector when it is to be as fast
    as it can, and what one core must carry."""

    rate: str
    delay: str
    fleet: BenchFleet
    outstanding: int
    required_reports_per_second: float

    @property
    def half_load_frames_per_second(self) -> float:
        """Half of the frames that one core must carry."""
        return self.required_reports_per_second / self.fleet.reports_per_frame / 2


_SINGLE = BenchFleet(2_000, name="alone")
_BATCHED = BenchFleet(100, reports_per_frame=20, name="site")
SHAPES = (
    Shape("frames", "sample", _SINGLE, 8_000, 5_000),
    Shape("batched_reports", "batched_sample", _BATCHED, 1_000, 15_000),
)
FLEETS = [shape.fleet for shape in SHAPES]
DELAYED = SHAPES[:1] if IS_QUICK else SHAPES


def check_speed(shape: Shape, found: dict[str, Any]) -> None:
    """Whether a core carries what it must: by its processor time, which a busy neighbour disturbs least."""
    assert found["refused_frames"] == 0
    capacity = found["reports_per_second"] * found["seconds"] / found["processor_seconds"]["collector"]
    if not IS_QUICK:
        assert capacity >= shape.required_reports_per_second


def check_delay(p99_seconds: float) -> None:
    """Whether frames are stored as soon as they must be at half of the load."""
    if not IS_QUICK:
        assert p99_seconds < LONGEST_P99_SECONDS


@pytest.mark.timeout(600)
def test_a_core_into_duckdb(tmp_path: Path, note: Note) -> None:
    """What is acknowledged is stored."""
    need_two_cores()
    timing = {"seconds": SECONDS, "warm_up": WARM_UP_SECONDS, "variants": VARIANTS}
    with collector(tmp_path, FLEETS, "duckdb", THRESHOLDS) as running:
        for shape in SHAPES:
            found = running.load(shape.fleet, outstanding=shape.outstanding, **timing)
            note_speed(note, f"duckdb_{shape.rate}", found)
            check_speed(shape, found)
            assert found["unacknowledged_frames"] == 0
        timing |= {"seconds": DELAY_SECONDS}
        for shape in DELAYED:
            found = running.load(shape.fleet, rate=shape.half_load_frames_per_second, outstanding=UNBOUNDED, **timing)
            note(f"{shape.delay}_to_stored_at_frames_per_second", found["frames_per_second"])
            for name in ("p50", "p99", "max"):
                note(f"{shape.delay}_to_stored_{name}_seconds", found[f"latency_{name}_seconds"])
            assert (found["unacknowledged_frames"], found["refused_frames"]) == (0, 0)
            check_delay(found["latency_p99_seconds"])
    note("duckdb_megabytes_per_million_reports", duckdb_megabytes_per_million(tmp_path / "data"))


@pytest.mark.timeout(900)
def test_a_core_into_victoriametrics(tmp_path: Path, note: Note) -> None:
    """Acknowledgements wait there until the engine can no longer lose what it has answered for, so what counts is what
    the collector says is written: frames, and the time from a frame's arrival to the engine's answer."""
    need_two_cores()
    timing = {"seconds": SECONDS, "warm_up": WARM_UP_SECONDS, "variants": VARIANTS}
    with collector(tmp_path, FLEETS, "victoriametrics", THRESHOLDS) as running, ThreadPoolExecutor(1) as beside:
        timing |= {"metrics_port": running.web_port}
        for shape in SHAPES:
            found = running.load(shape.fleet, outstanding=shape.outstanding, **timing)
            note_speed(note, f"victoriametrics_{shape.rate}", found)
            check_speed(shape, found)
        timing |= {"seconds": DELAY_SECONDS}
        for shape in DELAYED:
            rate = shape.half_load_frames_per_second
            before = commit_delays(running)
            loading = beside.submit(running.load, shape.fleet, rate=rate, outstanding=UNBOUNDED, **timing)
            queryable = queryable_delays(running, shape.fleet, MARKERS)
            loading.result()
            counts = {bound: count - before[bound] for bound, count in commit_delays(running).items()}
            delays = {name: histogram_quantile(counts, share) for name, share in (("p50", 0.5), ("p99", 0.99))}
            for name, seconds in delays.items():
                note(f"{shape.delay}_to_victoriametrics_{name}_seconds", seconds)
            note(f"{shape.delay}_to_victoriametrics_queryable_p50_seconds", queryable[len(queryable) // 2])
            note(f"{shape.delay}_to_victoriametrics_queryable_max_seconds", queryable[-1])
            check_delay(delays["p99"])
        reports = running.metric("hangang_collector_reports_stored_total")
        samples, index = victoriametrics_megabytes_per_million(
            tmp_path / "victoriametrics", running.engine_port, reports
        )
    note("victoriametrics_megabytes_per_million_reports", samples)
    note("victoriametrics_index_megabytes", index * reports / 1e6)
