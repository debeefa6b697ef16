"""Text that strangers had a hand in, made fit to stand in a sentence. Pure; called by what puts notices into words.

Names of devices and networks, and what a check says of its failure, come from machines that anybody may have set up.
What a receiver takes for markup is escaped where a format writes it down.
"""

import unicodedata

MOST_LETTERS = 200
_CUT = "…"
_NEVER_SHOWN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
"""Unicode's categories of control and format characters (with those that turn the direction of writing), of halves of
surrogates, which no UTF-8 can carry, and of what means nothing."""


def plain(text: str, most_letters: int = MOST_LETTERS) -> str:
    """One line without control characters, cut at this many letters."""
    text = text[: 4 * most_letters]
    if not text.isprintable():
        text = "".join(" " if _is_hidden(letter) else letter for letter in text)
    return cut(" ".join(text.split()), most_letters)


def cut(text: str, most_letters: int) -> str:
    """The text, or its beginning with a sign that there is more."""
    return text if len(text) <= most_letters else text[: most_letters - len(_CUT)].rstrip() + _CUT


def _is_hidden(letter: str) -> bool:
    return unicodedata.category(letter) in _NEVER_SHOWN
