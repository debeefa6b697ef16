"""Bytes of a list to rows: its encoding, and CSV. Called by the importers."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from inventory.importing.listing import ListingError, RawRow, Refusal

_ENCODINGS = ("utf-8-sig", "cp949")
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_OF_A_PERSON = re.compile(
    r"전화|연락처|휴대|이메일|담당자|(?<![a-z])tel(?:ephone|no|num|number)?(?![a-z])|phone|e[-_ ]?mail|contact"
)


def read_bytes(path: Path) -> bytes:
    """The file, whole. Raises ListingError."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise ListingError(f"{path} cannot be read: {error.strerror}; correct the path") from error


def decoded(data: bytes) -> str:
    """UTF-8, with a mark before it or not, or else CP949: whichever fits more of it.

    Bytes that are no text of it become surrogates, so that only the rows that have them are lost. Raises ListingError.
    """
    if data.startswith(_UTF_16_MARKS):
        raise ListingError("the list is in UTF-16; save it as UTF-8")
    texts = [data.decode(encoding, errors="surrogateescape") for encoding in _encodings(data)]
    return min(texts, key=_undecoded)


def _encodings(data: bytes) -> tuple[str, ...]:
    """Those that come into question. A first line in Korean decides it: what reads as UTF-8 there is no CP949."""
    first = data.partition(b"\n")[0]
    try:
        is_utf_8 = not first.decode(_ENCODINGS[0]).isascii()
    except UnicodeDecodeError:
        is_utf_8 = False
    return _ENCODINGS[:1] if is_utf_8 else _ENCODINGS


def is_text(row: list[str]) -> bool:
    """Whether all of the row can be written again: no byte of it was no text, and no escape half a letter."""
    return not any(_undecoded(cell) for cell in row)


def _undecoded(text: str) -> int:
    return 0 if text.isascii() else sum("\ud800" <= letter <= "\udfff" for letter in text)


def is_of_a_person(header: str) -> bool:
    """Whether it is the column of a telephone number, an address of mail or a name: these are never kept."""
    return _OF_A_PERSON.search(unicodedata.normalize("NFKC", header).lower()) is not None


def read_csv(text: str) -> tuple[list[str], list[RawRow], list[Refusal]]:
    """Headers, rows and refused rows. Raises ListingError.

    Columns without a header are left out of the rows, as are those about a person.
    """
    lines = _rows(text)
    headers = next(lines, None)
    if headers is None:
        raise ListingError("the list is empty")
    if not is_text(headers):
        raise ListingError("the header is not text of the list's encoding; save the list as UTF-8")
    named = [header for header in headers if header.strip()]
    if len(set(named)) != len(named):
        raise ListingError("two columns have the same header; rename one")
    kept = {header for header in named if not is_of_a_person(header)}
    rows: list[RawRow] = []
    refused: list[Refusal] = []
    for number, cells in enumerate(lines, start=2):
        if not cells:
            continue
        if len(cells) != len(headers):
            problem = f"has {len(cells)} columns, the header {len(headers)}; look for a comma without quotes around it"
            refused.append(Refusal(number, problem))
        elif not is_text(cells):
            refused.append(Refusal(number, "is not text of the list's encoding; save the list as UTF-8"))
        else:
            values = zip(headers, cells, strict=True)
            rows.append(RawRow(number, {header: cell for header, cell in values if header in kept}))
    return headers, rows, refused


def _rows(text: str) -> Iterator[list[str]]:
    """Strictly read: a quote that is not closed would take the rows after it into its own."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    first_line = 1
    try:
        for row in reader:
            yield row
            first_line = reader.line_num + 1
    except csv.Error as error:
        problem = f"the list is not CSV in the row that begins on line {first_line}: {error}"
        raise ListingError(f"{problem}; look for a quote that is not closed, or not doubled") from error
