"""How an archive is packed: not at all, with gzip or with zstd. By its name where one is written, by its first bytes
where one is read."""

import gzip
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, BinaryIO, cast

import zstandard

SUFFIXES = (".tar", ".tar.gz", ".tar.zst")
BROKEN = (tarfile.TarError, zstandard.ZstdError, zlib.error, gzip.BadGzipFile, EOFError)
"""What is raised where a packed archive is not as it was written."""
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_GZIP_LEVEL, _ZSTD_LEVEL = 6, 3


@contextmanager
def packing(file: BinaryIO, name: str) -> Iterator[IO[bytes]]:
    """What is written goes into the file, packed as its name says. It comes to its end where nothing is raised."""
    if name.endswith(".gz"):
        packed = cast("IO[bytes]", gzip.GzipFile("", "wb", _GZIP_LEVEL, file))
    elif name.endswith(".zst"):
        packed = zstandard.ZstdCompressor(_ZSTD_LEVEL, write_checksum=True).stream_writer(file, closefd=False)
    else:
        packed = file
    yield packed
    if packed is not file:
        packed.close()


def unpacking(file: BinaryIO) -> IO[bytes]:
    """What was packed into the file. Reading it raises what is in BROKEN."""
    first = file.read(4)
    file.seek(0)
    if first.startswith(_GZIP):
        return cast("IO[bytes]", gzip.GzipFile("", "rb", fileobj=file))
    if first == _ZSTD:
        return zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
    return file
