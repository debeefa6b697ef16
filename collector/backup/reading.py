"""Reads an archive, and tells which part of it is not as it was written."""

import io
import re
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, NamedTuple

from collector.backup.manifest import ABOUT, MANIFEST, ROOMS, About, Manifest, Part, decode_about, decode_manifest
from collector.backup.packing import BROKEN, unpacking
from collector.backup.problems import BackupError
from collector.backup.writing import Digesting

_BYTES_AT_ONCE = 1024 * 1024
_MOST_BYTES_OF_A_DOCUMENT = 64 * 1024 * 1024
_MOST_BYTES_OF_A_HEADER = 64 * 1024
"""Of a part, with what tarfile reads ahead: a path of Linux has 4096, and nothing else in it is long."""
_SEGMENT = re.compile(r"[^/\0]{1,255}")
Take = Callable[[str, "Content"], None]
"""Takes a part: its name, and its content to be read. What is left unread is passed over."""


class Checked(NamedTuple):
    """An archive that is whole."""

    about: About
    manifest: Manifest

    @property
    def bytes(self) -> int:
        """How much there is in it, unpacked."""
        return sum(part.bytes for part in self.manifest.parts)


def check(path: Path) -> Checked:
    """Read all of it. Raises BackupError, which names the part that is missing, cut off or altered."""
    about: About | None = None
    found: list[Part] = []
    for name, content in _members(path):
        if about is None and name != ABOUT:
            raise BackupError("other_product", path=path)
        if name == MANIFEST:
            manifest = decode_manifest(content.read(_MOST_BYTES_OF_A_DOCUMENT), path)
            return Checked(_of(about, path), _compared(manifest, found, path))
        if name == ABOUT:
            text = content.read(_MOST_BYTES_OF_A_DOCUMENT)
            about = decode_about(text, path)
        found.append(content.part())
    if about is None:
        raise BackupError("other_product", path=path)
    raise BackupError("cut_off", path=path, part=found[-1].name)


def read(path: Path, checked: Checked, take: Take) -> None:
    """Hand on every part of an archive that has been checked. Raises BackupError where it has changed since."""
    parts = iter(checked.manifest.parts)
    for name, content in _members(path):
        if name == MANIFEST:
            break
        take(name, content)
        if content.part() != next(parts, None):
            raise BackupError("altered", path=path, part=name)
    missing = next(parts, None)
    if missing is not None:
        raise BackupError("altered", path=path, part=missing.name)


def pass_on(content: "Content", to: IO[bytes]) -> None:
    """Write what is left of a part."""
    while piece := content.read(_BYTES_AT_ONCE):
        to.write(piece)


class Content(Digesting):
    """The content of a part. Reading it raises BackupError where the archive is broken there."""

    def __init__(self, content: IO[bytes], member: tarfile.TarInfo, archive: Path) -> None:
        super().__init__(content)
        self.mode = member.mode & 0o777
        self._name, self._archive = member.name, archive
        self._read_bytes = 0

    def read(self, size: int = -1) -> bytes:
        """Some of it."""
        try:
            found = super().read(size)
        except BROKEN as error:
            raise BackupError("altered", path=self._archive, part=self._name) from error
        self._read_bytes += len(found)
        return found

    def part(self) -> Part:
        """What it is by now, read to its end."""
        while self.read(_BYTES_AT_ONCE):
            pass
        return Part(name=self._name, bytes=self._read_bytes, sha256=self.sha256)


class _Unpacked(io.RawIOBase):
    """What an archive is read from. tarfile takes a header into memory whole, however long that says it is, and its
    hooks for one differ between versions of Python; so there is a bound to what it reads for one."""

    def __init__(self, unpacked: IO[bytes]) -> None:
        super().__init__()
        self._unpacked = unpacked
        self._header_bytes_left: int | None = _MOST_BYTES_OF_A_HEADER

    def begin_header(self) -> None:
        """What is read from now on is short."""
        self._header_bytes_left = _MOST_BYTES_OF_A_HEADER

    def begin_content(self) -> None:
        """What is read from now on may be long."""
        self._header_bytes_left = None

    def read(self, size: int = -1) -> bytes:
        """Some of it. Raises what is in BROKEN, also where a header is too long."""
        found = self._unpacked.read(size)
        if self._header_bytes_left is not None:
            self._header_bytes_left -= len(found)
            if self._header_bytes_left < 0:
                raise tarfile.ReadError("a header is too long")  # no HeaderError: tarfile takes some for the end
        return found


def _members(path: Path) -> Iterator[tuple[str, Content]]:
    """Each part. It is to be read to its end before the next is asked for."""
    before = None
    try:
        with path.open("rb") as file:
            unpacked = _Unpacked(unpacking(file))
            with tarfile.open(fileobj=unpacked, mode="r|") as tar:
                for member in tar:
                    tar.members.clear()  # type: ignore[attr-defined]  # it keeps them, which nobody asks it for again
                    is_plain = member.isfile() and not member.issparse() and not tar.pax_headers  # as all of ours are
                    if not is_plain or not _is_ours(member.name):
                        raise BackupError("other_product" if before is None else "altered", path=path, part=before)
                    before = member.name
                    unpacked.begin_content()
                    yield member.name, Content(tar.extractfile(member) or io.BytesIO(), member, path)
                    unpacked.begin_header()
    except (*BROKEN, ValueError, LookupError) as error:  # by headers that no tar writes
        raise BackupError("other_product" if before is None else "cut_off", path=path, part=before) from error
    except OSError as error:
        raise BackupError("cannot_read", path=path, why=error.strerror or error) from error


def _is_ours(name: str) -> bool:
    """Whether a part can be called that: it leads out of no folder that it is put into."""
    room, *segments = name.split("/")
    if not segments:
        return name in {ABOUT, MANIFEST}
    return room in ROOMS and all(_SEGMENT.fullmatch(each) and each not in {".", ".."} for each in segments)


def _of(about: About | None, path: Path) -> About:
    if about is None:
        raise BackupError("other_product", path=path)
    return about


def _compared(manifest: Manifest, found: list[Part], path: Path) -> Manifest:
    for wanted, part in zip(manifest.parts, found, strict=False):
        if wanted != part:
            raise BackupError("altered", path=path, part=wanted.name)
    if len(found) != len(manifest.parts):
        missing = (*manifest.parts[len(found) :], *found[len(manifest.parts) :])
        raise BackupError("altered", path=path, part=missing[0].name)
    return manifest
