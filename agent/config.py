"""The agent's configuration file: one TOML document, checked whole before anything starts."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError, ValidationInfo

import agent.probes
import agent.sources
from agent.broker import BrokerSettings
from agent.clock import Clock
from agent.dispatch import UplinkSettings
from agent.enrolment.errors import EnrolmentError
from agent.enrolment.files import CertificateFolder
from agent.enrolment.settings import EnrolmentSettings
from agent.framing import MAX_BODY_BYTES
from agent.probes import Check, ProbeSettings, Surroundings
from agent.settings import (
    Contradiction,
    Mistake,
    RelativePath,
    SettingsError,
    SettingsFile,
    SettingsModel,
    check,
    read_toml,
)
from agent.snmp.traps.settings import TrapSettings
from agent.sources import Source, SourceSettings
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


def _must_be_tables(tables: object, info: ValidationInfo) -> object:
    if not isinstance(tables, list | tuple):
        raise ValueError(f"must be a list of tables; write each as [[{info.field_name}]]")  # noqa: TRY004  # what pydantic takes
    return tables


Tables = Annotated[tuple[dict[str, Any], ...], BeforeValidator(_must_be_tables)]


class AgentSettings(SettingsFile):
    """The whole file but the inside of its `[[sources]]` and `[[probes]]`, whose keys depend on their kind."""

    agent: AgentTable
    broker: BrokerSettings
    spool: SpoolSettings
    uplink: UplinkSettings
    enrolment: EnrolmentSettings | None = None
    metrics: MetricsSettings | None = None
    traps: TrapSettings | None = None
    sources: Tables = ()
    probes: Tables = ()

    @classmethod
    def contradictions(cls, document: object) -> Iterator[Contradiction]:
        """Nothing to tell of."""
        yield from super().contradictions(document)
        if isinstance(document, dict) and not any(document.get(key) for key in ("sources", "probes", "traps")):
            yield ("sources",), "required; add a table [[sources]], or [[probes]], or [traps]"


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
class NamedProbe:
    """One `[[probes]]` table, checked, and what logs call it."""

    name: str
    settings: ProbeSettings

    def open(self, surroundings: Surroundings) -> Check:
        """The check itself; does no I/O yet."""
        check: Check = import_module(f"agent.probes.{self.settings.kind}").open_check(self.settings, surroundings)
        return check


@dataclass(frozen=True, slots=True)
class Configuration:
    """What an agent runs by."""

    settings: AgentSettings
    sources: tuple[NamedSource, ...]
    probes: tuple[NamedProbe, ...]

    def places_by_address(self) -> dict[str, str]:
        """The place of each device that a source asks over the network: its traps come from there too. A device that
        is asked by its name has none, nor has an address behind which there are several."""
        places: dict[str, set[str | None]] = {}
        for settings in (source.settings for source in self.sources):
            with suppress(ValueError):  # no address
                host = str(ip_address(getattr(settings, "host", "")))
                places.setdefault(host, set()).add(getattr(settings, "access_point", None))
        return {host: place for host, found in places.items() if len(found) == 1 and (place := next(iter(found)))}


def load_configuration(path: Path) -> Configuration:
    """Read and check a configuration file; raises SettingsError with every mistake in it. An exchange of certificates
    that was interrupted is finished first, since until then the key is of another certificate."""
    document = read_toml(path)
    mistakes = list(_unfinished_exchange(document, path))
    settings = None
    try:
        settings = check(AgentSettings, document, path)
    except SettingsError as error:
        mistakes += error.mistakes
    mistakes += _missing_extras(document, path)
    sources = [
        NamedSource(name, table)
        for name, table in _tables(SOURCES, document, path, mistakes)
        if isinstance(table, SourceSettings)
    ]
    probes = [
        NamedProbe(name, table)
        for name, table in _tables(PROBES, document, path, mistakes)
        if isinstance(table, ProbeSettings)
    ]
    mistakes += _shared_places(sources, path)
    if settings is not None and settings.enrolment is not None:
        mistakes += _beside_enrolment(settings.broker, CertificateFolder(settings.enrolment.folder), path)
    if settings is None or mistakes:
        raise SettingsError(mistakes)
    return Configuration(settings, tuple(sources), tuple(probes))


def _unfinished_exchange(document: dict[str, Any], path: Path) -> Iterator[Mistake]:
    table = document.get("enrolment")
    folder = table.get("folder") if isinstance(table, dict) else None
    if isinstance(folder, str):
        try:
            CertificateFolder(Path(path.parent, Path(folder).expanduser())).finish()
        except EnrolmentError as error:
            yield Mistake(path, "enrolment.folder", str(error))


def _beside_enrolment(broker: BrokerSettings, folder: CertificateFolder, path: Path) -> Iterator[Mistake]:
    """What is renewed must be what is used."""
    for key, used, renewed in (
        ("certificate_file", broker.certificate_file, folder.certificate),
        ("key_file", broker.key_file, folder.key),
    ):
        if used is None or used.resolve() != renewed.resolve():
            yield Mistake(path, f"broker.{key}", f"must be {renewed}, or there is nothing to renew in [enrolment]")


def default_source() -> NamedSource:
    """This machine, read without any configuration."""
    settings: SourceSettings = import_module("agent.sources.host").Settings(kind="host")
    return NamedSource("host", settings)


@dataclass(frozen=True, slots=True)
class _Plural:
    """A list of tables whose keys depend on their kind: its key in the document, its package, the kinds there are."""

    key: str
    package: str
    kinds: tuple[str, ...]


SOURCES = _Plural("sources", "agent.sources", tuple(agent.sources.known_kinds()))
PROBES = _Plural("probes", "agent.probes", tuple(agent.probes.known_kinds()))
_EXTRAS = {
    "metrics": ("prometheus_client", "prometheus-client", "metrics"),
    "traps": ("pysnmp", "pysnmp", "snmp"),
    "sources snmp": ("gufo", "gufo-snmp", "snmp"),
    "probes dns": ("dns", "dnspython", "probes"),
    "probes portal": ("h11", "h11", "probes"),
    "probes throughput": ("h11", "h11", "probes"),
}
"""What a table needs beside the bare agent: the module to find, its package, and the extra that brings it."""


def _missing_extras(document: dict[str, Any], path: Path) -> Iterator[Mistake]:
    for key, kind in _kinds_in(document):
        module, package, extra = _EXTRAS.get(kind, ("", "", ""))
        if module and not _is_installed(module):
            problem = f"needs {package}; install hangang-wifi[{extra}], or remove the table"
            yield Mistake(path, key, problem)
    traps = document.get("traps")
    users = traps.get("users") if isinstance(traps, dict) else None
    for position, user in enumerate(users if isinstance(users, list) else []):
        if isinstance(user, dict) and "priv" in user and not _is_installed("cryptography"):
            yield Mistake(path, f"traps.users[{position}].priv", "needs cryptography; install hangang-wifi[snmp]")


@cache
def _is_installed(module: str) -> bool:
    return find_spec(module) is not None


def _kinds_in(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Key of each table that may need an extra, and its name in _EXTRAS."""
    yield from ((name, name) for name in ("metrics", "traps") if name in document)
    for plural in (SOURCES, PROBES):
        tables = document.get(plural.key)
        for position, table in enumerate(tables if isinstance(tables, list) else []):
            if isinstance(table, dict):
                yield f"{plural.key}[{position}].kind", f"{plural.key} {table.get('kind')}"


