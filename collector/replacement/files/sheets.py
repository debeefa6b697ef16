"""A table before it is a file. Made by `plan`, `programme` and `open_data`, written by the other two."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

Cell = str | int | float | date | None
"""Numbers are numbers and days are days; what is not known is None, and an empty cell."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table with its title. The rows may come one by one, and only once."""

    title: str
    header: Sequence[str]
    rows: Iterable[Sequence[Cell]]
