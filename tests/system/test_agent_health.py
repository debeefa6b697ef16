"""A real agent tells of itself, over a real broker, and the collector knows it."""

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from forked_programs import ForkedCommand
from harness import Mosquitto, eventually, free_port, write_agent, write_collector

from collector.config import load_settings
from collector.figures.agents import Agents
from collector.figures.measurements import AGENT
from collector.main import serve
from collector.web.services import Services


async def test_the_collector_knows_how_an_agent_fares(tmp_path: Path, mosquitto: Mosquitto) -> None:
    settings = load_settings(write_collector(tmp_path, f'[broker]\nurl = "{mosquitto.url}"', web_port=free_port()))
    sources = '[[sources]]\nkind = "host"\ninterval_seconds = 0.2\n'
    agent = ForkedCommand(
        tmp_path, "agent", "agent.main", "run", "--config", str(write_agent(tmp_path, mosquitto.url, sources=sources))
    )
    stopped = asyncio.Event()
    ready: asyncio.Future[Services] = asyncio.get_running_loop().create_future()

    async def on_ready(services: Services) -> None:
        ready.set_result(services)

    collector = asyncio.create_task(serve(settings, stopped, on_ready))
    try:
        done, _ = await asyncio.wait({collector, ready}, return_when=asyncio.FIRST_COMPLETED)
        assert ready in done
        fleet, inventory = ready.result().fleet, ready.result().inventory
        agent.start()
        await eventually(lambda: "lab-001" in fleet.newest().healths and "lab-001" in fleet.readings)
        (figure,) = Agents(inventory, fleet).figures(datetime.now(UTC))
        pages = int(Path(f"/proc/{agent.pid}/statm").read_text().split()[1])
        assert agent.stop() == 0
    finally:
        agent.kill()
        stopped.set()
        await collector
    assert figure.tags == {"agent": "lab-001"}
    assert {name for name, value in figure.values.items() if value is not None} == AGENT.fields.keys()
    values = {name: value for name, value in figure.values.items() if value is not None}
    assert (values["is_online"], values["dropped_frames"]) == (1, 0)
    assert values["resident_bytes"] == pytest.approx(pages * os.sysconf("SC_PAGE_SIZE"), rel=0.5)
    assert 0 < values["cpu_seconds"] < 60
