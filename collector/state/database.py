"""Opens the state database: a SQLite file of one collector, or a PostgreSQL that several share."""

import sqlite3
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from collector.state.postgresql import OLDEST_VERSION, create_postgresql_engine, in_words
from collector.state.settings import StateSettings
from collector.state.upgrading import NewerDatabaseError, upgrade


class StateError(Exception):
    """The state database cannot be used; the message says which, why, and what to do."""


def open_database(settings: StateSettings, default_path: Path) -> Engine:
    """The engine for the database that the settings name, or else for the SQLite file at `default_path`, with the
    tables of this version. Raises StateError."""
    name = settings.url or str(default_path)
    engine = _create_sqlite_engine(default_path) if settings.url is None else create_postgresql_engine(settings)
    try:
        with engine.connect() as connection:
            _check_server(connection, name)
        upgrade(engine)
    except NewerDatabaseError as error:
        engine.dispose()
        raise StateError(
            f"{name}: was made by a newer version, with tables of step {error}; install that version or a newer one"
        ) from error
    except DBAPIError as error:
        engine.dispose()
        told = f"{name}: cannot be opened: {error.orig}" if settings.url is None else in_words(error, settings)
        raise StateError(told) from error
    except StateError:
        engine.dispose()
        raise
    return engine


def is_shared(engine: Engine) -> bool:
    """Whether other collectors may use this database at the same time."""
    return engine.dialect.name == "postgresql"


def _check_server(connection: Connection, name: str) -> None:
    version = connection.dialect.server_version_info
    if connection.dialect.name == "postgresql" and version is not None and version < (OLDEST_VERSION,):
        raise StateError(f"{name}: PostgreSQL {version[0]} is too old; use {OLDEST_VERSION} or newer")


def _create_sqlite_engine(path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 10})
    event.listen(engine, "connect", _prepare_connection)
    return engine


def _prepare_connection(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
