"""What a password may be, and one to begin with. Pure, but for the chance by which one is drawn.

By NIST SP 800-63B-4, 3.1.1.2: what counts is the length, and that it is none of those that are tried first. Which kinds
of letters it is made of is nobody's business, and it never has to be changed without a reason.
"""

import secrets
import unicodedata
from enum import StrEnum

FEWEST_PASSWORD_LETTERS = 12
"""NIST asks for 15 where a password is all there is, and for 8 beside something else; there is a lock-out here as
well."""
MOST_PASSWORD_LETTERS = 1024
_FEWEST_DIFFERENT_LETTERS = 5
_OBVIOUS_WORDS = (
    *("password", "passwort", "letmein", "welcome", "login", "admin", "iloveyou", "monkey", "dragon", "qwerty", "asdf"),
    *("zxcv", "abc", "hangang", "seoul", "wifi", "korea", "비밀번호", "패스워드", "관리자", "한강", "서울", "와이파이"),
)
"""What is tried first, and what this service is called. With nothing but digits and signs beside them they are no
password."""
_ROWS = ("01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm")
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""Without those that are taken for each other: 0 and o, 1 and i and l."""
_GROUPS, _GROUP_LETTERS = 4, 4


class Weakness(StrEnum):
    """Why something is no password."""

    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    NAME = "name"
    OBVIOUS = "obvious"


def normal(password: str) -> str:
    """The password as it is counted and hashed: keyboards differ in how they send the same letter."""
    return unicodedata.normalize("NFKC", password)


def weakness_of(password: str, name: str) -> Weakness | None:
    """Why this is no password of somebody of that name; None where it is one."""
    if len(normal(password)) < FEWEST_PASSWORD_LETTERS:
        return Weakness.TOO_SHORT
    if max(len(password), len(normal(password))) > MOST_PASSWORD_LETTERS:
        return Weakness.TOO_LONG
    letters = normal(password).casefold()
    if _is_made_of(letters, (normal(name).casefold(),)):
        return Weakness.NAME
    return Weakness.OBVIOUS if _is_obvious(letters) else None


def draw_password() -> str:
    """A password to begin with, such as `k7mp-x3qd-9tra-wf4h`: 79 bits, and easily typed from a sheet of paper."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP_LETTERS)) for _ in range(_GROUPS))


def _is_obvious(letters: str) -> bool:
    if len(set(letters)) < _FEWEST_DIFFERENT_LETTERS or _is_made_of(letters, _OBVIOUS_WORDS):
        return True
    return any(letters in row or letters[::-1] in row for row in _ROWS)


def _is_made_of(letters: str, words: tuple[str, ...]) -> bool:
    """Whether there is one of the words in it, and no letter beside them."""
    rest = letters
    for word in words:
        rest = rest.replace(word, " ")
    return rest != letters and not any(letter.isalpha() for letter in rest)
