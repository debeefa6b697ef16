"""Agents whose clocks are certainly wrong, while everything around them dies: their reports land where they belong in
time, each exactly once."""

import asyncio
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from chaos.accounts import Stored, stored_in_duckdb, stored_in_victoriametrics
from chaos.installation import Plan, installation
from chaos.journal import Journal, true_instant
from chaos.programs import AGENTS
from chaos.wrong_clock import TWO_HOURS_AHEAD, WAKES_IN_1970
from engines import VictoriaMetrics

TOLERATED = timedelta(seconds=2)
"""What a message may be on its way before its sender's clock is judged by it."""
WRONG = {AGENTS[1]: WAKES_IN_1970, AGENTS[2]: TWO_HOURS_AHEAD}


@pytest.mark.timeout(300)
async def test_reports_of_a_wrong_clock_land_at_the_right_time_and_once(tmp_path: Path) -> None:
    """In DuckDB, which knows what it has stored, and in VictoriaMetrics, which is written to again."""
    folders = [tmp_path / name for name in ("duckdb", "victoriametrics")]
    for folder in folders:
        folder.mkdir()
    async with asyncio.TaskGroup() as group:
        for folder, engine in zip(folders, (None, VictoriaMetrics(folders[1])), strict=True):
            group.create_task(_live_with_wrong_clocks(folder, engine), name=folder.name)


async def _live_with_wrong_clocks(folder: Path, engine: VictoriaMetrics | None) -> None:
    async with installation(folder, Plan(wrong_clocks=WRONG, victoriametrics=engine)) as (tested, _):
        tested.start(report_every_seconds=1.0)
        await tested.until_reports_are("written")
        for name in ("collector", "broker", *(f"agent {agent}" for agent in WRONG), "database", "collector"):
            process = tested.processes.get(name)
            if process is not None:
                process.kill()
                await tested.until_reports_are("sampled", but_of=name.removeprefix("agent "))
                process.start()
                await tested.until_reports_are("written")
        await tested.drain()
        stored = stored_in_duckdb(tested.data) if engine is None else stored_in_victoriametrics(engine)
        _assert_all_is_in_its_place(tested.journals(), stored)


def _assert_all_is_in_its_place(journals: Mapping[str, Journal], stored: Stored) -> None:
    years = {agent: {frame.sampled_at.year for frame in journal.frames.values()} for agent, journal in journals.items()}
    assert years[AGENTS[1]] == {1970}
    machine_began = datetime.fromtimestamp(time.time() - time.clock_gettime(time.CLOCK_BOOTTIME), UTC)
    for agent, instants in _true_observations(journals, machine_began).items():
        found = sorted(at for place, at in stored.observations.elements() if place == agent)
        assert len(found) == len(instants) > 10, agent
        assert [(true, at) for true, at in zip(instants, found, strict=True) if abs(at - true) > TOLERATED] == []


def _true_observations(journals: Mapping[str, Journal], machine_began: datetime) -> dict[str, list[datetime]]:
    """When each agent's reports were observed in truth, in order."""
    return {
        agent: sorted(
            true_instant(accepted, observed_at, machine_began)
            for accepted in journal.frames.values()
            for _, observed_at in accepted.observations
        )
        for agent, journal in journals.items()
    }
