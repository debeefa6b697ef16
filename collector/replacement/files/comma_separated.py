"""Writes CSV as RFC 4180 has it, in UTF-8 with the byte order mark by which Excel knows that it is no CP949. Pure."""

import csv
import io
from collections.abc import Iterator

from collector.replacement.files.sheets import Cell, Sheet

ROWS_AT_ONCE = 500
_BEGINS_A_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
"""After OWASP's "CSV Injection": the full-width ones begin a formula where people write with them."""


def write_csv(sheet: Sheet, *, rows_at_once: int = ROWS_AT_ONCE) -> Iterator[bytes]:
    """The file in pieces of so many rows, each made when it is asked for."""
    piece = io.StringIO(newline="")
    writer = csv.writer(piece)
    piece.write("\ufeff")
    writer.writerow([_harmless(cell) for cell in sheet.header])
    for number, row in enumerate(sheet.rows, 1):
        writer.writerow([_harmless(cell) for cell in row])
        if number % rows_at_once == 0:
            yield _taken(piece)
    yield _taken(piece)


def _harmless(cell: Cell) -> Cell:
    """A spreadsheet takes text that begins like a formula for one, and would do what a device's name tells it to."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_BEGINS_A_FORMULA) else cell


def _taken(piece: io.StringIO) -> bytes:
    text = piece.getvalue()
    piece.seek(0)
    piece.truncate()
    return text.encode("utf-8", "replace")
