"""Whose it is to be what is restored, and who may look into its folders. A folder is as the one was that it replaces;
where there was none, it belongs to whom the folder belongs that it lies in. Files belong to whom their folder does.

Who it is for may be at work in the same place, and is not to be given what is root's elsewhere: no link is followed,
and what is in a folder is reached from the open folder, not by a path that may lead elsewhere by now.
"""

import errno
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple


class Ownership(NamedTuple):
    """Of a folder."""

    user: int
    group: int
    mode: int


Owners = Mapping[str, Ownership]
"""Of a folder, at "", and of the folders in it, at their names there."""
NOT_THERE: Owners = MappingProxyType({})
_HELD = Ownership(user=0, group=0, mode=0o700)
"""Of a folder while root hands it over: nobody else gets into it."""


def owners_in(folder: Path) -> Owners:
    """As they are; none where there is no folder. Raises OSError."""
    if not folder.is_dir():
        return NOT_THERE
    places = ["", *(str(path.relative_to(folder)) for path in folder.rglob("*") if _is_folder(path))]
    return {place: _of(folder / place) for place in places}


def hand_over(path: Path, into: Path, before: Owners, mode: int) -> None:
    """Give a file, or a folder with all that is in it, to whom it is to belong when it lies in the folder `into`. A
    folder that was not there `before` gets the mode. Who is not root gives what that user may. Raises OSError."""
    above = _of(into)
    if not _is_folder(path):
        _give(path, above)
        return
    with _opened(path) as folder:
        _hand_over_folder(folder, "", above._replace(mode=mode), before)


def make_folder(folder: Path, mode: int) -> list[Path]:
    """Make it and those above it where they are missing, each for whom the one above belongs to; those that were made,
    from the top. Raises OSError."""
    if folder.is_dir():
        return []
    made = make_folder(folder.parent, mode)
    folder.mkdir(mode=mode)
    _give(folder, _of(folder.parent))
    return [*made, folder]


def _hand_over_folder(folder: int, place: str, otherwise: Ownership, before: Owners) -> None:
    """An open one, after all that is in it. Root takes it first, so that nobody changes what is in it meanwhile."""
    owner = before.get(place, otherwise)
    if os.geteuid() == 0:
        with suppress(PermissionError):  # on a share everything may be one user's, for ever
            _give(".", _HELD, within=folder)
            os.fchmod(folder, _HELD.mode)
    with os.scandir(folder) as entries:
        folders = {entry.name: entry.is_dir(follow_symlinks=False) for entry in entries}
    for name in sorted(folders):
        if folders[name]:
            with _opened(name, within=folder) as inner:
                _hand_over_folder(inner, f"{place}/{name}".lstrip("/"), owner, before)
        else:
            _give(name, owner, within=folder)
    _give(".", owner, within=folder)
    os.fchmod(folder, owner.mode)


@contextmanager
def _opened(folder: Path | str, within: int | None = None) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=within)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _is_folder(path: Path) -> bool:
    """Whether it is one itself, and no link to one."""
    return path.is_dir() and not path.is_symlink()


def _of(folder: Path) -> Ownership:
    told = folder.stat()
    return Ownership(told.st_uid, told.st_gid, stat.S_IMODE(told.st_mode))


def _give(path: Path | str, owner: Ownership, within: int | None = None) -> None:
    """A link itself, not what it leads to; and no file of root's that has a second name, for it may lie elsewhere."""
    told = os.stat(path, dir_fd=within, follow_symlinks=False)
    if (told.st_uid, told.st_gid) == (owner.user, owner.group):
        return
    if os.geteuid() == 0:
        if stat.S_ISREG(told.st_mode) and told.st_nlink > 1:
            raise OSError(errno.EMLINK, "a file has a second name, and is not given away", str(path))
        os.chown(path, owner.user, owner.group, dir_fd=within, follow_symlinks=False)
    else:
        with suppress(PermissionError):  # a user may give to the groups that they are in
            os.chown(path, -1, owner.group, dir_fd=within, follow_symlinks=False)
