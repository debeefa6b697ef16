"""Engines that keep the points themselves: VictoriaMetrics by its snapshots, and InfluxDB by its own tool."""

import asyncio
import json
import sys
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from engines import VictoriaMetrics
from harness import eventually, free_port, write_collector
from postgres import Postgres
from sqlalchemy import create_engine, text
from state_files import open_state

from collector.backup.postgresql_state import leave_out_transaction_timeout, look_at
from collector.backup.postgresql_tools import find_tool
from collector.backup.problems import BackupError
from collector.cli.command import run
from collector.state.accounts import add_user
from collector.state.database import open_database
from collector.state.postgresql import create_postgresql_engine
from collector.state.settings import StateSettings

LINES = "\n".join(
    f"wifi_report,access_point=lab-{number:03d} clients={number} {1_700_000_000_000 + 1000 * number}"
    for number in range(500)
)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[VictoriaMetrics]:
    engine = VictoriaMetrics(tmp_path / "one")
    engine.start()
    yield engine
    engine.kill()


def fill(engine: VictoriaMetrics) -> None:
    urllib.request.urlopen(f"{engine.url}/api/v2/write?precision=ms", LINES.encode(), timeout=30).close()


def configuration(folder: Path, engine: str, url: str) -> Path:
    folder.mkdir()
    store = f'[embedded_broker]\n[store]\nkind = "influx"\nengine = "{engine}"\nurl = "{url}"'
    path = write_collector(folder, store, web_port=free_port())
    (folder / "data").mkdir()
    open_state(folder / "data" / "state.sqlite").dispose()
    return path


def save(path: Path, archive: Path, *options: str) -> int:
    return run(["backup", "--config", str(path), "--to", str(archive), "--lang", "en", *options])


