"""The collector's configuration file: one TOML document, checked whole before anything starts."""

from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, ConfigDict, Field

from agent.broker import BrokerSettings
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
from agent.wire import AgentId
from collector.alerts.endpoints.settings import EndpointSettings
from collector.alerts.endpoints.tables import check_endpoints
from collector.alerts.settings import AlertSettings
from collector.clocks import OLDEST
from collector.enrolment.settings import EnrolmentSettings
from collector.influx.settings import InfluxSettings
from collector.legacy.settings import LegacySettings
from collector.orders.settings import OrderSettings
from collector.state.settings import StateSettings

Port = Annotated[int, Field(ge=1, le=65535)]


def _address(address: str) -> str:
    try:
        ip_address(address)
    except ValueError as error:
        raise ValueError("must be an IP address such as 127.0.0.1 or ::1") from error
    return address


def _loopback(address: str) -> str:
    if not ip_address(_address(address)).is_loopback:
        raise ValueError(
            "the embedded broker knows no users: only 127.0.0.1 or ::1; for other machines install Mosquitto "
            "and name it in [broker]"
        )
    return address


class CollectorTable(SettingsModel):
    """The `[collector]` table: the folder for databases and the first log-in, and the folder of the inventory.

    Collectors of one `group` share the frames among them; each has a name of its own.
    """

    name: AgentId = "collector"
    group: AgentId | None = None
    data: RelativePath = Path("data")
    inventory: RelativePath = Path("inventory")


class EmbeddedBrokerSettings(SettingsModel):
    """The `[embedded_broker]` table, instead of `[broker]`."""

    address: Annotated[str, AfterValidator(_loopback)] = "127.0.0.1"
    port: Port = 1883


_DAYS_AT_LEAST = OLDEST.days + 2
"""Raw points outlast whatever may be late, by a day in which it is rolled up."""


class DuckDBSettings(SettingsModel):
    """The `[store]` table of kind `duckdb`. The file lies in the data folder unless a path is given."""

    kind: Literal["duckdb"] = "duckdb"
    path: RelativePath | None = None
    raw_days: Annotated[int, Field(ge=_DAYS_AT_LEAST, le=3650)] = 30
    hourly_days: Annotated[int, Field(ge=_DAYS_AT_LEAST, le=36500)] = 730


def _public_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("must look like https://wifi.example.org")
    return url.rstrip("/")


def _grafana_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("must look like https://grafana.example.org")
    if parts.username or parts.password:
        raise ValueError("must not hold a user or a password: it stands on pages")
    return url.rstrip("/")


def _proxy(address: str) -> str:
    try:
        network = ip_network(address)
    except ValueError as error:
        raise ValueError("must be an IP address or a network such as 10.0.0.0/28") from error
    if network.prefixlen == 0:
        raise ValueError("is everybody, and would let anybody say who they are; name the proxy alone")
    return address


class WebSettings(SettingsModel):
    """The `[web]` table: where the pages, the metrics and the health checks are served, and the `url` under which
    people reach the pages, which stands in the codes that technicians scan. Without it, that is where whoever prints
    them is. `grafana_url` is where they reach Grafana: pages lead to the boards there. `proxies` are believed when they
    say who asks, and whether over HTTPS."""

    address: Annotated[str, AfterValidator(_address)] = "127.0.0.1"
    port: Port = 8080
    url: Annotated[str, AfterValidator(_public_url)] | None = None
    grafana_url: Annotated[str, AfterValidator(_grafana_url)] | None = None
    proxies: tuple[Annotated[str, AfterValidator(_proxy)], ...] = ()


class CollectorSettings(SettingsFile):
    """The whole file, whatever the store."""

    collector: CollectorTable
    broker: BrokerSettings | None = None
    embedded_broker: EmbeddedBrokerSettings | None = None
    store: DuckDBSettings | InfluxSettings
    state: StateSettings
    web: WebSettings
    legacy: LegacySettings
    orders: OrderSettings
    alerts: AlertSettings
    enrolment: EnrolmentSettings

    @classmethod
    def contradictions(cls, document: object) -> Iterator[Contradiction]:
        """One broker and no other; a password goes with a name, which the collector does not have of itself; what
        collectors share must be of a kind that several can use; what pages say of their surroundings is so."""
        yield from super().contradictions(document)
        if not isinstance(document, dict):
            return
        yield from _not_to_be_shared(document)
        yield from _of_pages(document)
        if ("broker" in document) == ("embedded_broker" in document):
            yield (), "one of the tables [broker] and [embedded_broker] is needed, and only one"
        broker = document.get("broker")
        if isinstance(broker, dict) and "password_file" in broker and "username" not in broker:
            yield ("broker", "password_file"), "needs username; add the name that the password belongs to"

    @property
    def broker_settings(self) -> BrokerSettings:
        """How the subscriber reaches the broker, the embedded one included."""
        if self.broker is not None:
            return self.broker
        embedded = self.embedded_broker or EmbeddedBrokerSettings()
        host = f"[{embedded.address}]" if ":" in embedded.address else embedded.address
        return BrokerSettings(url=f"mqtt://{host}:{embedded.port}", protocol="3.1.1")

    @property
    def state_path(self) -> Path:
        """The SQLite file."""
        return self.collector.data / "state.sqlite"

    @property
    def first_login_path(self) -> Path:
        """Where the first password is written, readable for the collector's user only."""
        return self.collector.data / "first-login.txt"

    @property
    def enrolment_folder(self) -> Path:
        """Where the authority lies, if one was made."""
        return self.enrolment.folder or self.collector.data / "enrolment"

    @property
    def broker_folder(self) -> Path:
        """What the broker is to read of it."""
        return self.enrolment.broker_folder or self.enrolment_folder / "broker"

    @property
    def command_key_path(self) -> Path:
        """Where the key is left that commands on this machine show to the API."""
        return self.collector.data / "command-key.txt"


