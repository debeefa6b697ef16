"""What somebody, or a token, may be called. Pure."""

import unicodedata

MOST_NAME_LETTERS = 64
TAKEN_BY_US = frozenset({"command", "telemetry"})
"""Who has done something is told by name: what commands on the collector's machine do, and what telemetry does, is
told as done by these."""


def is_name(text: str) -> bool:
    """Whether a text can be a name: up to 64 letters that can be seen, one of them a letter or a digit, no slash, which
    ends a name in addresses, and nothing around them."""
    if not 0 < len(text) <= MOST_NAME_LETTERS or text != text.strip() or not text.isprintable():
        return False
    return "/" not in text and any(letter.isalnum() for letter in text)


def normal_name(text: str) -> str:
    """The name as it is kept: composed, as keyboards send it, and without what is around it."""
    return unicodedata.normalize("NFC", text).strip()
