"""Memory of a collector that 25,000 access points report to once a minute. SOAK_SECONDS says for how long."""

import os
import statistics
from pathlib import Path

import pytest
from bench_fleet import THRESHOLDS, BenchFleet
from measuring import Note, commit_delays, histogram_quantile
from rig import IS_QUICK, collector, need_two_cores

FLEET = BenchFleet(agents=5_000 if IS_QUICK else 25_000)
INTERVAL_SECONDS = 60.0
FRAMES_PER_SECOND = FLEET.agents / INTERVAL_SECONDS
SECONDS = float(os.environ.get("SOAK_SECONDS", "5" if IS_QUICK else "60"))
WARM_UP_SECONDS = 1.0 if IS_QUICK else 10 * INTERVAL_SECONDS
"""Until the allocators have what they use again and again: eight minutes on the machine of `docs/benchmarks.md`."""
LONG_ENOUGH_SECONDS = 300.0
"""A soak as long as this says whether memory is flat; a shorter one, only how much it is."""
OUTSTANDING = 20_000
"""Frames that may wait for their acknowledgement: half a minute's and more, of which VictoriaMetrics takes a half."""
SETTLES_WITHIN_SECONDS = 20.0
"""What VictoriaMetrics has written is acknowledged after 15 s, when it can no longer lose it."""
MEGABYTES_AT_MOST = 400.0
GROWTH_MEGABYTES_AT_MOST = 10.0


@pytest.mark.timeout(SECONDS + 900)
@pytest.mark.parametrize("store", ["duckdb", "victoriametrics"])
def test_memory_is_flat(tmp_path: Path, note: Note, store: str) -> None:
    need_two_cores()
    with collector(tmp_path, [FLEET], store, THRESHOLDS) as running:
        timing: dict[str, float] = {"seconds": SECONDS, "warm_up": WARM_UP_SECONDS, "outstanding": OUTSTANDING}
        if store == "victoriametrics":  # where acknowledgements wait, it says itself what is written
            timing["metrics_port"] = running.web_port
        found = running.load(FLEET, rate=FRAMES_PER_SECOND, variants=1, **timing)
        p99 = histogram_quantile(commit_delays(running), 0.99)
    series = [(at, megabytes) for at, megabytes in found["rss_megabytes"]["collector"] if at >= WARM_UP_SECONDS]
    slope, _ = statistics.linear_regression(*zip(*series, strict=True))
    most = max(megabytes for _, megabytes in found["rss_megabytes"]["collector"])
    note("soak_seconds", SECONDS)
    note(f"soak_{store}_rss_max_megabytes", most)
    note(f"soak_{store}_rss_slope_megabytes_per_hour", slope * 3600)
    note(f"soak_{store}_collector_cores", found["processor_seconds"]["collector"] / found["seconds"])
    note(f"soak_{store}_arrived_to_stored_p99_seconds", p99)
    assert found["refused_frames"] == 0
    may_wait = SETTLES_WITHIN_SECONDS * FRAMES_PER_SECOND if store == "victoriametrics" else 0.0
    assert found["unacknowledged_frames"] <= may_wait
    assert most < MEGABYTES_AT_MOST
    if SECONDS >= LONG_ENOUGH_SECONDS:
        assert slope * SECONDS <= GROWTH_MEGABYTES_AT_MOST
