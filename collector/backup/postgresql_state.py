"""The state in PostgreSQL: dumped while collectors write to it, and put back in one transaction."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from collector.backup.postgresql_tools import connection_to, find_tool
from collector.backup.problems import BackupError
from collector.state import (  # each adds its tables
    alert_tables,  # noqa: F401
    enrolment_tables,  # noqa: F401
    order_tables,  # noqa: F401
    people_tables,  # noqa: F401
    tables,  # noqa: F401
)
from collector.state.columns import metadata
from collector.state.database import StateError, open_database
from collector.state.enrolments import note_restored
from collector.state.postgresql import create_postgresql_engine, in_words
from collector.state.settings import StateSettings

_LOCK_TIMEOUT_MILLISECONDS = 30_000
_SESSION_ENDS_WITHIN_SECONDS = 5.0
_LOOKS_EVERY_SECONDS = 0.1
_OF_COLLECTORS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
    "AND application_name = 'hangang-collector' AND pid <> pg_backend_pid()"
)
_OWNER_ONLY = 0o600
_VERSION_TABLE = "alembic_version"
_WITH_TRANSACTION_TIMEOUT = 17
_HEAD_BYTES = 8192
_TRANSACTION_TIMEOUT = (b"\nSET transaction_timeout = 0;\n", b"\n--  transaction_timeout = 0;\n")


class Server(NamedTuple):
    """What is to be known of a database before it is dumped or filled: the server's version, the step that our tables
    have taken (none where there are none), and which tables there are."""

    version: int
    step: str | None
    tables: tuple[str, ...]

    @property
    def tables_of_others(self) -> tuple[str, ...]:
        """Those of the tables that no version of ours has made."""
        return tuple(table for table in self.tables if table not in {_VERSION_TABLE, *metadata.tables})


def look_at(settings: StateSettings) -> Server:
    """Raises BackupError where the server cannot be asked."""
    with _connected(settings) as connection:
        tables = tuple(sorted(inspect(connection).get_table_names()))
        version = connection.dialect.server_version_info or (0,)
        step = None
        if _VERSION_TABLE in tables:
            step = connection.scalar(text(f"SELECT version_num FROM {_VERSION_TABLE}"))  # noqa: S608  # a constant
        return Server(int(version[0]), step, tables)


def is_used(settings: StateSettings) -> bool:
    """Whether a collector is connected to the database, from this machine or another; one that has just ended is waited
    for. Raises BackupError where the server cannot be asked."""
    give_up_at = time.monotonic() + _SESSION_ENDS_WITHIN_SECONDS
    with _connected(settings) as connection:
        while connection.scalar(_OF_COLLECTORS):
            connection.rollback()  # or it is told the same again
            if time.monotonic() > give_up_at:
                return True
            time.sleep(_LOOKS_EVERY_SECONDS)
    return False


def dump_state(settings: StateSettings, server: Server, to: Path) -> None:
    """All that is committed by now, in PostgreSQL's custom format: `pg_dump` sees one state of the database. Raises
    BackupError."""
    find_tool("pg_dump", server.version).run(
        settings,
        "--format=custom",
        "--no-owner",
        "--no-privileges",
        f"--lock-wait-timeout={_LOCK_TIMEOUT_MILLISECONDS}",
        f"--file={to}",
        f"--dbname={connection_to(settings)}",
    )


def fill_state(settings: StateSettings, server: Server, dump: Path, tools_version: int) -> None:
    """Have the database hold what was dumped in place of these tables, in one transaction, then bring them to this
    version and have them say that they were put back. Raises BackupError, after which it is as it was, or what was
    dumped where only the last has failed."""
    oldest = max(server.version, tools_version)
    script, before = (dump.with_name(f"{dump.name}{suffix}") for suffix in (".sql", ".before"))
    names = ", ".join(f'"{name}"' for name in server.tables)
    drops = f"DROP TABLE {names};\n" if names else ""  # not CASCADE: somebody's view of them is not ours to drop
    try:
        script.touch(mode=_OWNER_ONLY)
        find_tool("pg_restore", oldest).run(settings, "--no-owner", "--no-privileges", f"--file={script}", dump)
        if server.version < _WITH_TRANSACTION_TIMEOUT:
            leave_out_transaction_timeout(script)
        before.write_text(f"SET lock_timeout = {_LOCK_TIMEOUT_MILLISECONDS};\n{drops}", encoding="utf-8")
    except OSError as error:
        raise BackupError("cannot_write", path=script, why=error.strerror) from error
    find_tool("psql", oldest).run(
        settings,
        *("--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"),
        *(f"--file={before}", f"--file={script}", f"--dbname={connection_to(settings)}"),
    )
    try:
        engine = open_database(settings, Path("unused"))
        try:
            note_restored(engine, datetime.now(UTC))
        finally:
            engine.dispose()
    except StateError as error:
        raise BackupError("state_failed", name=settings.url, why=error) from error
    except DBAPIError as error:
        raise BackupError("state_failed", name=settings.url, why=in_words(error, settings)) from error


def leave_out_transaction_timeout(script: Path) -> None:
    """What tools of version 17 write at the head of every script is unknown to older servers, and would end it. Raises
    OSError."""
    with script.open("rb+") as file:
        head = file.read(_HEAD_BYTES).replace(*_TRANSACTION_TIMEOUT, 1)
        file.seek(0)
        file.write(head)


@contextmanager
def _connected(settings: StateSettings) -> Iterator[Connection]:
    """A session that does not pass for a collector's. Raises BackupError where the server does not answer."""
    engine = create_postgresql_engine(settings)
    try:
        with engine.connect() as connection:
            connection.execute(text("SET application_name = 'hangang-restore'"))
            connection.commit()
            yield connection
    except DBAPIError as error:
        raise BackupError("state_failed", name=settings.url, why=in_words(error, settings)) from error
    finally:
        engine.dispose()