def _tables(
    plural: _Plural, document: dict[str, Any], path: Path, mistakes: list[Mistake]
) -> Iterator[tuple[str, SettingsModel]]:
    """The tables of a list that are right, under the name that logs give them; what is wrong goes to `mistakes`."""
    tables = document.get(plural.key)
    missing = {mistake.key for mistake in _missing_extras(document, path)}
    for position, table in enumerate(tables if isinstance(tables, list) else []):
        below = f"{plural.key}[{position}]"
        if f"{below}.kind" in missing or not isinstance(table, dict):
            continue  # has been told
        try:
            settings = _check_table(plural, table, below, document, path)
        except SettingsError as error:
            mistakes += error.mistakes
        else:
            yield f"{getattr(settings, 'kind')}-{position}", settings  # noqa: B009  # every kind's model has one


def _check_table(
    plural: _Plural, table: dict[str, Any], below: str, document: dict[str, Any], path: Path
) -> SettingsModel:
    kind = table.get("kind")
    if kind not in plural.kinds:
        problem = "required; add it" if kind is None else f"unknown kind {kind!r}"
        raise SettingsError([Mistake(path, f"{below}.kind", f"{problem} (there are: {', '.join(plural.kinds)})")])
    model: type[SettingsModel] = import_module(f"{plural.package}.{kind}").Settings
    if getattr(model, "speaks_for_its_agent", False):
        table = {"access_point": _agent_id(document), **table}
    return check(model, table, path, below=below)


def _shared_places(sources: Sequence[NamedSource], path: Path) -> Iterator[Mistake]:
    """Two sources that report on one place: the one's reports would stand for the other's."""
    owners: dict[str, str] = {}
    for source in sources:
        for key, place in source.settings.places():
            if place in owners:
                problem = f"{place} is reported on by {owners[place]} already; give one of them another"
                yield Mistake(path, f"sources[{source.name.rpartition('-')[2]}].{key}", problem)
            owners.setdefault(place, source.name)


def _agent_id(document: dict[str, Any]) -> str | None:
    """An agent on an access point speaks for the place of its own name. A malformed one is told in its own place."""
    table = document.get("agent")
    try:
        return AgentTable.model_validate({"id": table.get("id") if isinstance(table, dict) else None}).id
    except ValidationError:
        return None
