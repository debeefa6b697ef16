"""The spool's file: opened with the settings that keep what is written to flash small, mended where it is broken, and
with space held back for a full disk. For `agent.spool`.

A commit costs the pages that it changes, rounded up to the disk's blocks. Hence small pages, one tree without an index,
and a short log that is soon written over: while it grows, the file system's journal is written with each commit.
"""

import contextlib
import errno
import logging
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from agent.clock import Clock

_logger = logging.getLogger(__name__)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS frames (
    id INTEGER PRIMARY KEY,
    boot_id TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    epoch TEXT NOT NULL,
    sampled_at REAL NOT NULL,
    sampled_monotonic_seconds REAL NOT NULL,
    body BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS dropped (id INTEGER PRIMARY KEY CHECK (id = 1), frames INTEGER NOT NULL);
INSERT OR IGNORE INTO dropped VALUES (1, 0);
"""
COLUMNS = "id, boot_id, sequence, epoch, sampled_at, sampled_monotonic_seconds, body"
RESERVE_BYTES = 1024 * 1024
_NOT_OFFERED = frozenset({errno.EOPNOTSUPP, errno.ENOSYS})
"""How file systems of flash answer who asks for space, where the C library does not write it instead."""
_PAGE_BYTES = 2048
_LOG_PAGES = 256
"""So many pages of the log are copied into the file at once."""


class SpoolError(Exception):
    """The spool cannot be opened; the message names the file and the remedy."""


def is_full(error: sqlite3.Error) -> bool:
    """Whether it is the disk's want of space that failed."""
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL


class Reserve:
    """A file that holds disk space for the moment when there is no more."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def take(self) -> None:
        """Hold the space, as far as there is any."""
        try:
            with self._path.open("ab") as file:
                try:
                    os.posix_fallocate(file.fileno(), 0, RESERVE_BYTES)
                except OSError as error:
                    if error.errno not in _NOT_OFFERED:
                        raise
                    file.write(os.urandom(max(0, RESERVE_BYTES - file.tell())))  # zeros would be compressed to nothing
        except OSError as error:
            _logger.warning("spool_reserve_not_held error=%r", error.strerror)

    def release(self) -> None:
        """Give the space to whoever is first."""
        with contextlib.suppress(OSError):
            os.truncate(self._path, 0)


def open_file(path: Path, clock: Clock) -> sqlite3.Connection:
    """The file, made with its folder where missing. Raises SpoolError."""
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
        connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA cache_size = -512")
        connection.execute("PRAGMA secure_delete = FAST")  # some builds of SQLite write zeros over all that is deleted
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
                query = f"INSERT OR IGNORE INTO frames ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"  # noqa: S608  # constants only
                saved += connection.execute(query, row).rowcount
    connection.commit()
    _logger.warning("spool_saved frames=%d from=%s", saved, aside)


def _rows_of(aside: Path, order: str) -> Iterator[tuple[object, ...]]:
    with contextlib.closing(sqlite3.connect(f"file:{aside}?immutable=1", uri=True)) as broken:
        yield from broken.execute(f"SELECT {COLUMNS} FROM frames ORDER BY id {order}")  # noqa: S608  # constants only
