"""Both ends of enrolment with real processes: authority, token, first contact, frames, renewal by the running agent."""

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from forked_programs import ForkedCommand, run_forked
from harness import Mosquitto, eventually, free_port, metric, status, write_collector

AGENT = "lab-001"
LIFE_DAYS = 12 / 86_400
"""Twelve seconds: the first certificate ends before the test does."""


def run(folder: Path, module: str, *arguments: str, code: int = 0) -> str:
    done = run_forked(folder, module, *arguments)
    assert done.returncode == code, done.stderr
    return done.stdout


def configure(folder: Path, broker_table: str, *, broker_port: int, web_port: int) -> Path:
    path = write_collector(folder, broker_table, web_port=web_port)
    url = f"mqtts://localhost:{broker_port}"
    path.write_text(f'{path.read_text()}[enrolment]\nbroker_url = "{url}"\ndays = {LIFE_DAYS:.6f}\n')
    return path


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    """One that is configured by `hangang enroll init`."""
    broker = Mosquitto(tmp_path)
    yield broker
    broker.kill()


async def test_an_enrolled_agent_sends_its_frames_and_outlives_its_certificates(
    tmp_path: Path, broker: Mosquitto
) -> None:
    web_port = free_port()
    table = f'[broker]\nurl = "mqtts://localhost:{broker.port}"'
    path = configure(tmp_path, table, broker_port=broker.port, web_port=web_port)
    printed = run(tmp_path, "collector.cli.main", "enroll", "init", "--config", str(path), "--broker-host", "localhost")
    configure(tmp_path, printed[printed.index("[broker]") :], broker_port=broker.port, web_port=web_port)
    made = next((tmp_path / "data" / "enrolment").rglob("mosquitto.conf"))
    (tmp_path / "mosquitto.conf").write_text(f"user root\n{made.read_text()}")
    broker.start()
    collector = ForkedCommand(tmp_path, "collector", "collector.cli.main", "collector", "--config", str(path))
    agent_file, enrolment = tmp_path / "agent.toml", tmp_path / "agent"
    agent = ForkedCommand(tmp_path, "agent", "agent.main", "run", "--config", str(agent_file))
    try:
        collector.start()
        url = f"http://127.0.0.1:{web_port}"
        await eventually(lambda: status(f"{url}/readyz") == 200)
        line = run(tmp_path, "collector.cli.main", "enroll", "token", AGENT, "--config", str(path), "--url", url)
        tables = run(tmp_path, "agent.main", "enroll", line.strip(), "--to", str(enrolment))
        first = (enrolment / "agent.crt").read_text()
        run(tmp_path, "agent.main", "enroll", line.strip(), "--to", str(enrolment), code=1)
        assert (enrolment / "agent.crt").read_text() == first, "a token is good once"
        times = "[uplink]\nreconnect_at_most_seconds = 0.2\nack_timeout_seconds = 2.0\n"
        agent_file.write_text(f'{tables}\n{times}[[sources]]\nkind = "host"\ninterval_seconds = 0.2\n')
        agent.start()
        await eventually(lambda: agent.log.read_text().count("certificate_renewed") >= 2, within_seconds=60)
        stored = metric(web_port, "hangang_collector_reports_stored_total")
        await eventually(lambda: metric(web_port, "hangang_collector_reports_stored_total") > stored + 5)
        run(tmp_path, "collector.cli.main", "enroll", "list", "--config", str(path))
        assert agent.stop() == 0
        assert collector.stop() == 0
    finally:
        agent.kill()
        collector.kill()
    log = agent.log.read_text()
    assert "Traceback" not in log + collector.log.read_text()
    assert "certificate_renewal_failed" not in log
    with sqlite3.connect(tmp_path / "data" / "state.sqlite") as state:
        events = state.execute("SELECT text FROM events WHERE kind = 'certificate_renewed'").fetchall()
    state.close()
    assert len(events) >= 2
    assert all(re.match(r"valid until 2\d{3}-", text) for (text,) in events)
    secrets = (enrolment / "agent.key").read_text().splitlines()[1:-1]
    kept = b"".join(each.read_bytes() for each in (tmp_path / "data").rglob("*") if each.is_file())
    assert not [secret for secret in secrets if secret.encode() in kept]
