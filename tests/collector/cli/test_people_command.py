"""`hangang people` against a collector's pages, over HTTP: who is let in, changed and locked out by command."""

import asyncio
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import uvicorn
from harness import free_port, write_collector
from sqlalchemy import Engine
from web_services import services_over

from collector.cli.command import run
from collector.command_key import make_command_key
from collector.fleet import Fleet
from collector.state.accounts import add_user, is_password_of, person
from collector.state.audit import entries
from collector.state.database import open_database
from collector.state.settings import StateSettings
from collector.stores.duckdb import open_store
from collector.web.application import create_application
from inventory.models import Inventory

NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)


class Served:
    """The pages of a collector with one admin, served in a thread, and a configuration that leads there."""

    def __init__(self, folder: Path) -> None:
        port = free_port()
        self._config = write_collector(folder, "[embedded_broker]\n", web_port=port)
        (folder / "data").mkdir()
        self.state: Engine = open_database(StateSettings(), folder / "data" / "state.sqlite")
        add_user(self.state, "boss", "words of the boss", NOW)
        self._store = open_store(folder / "data" / "points.duckdb")
        services = services_over(
            inventory=Inventory(sites=(), access_points=()),
            fleet=Fleet(),
            store=self._store,
            state=self.state,
            clock=lambda: NOW,
            command_key=make_command_key(folder / "data" / "command-key.txt"),
        )
        config = uvicorn.Config(create_application(services), port=port, log_config=None, lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run)
        self._thread.start()
        while not self._server.started:
            self._thread.join(0.01)
            assert self._thread.is_alive()

    def command(self, action: str, *arguments: str) -> int:
        return run(["people", action, "--config", str(self._config), *arguments])

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join()
        asyncio.run(self._store.close())
        self.state.dispose()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    collector = Served(tmp_path)
    yield collector
    collector.stop()


def test_who_is_let_in_has_the_password_that_is_printed(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    assert served.command("add", "--role", "technician", "김 기사") == 0
    printed = capsys.readouterr().out
    assert printed.startswith("김 기사: technician, has to choose a password\n")
    password = re.search(r"^password: (\S+)$", printed, re.MULTILINE)
    assert password is not None
    assert is_password_of(served.state, "김 기사", password[1])
    assert served.command("list") == 0
    listed = capsys.readouterr().out
    assert [line.split("  ")[0] for line in listed.splitlines()] == ["NAME", "boss", "김 기사"]
    assert password[1] not in listed
    assert {kept.entry.means for kept in entries(served.state, limit=9)} == {"command"}


def test_roles_lock_outs_and_passwords_are_changed(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    served.command("add", "--role", "viewer", "김 기사")
    capsys.readouterr()
    assert served.command("role", "--role", "ops", "김 기사") == 0
    assert served.command("lock-out", "김 기사") == 0
    assert capsys.readouterr().out.splitlines() == [
        "김 기사: ops, has to choose a password",
        "김 기사: ops, locked out since 2026-05-02 21:00",
    ]
    assert served.command("let-in", "김 기사") == 0
    known = person(served.state, "김 기사")
    assert known is not None
    assert known.locked_out_at is None


def test_an_admin_whose_password_is_lost_gets_in_again(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    assert served.command("password", "boss") == 0
    password = re.search(r"^password: (\S+)$", capsys.readouterr().out, re.MULTILINE)
    assert password is not None
    assert is_password_of(served.state, "boss", password[1])
    assert not is_password_of(served.state, "boss", "words of the boss")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("lock-out", "boss"), "'boss' is the last admin; make somebody else one first"),
        (("role", "--role", "ops", "boss"), "'boss' is the last admin; make somebody else one first"),
        (("add", "--role", "ops", "boss"), "somebody is called 'boss' already; take another name"),
        (("add", "--role", "ops", ".."), "'..' is no name"),
        (("add", "--role", "ops", "\udcff"), "'?' is no name"),
        (("password", "nobody"), "nobody is called 'nobody'"),
        (("let-in", "\udcff"), "nobody is called '?'"),
        (("let-in", "x?y#z"), "nobody is called 'x?y#z'"),
    ],
)
def test_what_cannot_be_is_told(
    served: Served, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    assert served.command(*arguments) == 1
    assert words in capsys.readouterr().err
