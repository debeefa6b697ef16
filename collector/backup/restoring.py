"""Puts an archive back: into empty places, or with what lies there kept beside them.

The archive is read to its end before anything is written: only then is it known to be whole. Then its parts are taken
to beside their places, and moved there at the end, all of them or none. The state in a PostgreSQL comes last: a
transaction that has ended is not moved back.
"""

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from collector.backup.configured import configured
from collector.backup.folders import is_there
from collector.backup.manifest import About
from collector.backup.placing import Placing
from collector.backup.problems import BackupError
from collector.backup.reading import Checked, Content, check, read
from collector.backup.rooms import StateServer
from collector.backup.targets import Target, Wishes, refuse_where_filled, targets
from collector.state import migrations


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done: from what, where each folder of the archive went, and what lay there and is kept."""

    about: About
    places: tuple[tuple[str, str], ...]
    kept: tuple[Path, ...]
    is_configuration_new: bool


def restore(archive: Path, configuration: Path, wishes: Wishes) -> Restored:
    """Do it, whole or not at all, by that configuration, or the archive's own where there is none. Raises BackupError
    and SettingsError."""
    checked = check(archive)
    about = checked.about
    if about.state.step > migrations.HEAD:
        raise BackupError("newer_state", version=about.version, theirs=about.state.step, ours=migrations.HEAD)
    placing = Placing(f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
    is_new = not is_there(configuration)
    try:
        settings = configured(archive, configuration, checked, placing)
        rooms = frozenset(part.name.partition("/")[0] for part in checked.manifest.parts)
        filled = targets(about, rooms, settings, wishes)
        fill(archive, checked, filled, placing, wishes)
    except BaseException:
        placing.undo()
        raise
    finally:
        placing.clear()
    return Restored(about, tuple((each.room, each.name) for each in filled), tuple(placing.kept), is_new)


def fill(archive: Path, checked: Checked, filled: list[Target], placing: Placing, wishes: Wishes) -> None:
    """Take the parts to beside their places, and put all of them there. Raises BackupError."""
    with ExitStack() as stack:
        rooms = {target.room: target.open(placing, stack) for target in filled}

        def take(name: str, content: Content) -> None:
            room, _, rest = name.partition("/")
            if room in rooms:
                rooms[room].take(rest, content)

        read(archive, checked, take)
        for room in rooms.values():
            room.make_ready()
        refuse_where_filled(filled, wishes)  # once more: a collector may have been started meanwhile
        for room in sorted(rooms.values(), key=lambda room: isinstance(room, StateServer)):
            room.put(placing)
