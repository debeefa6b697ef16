"""The embedded store: one DuckDB file, written in columns, read with SQL.

One process may hold the file. A batch of frames is one transaction: the points and the note that the frame is
stored are on disk together or not at all, which is what makes an acknowledgement true.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

from collector.points import TABLES, Column, Kind, Table
from collector.stores import FrameKey, StoredFrame, StoreError, StoreLostError, TrafficPoint

Array = npt.NDArray[Any]


_SQL_TYPES: dict[Kind, str] = {
    "text": "VARCHAR",
    "instant": "TIMESTAMP",
    "whole": "BIGINT",
    "number": "DOUBLE",
    "flag": "BOOLEAN",
}

_STORED_RANGES = """
SELECT agent, boot_id, min(sequence), max(sequence)
FROM (
    SELECT agent, boot_id, sequence, received_at,
           sequence - row_number() OVER (PARTITION BY agent, boot_id ORDER BY sequence) AS island
    FROM (
        SELECT agent, boot_id, sequence, max(received_at) AS received_at
        FROM frames
        WHERE received_at >= ?
        GROUP BY agent, boot_id, sequence
    )
)
GROUP BY agent, boot_id, island
ORDER BY max(max(received_at)) OVER (PARTITION BY agent, boot_id), agent, boot_id, min(sequence)
"""

_TRAFFIC_BY_ACCESS_POINT = """
SELECT access_point,
       (epoch_us(observed_at) // $bucket_us) * $bucket_us AS bucket,
       avg(download_bits_per_second) AS download,
       avg(upload_bits_per_second) AS upload,
       avg(clients) AS clients
FROM reports
WHERE observed_at >= $since AND observed_at < $until AND access_point IN (SELECT unnest($access_points))
GROUP BY access_point, bucket
"""
_TRAFFIC = f"""
SELECT bucket, sum(download), sum(upload), sum(clients)
FROM ({_TRAFFIC_BY_ACCESS_POINT})
GROUP BY bucket
ORDER BY bucket
"""  # noqa: S608  # constants only
_TRAFFIC_EACH = f"""
SELECT access_point, bucket, download, upload, clients
FROM ({_TRAFFIC_BY_ACCESS_POINT})
ORDER BY access_point, bucket
"""  # noqa: S608  # constants only

_FAULTS_OF_THE_DATA = (duckdb.DataError, duckdb.IntegrityError, ValueError, OverflowError)


class DuckDBStore:
    """The store on one DuckDB file. Threads may share it: one writes at a time, readers have cursors of their own."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._writing = Lock()

    def write(self, frames: Sequence[StoredFrame]) -> None:
        """One transaction for all of them. Raises StoreError, permanent where the data itself is at fault, and
        StoreLostError where the engine has given up."""
        with self._writing:
            try:
                self._commit(frames)
            except (duckdb.Error, ValueError, OverflowError) as error:
                message = f"DuckDB did not take {len(frames)} frames: {error}"
                if not self.is_healthy():
                    raise StoreLostError(message) from error
                if not self._holds(frames[0].key):  # else the commit is durable, and what failed came after it
                    raise StoreError(message, is_permanent=isinstance(error, _FAULTS_OF_THE_DATA)) from error

    def _commit(self, frames: Sequence[StoredFrame]) -> None:
        with self._connection.cursor() as cursor:
            cursor.begin()
            try:
                for table in TABLES:
                    rows = [row for frame in frames for row in table.rows(frame)]
                    if rows:
                        _insert(cursor, table, rows)
                cursor.commit()
            except BaseException:
                _roll_back(cursor)
                raise

    def stored_frames(self, since: datetime) -> Mapping[tuple[str, str], Sequence[tuple[int, int]]]:
        """Ranges of stored sequence numbers by agent and boot."""
        ranges: dict[tuple[str, str], list[tuple[int, int]]] = {}
        for agent, boot_id, first, last in self._ask(_STORED_RANGES, [_naive(since)]):
            ranges.setdefault((agent, boot_id), []).append((first, last))
        return ranges

    def traffic(
        self, access_points: Sequence[str], since: datetime, until: datetime, bucket_seconds: int
    ) -> list[TrafficPoint]:
        """Traffic of the access points together."""
        rows = self._ask(_TRAFFIC, _traffic_parameters(access_points, since, until, bucket_seconds))
        return [TrafficPoint(_instant(at), download, upload, clients) for at, download, upload, clients in rows]

    def traffic_by_access_point(
        self, access_points: Sequence[str], since: datetime, until: datetime, bucket_seconds: int
    ) -> dict[str, list[TrafficPoint]]:
        """Traffic of each access point."""
        series: dict[str, list[TrafficPoint]] = {}
        rows = self._ask(_TRAFFIC_EACH, _traffic_parameters(access_points, since, until, bucket_seconds))
        for access_point, at, download, upload, clients in rows:
            series.setdefault(access_point, []).append(TrafficPoint(_instant(at), download, upload, clients))
        return series

    def is_healthy(self) -> bool:
        """Whether the file is open and answers."""
        try:
            return self._ask("SELECT 1", []) == [(1,)]
        except StoreError:
            return False

    def close(self) -> None:
        """Write the log into the file and close it."""
        with self._writing:
            self._connection.close()

    def _holds(self, key: FrameKey) -> bool:
        query = "SELECT 1 FROM frames WHERE agent = ? AND boot_id = ? AND sequence = ? LIMIT 1"
        return self._ask(query, [key.agent, key.boot_id, key.sequence]) != []

    def _ask(self, query: str, parameters: object) -> list[Any]:
        try:
            with self._connection.cursor() as cursor:
                return cursor.execute(query, parameters).fetchall()
        except duckdb.Error as error:
            raise StoreError(f"DuckDB did not answer: {error}", is_permanent=False) from error


def open_store(path: Path) -> DuckDBStore:
    """Open the file, making it and its tables where missing. Raises StoreError, naming the remedy."""
    try:
        connection = duckdb.connect(path, config={"threads": 2, "memory_limit": "1GB"})
        for table in TABLES:
            columns = ", ".join(f'"{column.name}" {_SQL_TYPES[column.kind]}' for column in table.columns)
            connection.execute(f"CREATE TABLE IF NOT EXISTS {table.name} ({columns})")
            _check_columns(connection, table, path)
    except duckdb.Error as error:
        remedy = "another process has it open" if "lock" in str(error).lower() else "check the path and its permissions"
        raise StoreError(f"{path}: {error}; {remedy}", is_permanent=True) from error
    return DuckDBStore(connection)


def _check_columns(connection: duckdb.DuckDBPyConnection, table: Table, path: Path) -> None:
    found = [row[0] for row in connection.execute(f"DESCRIBE {table.name}").fetchall()]
    if found != [column.name for column in table.columns]:
        connection.close()
        message = f"{path}: table {table.name} has other columns than this version writes; move the file away"
        raise StoreError(message, is_permanent=True)


def _insert(cursor: duckdb.DuckDBPyConnection, table: Table, rows: list[object]) -> None:
    incoming = {column.name: _array(column, rows) for column in table.columns}
    cursor.register("incoming", incoming)
    cursor.execute(f"INSERT INTO {table.name} SELECT * FROM incoming")  # noqa: S608  # a constant's name
    cursor.unregister("incoming")


def _array(column: Column, rows: list[object]) -> Array:
    values = [column.value(row) for row in rows]
    if column.kind == "instant":
        return np.array([_microseconds(value) for value in values], dtype="datetime64[us]")
    if column.kind in {"text", "flag"}:
        return np.array(values, dtype=object)
    return np.array(values, dtype=float)  # None becomes NaN, and NaN, which the wire never carries, NULL


def _microseconds(value: object) -> int:
    assert isinstance(value, datetime)  # noqa: S101  # an instant is read off a datetime
    return round(value.timestamp() * 1_000_000)


def _roll_back(cursor: duckdb.DuckDBPyConnection) -> None:
    try:
        cursor.rollback()
    except duckdb.Error:
        return  # the failed statement has ended the transaction already


def _traffic_parameters(
    access_points: Sequence[str], since: datetime, until: datetime, bucket_seconds: int
) -> dict[str, object]:
    return {
        "access_points": list(access_points),
        "since": _naive(since),
        "until": _naive(until),
        "bucket_us": bucket_seconds * 1_000_000,
    }


def _naive(instant: datetime) -> datetime:
    """The database's timestamps are UTC without saying so."""
    return instant.astimezone(UTC).replace(tzinfo=None)


def _instant(microseconds: int) -> datetime:
    return datetime.fromtimestamp(microseconds / 1_000_000, UTC)
