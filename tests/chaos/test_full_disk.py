"""An agent whose disk is full for a while: what it could not keep is in its own count, to the unit."""

from collections.abc import Callable
from pathlib import Path

import pytest
from chaos.accounts import Account, account_for, stored_in_duckdb
from chaos.disks import Disk
from chaos.installation import Installation, installation, until
from chaos.programs import AGENTS, Agent
from chaos.witness import Witness


async def settled(tested: Installation, agent: Agent, witness: Witness) -> Account:
    """What became of an agent's frames: once its disk has taken some again, and a collector all that it has."""
    spooled = agent.metric("spool_frames")
    await until(lambda: agent.metric("spool_frames") >= spooled + 20, within_seconds=30)
    tested.agents = [agent]
    tested.collectors[0].process.start()
    await tested.drain()
    journal = tested.journals()[agent.name]
    return account_for(agent.name, journal, stored_in_duckdb(tested.data), witness, may_drop=True)


@pytest.mark.parametrize("filled", [Disk.fill, Disk.keep_full], ids=["once", "again and again"])
async def test_what_a_full_disk_cost_is_counted_to_the_unit(tmp_path: Path, filled: Callable[[Disk], None]) -> None:
    """There is no collector while the disk is full, so that nothing can be both stored and dropped."""
    async with installation(tmp_path) as (tested, witness):
        agent, disk = tested.agents[0], tested.disks[AGENTS[0]]
        agent.report_every(0.01)
        agent.process.start()
        await until(lambda: agent.metric("spool_frames") >= 50, within_seconds=30)
        filled(disk)
        await until(lambda: agent.metric("spool_dropped_frames_total") >= 10, within_seconds=30)
        await disk.empty()
        account = await settled(tested, agent, witness)
    assert account.problems == ()
    assert account.dropped_and_stored == 0
    journal = account.journal
    assert len(account.missing) + journal.never_on_disk == journal.dropped >= 10
    assert account.missing


async def test_an_agent_that_dies_on_a_full_disk_comes_back_with_what_it_had(tmp_path: Path) -> None:
    """What the disk had refused is in no count then, but all that was on it is stored or counted."""
    async with installation(tmp_path) as (tested, witness):
        agent, disk = tested.agents[0], tested.disks[AGENTS[0]]
        agent.report_every(0.02)
        agent.process.start()
        await until(lambda: agent.metric("spool_frames") >= 50, within_seconds=30)
        disk.keep_full()
        await until(lambda: agent.metric("spool_dropped_frames_total") >= 5, within_seconds=30)
        agent.process.kill()
        agent.process.start()
        await until(lambda: agent.metric("reports_sampled_total") >= 20, within_seconds=30)
        await disk.empty()
        account = await settled(tested, agent, witness)
    assert len(account.missing) <= account.journal.dropped
    assert len(account.journal.frames) - len(account.missing) > 20
