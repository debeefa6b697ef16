"""A city's agents come back at once, each with hours of backlog: how long the present waits, and how long it takes.

BACKLOG_HOURS=72 is the full size, and takes as long as nine million frames do.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from bench_fleet import THRESHOLDS, BenchFleet
from rig import IS_QUICK, collector, need_two_cores

FLEET = BenchFleet(agents=2_000)
HOURS = float(os.environ.get("BACKLOG_HOURS", "0.05" if IS_QUICK else "1"))
LIMIT_SECONDS = 7200.0
LIVE_AT_MOST_SECONDS = 5.0


@pytest.mark.timeout(LIMIT_SECONDS + 60)
def test_the_present_does_not_wait_for_the_past(tmp_path: Path, note: Callable[[str, float], None]) -> None:
    need_two_cores()
    with collector(tmp_path, [FLEET], "duckdb", THRESHOLDS) as running:
        found = running.backlog(FLEET, hours=HOURS, limit=LIMIT_SECONDS)
    note("backlog_hours", HOURS)
    note("backlog_frames", found["frames"])
    note("backlog_drain_seconds", found["drain_seconds"])
    note("backlog_frames_per_second", found["frames_per_second"])
    note("backlog_bytes_per_frame", found["bytes_per_frame"])
    note("backlog_resent_bundles", found["resent_bundles"])
    note("backlog_collector_peak_rss_megabytes", found["peak_rss_megabytes"]["collector"])
    for name in ("p50", "p99", "max"):
        note(f"backlog_live_delay_{name}_seconds", found[f"live_{name}_seconds"])
    assert (found["undrained_frames"], found["refused_frames"], found["live_unacknowledged_frames"]) == (0, 0, 0)
    assert found["live_max_seconds"] <= LIVE_AT_MOST_SECONDS
