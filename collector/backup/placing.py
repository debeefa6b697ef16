"""Puts what was restored into its places: each was made beside its place, and is moved there when all of it is whole.
What goes wrong in between has everything moved back."""

import os
from collections.abc import Sequence
from pathlib import Path

from collector.backup.folders import is_empty, make_folder
from collector.backup.problems import BackupError

_BESIDE = "before-restore"


class Placing:
    """The places of one restoration. What lay in one is kept beside it, under a name with `stamp`."""

    def __init__(self, stamp: str) -> None:
        self._stamp = stamp
        self._moves: list[tuple[Path, Path]] = []
        self._staged: list[Path] = []
        self._empty_folders: list[Path] = []
        self.kept: list[Path] = []

    def beside(self, place: Path) -> Path:
        """Where what is to be put there is made, on the same disk. Raises BackupError."""
        staged = place.with_name(f".{place.name}.restoring-{os.getpid()}")
        try:
            make_folder(place.parent)
        except OSError as error:
            raise BackupError("cannot_write", path=place.parent, why=error.strerror) from error
        self._staged.append(staged)
        return staged

    def put(self, staged: Path, place: Path, companions: Sequence[str] = ()) -> None:
        """Move it there, and what is there out of its way, with the files that belong to that. Raises BackupError."""
        try:
            kept = place.with_name(f"{place.name}.{_BESIDE}-{self._stamp}")
            for suffix in ("", *companions):
                old = place.with_name(place.name + suffix)
                if old.is_file() or not is_empty(old):
                    self._move(old, kept.with_name(kept.name + suffix))
            if kept.exists():
                self.kept.append(kept)
            elif place.is_dir():
                self._empty_folders.append(place)
            _hand_over(staged, place.parent)
            self._move(staged, place)
            _sync(place.parent)
        except OSError as error:
            raise BackupError("cannot_write", path=place, why=error.strerror) from error

    def take_back(self, place: Path) -> None:
        """Remove what was put there, and the folders that are empty without it. Raises OSError."""
        self._moves = [move for move in self._moves if move[1] != place]
        place.unlink()
        for folder in place.parents:
            if not is_empty(folder):
                break
            folder.rmdir()

    def undo(self) -> None:
        """Move everything back to where it was."""
        for origin, now in reversed(self._moves):
            now.rename(origin)
        for folder in self._empty_folders:
            folder.mkdir(exist_ok=True)
        self._moves.clear()
        self.kept.clear()

    def clear(self) -> None:
        """Remove what was made and is in no place."""
        for staged in self._staged:
            for path in [each for each in staged.parent.iterdir() if each.name.startswith(staged.name)]:
                remove(path)

    def _move(self, origin: Path, place: Path) -> None:
        origin.rename(place)
        self._moves.append((origin, place))


def remove(path: Path) -> None:
    """A file, or a folder with all that is in it."""
    if path.is_dir() and not path.is_symlink():
        for each in path.iterdir():
            remove(each)
        path.rmdir()
    else:
        path.unlink(missing_ok=True)


def _hand_over(path: Path, folder: Path) -> None:
    """What root restores belongs to whom the folder belongs that it is put into. Raises OSError."""
    if os.geteuid() != 0:
        return
    owner = folder.stat()
    os.chown(path, owner.st_uid, owner.st_gid)
    if path.is_dir():
        for each in path.rglob("*"):
            os.chown(each, owner.st_uid, owner.st_gid)


def write_whole(path: Path, mode: int) -> int:
    """A descriptor of a new file which only its owner reads, whatever others may later. Raises OSError."""
    make_folder(path.parent)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    os.fchmod(descriptor, mode & 0o777)
    return descriptor


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
