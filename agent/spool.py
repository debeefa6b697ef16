"""The spool: every frame on disk, from its reading until the collector says that it is stored.

SQLite in one file, owned by one process. Bounded by bytes and by age: what does not fit drops the oldest, and that
is counted, on disk as well. Used by the framer, which appends, and the uplink, which reads and forgets.
"""

import asyncio
import contextlib
import logging
import os
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeVar

from agent.clock import Clock
from agent.wire import SequenceRange

T = TypeVar("T")
_logger = logging.getLogger(__name__)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS frames (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    boot_id TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    epoch TEXT NOT NULL,
    sampled_at REAL NOT NULL,
    sampled_monotonic_seconds REAL NOT NULL,
    body BLOB NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS frames_by_sequence ON frames (boot_id, sequence);
CREATE TABLE IF NOT EXISTS dropped (id INTEGER PRIMARY KEY CHECK (id = 1), frames INTEGER NOT NULL);
INSERT OR IGNORE INTO dropped VALUES (1, 0);
"""
RESERVE_BYTES = 1024 * 1024
_COLUMNS = "id, boot_id, sequence, epoch, sampled_at, sampled_monotonic_seconds, body"


class SpoolError(Exception):
    """The spool cannot be opened; the message names the file and the remedy."""


@dataclass(frozen=True, slots=True)
class SpooledFrame:
    """One row: `body` is a JSON object with what the frame holds, the rest is about when it was made."""

    id: int
    boot_id: str
    sequence: int
    epoch: str
    sampled_at: float
    sampled_monotonic_seconds: float
    body: bytes


class _Dropped(NamedTuple):
    """What a bound has cost."""

    frames: int
    bytes: int


class Spool:
    """One agent's frames on disk. All work happens in one thread of its own, so that a slow disk stalls nobody."""

    def __init__(self, path: Path, *, boot_id: str, max_bytes: int, max_age_seconds: float, clock: Clock) -> None:
        self.boot_id = boot_id
        self.on_append: Callable[[], None] = lambda: None
        self.frames = 0
        self.bytes = 0
        self.dropped_frames = 0
        self._max_bytes = max_bytes
        self._max_age_seconds = max_age_seconds
        self._clock = clock
        self._sequence = 0
        self._unrecorded_drops = 0
        self._is_closed = False
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="spool")
        self._connection = _open(path, clock)
        self._reserve = _Reserve(path.with_name(f"{path.name}.reserve"))
        self._reserve.take()
        self._measure()
        self._epoch_begins_at = self._first_id_of_epoch()

    async def append(self, body: bytes) -> None:
        """Put a frame on disk. When this returns it is there, or counted as dropped: a full disk costs old frames."""
        await self._in_thread(lambda: self._append(body))
        self.on_append()

    async def newest(self, *, leaving_out: Collection[int]) -> SpooledFrame | None:
        """The newest frame whose id is not among those left out."""
        return await self._in_thread(lambda: self._first("DESC", leaving_out))

    async def oldest(self, *, leaving_out: Collection[int]) -> SpooledFrame | None:
        """The oldest frame whose id is not among those left out."""
        return await self._in_thread(lambda: self._first("ASC", leaving_out))

    async def oldest_together(
        self, *, leaving_out: Collection[int], at_most_frames: int, at_most_bytes: int
    ) -> list[SpooledFrame]:
        """The oldest frames whose ids are not among those left out, the oldest first: as many as keep within both
        bounds, and one in any case where there is one."""
        return await self._in_thread(lambda: self._together(leaving_out, at_most_frames, at_most_bytes))

    async def frame(self, frame_id: int) -> SpooledFrame | None:
        """One frame by its id; None once it is forgotten or dropped."""
        return await self._in_thread(lambda: self._frame(frame_id))

    async def forget(self, ranges: Iterable[SequenceRange]) -> set[int]:
        """Delete acknowledged frames; the ids of those that were there."""
        return await self._in_thread(lambda: self._forget(ranges))

    async def close(self) -> None:
        """Finish what is under way and close the file. Closing again does nothing."""
        if not self._is_closed:
            self._is_closed = True
            await self._in_thread(self._connection.close)
            self._executor.shutdown()

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    def _append(self, body: bytes) -> None:
        self._sequence += 1
        try:
            self._store(body)
        except sqlite3.Error as error:
            _logger.warning("spool_write_failed error=%r", str(error))
            try:
                if _is_full(error):
                    self._make_room(2 * len(body))
                self._store(body)
            except sqlite3.Error as again:
                _logger.error("spool_frame_lost sequence=%d error=%r", self._sequence, str(again))  # noqa: TRY400  # counted and told in a line; a full disk needs no traceback a sample
                self._unrecorded_drops += 1
                self.dropped_frames += 1

    def _store(self, body: bytes) -> None:
        with self._connection:
            too_old = self._drop_too_old()
            beyond = self._drop_oldest(self.bytes - too_old.bytes + len(body) - self._max_bytes)
            dropped = _Dropped(too_old.frames + beyond.frames, too_old.bytes + beyond.bytes)
            self._connection.execute(
                "INSERT INTO frames (boot_id, sequence, epoch, sampled_at, sampled_monotonic_seconds, body)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (
                    self.boot_id,
                    self._sequence,
                    self._clock.epoch,
                    self._clock.wall().timestamp(),
                    self._clock.monotonic(),
                    body,
                ),
            )
            self._record_drops(dropped)
        self._count_drops(dropped)
        self.frames += 1
        self.bytes += len(body)

    def _make_room(self, excess: int) -> None:
        """On a full disk: delete the oldest frames."""

        def drop() -> _Dropped:
            with self._connection:
                dropped = self._drop_oldest(excess)
                self._record_drops(dropped)
            return dropped

        self._count_drops(self._with_reserve(drop))

    def _with_reserve(self, delete: Callable[[], T]) -> T:
        """Delete on a full disk, where even that needs space: give up the reserve for it, and take it back once the
        log has been written into the file."""
        self._reserve.release()
        try:
            result = delete()
            with contextlib.suppress(sqlite3.Error):  # what is deleted is, even where the log stays as long as it is
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            self._reserve.take()
        return result

    def _record_drops(self, dropped: _Dropped) -> None:
        """Count on disk, in the same transaction, what is dropped now and what could not be recorded before."""
        frames = dropped.frames + self._unrecorded_drops
        if frames:
            self._connection.execute("UPDATE dropped SET frames = frames + ?", (frames,))

    def _count_drops(self, dropped: _Dropped) -> None:
        """The same in memory, once the transaction has been committed."""
        self.frames -= dropped.frames
        self.bytes -= dropped.bytes
        self.dropped_frames += dropped.frames
        self._unrecorded_drops = 0

    def _drop_oldest(self, excess: int) -> _Dropped:
        """Delete the oldest frames, at least `excess` bytes of them."""
        return self._drop_from(0, lambda _, freed: freed < excess)

    def _drop_too_old(self) -> _Dropped:
        """Age is told by the monotonic clock, and so within one start of the machine only: a wall clock may be wrong.
        Frames of earlier starts stay until they are sent, or the bytes do not suffice."""
        oldest = self._clock.monotonic() - self._max_age_seconds
        return self._drop_from(self._epoch_begins_at, lambda sampled, _: sampled < oldest)

    def _drop_from(self, first: int, goes: Callable[[float, int], bool]) -> _Dropped:
        """Delete frames from the id `first` on while one `goes`, by when it was made and what has been freed before it.
        Reads no further than that."""
        query = "SELECT id, sampled_monotonic_seconds, length(body) FROM frames WHERE id >= ? ORDER BY id"
        frames, freed, last = 0, 0, None
        with contextlib.closing(self._connection.execute(query, (first,))) as rows:
            for frame_id, sampled, size in rows:
                if not goes(sampled, freed):
                    break
                frames, freed, last = frames + 1, freed + size, frame_id
        if last is not None:
            self._connection.execute("DELETE FROM frames WHERE id BETWEEN ? AND ?", (first, last))
        return _Dropped(frames, freed)

    def _first_id_of_epoch(self) -> int:
        """Where the frames of this start of the machine begin: a later start's have higher ids. Reads the whole file,
        once, so that an append does not have to."""
        query = "SELECT coalesce(min(id), (SELECT coalesce(max(id), 0) + 1 FROM frames)) FROM frames WHERE epoch = ?"
        first: int = self._connection.execute(query, (self._clock.epoch,)).fetchone()[0]
        return first

    def _first(self, order: str, leaving_out: Collection[int]) -> SpooledFrame | None:
        return next((self._frame(frame_id) for frame_id, _ in self._sizes(order, leaving_out)), None)

    def _together(self, leaving_out: Collection[int], at_most_frames: int, at_most_bytes: int) -> list[SpooledFrame]:
        ids: list[int] = []
        total = 0
        for frame_id, size in self._sizes("ASC", leaving_out):
            total += size
            if ids and (len(ids) >= at_most_frames or total > at_most_bytes):
                break
            ids.append(frame_id)
        return [frame for frame_id in ids if (frame := self._frame(frame_id)) is not None]

    def _sizes(self, order: str, leaving_out: Collection[int]) -> Iterator[tuple[int, int]]:
        """Ids and bytes of frames from one end on. No more of them are read than are asked for, beside those to leave
        out that lie at this end, and no bodies."""
        query = f"SELECT id, length(body) FROM frames ORDER BY id {order}"  # noqa: S608  # one of two constants is put in
        with contextlib.closing(self._connection.execute(query)) as rows:
            for frame_id, size in rows:
                if frame_id not in leaving_out:
                    yield frame_id, size

    def _frame(self, frame_id: int) -> SpooledFrame | None:
        query = f"SELECT {_COLUMNS} FROM frames WHERE id = ?"  # noqa: S608  # only constants are put in
        row = self._connection.execute(query, (frame_id,)).fetchone()
        return None if row is None else SpooledFrame(*row)

    def _forget(self, ranges: Iterable[SequenceRange]) -> set[int]:
        """Nothing is forgotten where the disk does not take it: the frames go again, and are acknowledged again."""
        spans = tuple(ranges)
        try:
            try:
                forgotten = self._delete(spans)
            except sqlite3.Error as error:
                if not _is_full(error):
                    raise
                forgotten = self._with_reserve(lambda: self._delete(spans))
        except sqlite3.Error as error:
            _logger.warning("spool_cannot_forget error=%r", str(error))
            return set()
        self.frames -= len(forgotten)
        self.bytes -= sum(forgotten.values())
        return set(forgotten)

    def _delete(self, spans: Iterable[SequenceRange]) -> dict[int, int]:
        """Delete these frames in one transaction; the ids of those that were there, with their bytes."""
        query = "DELETE FROM frames WHERE boot_id = ? AND sequence BETWEEN ? AND ? RETURNING id, length(body)"
        deleted: dict[int, int] = {}
        with self._connection:
            for span in spans:
                deleted.update(self._connection.execute(query, (span.boot_id, span.first, span.last)).fetchall())
        return deleted

    def _measure(self) -> None:
        """Count what an earlier process has left. Reads the whole file; later changes are counted as they are made."""
        query = "SELECT count(*), coalesce(sum(length(body)), 0), (SELECT frames FROM dropped) FROM frames"
        self.frames, self.bytes, self.dropped_frames = self._connection.execute(query).fetchone()


