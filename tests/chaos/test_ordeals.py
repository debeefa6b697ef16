"""Whatever dies, breaks or fills up: every report that an agent accepted is in the store exactly once, or is among
those that the agent itself counts as dropped.

`CHAOS_ROUNDS` sets how many rounds of faults there are, `CHAOS_SEED` draws the same ones again.
"""

import asyncio
from pathlib import Path

import pytest
from chaos.accounts import stored_in_duckdb, stored_in_victoriametrics
from chaos.disks import small_disk
from chaos.faults import Fault
from chaos.installation import Plan, installation
from chaos.ordeal import SECONDS_AT_MOST, Ordeal
from engines import VictoriaMetrics
from postgres import Postgres

KILLED_WHILE_NOTHING_IS_STORED = (
    Fault("fill", "data", begins_after_seconds=0.0, lasts_seconds=3.0),
    Fault("kill", "collector", begins_after_seconds=2.0, lasts_seconds=0.5),
)
"""What the collector has received by then is in its memory alone."""
LOST_WHAT_WAS_ANSWERED = (Fault("kill", "database", begins_after_seconds=4.0, lasts_seconds=0.2),)
"""VictoriaMetrics loses what it took in the last seconds, and the collector had its word for it."""
KILLED_BEFORE_IT_ASKED_AGAIN = (
    Fault("kill", "database", begins_after_seconds=1.5, lasts_seconds=0.5),
    Fault("kill", "collector", begins_after_seconds=1.4, lasts_seconds=2.0),
)
"""Nobody is left then who knows of it, but the agents."""
ONE_DIES_WHILE_THE_OTHER_IS_CUT_OFF = (
    Fault("hold", "collector one to broker", begins_after_seconds=0.5, lasts_seconds=3.0),
    Fault("kill", "collector two", begins_after_seconds=1.0, lasts_seconds=1.0),
)
PATIENCE_SECONDS = 20.0
"""VictoriaMetrics may lose what it took in the last seconds, so acknowledgements take 15 s."""

TOO_LITTLE_FOR_VICTORIAMETRICS = 8_000_000
"""It takes nothing in when less than 10 MB of its disk are free, and gives up when none is."""


async def _one_collector_with_duckdb(folder: Path) -> None:
    ordeal = Ordeal("duckdb", [KILLED_WHILE_NOTHING_IS_STORED], report_every_seconds=0.2, after_each="stored")
    async with installation(folder) as (tested, witness):
        await ordeal.live_through(tested)
        stored = stored_in_duckdb(tested.data)
        ordeal.assert_all_is_accounted_for(tested, stored, witness)


async def _one_collector_with_victoriametrics(folder: Path) -> None:
    worst = [LOST_WHAT_WAS_ANSWERED, KILLED_BEFORE_IT_ASKED_AGAIN]
    ordeal = Ordeal("victoriametrics", worst, report_every_seconds=0.5, after_each="written")
    with small_disk(folder / "engine", mebibytes=64, spared_bytes=TOO_LITTLE_FOR_VICTORIAMETRICS) as disk:
        engine = VictoriaMetrics(disk.folder)
        plan = Plan(ack_timeout_seconds=PATIENCE_SECONDS, victoriametrics=engine, disks={"engine": disk})
        async with installation(folder, plan) as (tested, witness):
            await ordeal.live_through(tested)
            stored = await asyncio.to_thread(stored_in_victoriametrics, engine)
            ordeal.assert_all_is_accounted_for(tested, stored, witness)


async def _two_collectors(folder: Path) -> None:
    """They share the frames among them, VictoriaMetrics, and PostgreSQL."""
    worst = [ONE_DIES_WHILE_THE_OTHER_IS_CUT_OFF]
    ordeal = Ordeal("two collectors", worst, report_every_seconds=0.5, after_each="written")
    engine, state = VictoriaMetrics(folder), Postgres()
    try:
        await asyncio.to_thread(state.start)
        database = await asyncio.to_thread(state.new_database)
        plan = Plan(
            ack_timeout_seconds=PATIENCE_SECONDS,
            collectors=("collector one", "collector two"),
            victoriametrics=engine,
            postgresql=(state, database),
        )
        async with installation(folder, plan) as (tested, witness):
            await ordeal.live_through(tested)
            stored = await asyncio.to_thread(stored_in_victoriametrics, engine)
            ordeal.assert_all_is_accounted_for(tested, stored, witness)
    finally:
        await asyncio.to_thread(state.remove)


@pytest.mark.timeout(SECONDS_AT_MOST)
async def test_nothing_is_lost_and_nothing_doubled(tmp_path: Path) -> None:
    """Three installations at once, each with its own bad luck: they mostly wait."""
    async with asyncio.TaskGroup() as group:
        for live in (_one_collector_with_duckdb, _one_collector_with_victoriametrics, _two_collectors):
            folder = tmp_path / live.__name__.strip("_")
            folder.mkdir()
            group.create_task(live(folder), name=live.__name__)
