"""The whole path with real processes: agent, broker, collector, database."""

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from harness import Command, Mosquitto, eventually, free_port, metric, status, write_agent, write_collector

HOST = '[[sources]]\nkind = "host"\ninterval_seconds = 0.2\n'


@pytest.mark.parametrize("broker_kind", ["mosquitto", "embedded"])
async def test_this_machine_is_read_and_lands_in_the_database(
    tmp_path: Path, broker_kind: str, request: pytest.FixtureRequest
) -> None:
    web_port = free_port()
    if broker_kind == "mosquitto":
        mosquitto: Mosquitto = request.getfixturevalue("mosquitto")
        url, table, protocol = mosquitto.url, f'[broker]\nurl = "{mosquitto.url}"', "auto"
    else:
        port = free_port()
        url, table, protocol = f"mqtt://127.0.0.1:{port}", f"[embedded_broker]\nport = {port}", "3.1.1"
    collector_file = write_collector(tmp_path, table, web_port=web_port)
    agent_file = write_agent(tmp_path, url, sources=HOST, protocol=protocol)
    collector = Command(tmp_path, "collector", "collector.cli.main", "collector", "--config", str(collector_file))
    agent = Command(tmp_path, "agent", "agent.main", "run", "--config", str(agent_file))
    try:
        collector.start()
        await eventually(lambda: status(f"http://127.0.0.1:{web_port}/readyz") == 200)
        agent.start()
        await eventually(lambda: metric(web_port, "hangang_collector_reports_stored_total") >= 5)
        assert status(f"http://127.0.0.1:{web_port}/healthz") == 200
        assert agent.stop() == 0
        assert collector.stop() == 0
    finally:
        agent.kill()
        collector.kill()
    log = collector.log.read_text()
    assert "Traceback" not in log + agent.log.read_text()
    with duckdb.connect(tmp_path / "data" / "points.duckdb", read_only=True) as points:
        rows = points.execute(
            "SELECT access_point, cpu_ratio, memory_used_ratio, load_1m FROM reports ORDER BY uptime_seconds"
        ).fetchall()
    assert len(rows) >= 5
    assert {row[0] for row in rows} == {"lab-001"}
    assert rows[0][1] is None, "the first reading has no rates"
    assert all(0 <= row[1] <= 1 for row in rows[1:])
    assert all(0 < row[2] < 1 and row[3] >= 0 for row in rows)
    with sqlite3.connect(tmp_path / "data" / "state.sqlite") as state:
        newest = state.execute("SELECT access_point, agent FROM newest_readings").fetchall()
        events = state.execute("SELECT agent, kind FROM events").fetchall()
    state.close()
    assert newest == [("lab-001", "lab-001")]
    assert events == [("lab-001", "agent_started")]


def test_once_prints_a_report_of_this_machine_without_any_broker() -> None:
    done = subprocess.run([sys.executable, "-m", "agent.main", "once"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    (line,) = done.stdout.splitlines()
    report = json.loads(line)
    assert report["interval_seconds"] == pytest.approx(1.0, abs=0.5)
    assert 0 <= report["system"]["cpu_ratio"] <= 1
