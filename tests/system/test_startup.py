"""Starting: what is wrong is said at once, in words, with the exit code that says whose fault it is."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from forked_programs import ForkedCommand, run_forked
from harness import Mosquitto, eventually, free_port, status, write_agent, write_collector

HOST = '[[sources]]\nkind = "host"\n'


def run(folder: Path, *arguments: str, module: str = "collector.cli.main") -> "subprocess.CompletedProcess[str]":
    return run_forked(folder, module, *arguments)


def run_as_typed(*arguments: str, module: str = "collector.cli.main") -> "subprocess.CompletedProcess[str]":
    """With nothing that it need not import itself."""
    return subprocess.run([sys.executable, "-m", module, *arguments], capture_output=True, text=True, timeout=60)


def test_an_agent_names_every_mistake_at_once_and_exits_2(tmp_path: Path) -> None:
    path = tmp_path / "agent.toml"
    path.write_text(
        """
[agent]
id = "Yeouido 17"
colour = "red"
[broker]
url = "http://broker"
password_file = "nowhere.key"
[spool]
max_bytes = 1
[[sources]]
kind = "host"
interval_seconds = 0
[[sources]]
kind = "hots"
[[sources]]
interval = 5
[[sources]]
kind = "simulated"
site = "a"
setting = "seaside"
access_points = [{ id = "a-1", generation = "wifi5" }]
[[sources]]
kind = "simulated"
site = "a"
setting = "indoor"
access_points = [{ id = "a-1", generation = "wifi5" }, { id = "a-1", generation = "wifi5" }]
"""
    )
    done = run_as_typed("run", "--config", str(path), module="agent.main")
    assert done.returncode == 2
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    keys = [line.removeprefix(f"{path}: ").split(": ")[0] for line in lines]
    assert keys == [
        "agent.id",
        "agent.colour",
        "broker.url",
        "broker.password_file",
        "spool.max_bytes",
        "sources[0].interval_seconds",
        "sources[1].kind",
        "sources[2].kind",
        "sources[3].setting",
        "sources[4].access_points[1].id",
    ]
    assert "unknown key" in lines[1]
    assert "mqtts://host:8883" in lines[2]
    assert "unknown kind 'hots' (there are: host, openwrt, simulated, snmp)" in lines[6]


def test_a_collector_names_every_mistake_at_once_and_exits_2(tmp_path: Path) -> None:
    path = tmp_path / "collector.toml"
    path.write_text(
        """
[embedded_broker]
address = "0.0.0.0"
[store]
kind = "oracle"
[web]
port = 99999
adress = "127.0.0.1"
[weather]
"""
    )
    done = run_as_typed("collector", "--config", str(path))
    assert done.returncode == 2
    keys = [line.removeprefix(f"{path}: ").split(": ")[0] for line in done.stderr.splitlines()]
    assert keys == ["embedded_broker.address", "store.kind", "web.port", "web.adress", "weather"]
    assert "install Mosquitto" in done.stderr


def test_what_contradicts_itself_is_told_beside_what_is_wrong_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "collector.toml"
    path.write_text(
        """