def _is_full(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL


class _Reserve:
    """A file that holds disk space for the moment when there is no more."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def take(self) -> None:
        """Hold the space, as far as there is any."""
        try:
            with self._path.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, RESERVE_BYTES)
        except OSError as error:
            _logger.warning("spool_reserve_not_held error=%r", error.strerror)

    def release(self) -> None:
        """Give the space to whoever is first."""
        with contextlib.suppress(OSError):
            os.truncate(self._path, 0)


def _open(path: Path, clock: Clock) -> sqlite3.Connection:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return _connect(path)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            aside = _set_aside(path, clock, error)
            connection = _connect(path)
            _save_what_can_be_read(aside, connection)
            return connection
    except sqlite3.OperationalError as error:
        remedy = "another agent is using it" if "locked" in str(error) else "make it and its folder writable"
        raise SpoolError(f"spool {path}: {error}; {remedy}") from error
    except OSError as error:
        raise SpoolError(f"spool {path}: {error.strerror}; make its folder writable") from error


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=1, check_same_thread=False)
    try:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA cache_size = -512")
        connection.executescript(_SCHEMA)
        _check_integrity(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _check_integrity(connection: sqlite3.Connection) -> None:
    if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        raise sqlite3.DatabaseError("the file fails SQLite's quick_check")


def _set_aside(path: Path, clock: Clock, error: sqlite3.DatabaseError) -> Path:
    """A spool that a power cut or a worn flash has broken is kept, the newest one, for whoever wants to look."""
    for earlier in path.parent.glob(f"{path.name}.broken-*"):
        earlier.unlink()
    aside = path.with_name(f"{path.name}.broken-{int(clock.wall().timestamp())}")
    _logger.error("spool_broken error=%r moved_to=%s", str(error), aside)
    path.rename(aside)
    for suffix in ("-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    return aside


def _save_what_can_be_read(aside: Path, connection: sqlite3.Connection) -> None:
    """Frames of a broken spool, read from both ends as far as its pages allow."""
    saved = 0
    for order in ("ASC", "DESC"):
        with contextlib.suppress(sqlite3.Error):  # the broken page; what came before it is saved
            for row in _rows_of(aside, order):
                query = f"INSERT OR IGNORE INTO frames ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"  # noqa: S608  # constants only
                saved += connection.execute(query, row).rowcount
    connection.commit()
    _logger.warning("spool_saved frames=%d from=%s", saved, aside)


def _rows_of(aside: Path, order: str) -> Iterator[tuple[object, ...]]:
    with contextlib.closing(sqlite3.connect(f"file:{aside}?immutable=1", uri=True)) as broken:
        yield from broken.execute(f"SELECT {_COLUMNS} FROM frames ORDER BY id {order}")  # noqa: S608  # constants only
