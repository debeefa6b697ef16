"""What commands print on a terminal that belongs to whoever looks."""

import unicodedata
from collections.abc import Sequence


def printable(text: str) -> str:
    """The text with what is no sign written as its number: what others have sent may try to steer the terminal."""
    return "".join(letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in text)


def width(text: str) -> int:
    """How many columns a text takes: Korean letters take two each."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def columns(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells as lines, the cells of a column below each other."""
    widths = [max(map(width, cells)) for cells in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell + " " * (size - width(cell)) for cell, size in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
