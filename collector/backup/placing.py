"""Puts what was restored into its places: each was made beside its place, and is moved there when all of it is whole.
What goes wrong in between has everything moved back."""

import os
from collections.abc import Sequence
from pathlib import Path

from collector.backup.folders import is_empty, sync_folder
from collector.backup.ownership import NOT_THERE, Owners, hand_over, make_folder
from collector.backup.problems import BackupError

_BESIDE = "before-restore"
FOLDER_MODE = 0o750
"""Of a folder of which nothing else is known."""


class Placing:
    """The places of one restoration. What lay in one is kept beside it, under a name with `stamp`."""

    def __init__(self, stamp: str) -> None:
        self._stamp = stamp
        self._moves: list[tuple[Path, Path]] = []
        self._staged: list[Path] = []
        self._made: list[Path] = []
        self.kept: list[Path] = []

    def beside(self, place: Path) -> Path:
        """Where what is to be put there is made, on the same disk. Raises BackupError."""
        staged = place.with_name(f".{place.name}.restoring-{os.getpid()}")
        try:
            self._made += make_folder(place.parent, FOLDER_MODE)
        except OSError as error:
            raise BackupError("cannot_write", path=place.parent, why=error.strerror) from error
        self._staged.append(staged)
        return staged

    def put(
        self,
        staged: Path,
        place: Path,
        companions: Sequence[str] = (),
        *,
        before: Owners = NOT_THERE,
        mode: int = FOLDER_MODE,
    ) -> None:
        """Move it there, and what is there out of its way, with the files that belong to that. A folder is for whom it
        was `before`; of one that was not there this is the mode. Raises BackupError."""
        try:
            self._made += make_folder(place.parent, FOLDER_MODE)
            hand_over(staged, place.parent, before, mode)
            kept = place.with_name(f"{place.name}.{_BESIDE}-{self._stamp}")
            for suffix in ("", *companions):
                old = place.with_name(place.name + suffix)
                if old.is_dir() and is_empty(old):
                    self._move(old, staged.with_name(f"{staged.name}.empty"))
                elif os.path.lexists(old):
                    self._move(old, kept.with_name(kept.name + suffix))
            if os.path.lexists(kept):
                self.kept.append(kept)
            self._move(staged, place)
            sync_folder(place.parent)
        except OSError as error:
            raise BackupError("cannot_write", path=place, why=error.strerror) from error

    def take_back(self, place: Path) -> None:
        """Remove what was put there, and the folders made for it that are empty without it. Raises OSError."""
        self._moves = [move for move in self._moves if move[1] != place]
        place.unlink()
        self._remove_made(place.parents)

    def undo(self) -> None:
        """Move everything back to where it was, and remove what was made. Raises BackupError where that cannot be."""
        failed: BackupError | None = None
        for origin, now in reversed(self._moves):
            try:
                if os.path.lexists(now) and not os.path.lexists(origin):  # or it was broken off before it was moved
                    now.rename(origin)
            except OSError as error:
                failed = BackupError("not_moved_back", path=now, origin=origin, why=error.strerror)
        self._moves.clear()
        self.kept.clear()
        self.clear()
        self._remove_made(self._made)
        if failed is not None:
            raise failed

    def clear(self) -> None:
        """Remove what was made and is in no place."""
        for staged in self._staged:
            for path in [*staged.parent.iterdir()] if staged.parent.is_dir() else []:
                if path.name.startswith(staged.name) and path.name[len(staged.name) :][:1] in {"", ".", "-"}:
                    remove(path)

    def _move(self, origin: Path, place: Path) -> None:
        self._moves.append((origin, place))
        origin.rename(place)

    def _remove_made(self, among: Sequence[Path]) -> None:
        for folder in reversed(self._made):
            if folder in among and folder.is_dir() and is_empty(folder):
                folder.rmdir()
        self._made = [folder for folder in self._made if folder.is_dir()]


def remove(path: Path) -> None:
    """A file, or a folder with all that is in it."""
    if path.is_dir() and not path.is_symlink():
        for each in path.iterdir():
            remove(each)
        path.rmdir()
    else:
        path.unlink(missing_ok=True)


def _make_own(folder: Path) -> None:
    if not folder.is_dir():
        _make_own(folder.parent)
        folder.mkdir(mode=0o700)


def write_whole(path: Path, mode: int) -> int:
    """A descriptor of a new file which only its owner reads, whatever others may later. Folders that are missing are
    made, and given to nobody yet, who might lead what follows elsewhere. Raises OSError."""
    _make_own(path.parent)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    os.fchmod(descriptor, mode & 0o777)
    return descriptor