class WithDuckDB(CollectorSettings):
    """The whole file with the embedded store."""

    store: DuckDBSettings

    @property
    def store_path(self) -> Path:
        """The DuckDB file."""
        return self.store.path or self.collector.data / "points.duckdb"


class WithInflux(CollectorSettings):
    """The whole file with an engine that speaks InfluxDB's v2 API."""

    store: InfluxSettings


KINDS: dict[str, type[WithDuckDB] | type[WithInflux]] = {"duckdb": WithDuckDB, "influx": WithInflux}
"""The whole file by the kind of its store, on which that table's keys depend."""


_CERTIFICATES = frozenset({"ca_file", "certificate_file", "key_file"})


class _StoreOfNoKind(SettingsModel):
    """A `[store]` table of which nothing can be said but that its kind is none."""

    model_config = ConfigDict(extra="ignore")
    kind: Literal["duckdb", "influx"]


class _WithNoStore(CollectorSettings):
    """The whole file, to find what else is wrong with it."""

    store: _StoreOfNoKind  # type: ignore[assignment]  # never used but to tell of mistakes


def load_settings(path: Path, *, has_certificates: bool = True) -> WithDuckDB | WithInflux:
    """Read and check a configuration file; raises SettingsError with every mistake in it. Whoever is about to make the
    certificates that it names has none yet; what it says of them is passed over then."""
    document = read_toml(path)
    if not has_certificates and isinstance(document.get("broker"), dict):
        document["broker"] = {key: value for key, value in document["broker"].items() if key not in _CERTIFICATES}
    mistakes: list[Mistake] = []
    settings = None
    endpoints: tuple[EndpointSettings, ...] = ()
    try:
        settings = _check_all_but_endpoints(document, path)
    except SettingsError as error:
        mistakes += error.mistakes
    alerts = document.get("alerts")
    tables = alerts.get("endpoints", []) if isinstance(alerts, dict) else []
    try:
        endpoints = check_endpoints(tables, path) if isinstance(tables, list) else ()
    except SettingsError as error:
        mistakes += error.mistakes
    if settings is None or mistakes:
        raise SettingsError(mistakes)
    return settings.model_copy(update={"alerts": settings.alerts.with_endpoints(endpoints, path)})


def _check_all_but_endpoints(document: dict[str, Any], path: Path) -> WithDuckDB | WithInflux:
    """The whole file but the inside of `[[alerts.endpoints]]`, whose keys depend on their kind."""
    store = document.get("store", {})
    kind = store.get("kind", "duckdb") if isinstance(store, dict) else "duckdb"
    known = KINDS.get(kind) if isinstance(kind, str) else None
    if known is None:
        check(_WithNoStore, document, path)  # which it does not pass
    return check(known or WithDuckDB, document, path)


def _not_to_be_shared(document: dict[str, Any]) -> Iterator[Contradiction]:
    collector, state = document.get("collector"), document.get("state")
    if not isinstance(collector, dict) or "group" not in collector:
        return
    if "embedded_broker" in document:
        yield ("embedded_broker",), "serves one collector; with collector.group name a broker in [broker]"
    if _is_in_duckdb(document):
        yield ("store",), 'DuckDB serves one collector; with collector.group use kind = "influx"'
    if not isinstance(state, dict) or "url" not in state:
        yield ("state",), "SQLite serves one collector; with collector.group name a PostgreSQL in state.url"
    if "name" not in collector:
        yield ("collector", "group"), "needs name; give each collector of the group a name of its own"


def _of_pages(document: dict[str, Any]) -> Iterator[Contradiction]:
    web = document.get("web")
    if not isinstance(web, dict):
        return
    if str(web.get("url")).lower().startswith("https:") and not web.get("proxies"):
        yield (
            ("web", "url"),
            "needs proxies; name the address of the proxy that speaks HTTPS, or cookies are not kept to it",
        )
    if "grafana_url" in web and _is_in_duckdb(document):
        yield (
            ("web", "grafana_url"),
            'Grafana cannot ask DuckDB, so there are no boards; use kind = "influx" in [store], or remove it',
        )


def _is_in_duckdb(document: dict[str, Any]) -> bool:
    store = document.get("store")
    return not isinstance(store, dict) or store.get("kind", "duckdb") == "duckdb"
