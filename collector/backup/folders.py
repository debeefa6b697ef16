"""Files of a folder, as they are put into an archive and taken out of it. With their modes, for some are keys."""

import os
from collections.abc import Iterator
from pathlib import Path

from collector.backup.problems import BackupError

_FOLDER_MODE = 0o750


def files_in(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every file of a folder and the folders in it, by its name there; none where there is no folder. What is hidden is
    left out, for it is being written. Raises BackupError where a folder cannot be read."""

    def tell(error: OSError) -> None:
        raise BackupError("cannot_read", path=error.filename, why=error.strerror) from error

    if not folder.is_dir():
        return
    for place, folders, names in os.walk(folder, onerror=tell):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(place, name)
            if not name.startswith(".") and path.is_file():
                yield path.relative_to(folder).as_posix(), path


def is_empty(folder: Path) -> bool:
    """Whether nothing is in a folder, or it is not there."""
    return not folder.exists() or (folder.is_dir() and next(folder.iterdir(), None) is None)


def make_folder(folder: Path) -> None:
    """Make it and those above it, where they are missing. Raises OSError."""
    folder.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
