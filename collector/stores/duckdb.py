"""The embedded store: one DuckDB file, written in columns, read with SQL. One process may hold the file."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import TypeVar

import duckdb

from collector.clocks import OLDEST
from collector.embedded import reading, stored_frames
from collector.embedded.rollups import ROLLUPS, hours_due, roll_up
from collector.embedded.schema import open_file
from collector.embedded.writing import FrameRows, prepare, write_frames
from collector.points import TABLES
from collector.stores import (
    FrameKey,
    HourlyUsage,
    StoredFrame,
    StoreError,
    StoreLostError,
    TrafficPoint,
    Unstorable,
)

T = TypeVar("T")
_FAULTS_OF_THE_DATA = (duckdb.DataError, duckdb.IntegrityError, ValueError, OverflowError)


@dataclass(frozen=True, slots=True)
class Retention:
    """For how long points are kept. Raw ones outlast whatever may be late, by a day."""

    raw: timedelta = timedelta(days=30)
    hourly: timedelta = timedelta(days=730)


class DuckDBStore:
    """The store on one DuckDB file. Threads may share it: one writes at a time, readers have cursors of their own.

    What has been written is on disk, so nothing needs to settle, and there is one run of the engine: this process.
    """

    settle_seconds = 0.0
    problems: Sequence[str] = ()

    def __init__(self, connection: duckdb.DuckDBPyConnection, retention: Retention = Retention()) -> None:
        self._connection = connection
        self._retention = retention
        self._writing = Lock()
        self._is_closed = False
        self._write_thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._maintenance_thread = ThreadPoolExecutor(1, thread_name_prefix="rollups")

    def prepare(self, frame: StoredFrame) -> FrameRows:
        """Its rows."""
        return prepare(frame)

    async def write(self, frames: Sequence[FrameRows]) -> Sequence[Unstorable]:
        """One transaction for all of them, but for those that DuckDB refuses for good: a batch with one is halved
        until that is alone. Raises StoreError and, where the engine has given up, StoreLostError."""
        return await self._in(self._write_thread, lambda: self._write(frames))

    async def maintain(self, now: datetime) -> None:
        """Roll up the hours that are over, and forget what is older than it is kept."""
        await self._in(self._maintenance_thread, lambda: self._maintain(now))

    async def incarnation(self) -> str | None:
        """Always the same."""
        return "embedded"

    def stored_frames(self, since: datetime) -> Mapping[tuple[str, str], Sequence[tuple[int, int]]]:
        """Ranges of stored sequence numbers by agent and boot."""
        ranges: dict[tuple[str, str], list[tuple[int, int]]] = {}
        with self._cursor() as cursor:
            rows = stored_frames.stored_ranges(cursor, reading.naive(since))
        for agent, boot_id, first, last in rows:
            ranges.setdefault((agent, boot_id), []).append((first, last))
        return ranges

    def traffic(
        self, access_points: Sequence[str], since: datetime, until: datetime, bucket_seconds: int
    ) -> list[TrafficPoint]:
        """Traffic of the access points together."""
        with self._cursor() as cursor:
            return reading.traffic(cursor, access_points, since, until, bucket_seconds)

    def traffic_by_access_point(
        self, access_points: Sequence[str], since: datetime, until: datetime, bucket_seconds: int
    ) -> dict[str, list[TrafficPoint]]:
        """Traffic of each access point."""
        with self._cursor() as cursor:
            return _grouped(reading.traffic_by_access_point(cursor, access_points, since, until, bucket_seconds))

    def hourly_usage(
        self, access_points: Sequence[str], since: datetime, until: datetime
    ) -> dict[str, list[HourlyUsage]]:
        """The hours of each access point."""
        with self._cursor() as cursor:
            return _grouped(reading.hourly_usage(cursor, access_points, since, until))

    def is_healthy(self) -> bool:
        """Whether the file is open and answers."""
        try:
            with self._cursor() as cursor:
                return cursor.execute("SELECT 1").fetchall() == [(1,)]
        except StoreError:
            return False

    async def close(self) -> None:
        """Finish what is being written, write the log into the file and close it. Closing again does nothing."""
        if self._is_closed:
            return
        self._is_closed = True
        await self._in(self._maintenance_thread, lambda: None)
        await self._in(self._write_thread, self._connection.close)
        self._maintenance_thread.shutdown()
        self._write_thread.shutdown()

    async def _in(self, thread: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(thread, work)

    def _write(self, frames: Sequence[FrameRows]) -> list[Unstorable]:
        unstorable: list[Unstorable] = []
        parts = [frames] if frames else []
        while parts:
            part = parts.pop()
            try:
                self._write_part(part)
            except StoreError as error:
                if not error.is_permanent:
                    raise
                if len(part) > 1:
                    parts += [part[len(part) // 2 :], part[: len(part) // 2]]
                else:
                    unstorable.append(Unstorable(part[0].key, None, str(error)))
        return unstorable

    def _write_part(self, frames: Sequence[FrameRows]) -> None:
        with self._writing:
            try:
                with self._connection.cursor() as cursor:
                    write_frames(cursor, frames)
            except (duckdb.Error, ValueError, OverflowError) as error:
                message = f"DuckDB did not take {len(frames)} frames: {error}"
                if not self.is_healthy():
                    raise StoreLostError(message) from error
                if not self._holds(frames[0].key):  # else the commit is durable, and what failed came after it
                    raise StoreError(message, is_permanent=isinstance(error, _FAULTS_OF_THE_DATA)) from error

    def _maintain(self, now: datetime) -> None:
        at = reading.naive(now)
        with self._cursor() as cursor:
            for hour in hours_due(cursor, at):
                roll_up(cursor, hour)
            for table in TABLES:
                _forget(cursor, f"{table.name} WHERE observed_at", at - self._retention.raw)
            for rollup in ROLLUPS:
                _forget(cursor, f"{rollup.name} WHERE hour", at - self._retention.hourly)
            _forget(cursor, "frames WHERE received_at", at - OLDEST - timedelta(days=1))
            stored_frames.put_together(cursor, at)

    def _holds(self, key: FrameKey) -> bool:
        with self._cursor() as cursor:
            return stored_frames.holds(cursor, key)

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor for questions; what goes wrong is a StoreError."""
        try:
            with self._connection.cursor() as cursor:
                yield cursor
        except duckdb.Error as error:
            raise StoreError(f"DuckDB did not answer: {error}", is_permanent=False) from error


def open_store(path: Path, retention: Retention = Retention()) -> DuckDBStore:
    """Open the file, making it and its tables where missing. Raises StoreError, naming the remedy."""
    return DuckDBStore(open_file(path), retention)


def _forget(cursor: duckdb.DuckDBPyConnection, what: str, before: datetime) -> None:
    """Delete what is older, where there is anything: a DELETE that finds nothing would still write."""
    if cursor.execute(f"SELECT 1 FROM {what} < ? LIMIT 1", [before]).fetchall():  # noqa: S608  # constants' names
        cursor.execute(f"DELETE FROM {what} < ?", [before])  # noqa: S608  # constants' names


def _grouped(pairs: Iterator[tuple[str, T]]) -> dict[str, list[T]]:
    series: dict[str, list[T]] = {}
    for access_point, point in pairs:
        series.setdefault(access_point, []).append(point)
    return series
