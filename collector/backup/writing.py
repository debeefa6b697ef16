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
        """A part by the file that holds it. Raises BackupError where that cannot be read."""
        try:
            file = path.open("rb")
        except OSError as error:
            raise BackupError("cannot_read", path=path, why=error.strerror) from error
        with file:
            told = os.fstat(file.fileno())
            self._add(name, told.st_size, file, mode=stat.S_IMODE(told.st_mode) & 0o777)

    def _add(self, name: str, size: int, content: IO[bytes], *, mode: int) -> None:
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

    def __init__(self, content: IO[bytes]) -> None:
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


@contextmanager
def new_archive(path: Path) -> Iterator[ArchiveWriter]:
    """An archive that is there under its name when all is in it and on the disk. Raises BackupError."""
    if path.exists():
        raise BackupError("archive_exists", path=path)
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
        written.rename(path)
    except OSError as error:
        raise BackupError("cannot_write", path=path, why=error.strerror or error) from error
    finally:
        written.unlink(missing_ok=True)
