"""Mutated frames through the whole of the collector: nothing stops, nothing grows, nothing is stored beyond limits.

FUZZ_FRAMES says how many frames (a part of the default goes through all of it); FUZZ_SEED which ones.
"""

import asyncio
import os
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from fuzz.mutation import Mutator
from fuzz.schema import NOW
from fuzz.test_frames import FRAMES, SEED, TOPIC, all_mutants
from harness import INVENTORY
from state_files import open_state

from agent.wire import Ack
from collector.clocks import OLDEST, TOLERATED_AHEAD
from collector.fleet import MAX_UNKNOWN_DEVICES_PER_AGENT, Fleet
from collector.influx.series_budget import SERIES_OF_AN_ACCESS_POINT
from collector.influx.settings import InfluxSettings
from collector.intake import Intake
from collector.keeping import Keeper
from collector.ledger import Ledger
from collector.metrics import Metrics
from collector.pipeline import Pipeline
from collector.state.quarantine import MAX_ENTRIES, entries
from collector.stores import influx
from collector.stores.duckdb import DuckDBStore, open_store
from inventory import load_inventory

THROUGH_ALL = FRAMES if "FUZZ_FRAMES" in os.environ else FRAMES // 5
TOGETHER = 60
"""Fewer than may be refused of one sender in a batch: what comes beyond is deferred."""
pytestmark = pytest.mark.timeout(120 + THROUGH_ALL // 20)

_LIMITS = {"_ratio": (0, 1), "_dbm": (-150, 60), "_bits_per_second": (0, 1e13), "_celsius": (-100, 200)}
_LINE = re.compile(
    r"[a-z_]+(?P<tags>(?:,[a-z_]+=(?:\\.|[^\\ ,=])+)*) "
    r"[a-z_0-9]+=-?[0-9.]+(?:e[-+]?[0-9]+)?(?:,[a-z_0-9]+=-?[0-9.]+(?:e[-+]?[0-9]+)?)* [0-9]+"
)


@pytest.fixture
def intake(tmp_path: Path) -> Intake:
    folder = tmp_path / "inventory"
    folder.mkdir()
    (folder / "lab.toml").write_text(INVENTORY, encoding="utf-8")
    return Intake(load_inventory(folder))


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[DuckDBStore]:
    opened = open_store(tmp_path / "points.duckdb")
    yield opened
    await opened.close()


async def test_mutated_frames_through_pipeline_and_store(
    tmp_path: Path, intake: Intake, store: DuckDBStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.pipeline.GATHER_SECONDS", 0.0)
    state, fleet, metrics = open_state(tmp_path / "state.sqlite"), Fleet(), Metrics()
    ledger, acked = Ledger({}), asyncio.Event()
    pipeline = Pipeline(
        intake=intake,
        store=store,
        state=state,
        fleet=fleet,
        ledger=ledger,
        keeper=Keeper(state, fleet),
        metrics=metrics,
        clock=lambda: NOW,
    )

    async def acknowledge(_: Sequence[tuple[str, Ack]]) -> None:
        acked.set()

    steps = pipeline.steps(acknowledge)
    tasks = [asyncio.create_task(steps[name]()) for name in ("commit", "backlog")]
    sent = Mutator(SEED + 3)
    for number, (payload, is_bundle) in enumerate(all_mutants(sent, THROUGH_ALL), start=1):
        kind = "backlog" if is_bundle else "frame"
        pipeline.receive(f"wifi/v1/{TOPIC.agent}/{kind}", payload, NOW, is_retained=False)
        if number % TOGETHER == 0:
            acked.clear()
            pipeline.receive(f"wifi/v1/{TOPIC.agent}/frame", sent.valid(), NOW, is_retained=False)
            await acked.wait()
        assert not any(task.done() for task in tasks), f"a step ended at mutant {number} of seed {SEED + 3}"
    outcomes = {
        outcome: metrics.registry.get_sample_value("hangang_collector_frames_total", {"outcome": outcome}) or 0
        for outcome in ("stored", "refused", "deferred")
    }
    print(f"\n{THROUGH_ALL} frames of seed {SEED + 3}: {outcomes}, problems {pipeline.problems}")
    assert pipeline.problems == []
    assert min(outcomes["stored"], outcomes["refused"]) > THROUGH_ALL / 20
    assert outcomes["deferred"] < THROUGH_ALL / 20
    assert len(pipeline._batch.taken) <= TOGETHER
    assert len(fleet.unknown_devices) <= MAX_UNKNOWN_DEVICES_PER_AGENT
    assert set(fleet.readings) <= {"lab-001", "lab-002"}
    assert len(entries(state, limit=2 * MAX_ENTRIES)) <= MAX_ENTRIES
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert list(beyond_limits(store)) == []
    state.dispose()


def beyond_limits(store: DuckDBStore) -> list[str]:
    """The columns of the database that hold something which the wire does not allow."""
    ask = store._connection.execute
    columns = ask("SELECT table_name, column_name FROM information_schema.columns").fetchall()
    found = []
    for table, column in columns:
        limits = next((limits for suffix, limits in _LIMITS.items() if column.endswith(suffix)), None)
        if column == "clients":
            limits = (0, 10_000_000)
        if column in {"observed_at", "hour"}:
            first, last = (NOW - OLDEST).replace(tzinfo=None), (NOW + TOLERATED_AHEAD).replace(tzinfo=None)
            where, given = "NOT BETWEEN ? AND ?", [first.replace(minute=0, second=0, microsecond=0), last]
        elif limits is not None and not table.startswith("hourly"):
            where, given = "NOT BETWEEN ? AND ?", list(limits)
        else:
            continue
        if ask(f'SELECT 1 FROM {table} WHERE "{column}" {where} LIMIT 1', given).fetchall():
            found.append(f"{table}.{column}")
    return found


def test_the_lines_of_mutated_frames_are_numbers_under_a_bounded_number_of_names(intake: Intake) -> None:
    store = influx.InfluxStore(
        InfluxSettings(engine="victoriametrics", url="http://127.0.0.1:1"), now=lambda: NOW, monotonic=lambda: 1.0
    )
    series: dict[str, set[str]] = defaultdict(set)
    devices, lines = set(), 0
    for payload, is_bundle in all_mutants(Mutator(SEED + 4), THROUGH_ALL):
        if is_bundle:
            continue
        frame = intake.take(TOPIC, payload, NOW, is_retained=False).frame
        if frame is None:
            continue
        for position, text, number in store.prepare(frame).texts:
            place = frame.reports[position].access_point
            devices.add(place)
            assert len(text.split("\n")) == number
            for line in text.split("\n"):
                match = _LINE.fullmatch(line)
                assert match is not None, line
                assert match["tags"].count("=") - match["tags"].count("\\=") <= 6
                series[place].add(line.split(" ")[0] if "\\ " not in line else line[: match.end("tags")])
                lines += 1
    print(f"\n{lines} lines, {sum(map(len, series.values()))} series of {len(devices)} places and devices")
    assert lines > THROUGH_ALL / 10
    assert max(map(len, series.values())) <= SERIES_OF_AN_ACCESS_POINT
    assert sum(place.startswith("unknown/") for place in devices) <= MAX_UNKNOWN_DEVICES_PER_AGENT
