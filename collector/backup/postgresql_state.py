"""The state in PostgreSQL: dumped while collectors write to it, and put back in one transaction."""

from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from collector.backup.postgresql_tools import connection_to, find_tool
from collector.backup.problems import BackupError
from collector.state.database import StateError, open_database
from collector.state.postgresql import create_postgresql_engine, in_words
from collector.state.settings import StateSettings

_LOCK_TIMEOUT_MILLISECONDS = 30_000


class Server(NamedTuple):
    """What is to be known of a database before it is dumped or filled: the server's version, the step that our tables
    have taken (none where there are none), and which tables there are."""

    version: int
    step: str | None
    tables: tuple[str, ...]


def look_at(settings: StateSettings) -> Server:
    """Raises BackupError where the server cannot be asked."""
    engine = create_postgresql_engine(settings)
    try:
        return _look(engine)
    except DBAPIError as error:
        raise BackupError("state_failed", name=settings.url, why=in_words(error, settings)) from error
    finally:
        engine.dispose()


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
    """Have the database hold what was dumped and nothing else, in one transaction, then bring its tables to this
    version. Raises BackupError, after which it is as it was."""
    oldest = max(server.version, tools_version)
    script, before = (dump.with_name(f"{dump.name}{suffix}") for suffix in (".sql", ".before"))
    find_tool("pg_restore", oldest).run(settings, "--no-owner", "--no-privileges", f"--file={script}", dump)
    names = (f'"{name}"' for name in server.tables)
    drops = "".join(f"DROP TABLE {name} CASCADE;\n" for name in names)
    before.write_text(f"SET lock_timeout = {_LOCK_TIMEOUT_MILLISECONDS};\n{drops}", encoding="utf-8")
    find_tool("psql", oldest).run(
        settings,
        *("--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"),
        *(f"--file={before}", f"--file={script}", f"--dbname={connection_to(settings)}"),
    )
    try:
        open_database(settings, Path("unused")).dispose()
    except StateError as error:
        raise BackupError("state_failed", name=settings.url, why=error) from error


def _look(engine: Engine) -> Server:
    with engine.connect() as connection:
        tables = tuple(sorted(inspect(connection).get_table_names()))
        version = connection.dialect.server_version_info or (0,)
        step = None
        if "alembic_version" in tables:
            step = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return Server(int(version[0]), step, tables)
