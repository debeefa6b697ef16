"""What people write down of what they hold back, so that others understand it later. Pure."""

from typing import Annotated

from pydantic import AfterValidator, Field

MOST_REMARK_LETTERS = 1_000
MOST_TITLE_LETTERS = 100


def _lines(text: str) -> str:
    said = text.replace("\r\n", "\n").strip()
    if any(not (sign.isprintable() or sign in "\n\t") for sign in said):
        raise ValueError("has signs in it that cannot be printed; leave them out")
    return said


def _remark(text: str) -> str:
    said = _lines(text)
    if not said:
        raise ValueError("says nothing; say why, for whoever finds it at night")
    return said


def _title(text: str) -> str:
    said = _lines(text)
    if not said or "\n" in said or "\t" in said:
        raise ValueError("is no name; write one line")
    return said


Remark = Annotated[str, Field(max_length=MOST_REMARK_LETTERS), AfterValidator(_remark)]
Title = Annotated[str, Field(max_length=MOST_TITLE_LETTERS), AfterValidator(_title)]
