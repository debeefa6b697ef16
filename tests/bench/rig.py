"""The machine as the benchmarks divide it: the collector has one core, all that it needs has the other.

What is started here ends with its `with`, and with the process that started it, however that ends.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench_fleet import BenchFleet
from harness import free_port, is_listening, metric, program

IS_QUICK = os.environ.get("QUICK") == "1"
"""Seconds instead of minutes: to see that all of it works, and roughly how fast."""
COLLECTOR_CORE = 0
OTHERS_CORE = 1
_START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Process:
    """One that runs on a core of its own, its output in a file."""

    started: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        """Its id."""
        return self.started.pid


@dataclass(frozen=True, slots=True)
class Collector:
    """A collector with its broker, and its engine where that is a process. `others` have the other core."""

    process: Process
    broker_port: int
    web_port: int
    others: dict[str, int]
    engine_port: int | None = None

    def load(self, fleet: BenchFleet, **options: float) -> dict[str, Any]:
        """Send frames of one of its fleets (`load.py` says what the options are), and what was found."""
        return run_load(self.broker_port, fleet, self._watched, **options)

    def backlog(self, fleet: BenchFleet, **options: float) -> dict[str, Any]:
        """Have a fleet tell its past (`backlog_load.py`), and what was found."""
        return _run("backlog_load.py", self.broker_port, self._watched, agents=fleet.agents, **options)

    @property
    def _watched(self) -> dict[str, int]:
        return {"collector": self.process.pid, **self.others}

    def metric(self, name: str) -> float:
        """One of its own metrics."""
        return metric(self.web_port, name)


def need_two_cores() -> None:
    """Where there is one core only, nothing here says what a core of collector does."""
    import pytest  # noqa: PLC0415  # the generators use this module without tests

    if len(os.sched_getaffinity(0)) < 2:
        pytest.skip("needs two cores: one for the collector, one for everything else")


@contextmanager
def pinned(folder: Path, name: str, command: list[str], core: int) -> Iterator[Process]:
    """A process on one core, with all its threads."""
    log = folder / f"{name}.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "taskset", "--cpu-list", str(core), *command],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=folder,
        )  # fmt: skip
    try:
        yield Process(process, log)
    finally:
        process.terminate()
        try:
            process.wait(30)
        finally:
            process.kill()
            process.wait()


def wait_until(claim: Callable[[], bool], process: Process, within_seconds: float = _START_SECONDS) -> None:
    """Until a process does what it is to do; fails with its output where it ends instead."""
    end = time.monotonic() + within_seconds
    while not claim():
        assert process.started.poll() is None, process.log.read_text(errors="replace")[-2000:]
        assert time.monotonic() < end, f"not in time:\n{process.log.read_text(errors='replace')[-2000:]}"
        time.sleep(0.02)


@contextmanager
def broker(folder: Path) -> Iterator[tuple[Process, int]]:
    """Mosquitto that holds what a collector lags behind by; and its port."""
    port = free_port()
    configuration = folder / "mosquitto.conf"
    configuration.write_text(
        f"user root\nlistener {port} 127.0.0.1\npersistence false\nallow_anonymous true\nset_tcp_nodelay true\n"
        "max_inflight_messages 0\nmax_queued_messages 1000000\nlog_type error\nlog_type notice\nlog_type subscribe\n"
    )
    with pinned(folder, "mosquitto", [program("mosquitto"), "-c", str(configuration)], OTHERS_CORE) as process:
        wait_until(lambda: is_listening(port), process)
        yield process, port


@contextmanager
def victoriametrics(folder: Path) -> Iterator[tuple[Process, int]]:
    """VictoriaMetrics with an empty folder `victoriametrics`; and its port."""
    port = free_port()
    command = [
        program("victoria-metrics"), f"-storageDataPath={folder / 'victoriametrics'}",
        f"-httpListenAddr=127.0.0.1:{port}",
        "-retentionPeriod=1y", "-search.latencyOffset=0s", "-dedup.minScrapeInterval=1ms", "-loggerLevel=WARN",
    ]  # fmt: skip
    with pinned(folder, "victoriametrics", command, OTHERS_CORE) as process:
        wait_until(lambda: is_listening(port), process)
        yield process, port


@contextmanager
def collector(folder: Path, fleets: Sequence[BenchFleet], store: str, tables: str = "") -> Iterator[Collector]:
    """A collector of these fleets, connected; `store` is `duckdb` or `victoriametrics`, `tables` are further ones of
    its configuration."""
    for fleet in fleets:
        fleet.write_inventory(folder / "inventory")
    web_port = free_port()
    with ExitStack() as stack:
        mosquitto, broker_port = stack.enter_context(broker(folder))
        others, engine_port = {"broker": mosquitto.pid}, None
        table = '[store]\nkind = "duckdb"\n'
        if store == "victoriametrics":
            engine, engine_port = stack.enter_context(victoriametrics(folder))
            others[store] = engine.pid
            table = f'[store]\nkind = "influx"\nengine = "{store}"\nurl = "http://127.0.0.1:{engine_port}"\n'
            if IS_QUICK:  # each load ends when the last frame has settled
                table += "settle_seconds = 1.0\n"
        path = folder / "collector.toml"
        path.write_text(f'[broker]\nurl = "mqtt://127.0.0.1:{broker_port}"\n{table}[web]\nport = {web_port}\n{tables}')
        command = [sys.executable, "-m", "collector.cli.main", "collector", "--config", str(path)]
        process = stack.enter_context(pinned(folder, "collector", command, COLLECTOR_CORE))
        wait_until(lambda: metric(web_port, "hangang_collector_connected") == 1, process)
        yield Collector(process, broker_port, web_port, others, engine_port)


def run_load(port: int, fleet: BenchFleet, watched: dict[str, int], **options: float) -> dict[str, Any]:
    """Send frames of a fleet to a broker, from the core of all that is not the collector."""
    return _run(
        "load.py", port, watched,
        name=fleet.name, agents=fleet.agents, reports_per_frame=fleet.reports_per_frame, **options,
    )  # fmt: skip


def _run(generator: str, port: int, watched: dict[str, int], **options: float | str) -> dict[str, Any]:
    command = [
        "setpriv", "--pdeathsig", "KILL", sys.executable, str(Path(__file__).with_name(generator)),
        "--port", str(port), "--core", str(OTHERS_CORE),
        *(f"--watch={name}={pid}" for name, pid in watched.items()),
        *(f"--{name.replace('_', '-')}={value}" for name, value in options.items()),
    ]  # fmt: skip
    found: dict[str, Any] = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    return found