def test_points_of_victoria_metrics_are_those_of_one_moment(
    tmp_path: Path, engine: VictoriaMetrics, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(engine)
    path, archive = configuration(tmp_path / "here", "victoriametrics", engine.url), tmp_path / "backup.tar.gz"
    data = tmp_path / "one" / "victoria-metrics"
    assert save(path, archive, "--victoria-data", str(data)) == 0
    with urllib.request.urlopen(f"{engine.url}/snapshot/list", timeout=30) as answer:
        assert json.loads(answer.read())["snapshots"] == [], "it takes the snapshot away again"
    engine.flush()
    expected = engine.series()
    assert len(expected) == 500

    there = tmp_path / "there" / "collector.toml"
    arguments = ["restore", "--from", str(archive), "--config", str(there), "--lang", "en"]
    assert run(arguments) == 1
    assert "name the folder" in capsys.readouterr().err
    assert not there.exists()
    (tmp_path / "two").mkdir()
    assert run([*arguments, "--victoria-data", str(tmp_path / "two" / "victoria-metrics")]) == 0
    restored = VictoriaMetrics(tmp_path / "two")
    restored.start()
    try:
        restored.flush()
        assert sorted(restored.series()) == sorted(expected)
    finally:
        restored.kill()


def test_where_its_folder_is_cannot_be_guessed(
    tmp_path: Path, engine: VictoriaMetrics, capsys: pytest.CaptureFixture[str]
) -> None:
    path, archive = configuration(tmp_path / "here", "victoriametrics", engine.url), tmp_path / "backup.tar"
    assert save(path, archive) == 1
    assert "use `vmbackup` on its machine" in capsys.readouterr().err
    assert save(path, archive, "--victoria-data", str(tmp_path)) == 1
    assert "no snapshot of VictoriaMetrics can be reached" in capsys.readouterr().err
    engine.kill()
    assert save(path, archive, "--victoria-data", str(tmp_path / "one" / "victoria-metrics")) == 1
    assert "Connection refused" in capsys.readouterr().err
    assert not archive.exists()


def test_points_of_influxdb_are_left_to_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, archive = configuration(tmp_path / "here", "influxdb", "http://127.0.0.1:1"), tmp_path / "backup.tar"
    assert save(path, archive) == 1
    assert "`influx backup`" in capsys.readouterr().err
    assert not archive.exists()
    assert save(path, archive, "--without-points") == 0
    assert "the points are left out" in capsys.readouterr().out
    there = tmp_path / "there" / "collector.toml"
    assert run(["restore", "--from", str(archive), "--config", str(there), "--lang", "en"]) == 0
    assert "there are no points in this backup" in capsys.readouterr().out
    assert (there.parent / "data" / "state.sqlite").exists()


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    server = Postgres()
    try:
        server.start()
        yield server
    finally:
        server.remove()


def on_postgresql(folder: Path, postgres: Postgres, *, has_tables: bool) -> tuple[Path, str]:
    folder.mkdir()
    name = postgres.new_database()
    tables = f'[embedded_broker]\n[state]\nurl = "{postgres.url(name)}"'
    path = write_collector(folder, tables, web_port=free_port())
    if has_tables:
        open_database(StateSettings(url=postgres.url(name)), Path("unused")).dispose()
    return path, name


def let_in(postgres: Postgres, database: str, name: str) -> None:
    state = open_database(StateSettings(url=postgres.url(database)), Path("unused"))
    assert add_user(state, name, "a password of a test", datetime.now(UTC))
    state.dispose()


def archive_of(folder: Path, postgres: Postgres, *, user: str | None = None) -> Path:
    """Of a collector with its state in a database of its own, in which somebody may log in."""
    here, name = on_postgresql(folder / "here", postgres, has_tables=True)
    if user is not None:
        let_in(postgres, name, user)
    archive = folder / "backup.tar"
    assert save(here, archive, "--without-points") == 0
    return archive


def test_a_database_that_is_not_empty_is_filled_by_force_alone(
    tmp_path: Path, postgres: Postgres, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = archive_of(tmp_path, postgres, user="theirs")
    there, to_name = on_postgresql(tmp_path / "there", postgres, has_tables=True)
    (there.parent / "inventory" / "lab.toml").unlink()
    let_in(postgres, to_name, "ours")
    arguments = ["restore", "--from", str(archive), "--config", str(there), "--lang", "en"]
    assert run(arguments) == 1
    assert "choose an empty database" in capsys.readouterr().err
    assert postgres.execute("SELECT name FROM users", to_name) == "ours"
    assert run([*arguments, "--force"]) == 0
    assert postgres.execute("SELECT name FROM users", to_name) == "theirs"
    assert postgres.execute("SELECT count(*) FROM restorations", to_name) == "1"
    assert (there.parent / "inventory" / "lab.toml").exists()


def test_a_database_that_cannot_be_filled_stays_as_it_is_with_all_the_rest(
    tmp_path: Path, postgres: Postgres, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = archive_of(tmp_path, postgres)
    there, to_name = on_postgresql(tmp_path / "there", postgres, has_tables=False)
    (there.parent / "inventory" / "lab.toml").unlink()
    postgres.execute("CREATE TYPE audit_log AS (a int)", to_name)  # a table of that name cannot be made
    assert run(["restore", "--from", str(archive), "--config", str(there), "--lang", "en"]) == 1
    assert "audit_log" in capsys.readouterr().err
    assert look_at(StateSettings(url=postgres.url(to_name))).tables == ()
    assert [*(there.parent / "inventory").iterdir()] == []
    assert not (there.parent / "data").exists()


@pytest.mark.parametrize("has_tables", [False, True], ids=["alone", "beside ours"])
def test_tables_of_somebody_else_are_never_dropped(
    tmp_path: Path, postgres: Postgres, capsys: pytest.CaptureFixture[str], *, has_tables: bool
) -> None:
    archive = archive_of(tmp_path, postgres)
    there, to_name = on_postgresql(tmp_path / "there", postgres, has_tables=has_tables)
    postgres.execute("CREATE TABLE theirs (a int)", to_name)
    assert run(["restore", "--from", str(archive), "--config", str(there), "--force", "--lang", "en"]) == 1
    assert "tables that are not ours: theirs" in capsys.readouterr().err
    assert look_at(StateSettings(url=postgres.url(to_name))).tables_of_others == ("theirs",)


def test_what_others_made_of_our_tables_is_never_dropped(
    tmp_path: Path, postgres: Postgres, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = archive_of(tmp_path, postgres)
    there, to_name = on_postgresql(tmp_path / "there", postgres, has_tables=True)
    (there.parent / "inventory" / "lab.toml").unlink()
    let_in(postgres, to_name, "ours")
    postgres.execute("CREATE VIEW people AS SELECT name FROM users", to_name)
    assert run(["restore", "--from", str(archive), "--config", str(there), "--force", "--lang", "en"]) == 1
    assert "other objects depend on" in capsys.readouterr().err
    assert postgres.execute("SELECT name FROM people", to_name) == "ours"


def test_a_database_that_a_collector_of_another_machine_uses_is_left_to_it(
    tmp_path: Path, postgres: Postgres, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = archive_of(tmp_path, postgres)
    there, to_name = on_postgresql(tmp_path / "there", postgres, has_tables=True)
    (there.parent / "inventory" / "lab.toml").unlink()
    arguments = ["restore", "--from", str(archive), "--config", str(there), "--force", "--lang", "en"]
    engine = create_postgresql_engine(StateSettings(url=postgres.url(to_name)))
    with engine.connect():
        assert run(arguments) == 1
    assert f"{postgres.url(to_name)}: a collector is using it" in capsys.readouterr().err
    engine.dispose()
    assert run(arguments) == 0, "one that has just ended is waited for"


async def test_nobody_else_can_read_what_is_put_into_the_database(tmp_path: Path, postgres: Postgres) -> None:
    archive = archive_of(tmp_path, postgres)
    there, to_name = on_postgresql(tmp_path / "there", postgres, has_tables=True)
    (there.parent / "inventory" / "lab.toml").unlink()
    locked = create_engine(postgres.url(to_name).replace("postgresql://", "postgresql+psycopg://"))
    with locked.connect() as connection:
        connection.execute(text("LOCK TABLE users"))
        restoring = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "collector.cli.main", "restore", "--force"),
            *("--from", str(archive), "--config", str(there)),
        )
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        await eventually(lambda: postgres.execute(waiting, to_name) == "1")
        made = {path.name.rpartition("-")[2].lstrip("0123456789"): path for path in there.parent.glob("data/.state.*")}
        assert {name: path.stat().st_mode & 0o077 for name, path in made.items() if name != ".before"} == {
            "": 0,
            ".sql": 0,
        }
    locked.dispose()
    assert await restoring.wait() == 0


def test_a_script_of_newer_tools_is_for_older_servers_too(tmp_path: Path, postgres: Postgres) -> None:
    script = tmp_path / "script.sql"
    row = "SET transaction_timeout = 0;"
    head = "SET statement_timeout = 0;\nSET lock_timeout = 0;\nSET transaction_timeout = 0;\nSELECT 1;\n"
    script.write_text(head + "-- more\n" * 2000 + f"{row}\n")
    size = script.stat().st_size
    leave_out_transaction_timeout(script)
    assert script.stat().st_size == size
    assert script.read_text().count(row) == 1, "what stands in a table is left alone"
    assert postgres.execute(script.read_text()[: len(head)]) == "1"


def test_a_server_that_is_newer_than_all_tools_is_told() -> None:
    with pytest.raises(BackupError) as raised:
        find_tool("pg_dump", 99)
    assert (raised.value.reason, raised.value.about) == ("tool_missing", {"tool": "pg_dump", "version": 99})
