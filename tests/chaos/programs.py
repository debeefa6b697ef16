"""The programs of an installation under test, with their configuration: agents, collectors, and what databases must
offer to be among them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from chaos.supervision import PostMortemCommand, PostMortemCommandWith, Supervisor
from chaos.wrong_clock import environment_with
from harness import Command, free_port, metric

AGENTS = ("lab-001", "lab-002", "lab-003")
NEVER_SECONDS = 3600.0
_SITE = """
[[sites]]
id = "lab"
kind = "other"
name_ko = "실험실"
name_en = "Lab"
district = "중구"
"""
_AGENT = """
[agent]
id = "{agent}"
[broker]
url = "mqtt://127.0.0.1:{broker_port}"
keepalive_seconds = 5
[spool]
path = "{spool}"
max_bytes = 4194304
[uplink]
ack_timeout_seconds = {ack_timeout_seconds}
backlog_frames_per_second = 200.0
live_seconds = 2.0
reconnect_at_most_seconds = 0.5
[metrics]
port = {metrics_port}
[[sources]]
kind = "simulated"
site = "lab"
setting = "indoor"
interval_seconds = {interval_seconds}
access_points = [{{ id = "{agent}", generation = "wifi6" }}]
"""
_COLLECTOR = """
[collector]
data = "{data}"
inventory = "inventory"
{identity}
[broker]
url = "mqtt://127.0.0.1:{broker_port}"
keepalive_seconds = 5
[web]
port = {web_port}
{tables}
"""


class DatabaseServer(Protocol):
    """A database as a process of its own, which comes back with its data at the same port."""

    @property
    def port(self) -> int:
        """Where it listens."""
        ...

    def start(self) -> None:
        """Start it; returns when it listens."""
        ...

    def kill(self) -> None:
        """kill -9. Nothing happens where it does not run."""
        ...


@dataclass(slots=True)
class Agent:
    """One agent under test: its process, its spool, and its end of the network."""

    name: str
    process: Supervisor
    configuration: Path
    spool: Path
    broker_port: int
    ack_timeout_seconds: float
    metrics_port: int = field(default_factory=free_port)

    def report_every(self, seconds: float) -> None:
        """From its next start on."""
        text = _AGENT.format(
            agent=self.name,
            broker_port=self.broker_port,
            spool=self.spool,
            ack_timeout_seconds=self.ack_timeout_seconds,
            metrics_port=self.metrics_port,
            interval_seconds=seconds,
        )
        self.configuration.write_text(text)

    def metric(self, name: str) -> float:
        """One of its metrics, named without its prefix."""
        return metric(self.metrics_port, f"hangang_agent_{name}")

    def state(self) -> str:
        """How it stands, for a person."""
        names = ("connected", "spool_frames", "frames_sent_total", "frames_resent_total", "frames_stored_total")
        return f"{self.name}: {', '.join(f'{name} {self.metric(name):g}' for name in names)}"

    def has_sent_all(self) -> bool:
        """Whether everything that this process and those before it have spooled is acknowledged."""
        return self.metric("frames_stored_total") >= 1 and self.metric("spool_frames") == 0


@dataclass(slots=True)
class Collector:
    """One collector under test."""

    name: str
    process: Supervisor
    web_port: int

    def metric(self, name: str) -> float:
        """One of its metrics, named without its prefix."""
        return metric(self.web_port, f"hangang_collector_{name}")

    def state(self) -> str:
        """How it stands, for a person."""
        names = ("connected", "pending_frames", "unsettled_frames", "reports_stored_total")
        told = ", ".join(f"{name} {self.metric(name):g}" for name in names)
        return f"{self.name}: ended {self.process.exits} times, {told}"


def agent_command(folder: Path, name: str, configuration: Path, wrong_clock: str | None) -> Command:
    """The command that runs an agent, perhaps under a wrong clock."""
    arguments = ("agent.main", "run", "--config", str(configuration))
    if wrong_clock is None:
        return PostMortemCommand(folder, name, *arguments)
    return PostMortemCommandWith(folder, name, *arguments, environment=environment_with(wrong_clock))


def write_places(folder: Path) -> None:
    """The inventory of all collectors: a place for each agent."""
    inventory = folder / "inventory"
    inventory.mkdir()
    places = "".join(f'[[access_points]]\nid = "{name}"\nsite = "lab"\n' for name in AGENTS)
    (inventory / "lab.toml").write_text(_SITE + places, encoding="utf-8")


def write_collector(
    folder: Path, name: str, *, data: Path, broker_port: int, tables: Mapping[str, Mapping[str, str]], is_alone: bool
) -> Collector:
    """A collector with these tables in its configuration beside the usual ones; one of a group, unless it is alone."""
    word = name.replace(" ", "-")
    web_port = free_port()
    text = _COLLECTOR.format(
        data=data,
        identity="" if is_alone else f'group = "lab"\nname = "{word}"',
        broker_port=broker_port,
        web_port=web_port,
        tables="\n".join(_table(table, keys) for table, keys in tables.items()),
    )
    configuration = folder / f"{word}.toml"
    configuration.write_text(text)
    command = PostMortemCommand(folder, word, "collector.cli.main", "collector", "--config", str(configuration))
    return Collector(name, Supervisor(command), web_port)


def _table(name: str, keys: Mapping[str, str]) -> str:
    return f"[{name}]\n" + "".join(f'{key} = "{value}"\n' for key, value in keys.items())
