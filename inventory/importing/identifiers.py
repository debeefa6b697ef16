"""Ids from what a list gives: the number of an access point, or the names of a place. Pure.

An id never changes as long as what it is made of does not. Two texts may come to one id: that is for the caller to
check.
"""

import hashlib
import re
import unicodedata

from inventory.importing.romanization import romanized

_LONGEST = 63
_DIGEST_LETTERS = 8
_NOT_OF_AN_ID = re.compile(r"[^a-z0-9]+")
_OF_AN_ID = re.compile(r"[a-z0-9가-힣]*")


def normal_number(text: str) -> str:
    """A list's number without the dashes and blanks before it: `---GR000001` is `GR000001`."""
    return unicodedata.normalize("NFKC", text).strip().lstrip("-").strip()


def identifier(text: str) -> str | None:
    """Lower-case Latin letters, digits and dashes, at most 63; `서울-6047-2` is `seoul-6047-2`. None if none are left.

    What is too long is cut, and ends with a digest of the whole.
    """
    return spelled(text) or None


def spelled(text: str) -> str:
    """The same, and empty if none are left."""
    plain = _plain(text)
    return plain if len(plain) <= _LONGEST else with_digest(plain, text)


def has_all_letters(text: str) -> bool:
    """Whether each letter of a text, written without signs, has a place in an id: Hangul, Latin letters and digits."""
    return _OF_AN_ID.fullmatch(unicodedata.normalize("NFKC", text).lower()) is not None


def with_digest(text: str, *identity: str) -> str:
    """The id of a text, cut where it is too long, and after it a digest of what identifies the thing."""
    digest = hashlib.sha256("\x1f".join(identity).encode()).hexdigest()[:_DIGEST_LETTERS]
    return f"{_plain(text)[: _LONGEST - _DIGEST_LETTERS - 1].rstrip('-')}-{digest}".lstrip("-")


def _plain(text: str) -> str:
    return _NOT_OF_AN_ID.sub("-", romanized(unicodedata.normalize("NFKC", text)).lower()).strip("-")
