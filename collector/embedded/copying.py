"""Copies what the DuckDB file holds at one moment, while writing goes on. Called by the store, piece by piece.

One transaction sees one state of the file for as long as it lasts, and hinders no commit. What it reads goes into
Parquet, a row group at a time. An error in writing that concerns the copy alone; a database that is attached, to be
copied into, would be of the same engine as the one that frames go to.
"""

import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from collector.backup.pieces import Piece, Table

ROWS_AT_ONCE = 122_880
"""A row group of DuckDB: with less, one would be read several times."""


class RowsLostError(Exception):
    """A table had another number of rows than were copied."""


class PointsCopy:
    """The state of the file at the moment at which this is made. To be closed by who makes it."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursor = cursor
        self._using = threading.Lock()
        self._is_closed = False
        cursor.begin()
        names = self._ask("SELECT table_name FROM duckdb_tables() WHERE NOT temporary ORDER BY table_name")
        self.tables: Mapping[str, Table] = {name: self._table(name) for (name,) in names}

    def pieces(self, rows_at_once: int = ROWS_AT_ONCE) -> Iterator[Piece]:
        """All rows. Ends early where the copy is closed meanwhile. Raises duckdb's errors, OSError, RowsLostError."""
        with TemporaryDirectory(prefix="hangang-copy-") as folder:
            path = Path(folder) / "piece.parquet"
            for name, table in self.tables.items():
                copied = 0
                end = self._end_of(name)
                for first in range(0, end or 0, rows_at_once):
                    piece = self._piece(name, range(first, first + rows_at_once), path)
                    if piece is None:
                        return
                    copied += piece.rows
                    yield piece
                if end is not None and copied != table.rows:
                    raise RowsLostError(f"table {name}: {copied} of {table.rows} rows were copied")

    def close(self) -> None:
        """End the transaction, after the piece that is under way. Closing again does nothing."""
        with self._using:
            if not self._is_closed:
                self._is_closed = True
                self._cursor.rollback()

    def _piece(self, name: str, numbers: range, path: Path) -> Piece | None:
        rows = f"SELECT * FROM {name} WHERE rowid >= {numbers.start} AND rowid < {numbers.stop}"  # noqa: S608  # our names
        with self._using:
            if self._is_closed:
                return None
            ((copied,),) = self._ask(f"COPY ({rows}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")
            return Piece(name, copied, path.read_bytes())

    def _table(self, name: str) -> Table:
        columns = tuple(row[0] for row in self._ask(f"DESCRIBE {name}"))
        ((rows,),) = self._ask(f"SELECT count(*) FROM {name}")  # noqa: S608  # our names
        return Table(columns, rows)

    def _end_of(self, name: str) -> int | None:
        """One more than the number of the last row: those of deleted rows are left out. None where this is closed."""
        with self._using:
            if self._is_closed:
                return None
            ((end,),) = self._ask(f"SELECT coalesce(max(rowid) + 1, 0) FROM {name}")  # noqa: S608  # our names
            return int(end)

    def _ask(self, statement: str) -> list[tuple[Any, ...]]:
        return self._cursor.execute(statement).fetchall()
