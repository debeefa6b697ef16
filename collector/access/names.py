"""What somebody, or a token, may be called. Pure."""

import re
import unicodedata

MOST_NAME_LETTERS = 64
TAKEN_BY_US = frozenset({"command", "telemetry"})
"""Who has done something is told by name: what commands on the collector's machine do, and what telemetry does, is
told as done by these."""
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Fillers of Hangul, an empty Braille cell, joiners and selectors: Unicode counts them as printable, and nothing is to
be seen of them, so that two names could look the same."""


def is_name(text: str) -> bool:
    """Whether a text can be a name: up to 64 letters that can be seen, one of them a letter or a digit, no slash, which
    ends a name in addresses, and nothing around them."""
    if not 0 < len(text) <= MOST_NAME_LETTERS or text != text.strip() or not text.isprintable():
        return False
    if _UNSEEN.search(text):
        return False
    return "/" not in text and any(letter.isalnum() for letter in text)


def alike(text: str) -> str:
    """The same for names that people would take for each other: in large or small, wide or narrow letters."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def normal_name(text: str) -> str:
    """The name as it is kept: composed, as keyboards send it, and without what is around it."""
    return unicodedata.normalize("NFC", text).strip()
