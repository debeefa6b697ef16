"""Marks that nothing else has, planted where people show: and a search for them, however they are spelled or packed.

One word is part of every name, key and password that a test plants, the first five octets begin every client's MAC, and
there is one address of each family: so a search for these finds all that were made of them.
"""

import base64
import gzip
import io
import ipaddress
import secrets
import sqlite3
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import duckdb
import zstandard

Content = tuple[str, bytes]
"""Where it was found, and what it is."""


class Spelling(NamedTuple):
    """One way in which a mark may stand in a file. Large and small letters are alike where it `is_text`."""

    name: str
    octets: bytes
    is_text: bool


class Markers:
    """Drawn anew by each test."""

    def __init__(self) -> None:
        self.word = "q" + secrets.token_hex(5)
        self.mac_prefix = bytes([0x02, *secrets.token_bytes(4)])
        self.ipv4 = ipaddress.IPv4Address(bytes([10, *(secrets.randbelow(150) + 100 for _ in range(3))]))
        self.ipv6 = ipaddress.IPv6Address(bytes.fromhex("20010db8") + secrets.token_bytes(12))
        texts = {self.word: "word", str(self.ipv4): "IPv4", str(self.ipv6): "IPv6", self.ipv6.exploded: "IPv6"}
        self.spellings = [spelling for text, name in texts.items() for spelling in _of_text(text, name)]
        self.spellings += _of_octets(self.mac_prefix, "MAC")
        self.spellings += _raw(self.ipv6.packed, "IPv6")
        self.spellings += [
            Spelling("IPv4 as hexadecimal", each.hex().encode(), is_text=True)
            for each in (self.ipv4.packed, self.ipv4.packed[::-1])
        ]

    def mac(self, last: int, separator: str = ":") -> str:
        """A client's."""
        return separator.join(f"{octet:02x}" for octet in (*self.mac_prefix, last))

    def found_in(self, contents: Iterable[Content]) -> list[str]:
        """Where a mark stands, and how it is spelled there."""
        found = []
        for where, octets in contents:
            small = octets.lower()
            found += [
                f"{where}: {each.name}" for each in self.spellings if each.octets in (small if each.is_text else octets)
            ]
        return found


def _of_text(text: str, name: str) -> Iterator[Spelling]:
    small, large = text.lower(), text.upper()
    for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
        yield Spelling(f"{name} in {encoding}", small.encode(encoding), is_text=True)
    for case in {text, small, large}:
        yield Spelling(f"{name} as hexadecimal", case.encode().hex().encode(), is_text=True)
        yield from _base64(case.encode(), name)


def _of_octets(octets: bytes, name: str) -> Iterator[Spelling]:
    written = [octets.hex(separator) for separator in ":-. "] + [octets.hex(), ".".join(map(str, octets))]
    written += [octets.hex()[:10].replace(octets.hex()[:4], f"{octets.hex()[:4]}{separator}", 1) for separator in ".:-"]
    for text in written:
        yield from _of_text(text, f"{name} {text!r}")
    yield from _raw(octets, name)


def _raw(octets: bytes, name: str) -> Iterator[Spelling]:
    yield Spelling(f"{name} as octets", octets, is_text=False)
    yield Spelling(f"{name} as hexadecimal", octets.hex().encode(), is_text=True)
    yield from _base64(octets, name)


def _base64(octets: bytes, name: str) -> Iterator[Spelling]:
    """What of the encoding does not depend on what stands beside it, for each of the three places it may begin at."""
    for lead in range(3):
        encoded = base64.b64encode(bytes(lead) + octets)
        sure = encoded[-(-lead * 8 // 6) : (lead + len(octets)) * 8 // 6]
        for alphabet in {sure, sure.translate(bytes.maketrans(b"+/", b"-_"))}:
            yield Spelling(f"{name} in base64", alphabet, is_text=False)


def contents_of(path: Path) -> Iterator[Content]:
    """A file as it is, and what is packed in it: compressed, in an archive, or in the rows of a database."""
    yield from unpacked(path.name, path.read_bytes(), path)


def unpacked(name: str, octets: bytes, path: Path | None = None) -> Iterator[Content]:
    """The same of what is no file, or was one in an archive."""
    yield name, octets
    if octets.startswith(b"\x1f\x8b"):
        yield from unpacked(f"{name} (gzip)", gzip.decompress(octets))
    elif octets.startswith(b"\x28\xb5\x2f\xfd"):
        with zstandard.ZstdDecompressor().stream_reader(octets) as reader:
            yield from unpacked(f"{name} (zstd)", reader.read())
    elif octets.startswith((b"\x78\x01", b"\x78\x9c", b"\x78\xda")):
        yield from unpacked(f"{name} (zlib)", zlib.decompressobj().decompress(octets))
    elif octets[257:262] == b"ustar":
        with tarfile.open(fileobj=io.BytesIO(octets)) as archive:
            for member in archive:
                file = archive.extractfile(member)
                if file is not None:
                    yield from unpacked(f"{name}/{member.name}", file.read())
    elif octets.startswith(b"SQLite format 3\0"):
        yield from _rows_of_sqlite(name, octets if path is None else path)
    elif octets[8:12] == b"DUCK" and path is not None:
        yield from _rows_of_duckdb(name, path)
    elif octets.startswith(b"PAR1"):
        yield from _rows_of_parquet(name, octets)


def _rows_of_sqlite(name: str, source: bytes | Path) -> Iterator[Content]:
    with closing(sqlite3.connect(":memory:" if isinstance(source, bytes) else source)) as database:
        if isinstance(source, bytes):
            database.deserialize(source)
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in database.execute(f'SELECT * FROM "{table}"'):
                yield from _row(f"{name}: {table}", row)


def _rows_of_duckdb(name: str, path: Path) -> Iterator[Content]:
    with duckdb.connect(path, read_only=True) as database:
        for (table,) in database.execute("SELECT table_name FROM duckdb_tables()").fetchall():
            for row in database.execute(f'SELECT * FROM "{table}"').fetchall():
                yield from _row(f"{name}: {table}", row)


def _rows_of_parquet(name: str, octets: bytes) -> Iterator[Content]:
    path = Path(f"/dev/shm/hg{secrets.token_hex(8)}.parquet")
    try:
        path.write_bytes(octets)
        with duckdb.connect() as database:
            for row in database.read_parquet(str(path)).fetchall():
                yield from _row(name, row)
    finally:
        path.unlink()


def _row(name: str, row: tuple[object, ...]) -> Iterator[Content]:
    yield name, "\n".join(str(value) for value in row).encode()
    for value in row:
        if isinstance(value, bytes):
            yield from unpacked(name, value)
