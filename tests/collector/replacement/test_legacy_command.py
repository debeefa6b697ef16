"""`hangang legacy` against a collector's pages, over HTTP: what it prints for people, and says when it cannot."""

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import programme_city
import pytest
import uvicorn
import works_city
from harness import free_port, write_collector
from sqlalchemy import Engine
from state_files import open_state
from web_services import services_over

from collector.cli.command import run
from collector.command_key import make_command_key
from collector.fleet import Fleet
from collector.stores import Store
from collector.stores.duckdb import open_store
from collector.web.application import create_application
from inventory.models import Inventory


class Served:
    """The pages of a collector, served in a thread, and a configuration that leads there."""

    def __init__(self, folder: Path, state: Engine, store: Store, inventory: Inventory) -> None:
        port = free_port()
        self.path = write_collector(folder, "[embedded_broker]\n", web_port=port)
        self.folder = folder
        data = folder / "data"
        data.mkdir()
        services = services_over(
            inventory=inventory,
            fleet=Fleet(),
            store=store,
            state=state,
            clock=lambda: programme_city.NOW,
            command_key=make_command_key(data / "command-key.txt"),
        )
        config = uvicorn.Config(create_application(services), port=port, log_config=None, lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run)
        self._thread.start()
        while not self._server.started:
            self._thread.join(0.01)
            assert self._thread.is_alive()

    def command(self, *arguments: str) -> int:
        action, *rest = arguments
        return run(["legacy", action, "--config", str(self.path), *rest])

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join()


@pytest.fixture
def judged_city(tmp_path: Path, judged: Engine) -> Iterator[Served]:
    store = open_store(tmp_path / "points.duckdb")
    served = Served(tmp_path, judged, store, programme_city.INVENTORY)
    yield served
    served.stop()
    asyncio.run(store.close())


@pytest.fixture
def replaced_city(tmp_path: Path) -> Iterator[Served]:
    state = open_state(tmp_path / "state.sqlite")
    works_city.note_devices(state)
    store = works_city.open_city(tmp_path / "points.duckdb", 4.0)
    served = Served(tmp_path, state, store, works_city.INVENTORY)
    yield served
    served.stop()
    asyncio.run(store.close())
    state.dispose()


def test_the_list_names_who_is_next_and_why(judged_city: Served, capsys: pytest.CaptureFixture[str]) -> None:
    assert judged_city.command("list", "--lang", "en") == 0
    printed = capsys.readouterr().out
    lines = printed.splitlines()
    assert lines[0] == "judged 2026-11-20 10:30 KST, by the days from 2026-10-23 to 2026-11-19"
    assert lines[1] == "replace 4, mend 2, keep 1, insufficient 1"
    first = next(line for line in lines if line.startswith("1 "))
    assert first.split()[1:3] == ["w-1", "Gaon"]
    assert "MikroTik cAP ac" in first
    assert "In busy hours" in first


def test_sentences_come_in_korean(judged_city: Served, capsys: pytest.CaptureFixture[str]) -> None:
    assert judged_city.command("list", "--lang", "ko", "--standing", "mend") == 0
    printed = capsys.readouterr().out
    assert "p-2" in printed
    assert "여의도한강공원" in printed
    assert "w-1 " not in printed


def test_a_place_is_explained_until_its_number(judged_city: Served, capsys: pytest.CaptureFixture[str]) -> None:
    assert judged_city.command("explain", "w-1", "--json") == 0
    place = json.loads(capsys.readouterr().out)["place"]
    assert judged_city.command("explain", "w-1", "--lang", "en") == 0
    printed = capsys.readouterr().out
    assert "w-1: replace, number 1 on the list" in printed
    assert place["score"]["formula"] in printed
    assert place["score"]["need"]["formula"] in printed
    assert "four times is measured against this" in printed
    assert "causes to be mended: none" in printed
    for gate in place["gates"]:
        assert gate["reason"]["en"] in printed


