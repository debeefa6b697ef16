"""The spool: every frame on disk, from its reading until the collector says that it is stored.

SQLite in one file, owned by one process. Bounded by bytes and by age: what does not fit drops the oldest, and that
is counted, on disk as well. Used by the framer, which appends, and the uplink, which reads and forgets.

A frame is on disk before it is sent. That it is forgotten is written with the next one, in one transaction: a frame
that a kill brings back is sent again, and stored once.
"""

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeVar

from agent.clock import Clock
from agent.spool_file import COLUMNS, Reserve, is_full, open_file
from agent.wire import SequenceRange

T = TypeVar("T")
_logger = logging.getLogger(__name__)

FORGOTTEN_AT_MOST = 100
"""With so many forgotten frames waiting for the next one, they are taken off the disk without it."""


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
    """One agent's frames on disk. All work happens in one thread of its own, so that a slow disk stalls nobody.

    Within a boot, ids are as far apart as sequence numbers, and those of a later boot are higher.
    """

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
        self._forgotten: dict[int, int] = {}  # ids and bytes of what is on disk still, and counts as gone
        self._is_closed = False
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="spool")
        self._connection = open_file(path, clock)
        self._reserve = Reserve(path.with_name(f"{path.name}.reserve"))
        self._reserve.take()
        self._measure()

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
        """Let acknowledged frames go; the ids of those that were there. They are gone for this process, and leave the
        disk with the next frame that is appended, when there are FORGOTTEN_AT_MOST, or at the end."""
        return await self._in_thread(lambda: self._forget(ranges))

    async def close(self) -> None:
        """Finish what is under way, take what is forgotten off the disk and close the file. Closing again does
        nothing."""
        if not self._is_closed:
            self._is_closed = True
            await self._in_thread(self._close)
            self._executor.shutdown()

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    def _close(self) -> None:
        self._write_forgotten()
        self._connection.close()

    def _append(self, body: bytes) -> None:
        self._sequence += 1
        try:
            self._store(body)
        except sqlite3.Error as error:
            _logger.warning("spool_write_failed error=%r", str(error))
            try:
                if is_full(error):
                    self._make_room(2 * len(body))
                self._store(body)
            except sqlite3.Error as again:
                _logger.error("spool_frame_lost sequence=%d error=%r", self._sequence, str(again))  # noqa: TRY400  # counted and told in a line; a full disk needs no traceback a sample
                self._unrecorded_drops += 1
                self.dropped_frames += 1

    def _store(self, body: bytes) -> None:
        with self._writing():
            too_old = self._drop_too_old()
            beyond = self._drop_oldest(self.bytes - too_old.bytes + len(body) - self._max_bytes)
            dropped = _Dropped(too_old.frames + beyond.frames, too_old.bytes + beyond.bytes)
            self._connection.execute(
                "INSERT INTO frames VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    self._before_first_id[self.boot_id] + self._sequence,
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

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """A transaction, which begins with taking away what is forgotten. Where it fails, that waits for the next."""
        with self._connection:
            self._connection.executemany("DELETE FROM frames WHERE id = ?", [(gone,) for gone in self._forgotten])
            yield
        self._forgotten.clear()

    def _make_room(self, excess: int) -> None:
        """On a full disk: delete what is forgotten, and of the oldest frames as many as that does not make up for."""

        def drop() -> _Dropped:
            still_needed = excess - sum(self._forgotten.values())
            with self._writing():
                dropped = self._drop_oldest(still_needed)
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
        """Ids and bytes of frames from one end on. No more of them are read than are asked for, beside those that lie
        at this end and are forgotten or to be left out, and no bodies."""
        query = f"SELECT id, length(body) FROM frames ORDER BY id {order}"  # noqa: S608  # one of two constants is put in
        with contextlib.closing(self._connection.execute(query)) as rows:
            for frame_id, size in rows:
                if frame_id not in leaving_out and frame_id not in self._forgotten:
                    yield frame_id, size

    def _frame(self, frame_id: int) -> SpooledFrame | None:
        query = f"SELECT {COLUMNS} FROM frames WHERE id = ?"  # noqa: S608  # only constants are put in
        row = self._connection.execute(query, (frame_id,)).fetchone()
        return None if row is None or frame_id in self._forgotten else SpooledFrame(*row)

    def _forget(self, ranges: Iterable[SequenceRange]) -> set[int]:
        """Nothing is forgotten where the disk cannot be read: the frames go again, and are acknowledged again."""
        try:
            gone = {frame_id: size for span in ranges for frame_id, size in self._within(span)}
        except sqlite3.Error as error:
            _logger.warning("spool_cannot_forget error=%r", str(error))
            return set()
        self._forgotten |= gone
        self.frames -= len(gone)
        self.bytes -= sum(gone.values())
        if len(self._forgotten) >= FORGOTTEN_AT_MOST:
            self._write_forgotten()
        return set(gone)

    def _within(self, span: SequenceRange) -> Iterator[tuple[int, int]]:
        """Ids and bytes of the frames of a range that are not forgotten yet."""
        before_first = self._before_first_id.get(span.boot_id)
        if before_first is None:
            return
        query = "SELECT id, length(body) FROM frames WHERE id BETWEEN ? AND ? AND boot_id = ?"
        ids = before_first + span.first, before_first + span.last
        for frame_id, size in self._connection.execute(query, (*ids, span.boot_id)):
            if frame_id not in self._forgotten:
                yield frame_id, size

    def _write_forgotten(self) -> None:
        """Take what is forgotten off the disk. Where the disk does not let it go, it waits for the next occasion."""
        try:
            try:
                with self._writing():
                    pass  # nothing else
            except sqlite3.Error as error:
                if not is_full(error):
                    raise
                self._make_room(0)
        except sqlite3.Error as error:
            _logger.warning("spool_cannot_forget error=%r", str(error))

    def _measure(self) -> None:
        """Find what an earlier process has left. Reads the whole file; later changes are counted as they are made."""
        query = "SELECT count(*), coalesce(sum(length(body)), 0), coalesce(max(id), 0) FROM frames"
        self.frames, self.bytes, last_id = self._connection.execute(query).fetchone()
        (self.dropped_frames,) = self._connection.execute("SELECT frames FROM dropped").fetchone()
        boots = self._connection.execute("SELECT DISTINCT boot_id, id - sequence FROM frames").fetchall()
        self._before_first_id: dict[str, int] = dict(boots) | {self.boot_id: last_id}
        query = "SELECT coalesce(min(id), ?) FROM frames WHERE epoch = ?"  # a later start of the machine has higher ids
        (self._epoch_begins_at,) = self._connection.execute(query, (last_id + 1, self._clock.epoch)).fetchone()
