"""`hangang demo`: the whole path on this machine, with no server to install.

The collector with its embedded broker in this process; the agents as processes of their own, one that reads this
machine and one that simulates the fleet.
"""

import argparse
import asyncio
import contextlib
import logging
import re
import resource
import shutil
import signal
import socket
import sys
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from http.client import HTTPException
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import tomli_w
from prometheus_client.parser import text_string_to_metric_families

from collector.cli.demo_orders import log_ins_of, open_orders
from collector.config import WithDuckDB, WithInflux, load_settings
from collector.main import CollectorError, serve
from collector.web.services import Services
from inventory.demo import simulated_sources, write_demo_inventory

AGENT_STOPS_WITHIN_SECONDS = 5.0
HISTORY_SECONDS = 24 * 3600.0
"""What the simulated fleet tells of the time before a first start; a later one has what the earlier ones stored."""
_CHECKS = ["model", "uplink", "gateway", "portal", "clients"]
"""Those of an order that simulated devices report something of."""
_SETTLE_MINUTES = 5.0
"""Nobody watches a demo for the half hour that is usual."""
_UNITS = {"s": 1, "m": 60, "h": 3600}

_without_proxy = build_opener(ProxyHandler({}))
_logger = logging.getLogger(__name__)


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the group to the command line."""
    parser = commands.add_parser("demo", help="run everything here, with a simulated fleet and this machine")
    parser.add_argument("--for", dest="duration", type=_seconds, metavar="60s", help="end by itself after this long")
    parser.add_argument("--port", type=int, default=8080, help="where the pages are served (default 8080)")
    parser.add_argument("--folder", type=Path, default=Path(".demo"), help="databases, logs, settings (default .demo)")
    parser.add_argument("--interval", type=_seconds, default=10.0, metavar="10s", help="between reports (default 10s)")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run until Ctrl-C, or for as long as was asked."""
    folder: Path = options.folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _log_to(folder / "collector.log")
        configuration = _write_settings(folder, options)
    except OSError as error:
        message = (
            f"folder {folder}: {error.strerror}; name one that can be written: hangang demo --folder ~/hangang-demo"
        )
        raise CollectorError(message) from error
    asyncio.run(_Demo(folder, load_settings(configuration), options.duration).run())
    return 0


class _Demo:
    """One run of the demo."""

    def __init__(self, folder: Path, settings: WithDuckDB | WithInflux, duration: float | None) -> None:
        self._folder = folder
        self._settings = settings
        self._duration = duration
        self._stopped = asyncio.Event()
        self._agents: list[tuple[str, Process]] = []

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stopped.set)
        await serve(self._settings, self._stopped, self._attend)

    async def _attend(self, services: Services) -> None:
        """All that happens while the collector serves: agents started, watched, stopped, and the summary."""
        began = time.monotonic()
        await asyncio.to_thread(self._greet, services)
        async with self._running_agents():
            async with asyncio.TaskGroup() as group:
                opening = group.create_task(open_orders(services), name="demo orders")
                await self._until_over()
                opening.cancel()
            summary = await asyncio.to_thread(_scrape, self._settings.web.port)
        print(_told(summary, time.monotonic() - began))
        self._stopped.set()

    def _greet(self, services: Services) -> None:
        name, password = self._settings.first_login_path.read_text(encoding="utf-8").split()
        others = log_ins_of(services, self._settings.first_login_path.with_name("demo-log-ins.txt"))
        log_ins = "\n           ".join(f"{who} / {secret}" for who, secret in ((name, password), *others))
        print(
            "Hangang Wi-Fi demo: a simulated fleet in the 11 Hangang parks and in inclusion facilities, "
            "and this machine, which is real.\n"
            f"  Pages    http://127.0.0.1:{self._settings.web.port}/\n"
            f"  Log in   {log_ins}\n"
            f"  Files    {self._folder}/ (settings, databases, logs)\n"
            f"  Stop     {f'by itself after {self._duration:g} s, or ' if self._duration else ''}Ctrl-C",
            flush=True,
        )

    async def _until_over(self) -> None:
        """Until stopped, out of time, or an agent has died."""
        waits: list[asyncio.Task[object]] = [asyncio.create_task(self._stopped.wait(), name="stop")]
        waits += [asyncio.create_task(agent.wait(), name=name) for name, agent in self._agents]
        done, pending = await asyncio.wait(waits, timeout=self._duration, return_when=asyncio.FIRST_COMPLETED)
        for wait in pending:
            wait.cancel()
        for wait in done:
            if wait.get_name() != "stop" and not self._stopped.is_set():
                log = self._folder / f"{wait.get_name()}.log"
                raise CollectorError(f"agent {wait.get_name()} has stopped by itself; {log} says why")

    @contextlib.asynccontextmanager
    async def _running_agents(self) -> AsyncIterator[None]:
        try:
            for name in ("gw-demo", "this-machine"):
                self._agents.append((name, await self._start_agent(name)))
            yield
        finally:
            await asyncio.gather(*(_stop(agent) for _, agent in self._agents))

    async def _start_agent(self, name: str) -> Process:
        with (self._folder / f"{name}.log").open("wb") as log:
            return await asyncio.create_subprocess_exec(
                *_ends_with_its_parent(),
                sys.executable,
                "-m",
                "agent.main",
                "run",
                "--config",
                str(self._folder / f"{name}.toml"),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )


def _ends_with_its_parent() -> list[str]:
    """What to put before a command so that it does not outlive a demo that was killed, where there is such a thing."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM"] if setpriv is not None else []


async def _stop(agent: Process) -> None:
    if agent.returncode is not None:
        return
    agent.terminate()
    try:
        async with asyncio.timeout(AGENT_STOPS_WITHIN_SECONDS):
            await agent.wait()
    except TimeoutError:
        agent.kill()
        await agent.wait()


def _scrape(port: int) -> dict[str, float]:
    """The collector's metrics, as anyone may read them, each family added up. Empty where they cannot be read."""
    totals: dict[str, float] = {}
    try:
        with _without_proxy.open(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            families = list(text_string_to_metric_families(answer.read().decode()))
    except (OSError, HTTPException, ValueError) as error:
        _logger.error("metrics_not_read error=%r", str(error))  # noqa: TRY400  # told in a line, and in the summary
        return totals
    for family in families:
        for sample in family.samples:
            key = sample.name if "outcome" not in sample.labels else f"{sample.name} {sample.labels['outcome']}"
            totals[key] = totals.get(key, 0.0) + sample.value
    return totals


def _told(metrics: dict[str, float], seconds: float) -> str:
    """The summary. Processor time counts this process and the agents."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu_seconds = sum(usage.ru_utime + usage.ru_stime for usage in used)
    reports = metrics.get("hangang_collector_reports_stored_total", 0)
    frames = metrics.get("hangang_collector_frames_total stored", 0)
    quarantined = metrics.get("hangang_collector_quarantined_total", 0)
    counts = f"{reports:.0f} reports in {frames:.0f} frames stored, {quarantined:.0f} in quarantine"
    return (
        f"\nRan {seconds:.0f} s: {counts if metrics else 'counts unknown (collector.log says why)'}, "
        f"{cpu_seconds:.1f} s of processor time ({cpu_seconds / max(seconds, 1):.2f} cores, the start included)."
    )


def _write_settings(folder: Path, options: argparse.Namespace) -> Path:
    """Inventory and settings as anyone would write them; the path of the collector's."""
    inventory = folder / "inventory"
    inventory.mkdir(exist_ok=True)
    write_demo_inventory(inventory)
    broker_port = _free_port()
    data = folder / "data"
    data.mkdir(exist_ok=True)
    is_first_start = not (data / "points.duckdb").exists()
    now = datetime.now(UTC)
    sources = {
        "gw-demo": simulated_sources(
            interval_seconds=options.interval,
            started_at=now,
            first_started_at=_first_started_at(data, now),
            history_seconds=HISTORY_SECONDS if is_first_start else 0.0,
        ),
        "this-machine": [{"kind": "host", "interval_seconds": options.interval}],
    }
    for name, tables in sources.items():
        _write(
            folder / f"{name}.toml",
            {
                "agent": {"id": name},
                "broker": {"url": f"mqtt://127.0.0.1:{broker_port}", "protocol": "3.1.1"},
                "spool": {"path": f"{name}.spool"},
                "uplink": {
                    "window_frames": 200,
                    "reconnect_at_most_seconds": 5.0,
                    "backlog_delay_seconds": 0.5,
                    "backlog_frames_per_second": 200.0,
                },
                "sources": tables,
            },
        )
    collector = folder / "collector.toml"
    _write(
        collector,
        {
            "collector": {"data": "data", "inventory": "inventory"},
            "embedded_broker": {"port": broker_port},
            "web": {"port": options.port},
            "orders": {"required_checks": _CHECKS, "settle_minutes": _SETTLE_MINUTES},
        },
    )
    return collector


def _first_started_at(data: Path, now: datetime) -> datetime:
    """When the demo was first started over this data, which is noted beside it."""
    path = data / "first-start.txt"
    try:
        return datetime.fromisoformat(path.read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        path.write_text(now.isoformat(), encoding="ascii")
        return now


def _write(path: Path, document: dict[str, object]) -> None:
    path.write_text(tomli_w.dumps(document), encoding="utf-8")


def _free_port() -> int:
    """One that nobody has at the moment: nobody but the demo's own agents needs to know the broker's."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _log_to(path: Path) -> None:
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", filename=path, filemode="w"
    )


def _seconds(text: str) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", text)
    if match is None or float(match[1]) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no duration such as 60s, 5m or 1h")
    return float(match[1]) * _UNITS[match[2] or "s"]