def test_a_place_that_is_not_there_is_an_error(judged_city: Served, capsys: pytest.CaptureFixture[str]) -> None:
    assert judged_city.command("explain", "zz-1") == 1
    assert "the inventory has no access point 'zz-1'" in capsys.readouterr().err


@pytest.mark.parametrize("typed", ["여의도 017", "a/b", "..", "", "w-1#1", "w-1?lang=ko", "100%", "\udcff"])
def test_whatever_is_typed_for_a_place_is_looked_for(
    judged_city: Served, capsys: pytest.CaptureFixture[str], typed: str
) -> None:
    assert judged_city.command("explain", typed) == 1
    looked_for = typed.replace("\udcff", "?")
    assert f"the inventory has no access point {looked_for!r}" in capsys.readouterr().err


def test_a_site_that_nobody_can_write_has_no_places(judged_city: Served, capsys: pytest.CaptureFixture[str]) -> None:
    assert judged_city.command("list", "--site", "\udcff") == 0
    assert "w-1" not in capsys.readouterr().out


def test_a_place_is_printed_as_json_without_steering_the_terminal(
    judged_city: Served, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "여의도 \x9b31m \x1b[2J \u202e \U000e0001"
    monkeypatch.setattr("collector.cli.legacy.ask", lambda *_, **__: {"name": name})
    assert judged_city.command("explain", "w-1", "--json") == 0
    printed = capsys.readouterr().out
    assert "여의도" in printed
    assert all(sign == "\n" or sign.isprintable() for sign in printed)
    assert json.loads(printed) == {"name": name}


def test_a_plan_orders_for_its_budget(judged_city: Served, capsys: pytest.CaptureFixture[str]) -> None:
    assert judged_city.command("plan", "--budget", "2", "--lang", "en") == 0
    printed = capsys.readouterr().out
    assert "To order for 2 places:" in printed
    assert "2 more" in printed
    assert "to be mended: 2 places" in printed
    assert not any(line.startswith("3 ") for line in printed.splitlines())


def test_the_plan_is_written_as_files(judged_city: Served, capsys: pytest.CaptureFixture[str]) -> None:
    csv, xlsx = judged_city.folder / "plan.csv", judged_city.folder / "plan.xlsx"
    assert judged_city.command("plan", "--budget", "2", "--csv", str(csv), "--xlsx", str(xlsx)) == 0
    assert "w-1" in csv.read_text(encoding="utf-8-sig")
    assert xlsx.read_bytes().startswith(b"PK")
    assert judged_city.command("plan", "--budget", "2", "--csv", "/nowhere/plan.csv") == 1
    assert "/nowhere/plan.csv" in capsys.readouterr().err


def test_a_promise_is_verified(replaced_city: Served, capsys: pytest.CaptureFixture[str]) -> None:
    works = ("--first-day", "2026-07-27", "--last-day", "2026-08-09")
    assert replaced_city.command("verify", *works) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("works from 2026-07-27 to 2026-08-09, 28 days")
    assert "what flowed: met" in printed
    assert "what tests moved: met" in printed
    assert "what the radios can: 20 of 20 places reach four times" in printed
    assert "20 replaced places, 24 that kept their devices" in printed


def test_works_that_are_not_over_are_an_error(replaced_city: Served, capsys: pytest.CaptureFixture[str]) -> None:
    assert replaced_city.command("verify", "--first-day", "2026-11-01", "--last-day", "2026-11-09") == 1
    assert "the 28 days after the works are over on 2026-12-08" in capsys.readouterr().err


def test_without_a_collector_it_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_collector(tmp_path, "[embedded_broker]\n", web_port=free_port())
    assert run(["legacy", "list", "--config", str(path)]) == 1
    assert "start the collector, which makes it" in capsys.readouterr().err
    (tmp_path / "data").mkdir()
    make_command_key(tmp_path / "data" / "command-key.txt")
    assert run(["legacy", "list", "--config", str(path)]) == 1
    assert "is the collector running?" in capsys.readouterr().err


def test_the_key_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "key"
    keys = {make_command_key(path), make_command_key(path)}
    assert len(keys) == 2
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["key"]
