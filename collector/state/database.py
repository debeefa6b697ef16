"""Opens the state database: a SQLite file of one collector, or a PostgreSQL that several share."""

import sqlite3
import time
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from collector.state.postgresql import OLDEST_VERSION, create_postgresql_engine, in_words
from collector.state.settings import StateSettings
from collector.state.upgrading import NewerDatabaseError, upgrade

_LOCKED_WITHIN_SECONDS = 10


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
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": _LOCKED_WITHIN_SECONDS})
    event.listen(engine, "connect", _prepare_connection)
    return engine


def _prepare_connection(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    _write_ahead(connection)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Of several that make the same file at once, SQLite refuses all but one the change to WAL without waiting: the
    lock they hold is one that another may wait for (https://www.sqlite.org/c3ref/busy_handler.html)."""
    give_up_at = time.monotonic() + _LOCKED_WITHIN_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > give_up_at:
                raise
            time.sleep(0.05)
        else:
            return
