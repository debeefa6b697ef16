"""Finds phone numbers in what people have written down, so that a phone can call them. Pure."""

import re
from typing import NamedTuple

_NUMBER = re.compile(r"(?<![\d-])(?:0\d{1,2}[-. ]?\d{3,4}[-. ]?\d{4}|1[568]\d\d[-. ]?\d{4})(?![\d-])", re.ASCII)
"""Korean ones: with the area's or the mobile network's prefix, and those of companies (1588-0000)."""


class Piece(NamedTuple):
    """A part of a text; `call` is the number to be called, where it is one."""

    text: str
    call: str | None


def pieces_of(text: str) -> list[Piece]:
    """The whole text, part by part."""
    pieces, done = [], 0
    for found in _NUMBER.finditer(text):
        pieces.append(Piece(text[done : found.start()], None))
        pieces.append(Piece(found[0], re.sub(r"\D", "", found[0])))
        done = found.end()
    return [piece for piece in (*pieces, Piece(text[done:], None)) if piece.text]
