"""Writes an archive: whole, readable for nobody else, or not at all."""

import hashlib
import io
import os
import stat
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol

from collector.backup.folders import is_there, sync_folder
from collector.backup.manifest import MANIFEST, Manifest, Part, encode_manifest
from collector.backup.packing import packing
from collector.backup.problems import BackupError

_OWNER_ONLY = 0o600


class Readable(Protocol):
    """What can be read a part at a time."""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes; none at the end."""
        ...


class ArchiveWriter:
    """What parts are put into, one after the other."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self._parts: list[Part] = []

    @property
    def parts(self) -> tuple[Part, ...]:
        """What has been put in."""
        return tuple(self._parts)

    def add(self, name: str, content: bytes) -> None:
        """A part by its content."""
        self._add(name, len(content), io.BytesIO(content), mode=_OWNER_ONLY)

    def add_file(self, name: str, path: Path) -> None:
        """A part by the file that holds it. Raises BackupError where that cannot be read, or becomes shorter."""
        try:
            file = path.open("rb")
        except OSError as error:
            raise BackupError("cannot_read", path=path, why=error.strerror) from error
        with file:
            told = os.fstat(file.fileno())
            self._add(name, told.st_size, _Source(file, path), mode=stat.S_IMODE(told.st_mode) & 0o777)

    def _add(self, name: str, size: int, content: Readable, *, mode: int) -> None:
        if not _is_writable(name):
            raise BackupError("odd_name", path=name)
        member = tarfile.TarInfo(name)
        member.size, member.mode, member.mtime = size, mode, int(time.time())
        counted = Digesting(content)
        self._tar.addfile(member, counted)
        self._parts.append(Part(name=name, bytes=size, sha256=counted.sha256))

    def finish(self) -> None:
        """Put in the manifest."""
        self.add(MANIFEST, encode_manifest(Manifest(parts=self.parts)))


class Digesting(io.RawIOBase):
    """A file whose SHA-256 is known after it has been read."""

    def __init__(self, content: Readable) -> None:
        super().__init__()
        self._content = content
        self._digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """Some of it."""
        found = self._content.read(size)
        self._digest.update(found)
        return found

    @property
    def sha256(self) -> str:
        """Of all that has been read, in hexadecimal."""
        return self._digest.hexdigest()


class _Source(io.RawIOBase):
    """A file that is put in: what goes wrong with it is no fault of the archive's. Raises BackupError."""

    def __init__(self, file: IO[bytes], path: Path) -> None:
        super().__init__()
        self._file = file
        self._path = path

    def read(self, size: int = -1) -> bytes:
        """So many bytes, which are there: it is asked for no more than it had."""
        try:
            found = self._file.read(size)
        except OSError as error:
            raise BackupError("cannot_read", path=self._path, why=error.strerror) from error
        if len(found) < size:
            raise BackupError("changed_meanwhile", path=self._path)
        return found


def _is_writable(name: str) -> bool:
    """Whether a name is text: a file system may have any bytes in one."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


@contextmanager
def new_archive(path: Path) -> Iterator[ArchiveWriter]:
    """An archive that is there under its name when all is in it and on the disk. Raises BackupError, also where another
    has come to be there meanwhile."""
    refuse_where_one_is(path)
    written = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    except OSError as error:
        raise BackupError("cannot_write", path=path, why=error.strerror) from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            with packing(file, path.name) as packed, tarfile.open(fileobj=packed, mode="w|") as tar:
                writer = ArchiveWriter(tar)
                yield writer
                writer.finish()
            file.flush()
            os.fsync(file.fileno())
        refuse_where_one_is(path)
        written.rename(path)
        sync_folder(path.parent)
    except OSError as error:
        raise BackupError("cannot_write", path=path, why=error.strerror or error) from error
    finally:
        written.unlink(missing_ok=True)


def refuse_where_one_is(path: Path) -> None:
    """Raises BackupError where something has the archive's name."""
    if is_there(path):
        raise BackupError("archive_exists", path=path)
