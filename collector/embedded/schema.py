"""The tables of the DuckDB file: raw points as they came, hourly rollups, and what is needed to keep both."""

from contextlib import suppress
from pathlib import Path

import duckdb

from collector.embedded.rollups import ROLLUPS
from collector.points import FRAMES, TABLES, Column, Kind
from collector.stores import StoreError

MEMORY_LIMIT = "48MB"
_LEAN_MEMORY = "24MB"
_SCARCE_MEMORY = "1MB"
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "threads": 2,
    "memory_limit": MEMORY_LIMIT,
    "checkpoint_threshold": "32MB",
}
"""The limit is what DuckDB may hold of tables at once; a larger question goes through its temporary folder. The
threshold is the length of the log at which it is written into the tables: with DuckDB's own 16 MB a report costs a
fifth more. To read 116 MB of it back after a kill took 0.7 s."""

_SQL_TYPES: dict[Kind, str] = {
    "text": "VARCHAR",
    "instant": "TIMESTAMP",
    "whole": "BIGINT",
    "number": "DOUBLE",
    "flag": "BOOLEAN",
}
_DIRTY_HOURS = (Column("hour", "instant"), Column("noted_at", "instant"))


def open_file(path: Path) -> duckdb.DuckDBPyConnection:
    """Open the file, making it and its tables where missing. Raises StoreError, naming the remedy."""
    tables = {table.name: table.columns for table in TABLES}
    tables |= {rollup.name: rollup.columns for rollup in ROLLUPS}
    tables |= {"frames": FRAMES, "dirty_hours": _DIRTY_HOURS}
    try:
        connection = duckdb.connect(path, config=_SETTINGS)
        for name, columns in tables.items():
            declared = ", ".join(f'"{column.name}" {_SQL_TYPES[column.kind]}' for column in columns)
            connection.execute(f"CREATE TABLE IF NOT EXISTS {name} ({declared})")
            _check_columns(connection, name, columns, path)
    except duckdb.Error as error:
        remedy = "another process has it open" if "lock" in str(error).lower() else "check the path and its permissions"
        raise StoreError(f"{path}: {error}; {remedy}", is_permanent=True) from error
    return connection


def set_lean(connection: duckdb.DuckDBPyConnection, *, is_lean: bool) -> None:
    """Have DuckDB do with half its memory, or no more. Its log is written into the tables with that at no other cost,
    and 20 MB of a city less at most; a question about a month is not answered with it."""
    with connection.cursor() as cursor, suppress(duckdb.OutOfMemoryException):  # it holds more just now
        cursor.execute(f"SET memory_limit = '{_LEAN_MEMORY if is_lean else MEMORY_LIMIT}'")


def let_go_of_tables(cursor: duckdb.DuckDBPyConnection) -> None:
    """Have DuckDB drop what it holds of tables, which are on disk: it would fill its memory with what was written last,
    which nobody asks for. It does so when the limit is lowered. Nobody else may use the database meanwhile."""
    try:
        cursor.execute(f"SET memory_limit = '{_SCARCE_MEMORY}'")
    except duckdb.OutOfMemoryException:
        return  # it needs more than that
    finally:
        cursor.execute(f"SET memory_limit = '{MEMORY_LIMIT}'")


def _check_columns(connection: duckdb.DuckDBPyConnection, name: str, columns: tuple[Column, ...], path: Path) -> None:
    found = [row[0] for row in connection.execute(f"DESCRIBE {name}").fetchall()]
    if found != [column.name for column in columns]:
        connection.close()
        message = f"{path}: table {name} has other columns than this version writes; move the file away"
        raise StoreError(message, is_permanent=True)
