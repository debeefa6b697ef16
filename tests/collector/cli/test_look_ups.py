"""What `doctor` and `demo` look up on this machine: whatever answers there, or does not, is told in words."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from harness import free_port, write_collector
from state_files import open_state

from collector.cli import demo, doctor
from collector.cli.finding import Finding, Verdict
from collector.stores.duckdb import open_store

METRICS = b"""# TYPE hangang_collector_frames_total counter
hangang_collector_frames_total{outcome="stored"} 3
hangang_collector_frames_total{outcome="refused"} 1
# TYPE hangang_collector_reports_stored_total counter
hangang_collector_reports_stored_total 40
"""


class _Collector(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path in {"/healthz", "/metrics"} else 404)
        self.end_headers()
        self.wfile.write(METRICS)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's signature
        """Quiet."""


@contextmanager
def collector() -> Iterator[int]:
    with HTTPServer(("127.0.0.1", 0), _Collector) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@contextmanager
def no_web_server() -> Iterator[int]:
    """Says what a mail server says to whoever connects, once."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"220 mail.example ESMTP\r\n")

        thread = Thread(target=answer)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def behind_a_proxy(*arguments: str) -> str:
    """What Python prints on a machine that reaches the world by a proxy, which knows nothing of its own ports."""
    environment = {name: value for name, value in os.environ.items() if name.lower() != "no_proxy"}
    environment["http_proxy"] = "http://127.0.0.1:1"
    command = [sys.executable, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60).stdout


def looked_up(folder: Path, web_port: int, check: str) -> Finding:
    path = write_collector(folder, "[embedded_broker]", web_port=web_port)
    return next(finding for finding in doctor.examine(path) if finding.check == check)


def test_doctor_finds_a_running_collector_behind_a_proxy(tmp_path: Path) -> None:
    with collector() as port:
        path = write_collector(tmp_path, "[embedded_broker]", web_port=port)
        told = behind_a_proxy("-m", "collector.cli.main", "doctor", "--config", str(path))
    assert f"running, pages at http://127.0.0.1:{port}/" in told
    assert "not running" not in told


def test_something_else_on_the_port_is_no_running_collector(tmp_path: Path) -> None:
    with no_web_server() as port:
        found = looked_up(tmp_path, port, "collector")
    assert found.verdict is Verdict.UNSURE
    assert found.text.startswith(f"not running at http://127.0.0.1:{port}/; start it")


def test_databases_that_are_not_there_are_not_made(tmp_path: Path) -> None:
    port = free_port()
    store, state = tmp_path / "data" / "points.duckdb", tmp_path / "data" / "state.sqlite"
    for check, path in (("store", store), ("state", state)):
        absent = Finding(check, Verdict.UNSURE, f"{path} is not there yet; the first start makes it")
        assert looked_up(tmp_path, port, check) == absent
    assert not (tmp_path / "data").exists()
    (tmp_path / "data").mkdir()
    asyncio.run(open_store(store).close())
    assert looked_up(tmp_path, port, "store") == Finding("store", Verdict.OK, f"{store} answers")
    assert looked_up(tmp_path, port, "state").verdict is Verdict.UNSURE
    assert list((tmp_path / "data").iterdir()) == [store]
    open_state(state).dispose()
    assert looked_up(tmp_path, port, "state") == Finding("state", Verdict.OK, f"{state} answers")
    for check, path in (("store", store), ("state", state)):
        path.write_bytes(b"no database at all, but long enough to be read as one" * 100)
        assert looked_up(tmp_path, port, check).verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("answer", "is_synchronised"),
    [
        ("echo yes", True),
        ("echo no", False),
        ("echo System has not been booted with systemd >&2; exit 1", None),
        ("exec sleep 60", None),
    ],
)
def test_a_clock_that_gives_no_answer_in_time_cannot_be_told(
    tmp_path: Path, answer: str, is_synchronised: bool | None
) -> None:
    program = tmp_path / "timedatectl"
    program.write_text(f"#!/bin/sh\n{answer}\n")
    program.chmod(0o755)
    timeout_seconds = 0.2 if "sleep" in answer else 30.0
    assert doctor._is_synchronised(str(program), timeout_seconds) is is_synchronised
    assert doctor._is_synchronised(str(tmp_path / "absent"), timeout_seconds) is None
    assert doctor._is_synchronised(None, timeout_seconds) is None


def test_the_demo_counts_what_its_collector_tells_behind_a_proxy() -> None:
    with collector() as port:
        told = behind_a_proxy("-c", f"from collector.cli import demo; print(demo._told(demo._scrape({port}), 10.0))")
    assert told.startswith("\nRan 10 s: 40 reports in 3 frames stored, 0 in quarantine, ")


def test_a_demo_whose_collector_tells_nothing_says_so() -> None:
    with no_web_server() as port:
        metrics = demo._scrape(port)
    assert metrics == demo._scrape(free_port()) == {}
    assert demo._told(metrics, 10.0).startswith("\nRan 10 s: counts unknown (collector.log says why), ")
