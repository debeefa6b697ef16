"""Opens the state database."""

import sqlite3
from pathlib import Path

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import ConnectionPoolEntry

from collector.state.tables import metadata


class StateError(Exception):
    """The state database cannot be used; the message says which and why."""


def open_database(path: Path) -> Engine:
    """The engine for a SQLite file, its tables made where missing. Raises StateError."""
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 10})
    event.listen(engine, "connect", _prepare_connection)
    try:
        metadata.create_all(engine)
    except DatabaseError as error:
        engine.dispose()
        raise StateError(f"{path}: cannot be opened: {error.orig}") from error
    return engine


def _prepare_connection(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
