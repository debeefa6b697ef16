"""Files and folders, as a backup looks at them and a restoration finds them. What cannot be looked at is told."""

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from collector.backup.problems import BackupError


def files_in(folder: Path, *, but: Path | None = None) -> Iterator[tuple[str, Path]]:
    """Every file of a folder and the folders in it, by its name there; none where there is no folder. What is hidden is
    left out, for it is being written, and so is what lies in `but`. Raises BackupError where a folder cannot be read.
    """
    if not is_there(folder) or not folder.is_dir():
        return
    for place, folders, names in os.walk(folder, onerror=tell_unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and Path(place, name) != but)
        for name in sorted(names):
            path = Path(place, name)
            if not name.startswith(".") and path.is_file():
                yield path.relative_to(folder).as_posix(), path


def tell_unreadable(error: OSError) -> None:
    """Have a folder that cannot be read not be passed over. Raises BackupError."""
    raise BackupError("cannot_read", path=error.filename, why=error.strerror) from error


def is_there(path: Path) -> bool:
    """Whether something is there. Raises BackupError where this user may not know."""
    try:
        return path.exists()
    except OSError as error:
        raise BackupError("cannot_read", path=path, why=error.strerror) from error


def is_empty(folder: Path) -> bool:
    """Whether nothing is in a folder, or it is not there; a file is not empty. Raises BackupError."""
    try:
        return next(folder.iterdir(), None) is None
    except FileNotFoundError:
        return True
    except NotADirectoryError:
        return False
    except OSError as error:
        raise BackupError("cannot_read", path=folder, why=error.strerror) from error


def is_held(path: Path) -> bool:
    """Whether another process has the database of this file open, which DuckDB and SQLite lock for as long as they do.
    Raises BackupError."""
    try:
        with path.open("rb+") as file:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError as error:
        raise BackupError("cannot_read", path=path, why=error.strerror) from error
    return False


def sync_folder(folder: Path) -> None:
    """Have the names in it on the disk. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
