"""The state in SQLite: copied while the collector writes to it, and put back."""

import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from collector.backup.folders import is_there
from collector.backup.problems import BackupError
from collector.state.database import StateError, open_database
from collector.state.enrolments import note_restored
from collector.state.settings import StateSettings

COMPANIONS = ("-wal", "-shm")
"""What SQLite keeps beside a file while it is open, and after a kill."""
_LOCKED_WITHIN_SECONDS = 10.0


def step_of(path: Path) -> str:
    """The number of the last step that its tables have taken. Raises BackupError."""
    if not is_there(path):
        raise BackupError("state_missing", path=path)
    try:
        with closing(_open_to_read(path)) as state:
            ((step,),) = state.execute("SELECT version_num FROM alembic_version").fetchall()
    except (sqlite3.Error, ValueError) as error:
        raise BackupError("state_failed", name=path, why=error) from error
    return str(step)


def copy_state(path: Path, to: Path) -> None:
    """All that is committed by now, in one file, by SQLite's online backup: in one go, since what another process
    writes would have it begin again between two. No writer waits for it. Raises BackupError."""
    try:
        with closing(_open_to_read(path)) as state, closing(sqlite3.connect(to)) as copy:
            state.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
            check_whole(copy)
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:  # which one of ours does not have
            raise BackupError("cannot_write", path=to.parent, why=error) from error
        raise BackupError("state_failed", name=path, why=error) from error


def check_whole(state: sqlite3.Connection) -> None:
    """Raises sqlite3.DatabaseError where the file's pages do not fit together."""
    told = state.execute("PRAGMA quick_check").fetchall()
    if told != [("ok",)]:
        raise sqlite3.DatabaseError(str(told[0][0]))


def make_ready(path: Path) -> None:
    """Bring what was put back to the tables of this version, on the disk and in one file; it says that it was put back.
    Raises BackupError."""
    try:
        with closing(sqlite3.connect(path)) as state:
            check_whole(state)
        engine = open_database(StateSettings(), path)
        try:
            note_restored(engine, datetime.now(UTC))
        finally:
            engine.dispose()
        with closing(sqlite3.connect(path)) as state:
            state.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with path.open("rb") as file:
            os.fsync(file.fileno())
    except (sqlite3.Error, SQLAlchemyError, StateError, OSError) as error:
        raise BackupError("state_failed", name=path, why=error) from error


def _open_to_read(path: Path) -> sqlite3.Connection:
    """Who may not write could not tidy up what SQLite keeps beside the file."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=_LOCKED_WITHIN_SECONDS)
