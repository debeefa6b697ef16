"""What becomes of the parts of an archive: one class for each kind of thing that is restored.

Each takes its parts to a place beside its own, makes them ready, and has them put there.
"""

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from collector.backup import postgresql_state, sqlite_state
from collector.backup.embedded_points import COMPANIONS, PointsFile
from collector.backup.ownership import owners_in
from collector.backup.placing import FOLDER_MODE, Placing, write_whole
from collector.backup.postgresql_state import Server
from collector.backup.problems import BackupError
from collector.backup.reading import Content, pass_on
from collector.state.settings import StateSettings


class Room(Protocol):
    """Something that is restored from the parts of one folder of an archive."""

    def take(self, name: str, content: Content) -> None:
        """A part, by its name in that folder. Raises BackupError."""
        ...

    def make_ready(self) -> None:
        """All parts have come. Raises BackupError."""
        ...

    def put(self, placing: Placing) -> None:
        """Put it where it belongs. Raises BackupError."""
        ...


class StateFile:
    """The state in SQLite."""

    def __init__(self, place: Path, placing: Placing) -> None:
        self._place = place
        self._staged = placing.beside(place)

    def take(self, _: str, content: Content) -> None:
        """The file."""
        keep(content, self._staged)

    def make_ready(self) -> None:
        """Bring it to the tables of this version."""
        sqlite_state.make_ready(self._staged)

    def put(self, placing: Placing) -> None:
        """Where the collector looks for it."""
        placing.put(self._staged, self._place, sqlite_state.COMPANIONS)


class StateServer:
    """The state in PostgreSQL. What it is put into is no file, so it comes last, and is done by one transaction."""

    def __init__(self, settings: StateSettings, server: Server, tools_version: int, *, staged: Path) -> None:
        self._settings = settings
        self._server = server
        self._tools_version = tools_version
        self._staged = staged

    def take(self, _: str, content: Content) -> None:
        """The dump."""
        keep(content, self._staged)

    def make_ready(self) -> None:
        """Nothing is left to do."""

    def put(self, _: Placing) -> None:
        """Fill the database."""
        postgresql_state.fill_state(self._settings, self._server, self._staged, self._tools_version)


class EmbeddedPoints:
    """The points in DuckDB: each piece is taken into the new file as it comes."""

    def __init__(self, place: Path, placing: Placing, rows: Mapping[str, int]) -> None:
        self._place = place
        self._staged = placing.beside(place)
        self._piece = self._staged.with_name(f"{self._staged.name}.piece")
        self._rows = rows
        self._file = PointsFile(self._staged)

    @property
    def columns(self) -> Mapping[str, Sequence[str]]:
        """What this version has of each table."""
        return self._file.columns

    def take(self, name: str, content: Content) -> None:
        """Some rows of a table."""
        keep(content, self._piece)
        self._file.add(name.partition("/")[0], self._piece)
        self._piece.unlink()

    def make_ready(self) -> None:
        """Close the file, if no row is missing."""
        self._file.finish(dict(self._rows))

    def put(self, placing: Placing) -> None:
        """Where the collector looks for it."""
        placing.put(self._staged, self._place, COMPANIONS)

    def close(self) -> None:
        """Let go of the file, whatever became of it."""
        self._file.close()


class Folder:
    """Files in a folder: the inventory, what belongs to enrolment, or the data of an engine."""

    def __init__(self, place: Path, placing: Placing, *, beside: Path | None = None, mode: int = FOLDER_MODE) -> None:
        """Raises BackupError. A folder that is not there yet is made with the mode."""
        self._place = place
        self._mode = mode
        self._staged = placing.beside(beside or place)
        try:
            self._before = owners_in(place)
        except OSError as error:
            raise BackupError("cannot_read", path=error.filename, why=error.strerror) from error

    def take(self, name: str, content: Content) -> None:
        """One of its files."""
        keep(content, self._staged / name)

    def make_ready(self) -> None:
        """Nothing is left to do."""

    def put(self, placing: Placing) -> None:
        """In place of the folder; where no file came, it stays as it is."""
        if self._staged.exists():
            placing.put(self._staged, self._place, before=self._before, mode=self._mode)


def keep(content: Content, path: Path) -> None:
    """Write a part to the disk, with the mode that it had. Raises BackupError."""
    try:
        with os.fdopen(write_whole(path, content.mode), "wb") as file:
            pass_on(content, file)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        with suppress(OSError):
            path.unlink(missing_ok=True)
        raise BackupError("cannot_write", path=path, why=error.strerror or error) from error
