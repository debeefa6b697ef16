"""A collector's pages in a thread of the test, for commands that ask it over HTTP."""

import asyncio
import threading
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
from harness import free_port, write_collector
from sqlalchemy import Engine
from state_files import open_state
from web_services import services_over

from collector.alerting.receivers import open_receivers
from collector.cli.command import run
from collector.command_key import make_command_key
from collector.config import load_settings
from collector.fleet import Fleet
from collector.stores.duckdb import open_store
from collector.web.application import create_application
from inventory.models import Inventory

NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)


class Served:
    """The pages over an inventory of which nothing is known yet, and a configuration that leads there, with further
    `tables`. `command` runs the actions of one group of commands."""

    def __init__(self, folder: Path, group: str, *, inventory: Inventory, tables: str = "") -> None:
        port = free_port()
        self._group = group
        self.config = write_collector(folder, f"[embedded_broker]\n{tables}", web_port=port)
        alerts = load_settings(self.config).alerts
        (folder / "data").mkdir()
        self.state: Engine = open_state(folder / "data" / "state.sqlite")
        self._store = open_store(folder / "data" / "points.duckdb")
        self.services = services_over(
            inventory=inventory,
            fleet=Fleet(),
            store=self._store,
            state=self.state,
            clock=lambda: NOW,
            command_key=make_command_key(folder / "data" / "command-key.txt"),
            alert_settings=alerts,
            receivers=open_receivers(alerts, inventory, None),
        )
        config = uvicorn.Config(create_application(self.services), port=port, log_config=None, lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run)
        self._thread.start()
        while not self._server.started:
            self._thread.join(0.01)
            assert self._thread.is_alive()

    def command(self, action: str, *arguments: str) -> int:
        return run([self._group, action, "--config", str(self.config), *arguments])

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join()
        asyncio.run(self._store.close())
        self.state.dispose()
