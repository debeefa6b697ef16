"""Why nothing is signed, or an authority cannot be used. Apart from what signs, for who tells it needs no more."""

from enum import StrEnum


class Refusal(StrEnum):
    """The words are kinds of problems of the API, and stay as they are."""

    BAD_TOKEN = "bad-token"  # noqa: S105  # the word, and no token
    BAD_REQUEST = "bad-request"
    OTHER_NAME = "other-name"
    WEAK_KEY = "weak-key"
    NOT_ENROLLED = "not-enrolled"
    TOO_OFTEN = "too-often"
    TOO_EARLY = "too-early"


class RefusedError(Exception):
    """Nothing is signed for who asks. The message is for them, and says what to do."""

    def __init__(self, refusal: Refusal, words: str) -> None:
        super().__init__(words)
        self.refusal = refusal


class AuthorityError(Exception):
    """The files of an authority, or of its broker, cannot be read or written. The message names the file."""
