"""Gathers the figures that the benchmarks measure, prints them as a table and writes `build/bench.json`.

Figures of an earlier run that were not measured again stay, but those of seconds never stand beside those of minutes.
"""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rig import IS_QUICK

_STORES = ("duckdb", "victoriametrics")
RATIOS = {
    f"{store}_{counted}_to_broker_ceiling_ratio": (
        f"{store}_{counted}_per_second",
        f"broker_ceiling_{counted}_per_second",
    )
    for store in _STORES
    for counted in ("frames", "batched_reports")
} | {
    f"{store}_to_mqtt_exporter_cpu_ratio": (
        f"{store}_frames_cpu_microseconds_per_report",
        "mqtt_exporter_cpu_microseconds_per_message",
    )
    for store in _STORES
}
"""Of figures of one run: what stands above, and what below."""
RESULTS = Path(__file__).resolve().parents[2] / "build" / "bench.json"

if IS_QUICK:  # a look in a minute: what a core of collector and an agent take; the rest is for the whole run
    collect_ignore = [
        f"test_{name}.py"
        for name in (
            "alert_delay", "alert_speed", "backlog_drain", "board_queries", "demo_load", "footprint_day",
            "import_speed", "judging", "page_queries", "page_speed", "snmp_polling", "soak",
        )
    ]  # fmt: skip


@pytest.fixture(scope="session")
def figures() -> Iterator[dict[str, float]]:
    """Name to number, with the unit in the name."""
    found: dict[str, float] = {"is_quick": float(IS_QUICK)}
    yield found
    found |= {
        name: found[above] / found[below] for name, (above, below) in RATIOS.items() if {above, below} <= found.keys()
    }
    RESULTS.parent.mkdir(exist_ok=True)
    earlier = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    if earlier.get("is_quick") != found["is_quick"]:
        earlier = {}
    RESULTS.write_text(json.dumps(earlier | found, indent=2, sort_keys=True) + "\n")
    width = max(map(len, found), default=0)
    print("\n" + "\n".join(f"{name:<{width}}  {value:12.3f}" for name, value in sorted(found.items())))


@pytest.fixture
def note(figures: dict[str, float]) -> Callable[[str, float], None]:
    """Record one figure."""

    def record(name: str, value: float) -> None:
        figures[name] = value

    return record


@pytest.fixture
def on_core() -> Iterator[Callable[[int], None]]:
    """Pins this thread, and those that it starts."""
    before = os.sched_getaffinity(0)
    yield lambda core: os.sched_setaffinity(0, {core})
    os.sched_setaffinity(0, before)
