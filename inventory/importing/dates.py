"""The dates that lists give of themselves. Pure."""

from collections.abc import Iterable
from datetime import date


def newest_date(texts: Iterable[str]) -> date | None:
    """The latest of the days with which the texts begin, such as `2023-04-12 10:58:19.0`; None where none does."""
    days = (_day(text) for text in set(texts))
    return max((day for day in days if day is not None), default=None)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10].replace(".", "-").replace("/", "-"))
    except ValueError:
        return None
