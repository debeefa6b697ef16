"""The collector's configuration file: one TOML document, checked whole before anything starts."""

from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from agent.broker import BrokerSettings
from agent.settings import Contradiction, RelativePath, SettingsFile, SettingsModel

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
    """The `[collector]` table: the folder for databases and the first log-in, and the folder of the inventory."""

    data: RelativePath = Path("data")
    inventory: RelativePath = Path("inventory")


class EmbeddedBrokerSettings(SettingsModel):
    """The `[embedded_broker]` table, instead of `[broker]`."""

    address: Annotated[str, AfterValidator(_loopback)] = "127.0.0.1"
    port: Port = 1883


class StoreSettings(SettingsModel):
    """The `[store]` table. The file lies in the data folder unless a path is given."""

    kind: Literal["duckdb"] = "duckdb"
    path: RelativePath | None = None


class WebSettings(SettingsModel):
    """The `[web]` table: where the pages, the metrics and the health checks are served."""

    address: Annotated[str, AfterValidator(_address)] = "127.0.0.1"
    port: Port = 8080


class CollectorSettings(SettingsFile):
    """The whole file."""

    collector: CollectorTable
    broker: BrokerSettings | None = None
    embedded_broker: EmbeddedBrokerSettings | None = None
    store: StoreSettings
    web: WebSettings

    @classmethod
    def contradictions(cls, document: object) -> Iterator[Contradiction]:
        """One broker and no other; a password goes with a name, which the collector does not have of itself."""
        yield from super().contradictions(document)
        if not isinstance(document, dict):
            return
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
    def store_path(self) -> Path:
        """The DuckDB file."""
        return self.store.path or self.collector.data / "points.duckdb"

    @property
    def state_path(self) -> Path:
        """The SQLite file."""
        return self.collector.data / "state.sqlite"

    @property
    def first_login_path(self) -> Path:
        """Where the first password is written, readable for the collector's user only."""
        return self.collector.data / "first-login.txt"
