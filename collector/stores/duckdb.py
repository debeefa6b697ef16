"""The embedded store: one DuckDB file, written in columns, read with SQL. One process may hold the file."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import duckdb

from collector.clocks import OLDEST
from collector.condition import Condition
from collector.embedded import condition, evidence, reading, stored_frames
from collector.embedded.copying import PointsCopy
from collector.embedded.rollups import ROLLUPS, hours_due, roll_up
from collector.embedded.schema import let_go_of_tables, open_file, set_lean
from collector.embedded.writing import CommitUncertainError, FrameRows, prepare, write_frames
from collector.evidence import Evidence
from collector.points import TABLES
from collector.stores import (
    ActiveThroughput,
    FrameKey,
    HourlyUsage,
    StoredFrame,
    StoreError,
    StoreLostError,
    TrafficPoint,
    Unstorable,
)

T = TypeVar("T")
_LONG_AGO = reading.naive(datetime(1970, 1, 1, tzinfo=UTC))
_QUESTIONS_END_WITHIN_SECONDS = 30.0
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
        self._writing = threading.Lock()
        self._counting = threading.Condition()
        self._cursors = 0
        self._is_closed = False
        self._is_lean = False
        self._newest = _LONG_AGO
        self._committed: set[FrameKey] = set()
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
        with self._question() as cursor:
            return reading.traffic(cursor, access_points, since, until, bucket_seconds)

    def traffic_by_access_point(
        self, access_points: Sequence[str], since: datetime, until: datetime, bucket_seconds: int
    ) -> dict[str, list[TrafficPoint]]:
        """Traffic of each access point."""
        with self._question() as cursor:
            return _grouped(reading.traffic_by_access_point(cursor, access_points, since, until, bucket_seconds))

    def hourly_usage(
        self, access_points: Sequence[str], since: datetime, until: datetime
    ) -> dict[str, list[HourlyUsage]]:
        """The hours of each access point."""
        with self._question() as cursor:
            return _grouped(reading.hourly_usage(cursor, access_points, since, until))

    def hourly_throughput(
        self, access_points: Sequence[str], since: datetime, until: datetime
    ) -> dict[str, list[ActiveThroughput]]:
        """The hours of each access point in which its throughput was measured."""
        with self._question() as cursor:
            return _grouped(evidence.hourly_throughput(cursor, access_points, since, until))

    def evidence(self, access_points: Sequence[str], since: datetime, until: datetime) -> dict[str, Evidence]:
        """What each access point is judged by."""
        with self._question() as cursor:
            return evidence.evidence(cursor, access_points, since, until)

    def condition(self, access_point: str, since: datetime, until: datetime, bucket_seconds: int) -> Condition:
        """How one access point was."""
        with self._question() as cursor:
            return condition.condition(cursor, access_point, since, until, bucket_seconds)

    @contextmanager
    def copy(self) -> Iterator[PointsCopy]:
        """All that is stored at this moment, to be read while writing goes on. Blocks; raises StoreError."""
        with self._cursor() as cursor, closing(PointsCopy(cursor)) as points:
            yield points

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
        await self._in(self._write_thread, self._close)
        self._maintenance_thread.shutdown()
        self._write_thread.shutdown()

    def _close(self) -> None:
        """DuckDB refuses to close while a question is under way."""
        with self._counting:
            self._counting.wait_for(lambda: not self._cursors, _QUESTIONS_END_WITHIN_SECONDS)
            self._connection.close()

    async def _in(self, thread: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(thread, work)

    def _write(self, frames: Sequence[FrameRows]) -> list[Unstorable]:
        """What was committed of a batch that failed in part is left out when it is written again, as it is until it has
        gone through."""
        unstorable: list[Unstorable] = []
        rest = [frame for frame in frames if frame.key not in self._committed]
        parts: list[Sequence[FrameRows]] = [rest] if rest else []
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
            else:
                self._committed.update(frame.key for frame in part)
        self._committed.clear()
        return unstorable

    def _write_part(self, frames: Sequence[FrameRows]) -> None:
        with self._writing:
            self._newest = max(self._newest, *(reading.naive(frame.received_at) for frame in frames))
            try:
                with self._connection.cursor() as cursor:
                    write_frames(cursor, frames, oldest=self._newest - self._retention.raw)
            except CommitUncertainError as error:
                self._check_health(frames, error)
                if not self._holds(frames[0].key):  # else it is durable, and what failed came after it
                    raise StoreError(_told(frames, error), is_permanent=False) from error
            except (duckdb.Error, ValueError, OverflowError) as error:
                self._check_health(frames, error)
                is_permanent = isinstance(error, _FAULTS_OF_THE_DATA)
                raise StoreError(_told(frames, error), is_permanent=is_permanent) from error

    def _check_health(self, frames: Sequence[FrameRows], error: Exception) -> None:
        if not self.is_healthy():
            raise StoreLostError(_told(frames, error)) from error

    def _maintain(self, now: datetime) -> None:
        """Raw points go only when their hours are rolled up. An hour that cannot be stops no other."""
        at = reading.naive(now)
        failures: list[str] = []
        with self._cursor() as cursor:
            for hour in hours_due(cursor, at):
                try:
                    roll_up(cursor, hour)
                except duckdb.Error as error:
                    failures.append(f"the hour from {hour} cannot be rolled up: {error}")
            raw_from = at - self._retention.raw
            ((oldest_dirty,),) = cursor.execute("SELECT min(hour) FROM dirty_hours").fetchall()
            raw_from = raw_from if oldest_dirty is None else min(raw_from, oldest_dirty)
            for table in TABLES:
                _forget(cursor, f"{table.name} WHERE observed_at", raw_from)
            for rollup in ROLLUPS:
                _forget(cursor, f"{rollup.name} WHERE hour", at - self._retention.hourly)
            _forget(cursor, "frames WHERE received_at", at - OLDEST - timedelta(days=1))
            stored_frames.put_together(cursor, at)
        self.problems = tuple(failures)
        self._write_log_into_tables()
        self._let_go_of_tables()

    def _write_log_into_tables(self) -> None:
        """What is not in the tables yet is held in memory. Done in little of it, unless a question comes meanwhile."""
        with self._counting:
            self._is_lean = not self._cursors
            if self._is_lean:
                set_lean(self._connection, is_lean=True)
        try:
            with self._connection.cursor() as cursor:
                cursor.execute("CHECKPOINT")
        except duckdb.TransactionException:
            return  # a question is being answered; the next time will do
        except duckdb.Error as error:
            raise StoreError(f"DuckDB did not write its log into the tables: {error}", is_permanent=False) from error
        finally:
            with self._counting:
                self._be_generous()

    def _be_generous(self) -> None:
        """To be called with `_counting` held."""
        if self._is_lean:
            self._is_lean = False
            set_lean(self._connection, is_lean=False)

    def _let_go_of_tables(self) -> None:
        """Between two writes, and unless a question is being answered."""
        with self._writing, self._counting:
            if self._cursors:
                return
            try:
                let_go_of_tables(self._connection)
            except duckdb.Error as error:  # what is in no table yet goes to the disk, which may be full
                raise StoreError(f"DuckDB did not let go of what it holds: {error}", is_permanent=False) from error

    def _holds(self, key: FrameKey) -> bool:
        with self._cursor() as cursor:
            return stored_frames.holds(cursor, key)

    @contextmanager
    def _question(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor that sees one state of the file, however many queries an answer takes."""
        with self._cursor() as cursor:
            cursor.begin()
            yield cursor
            cursor.rollback()

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor for questions; what goes wrong is a StoreError."""
        with self._counting:
            self._cursors += 1
            self._be_generous()
        try:
            with self._connection.cursor() as cursor:
                yield cursor
        except duckdb.Error as error:
            raise StoreError(f"DuckDB did not answer: {error}", is_permanent=False) from error
        finally:
            with self._counting:
                self._cursors -= 1
                self._counting.notify_all()


def open_store(path: Path, retention: Retention = Retention()) -> DuckDBStore:
    """Open the file, making it and its tables where missing. Raises StoreError, naming the remedy."""
    return DuckDBStore(open_file(path), retention)


def _told(frames: Sequence[FrameRows], error: Exception) -> str:
    return f"DuckDB did not take {len(frames)} frames: {error}"


def _forget(cursor: duckdb.DuckDBPyConnection, what: str, before: datetime) -> None:
    """Delete what is older, where there is anything: a DELETE that finds nothing would still write."""
    if cursor.execute(f"SELECT 1 FROM {what} < ? LIMIT 1", [before]).fetchall():  # noqa: S608  # constants' names
        cursor.execute(f"DELETE FROM {what} < ?", [before])  # noqa: S608  # constants' names


def _grouped(pairs: Iterator[tuple[str, T]]) -> dict[str, list[T]]:
    series: dict[str, list[T]] = {}
    for access_point, point in pairs:
        series.setdefault(access_point, []).append(point)
    return series
