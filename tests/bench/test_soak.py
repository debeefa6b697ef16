"""Memory of a collector that 25,000 access points report to once a minute. SOAK_SECONDS says for how long."""

import os
import statistics
from collections.abc import Callable
from pathlib import Path

import pytest
from bench_fleet import THRESHOLDS, BenchFleet
from rig import IS_QUICK, collector, need_two_cores

FLEET = BenchFleet(agents=5_000 if IS_QUICK else 25_000)
INTERVAL_SECONDS = 60.0
SECONDS = float(os.environ.get("SOAK_SECONDS", "5" if IS_QUICK else "60"))
WARM_UP_SECONDS = 1.0 if IS_QUICK else 10 * INTERVAL_SECONDS
"""Until the allocators have what they use again and again: eight minutes on the machine of `docs/benchmarks.md`."""
LONG_ENOUGH_SECONDS = 300.0
"""A soak as long as this says whether memory is flat; a shorter one, only how much it is."""
MEGABYTES_AT_MOST = 400.0
GROWTH_MEGABYTES_AT_MOST = 10.0


@pytest.mark.timeout(SECONDS + 900)
def test_memory_is_flat(tmp_path: Path, note: Callable[[str, float], None]) -> None:
    need_two_cores()
    with collector(tmp_path, [FLEET], "duckdb", THRESHOLDS) as running:
        found = running.load(
            FLEET, rate=FLEET.agents / INTERVAL_SECONDS, seconds=SECONDS, warm_up=WARM_UP_SECONDS, variants=1
        )
    series = [(at, megabytes) for at, megabytes in found["rss_megabytes"]["collector"] if at >= WARM_UP_SECONDS]
    slope, _ = statistics.linear_regression(*zip(*series, strict=True))
    most = max(megabytes for _, megabytes in found["rss_megabytes"]["collector"])
    note("soak_seconds", SECONDS)
    note("soak_rss_max_megabytes", most)
    note("soak_rss_slope_megabytes_per_hour", slope * 3600)
    note("soak_collector_cores", found["processor_seconds"]["collector"] / found["seconds"])
    note("soak_sample_to_stored_p99_seconds", found["latency_p99_seconds"])
    assert (found["unacknowledged_frames"], found["refused_frames"]) == (0, 0)
    assert most < MEGABYTES_AT_MOST
    if SECONDS >= LONG_ENOUGH_SECONDS:
        assert slope * SECONDS <= GROWTH_MEGABYTES_AT_MOST
