"""How the points of the embedded store travel from the process that holds the file into an archive: as a tar of Parquet
files, a piece at a time, so that no disk is taken but the archive's own.

The first member tells what is to come, the last that all of it has.
"""

import io
import json
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from http.client import HTTPException
from typing import IO, NamedTuple, Protocol, runtime_checkable

from collector.backup.problems import BackupError

PATH = "/api/v1/backup/points"
MEDIA_TYPE = "application/x-tar"
_FIRST, _LAST = "tables.json", "end.json"


class Piece(NamedTuple):
    """Some rows of a table, in their order, as a Parquet file."""

    table: str
    rows: int
    content: bytes


class Table(NamedTuple):
    """What a table has: its columns in order, and how many rows."""

    columns: tuple[str, ...]
    rows: int


class Points(Protocol):
    """What a store held at one moment."""

    @property
    def tables(self) -> Mapping[str, Table]:
        """Its tables by their names."""
        ...

    def pieces(self) -> Iterator[Piece]:
        """All rows of all tables. Blocks."""
        ...


@runtime_checkable
class CopyingStore(Protocol):
    """A store that can be copied while it is written to."""

    def copy(self) -> AbstractContextManager[Points]:
        """What is stored at this moment, for as long as the context lasts. Blocks; raises StoreError."""
        ...


class TravellingPoints:
    """Points as they come out of a stream. Raises BackupError where it is none, or breaks off."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._members = _decoded(stream)
        name, content = next(self._members, ("", b""))
        if name != _FIRST:
            raise BackupError("points_broke_off", why="nothing has come")
        tables: dict[str, tuple[list[str], int]] = json.loads(content)
        self.tables: Mapping[str, Table] = {
            table: Table(tuple(columns), rows) for table, (columns, rows) in tables.items()
        }

    def pieces(self) -> Iterator[Piece]:
        """The pieces, in their order."""
        for name, content in self._members:
            if name == _LAST:
                return
            table, _, rows = name.partition("/")
            yield Piece(table, int(rows), content)
        raise BackupError("points_broke_off", why="the collector ended, or could not go on; see its log")


def encoded(points: Points) -> Iterator[bytes]:
    """The points as a stream."""
    yield _member(_FIRST, json.dumps(points.tables).encode())
    for piece in points.pieces():
        yield _member(f"{piece.table}/{piece.rows}", piece.content)
    yield _member(_LAST, b"{}") + b"\0" * (2 * tarfile.BLOCKSIZE)


def _member(name: str, content: bytes) -> bytes:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    return b"".join((member.tobuf(tarfile.USTAR_FORMAT), content, b"\0" * (-len(content) % tarfile.BLOCKSIZE)))


def _decoded(stream: IO[bytes]) -> Iterator[tuple[str, bytes]]:
    """Each member is read whole before it is handed on, so that what its user does raises nothing here."""
    try:
        with tarfile.open(fileobj=stream, mode="r|") as tar:
            for member in tar:
                yield member.name, (tar.extractfile(member) or io.BytesIO()).read()
    except (tarfile.TarError, HTTPException, OSError) as error:
        raise BackupError("points_broke_off", why=error) from error
