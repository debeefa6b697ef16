"""Dates as sources give them: a year, a month of a year, or a day."""

import calendar
import re
from datetime import date
from typing import Annotated, NamedTuple

from pydantic import BeforeValidator, PlainSerializer

_FORM = re.compile(r"([12]\d{3})(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?)?")


class Partial(NamedTuple):
    """A date as far as it is known."""

    year: int
    month: int | None = None
    day: int | None = None

    @property
    def first(self) -> date:
        """The earliest day it can mean."""
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def last(self) -> date:
        """The latest day it can mean: what has ended by then has ended for certain."""
        month = self.month or 12
        return date(self.year, month, self.day or calendar.monthrange(self.year, month)[1])

    def agrees(self, other: "Partial") -> bool:
        """Whether both can mean the same day."""
        return self.first <= other.last and other.first <= self.last

    def __str__(self) -> str:
        return "-".join(f"{part:02}" for part in self if part is not None)


def partial(text: object) -> Partial:
    """Of `2019`, `2019-05` or `2019-05-31`, as a string or what TOML makes of it. Raises ValueError."""
    if isinstance(text, Partial):
        return text
    match = _FORM.fullmatch(str(text))
    if match is None:
        raise ValueError("is no date; write 2019, 2019-05 or 2019-05-31, in quotes")
    found = Partial(*(int(part) if part else None for part in match.groups()))  # type: ignore[arg-type]
    try:
        found.last  # noqa: B018  # 31 June
    except ValueError as error:
        raise ValueError("is a day that the calendar does not have; correct it") from error
    return found


PartialDate = Annotated[Partial, BeforeValidator(partial), PlainSerializer(str)]
