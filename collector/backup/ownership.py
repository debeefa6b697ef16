"""Whose it is to be what is restored, and who may look into its folders. A folder is as the one was that it replaces;
where there was none, it belongs to whom the folder belongs that it lies in. Files belong to whom their folder does."""

import os
import stat
from collections.abc import Mapping
from contextlib import suppress
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


def owners_in(folder: Path) -> Owners:
    """As they are; none where there is no folder. Raises OSError."""
    if not folder.is_dir():
        return NOT_THERE
    places = ["", *(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_dir())]
    return {place: _of(folder / place) for place in places}


def hand_over(path: Path, into: Path, before: Owners, mode: int) -> None:
    """Give a file, or a folder with all that is in it, to whom it is to belong when it lies in the folder `into`. A
    folder that was not there `before` gets the mode. Who is not root gives what that user may. Raises OSError."""
    above = _of(into)
    if not path.is_dir():
        _give(path, above)
        return
    owners = {"": above._replace(mode=mode)}
    for each in (path, *sorted(path.rglob("*"))):
        name = "" if each == path else str(each.relative_to(path))
        if each.is_dir():
            owners[name] = before.get(name, owners[name.rpartition("/")[0]])
            _give(each, owners[name])
            each.chmod(owners[name].mode)
        else:
            _give(each, owners[name.rpartition("/")[0]])


def make_folder(folder: Path, mode: int) -> list[Path]:
    """Make it and those above it where they are missing, each for whom the one above belongs to; those that were made,
    from the top. Raises OSError."""
    if folder.is_dir():
        return []
    made = make_folder(folder.parent, mode)
    folder.mkdir(mode=mode)
    _give(folder, _of(folder.parent))
    return [*made, folder]


def _of(folder: Path) -> Ownership:
    told = folder.stat()
    return Ownership(told.st_uid, told.st_gid, stat.S_IMODE(told.st_mode))


def _give(path: Path, owner: Ownership) -> None:
    told = path.stat()
    if (told.st_uid, told.st_gid) == (owner.user, owner.group):
        return
    if os.geteuid() == 0:
        os.chown(path, owner.user, owner.group)
    else:
        with suppress(PermissionError):  # a user may give to the groups that they are in
            os.chown(path, -1, owner.group)