[web]
port = 99999
[broker]
url = "http://broker"
password_file = "nowhere.key"
[embedded_broker]
port = 0
"""
    )
    done = run(tmp_path, "collector", "--config", str(path))
    assert done.returncode == 2
    assert [line.removeprefix(f"{path}: ").split(":")[0] for line in done.stderr.splitlines()] == [
        "one of the tables [broker] and [embedded_broker] is needed, and only one",
        "web.port",
        "broker.url",
        "broker.password_file",
        "broker.password_file",
        "embedded_broker.port",
    ]
    assert "broker.password_file: needs username; add the name that the password belongs to" in done.stderr


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "cannot be read: No such file or directory"),
        ("[agent", "is not TOML"),
        ("", "agent.id: required; add it"),
        ('[agent]\nid = "a"', "sources: required; add a table"),
    ],
)
def test_a_file_that_is_missing_or_broken_is_named(tmp_path: Path, text: str | None, told: str) -> None:
    path = tmp_path / "agent.toml"
    if text is not None:
        path.write_text(text)
    done = run(tmp_path, "run", "--config", str(path), module="agent.main")
    assert done.returncode == 2
    assert f"{path}: " in done.stderr
    assert told in done.stderr


def test_neither_and_both_brokers_are_mistakes(tmp_path: Path) -> None:
    for tables in ("", "[broker]\n[embedded_broker]\n"):
        path = tmp_path / "collector.toml"
        path.write_text(tables)
        done = run(tmp_path, "collector", "--config", str(path))
        assert done.returncode == 2
        assert "one of the tables [broker] and [embedded_broker] is needed" in done.stderr


def test_a_wrong_inventory_is_the_collectors_mistake_too(tmp_path: Path) -> None:
    path = write_collector(tmp_path, '[broker]\nurl = "mqtt://127.0.0.1:1"', web_port=free_port())
    (tmp_path / "inventory" / "more.toml").write_text('[[access_points]]\nid = "lab-001"\nsite = "nowhere"\n')
    done = run(tmp_path, "collector", "--config", str(path))
    assert done.returncode == 2
    assert "more.toml: access_points[0].id" in done.stderr
    assert "more.toml: access_points[0].site" in done.stderr


@pytest.mark.parametrize("taken", ["web", "broker"])
def test_a_taken_port_is_said_in_one_line(tmp_path: Path, taken: str) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        ports = {"web": free_port(), "broker": free_port()} | {taken: port}
        table = f"[embedded_broker]\nport = {ports['broker']}"
        path = write_collector(tmp_path, table, web_port=ports["web"])
        done = run(tmp_path, "collector", "--config", str(path))
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith(f"hangang: port {port} for the ")
    assert last.endswith("Address already in use; choose another")
    assert "Traceback" not in done.stderr


def test_a_data_folder_that_cannot_be_made_is_said_in_one_line(tmp_path: Path) -> None:
    path = write_collector(tmp_path, '[broker]\nurl = "mqtt://127.0.0.1:1"', web_port=free_port())
    (tmp_path / "file").write_text("")
    path.write_text(path.read_text() + '[collector]\ndata = "file/data"\n')
    done = run(tmp_path, "collector", "--config", str(path))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"hangang: folder {tmp_path}/file/data: Not a directory; make it writable")
    assert len(done.stderr.splitlines()) == 1


async def test_two_collectors_on_one_file_are_told_apart(tmp_path: Path, mosquitto: Mosquitto) -> None:
    first_port = free_port()
    path = write_collector(tmp_path, f'[broker]\nurl = "{mosquitto.url}"', web_port=first_port)
    first = ForkedCommand(tmp_path, "first", "collector.cli.main", "collector", "--config", str(path))
    first.start()
    try:
        await eventually(lambda: status(f"http://127.0.0.1:{first_port}/readyz") == 200)
        path.write_text(path.read_text().replace(str(first_port), str(free_port())))
        done = run(tmp_path, "collector", "--config", str(path))
        assert done.returncode == 1
        assert "points.duckdb" in done.stderr
        assert "another process has it open" in done.stderr
        assert "Traceback" not in done.stderr
        assert first.stop() == 0
    finally:
        first.kill()


async def test_readyz_says_what_is_missing_while_the_broker_is_away(tmp_path: Path, mosquitto: Mosquitto) -> None:
    port = free_port()
    path = write_collector(tmp_path, f'[broker]\nurl = "{mosquitto.url}"', web_port=port)
    collector = ForkedCommand(tmp_path, "collector", "collector.cli.main", "collector", "--config", str(path))
    collector.start()
    try:
        await eventually(lambda: status(f"http://127.0.0.1:{port}/readyz") == 200)
        mosquitto.kill()
        await eventually(lambda: status(f"http://127.0.0.1:{port}/readyz") == 503)
        assert status(f"http://127.0.0.1:{port}/healthz") == 200
        mosquitto.start()
        await eventually(lambda: status(f"http://127.0.0.1:{port}/readyz") == 200)
        assert collector.stop(signal.SIGINT) == 0
    finally:
        collector.kill()


async def test_the_first_password_is_left_for_the_owner_alone(tmp_path: Path, mosquitto: Mosquitto) -> None:
    port = free_port()
    path = write_collector(tmp_path, f'[broker]\nurl = "{mosquitto.url}"', web_port=port)
    collector = ForkedCommand(tmp_path, "collector", "collector.cli.main", "collector", "--config", str(path))
    file = tmp_path / "data" / "first-login.txt"
    collector.start()
    try:
        await eventually(lambda: status(f"http://127.0.0.1:{port}/healthz") == 200)
        first = file.read_text()
        assert file.stat().st_mode & 0o777 == 0o600
        assert first.split()[1] not in collector.log.read_text()
        assert collector.stop() == 0
        collector.start()
        await eventually(lambda: status(f"http://127.0.0.1:{port}/healthz") == 200)
        assert collector.stop() == 0
    finally:
        collector.kill()
    assert file.read_text() == first


@pytest.mark.parametrize("is_spool_taken", [True, False])
async def test_an_agent_says_what_is_wrong_with_its_spool(tmp_path: Path, is_spool_taken: bool) -> None:
    path = write_agent(tmp_path, "mqtt://127.0.0.1:1", sources=HOST)
    if not is_spool_taken:
        (tmp_path / "lab-001.spool").mkdir()
        done = run(tmp_path, "run", "--config", str(path), module="agent.main")
        assert (done.returncode, "make it and its folder writable" in done.stderr) == (1, True)
        return
    first = ForkedCommand(tmp_path, "first", "agent.main", "run", "--config", str(path))
    first.start()
    try:
        await eventually(lambda: "agent_started" in first.log.read_text())
        done = run(tmp_path, "run", "--config", str(path), module="agent.main")
        assert (done.returncode, "another agent is using it" in done.stderr) == (1, True)
        assert first.stop() == 0
    finally:
        first.kill()


def doctor(path: Path) -> tuple[int, dict[str, str]]:
    done = run(path.parent, "doctor", "--config", str(path))
    assert done.stderr == ""
    rows = [line.split(None, 2) for line in done.stdout.splitlines()]
    return done.returncode, {check: f"{verdict} {text}" for verdict, check, text in rows}


async def test_doctor_finds_a_healthy_collector_healthy(tmp_path: Path, mosquitto: Mosquitto) -> None:
    port = free_port()
    path = write_collector(tmp_path, f'[broker]\nurl = "{mosquitto.url}"', web_port=port)
    collector = ForkedCommand(tmp_path, "collector", "collector.cli.main", "collector", "--config", str(path))
    collector.start()
    try:
        await eventually(lambda: status(f"http://127.0.0.1:{port}/readyz") == 200)
        _, found = doctor(path)
        assert found["configuration"].startswith("ok")
        assert found["inventory"] == "ok 12 sites, 3 access points, 1 agents"
        assert found["collector"].startswith("ok running")
        assert found["store"].startswith("ok held by the running collector")
        assert found["broker"].startswith("ok")
        assert found["disk"].split()[0] == "ok"
        assert collector.stop() == 0
    finally:
        collector.kill()
    _, found = doctor(path)
    assert found["collector"].startswith("? not running")
    assert found["store"].startswith("ok")


def test_doctor_says_what_to_do_about_what_is_wrong(tmp_path: Path) -> None:
    path = write_collector(tmp_path, '[broker]\nurl = "mqtt://127.0.0.1:1"', web_port=free_port())
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "points.duckdb").write_bytes(os.urandom(50_000))
    (tmp_path / "inventory" / "lab.toml").write_text("[[sites]]\n")
    code, found = doctor(path)
    assert code == 1
    assert found["broker"].startswith("FAIL")
    assert "is it running" in found["broker"]
    assert found["store"].startswith("FAIL")
    assert found["inventory"].startswith("FAIL")
    path.write_text("[web]\nport = 0\n")
    code, found = doctor(path)
    assert (code, found["configuration"].split()[0]) == (1, "FAIL")
