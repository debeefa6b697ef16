"""The agent's configuration file: one TOML document, checked whole before anything starts."""

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError

from agent.broker import BrokerSettings
from agent.clock import Clock
from agent.sampler import MAX_BODY_BYTES
from agent.settings import Mistake, RelativePath, SettingsError, SettingsFile, SettingsModel, check, read_toml
from agent.sources import Source, SourceSettings, known_kinds
from agent.uplink import UplinkSettings
from agent.wire import AgentId


class AgentTable(SettingsModel):
    """The `[agent]` table: who speaks."""

    id: AgentId


class SpoolSettings(SettingsModel):
    """The `[spool]` table: what does not fit these bounds drops the oldest frames, and is counted."""

    path: RelativePath = Path("spool.db")
    max_bytes: Annotated[int, Field(ge=4 * MAX_BODY_BYTES)] = 64 * 1024 * 1024
    max_age_seconds: Annotated[float, Field(ge=60, le=7 * 24 * 3600)] = 7 * 24 * 3600.0


class MetricsSettings(SettingsModel):
    """The `[metrics]` table; without it nothing is served."""

    address: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 9101


class AgentSettings(SettingsFile):
    """The whole file but the inside of its `[[sources]]`, whose keys depend on their kind."""

    agent: AgentTable
    broker: BrokerSettings
    spool: SpoolSettings
    uplink: UplinkSettings
    metrics: MetricsSettings | None = None
    sources: Annotated[tuple[dict[str, Any], ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class NamedSource:
    """One `[[sources]]` table, checked. The name, `kind` and position, is what logs and metrics call it."""

    name: str
    settings: SourceSettings

    def open(self, clock: Clock) -> Source:
        """The source itself; does no I/O yet."""
        source: Source = import_module(f"agent.sources.{self.settings.kind}").open_source(self.settings, clock)
        return source


@dataclass(frozen=True, slots=True)
class Configuration:
    """What an agent runs by."""

    settings: AgentSettings
    sources: tuple[NamedSource, ...]


def load_configuration(path: Path) -> Configuration:
    """Read and check a configuration file; raises SettingsError with every mistake in it."""
    document = read_toml(path)
    mistakes: list[Mistake] = []
    settings = None
    try:
        settings = check(AgentSettings, document, path)
    except SettingsError as error:
        mistakes += error.mistakes
    if "metrics" in document and find_spec("prometheus_client") is None:
        problem = "needs prometheus-client; install hangang-wifi[metrics], or remove the table"
        mistakes.append(Mistake(path, "metrics", problem))
    tables = document.get("sources")
    sources = []
    for position, table in enumerate(tables if isinstance(tables, list) else []):
        try:
            sources.append(_check_source(table, position, document, path))
        except SettingsError as error:
            mistakes += error.mistakes
    if settings is None or mistakes:
        raise SettingsError(mistakes)
    return Configuration(settings, tuple(sources))


def default_source() -> NamedSource:
    """This machine, read without any configuration."""
    settings: SourceSettings = import_module("agent.sources.host").Settings(kind="host")
    return NamedSource("host", settings)


def _check_source(table: object, position: int, document: dict[str, Any], path: Path) -> NamedSource:
    below = f"sources[{position}]"
    kind = table.get("kind") if isinstance(table, dict) else None
    if kind not in known_kinds():
        problem = "required; add it" if kind is None else f"unknown kind {kind!r}"
        raise SettingsError([Mistake(path, f"{below}.kind", f"{problem} (there are: {', '.join(known_kinds())})")])
    model: type[SourceSettings] = import_module(f"agent.sources.{kind}").Settings
    if "access_point" in model.model_fields:
        table = {"access_point": _agent_id(document), **table} if isinstance(table, dict) else table
    settings = check(model, table, path, below=below)
    return NamedSource(f"{kind}-{position}", settings)


def _agent_id(document: dict[str, Any]) -> str | None:
    """An agent on an access point speaks for the place of its own name. A malformed one is told in its own place."""
    agent = document.get("agent")
    try:
        return AgentTable.model_validate({"id": agent.get("id") if isinstance(agent, dict) else None}).id
    except ValidationError:
        return None
