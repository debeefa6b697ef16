"""A whole installation of real programs, with a network that can fail between each two of them and disks that fill."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from chaos.disks import Disk, small_disk
from chaos.journal import Journal, begin_journal, read_journal
from chaos.programs import (
    AGENTS,
    NEVER_SECONDS,
    Agent,
    Collector,
    DatabaseServer,
    agent_command,
    write_collector,
    write_places,
)
from chaos.supervision import Process, Supervisor
from chaos.witness import Witness
from harness import Mosquitto
from proxy import HttpProxy, TcpProxy

_SPOOL_DISK_MEBIBYTES = 12
_DATA_DISK_MEBIBYTES = 48


@dataclass(frozen=True, slots=True)
class Plan:
    """What an installation is made of: how patient its agents are and which of them have a wrong clock; one collector,
    or several of a group; VictoriaMetrics instead of DuckDB, PostgreSQL (server and database) instead of SQLite; and
    disks that these have for themselves."""

    ack_timeout_seconds: float = 1.0
    wrong_clocks: Mapping[str, str] = field(default_factory=dict)
    collectors: tuple[str, ...] = ("collector",)
    victoriametrics: DatabaseServer | None = None
    disks: Mapping[str, Disk] = field(default_factory=dict)
    postgresql: tuple[DatabaseServer, str] | None = None


@dataclass(slots=True)
class Installation:
    """Programs, networks and disks by the names that a schedule of faults calls them."""

    folder: Path
    plan: Plan
    agents: list[Agent] = field(default_factory=list)
    collectors: list[Collector] = field(default_factory=list)
    processes: dict[str, Process] = field(default_factory=dict)
    links: dict[str, TcpProxy] = field(default_factory=dict)
    disks: dict[str, Disk] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        """The data folder of the first collector, which is on a small disk."""
        return self.disks["data"].folder / "data"

    def start(self, *, report_every_seconds: float) -> None:
        """Start collectors and agents."""
        for collector in self.collectors:
            collector.process.start()
        for agent in self.agents:
            agent.report_every(report_every_seconds)
            agent.process.start()

    async def until_reports_are(self, what: str, *, but_of: str | None = None, within_seconds: float = 60.0) -> None:
        """Wait until each program, but one perhaps, has done something new by its own metrics: every agent has sampled,
        or has had something `stored`; for `written`, every collector has written something as well."""

        def counts() -> list[float]:
            of_agents = "frames_stored_total" if what == "stored" else "reports_sampled_total"
            counted = [agent.metric(of_agents) for agent in self.agents if agent.name != but_of]
            if what == "written":
                counted += [collector.metric("reports_stored_total") for collector in self.collectors]
            return counted

        before = await asyncio.to_thread(counts)
        await self._until(
            lambda: all(now not in {0.0, then} for now, then in zip(counts(), before, strict=True)),
            f"reports are {what}",
            within_seconds,
        )

    async def drain(self, *, within_seconds: float = 120.0) -> None:
        """Let the agents read no more, and wait until they have sent everything; then end all in good order."""
        for agent in self.agents:
            assert await agent.process.stop() == 0
            agent.report_every(NEVER_SECONDS)
            agent.process.start()
        await self._until(lambda: all(agent.has_sent_all() for agent in self.agents), "all is sent", within_seconds)
        for process in [each.process for each in self.agents] + [each.process for each in self.collectors]:
            assert await process.stop() == 0

    async def _until(self, claim: Callable[[], bool], what: str, within_seconds: float) -> None:
        try:
            await until(claim, within_seconds=within_seconds)
        except TimeoutError as error:
            programs: list[Agent | Collector] = [*self.agents, *self.collectors]
            state = await asyncio.to_thread(lambda: [program.state() for program in programs])
            for program in programs:
                program.process.tell_where_it_stands()
            logs = f"logs are in {self.folder}"
            raise AssertionError("; ".join([f"not within {within_seconds:g} s: {what}", *state, logs])) from error

    def journals(self) -> dict[str, Journal]:
        """What each agent has accepted. They have ended."""
        return {agent.name: read_journal(agent.spool) for agent in self.agents}


@contextlib.asynccontextmanager
async def installation(folder: Path, plan: Plan | None = None) -> AsyncIterator[tuple[Installation, Witness]]:
    """Programs ready to be started, broker and databases running, and a witness at the broker. The first agent and the
    first collector have small disks."""
    plan = plan or Plan()
    built = Installation(folder, plan, disks=dict(plan.disks))
    async with contextlib.AsyncExitStack() as stack:
        built.disks[AGENTS[0]] = stack.enter_context(small_disk(folder / "spool", mebibytes=_SPOOL_DISK_MEBIBYTES))
        built.disks["data"] = stack.enter_context(small_disk(folder / "data", mebibytes=_DATA_DISK_MEBIBYTES))
        broker = Mosquitto(folder)
        _add_process(built, stack, "broker", broker)
        await _add_collectors(built, stack, broker.port)
        await _add_agents(built, stack, broker.port)
        broker.start()
        witness = Witness(broker.port)
        watching = asyncio.create_task(witness.watch(), name="witness")
        stack.push_async_callback(_end, watching)
        yield built, witness


async def _add_agents(built: Installation, stack: contextlib.AsyncExitStack, broker_port: int) -> None:
    plan, folder = built.plan, built.folder
    for name in AGENTS:
        link = await _add_link(built, stack, f"{name} to broker", TcpProxy(broker_port))
        spool = (built.disks[name].folder if name in built.disks else folder) / f"{name}.spool"
        begin_journal(spool)
        configuration = folder / f"{name}.toml"
        supervisor = Supervisor(agent_command(folder, name, configuration, plan.wrong_clocks.get(name)))
        _add_process(built, stack, f"agent {name}", supervisor)
        built.agents.append(Agent(name, supervisor, configuration, spool, link.port, plan.ack_timeout_seconds))


async def _add_collectors(built: Installation, stack: contextlib.AsyncExitStack, broker_port: int) -> None:
    plan = built.plan
    write_places(built.folder)
    if plan.victoriametrics is not None:
        _add_process(built, stack, "database", plan.victoriametrics)
        plan.victoriametrics.start()
    if plan.postgresql is not None:
        _add_process(built, stack, "state", plan.postgresql[0])
    for position, name in enumerate(plan.collectors):
        tables: dict[str, dict[str, str]] = {}
        if plan.victoriametrics is not None:
            proxy = HttpProxy(plan.victoriametrics.port)
            link = await _add_link(built, stack, f"{name} to database", proxy)
            url = f"http://127.0.0.1:{link.port}"
            tables["store"] = {"kind": "influx", "engine": "victoriametrics", "url": url}
        if plan.postgresql is not None:
            server, database = plan.postgresql
            link = await _add_link(built, stack, f"{name} to state", TcpProxy(server.port))
            tables["state"] = {"url": f"postgresql://hangang@127.0.0.1:{link.port}/{database}"}
        link = await _add_link(built, stack, f"{name} to broker", TcpProxy(broker_port))
        collector = write_collector(
            built.folder,
            name,
            data=built.data if position == 0 else built.folder / f"data-{position}",
            broker_port=link.port,
            tables=tables,
            is_alone=len(plan.collectors) == 1,
        )
        built.collectors.append(collector)
        _add_process(built, stack, name, collector.process)


async def _add_link(built: Installation, stack: contextlib.AsyncExitStack, name: str, proxy: TcpProxy) -> TcpProxy:
    built.links[name] = await stack.enter_async_context(proxy)
    return proxy


def _add_process(built: Installation, stack: contextlib.AsyncExitStack, name: str, process: Process) -> None:
    built.processes[name] = process
    stack.callback(process.kill)


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def until(claim: Callable[[], bool], *, within_seconds: float) -> None:
    """Wait for a claim about other programs. It is asked in a thread: the networks between them live on the loop. The
    longer all of them take to answer, the less often they are asked."""
    async with asyncio.timeout(within_seconds):
        while True:
            asked_at = time.monotonic()
            if await asyncio.to_thread(claim):
                return
            await asyncio.sleep(min(0.5, max(0.1, 4 * (time.monotonic() - asked_at))))
