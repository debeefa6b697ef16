"""The points of the embedded store: read where nobody runs the collector, and put back. Without a collector that runs
this opens the file itself; with one, it is asked."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, Any

import duckdb

from collector.backup.folders import is_held, is_there
from collector.backup.pieces import Points, TravellingPoints
from collector.backup.problems import BackupError
from collector.embedded.schema import open_file
from collector.stores import StoreError
from collector.stores.duckdb import open_store

_OWNER_ONLY = 0o600
COMPANIONS = (".wal",)
"""What DuckDB keeps beside the file while it is open, and after a kill."""
AskCollector = Callable[[], AbstractContextManager[IO[bytes]]]
"""Has the running collector send its points."""


@contextmanager
def points_of(path: Path, ask_collector: AskCollector) -> Iterator[Points]:
    """All points that are stored now. Raises BackupError, and what asking raises."""
    if not is_there(path):
        raise BackupError("points_missing", path=path)
    if is_held(path):
        with ask_collector() as stream:
            yield TravellingPoints(stream)
        return
    try:
        store = open_store(path)
        try:
            with store.copy() as points:
                yield points
        finally:
            asyncio.run(store.close())
    except StoreError as error:
        raise BackupError("points_failed", path=path, why=error) from error


class PointsFile:
    """A new file that fills with pieces. Raises BackupError."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._connection = open_file(path)
            path.chmod(_OWNER_ONLY)
        except (StoreError, OSError) as error:
            raise BackupError("points_failed", path=path, why=error) from error

    @property
    def columns(self) -> dict[str, tuple[str, ...]]:
        """The columns of each table, as this version writes them."""
        found: dict[str, tuple[str, ...]] = {}
        for table, column in self._ask("SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal"):
            found[table] = (*found.get(table, ()), column)
        return found

    def add(self, table: str, piece: Path) -> None:
        """The rows of a Parquet file, in a table of this version. A column that it does not have is NULL."""
        if table not in self.columns:
            raise BackupError("newer_table", table=table)
        self._ask(f"INSERT INTO {table} BY NAME SELECT * FROM read_parquet(?)", str(piece))  # noqa: S608  # our tables

    def finish(self, rows: dict[str, int]) -> None:
        """Close it, with all on the disk, if each table has so many rows."""
        for table, wanted in rows.items():
            ((found,),) = self._ask(f"SELECT count(*) FROM {table}")  # noqa: S608  # our tables
            if found != wanted:
                raise BackupError("rows_lost", table=table, wanted=wanted, found=found)
        self._ask("CHECKPOINT")
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _ask(self, statement: str, *values: str) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(statement, values).fetchall()
        except duckdb.Error as error:
            raise BackupError("points_failed", path=self._path, why=error) from error
