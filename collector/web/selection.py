"""Which places of the judgement a query asks for. The same for the API, the pages and the files."""

from typing import TypeVar

from starlette.datastructures import QueryParams

from collector.legacy.documents import Standing
from collector.replacement.book import Selection
from inventory.models import SiteKind

Word = TypeVar("Word", Standing, SiteKind)


class BadQueryError(ValueError):
    """A parameter cannot be understood. The message names it and says what it may be."""


def selection_of(query: QueryParams) -> Selection:
    """`standing`, `site`, `district`, `kind`, `text`; what is empty does not matter. Raises BadQueryError."""
    return Selection(
        standing=_one_of(query, "standing", Standing),
        site=query.get("site") or None,
        district=query.get("district") or None,
        kind=_one_of(query, "kind", SiteKind),
        text=(query.get("text") or "").strip() or None,
    )


def number_of(query: QueryParams, name: str, *, default: int, most: int) -> int:
    """A whole number from 0 to `most`. Raises BadQueryError."""
    text = query.get(name) or str(default)
    if not (text.isascii() and text.isdigit()) or len(text) > 9 or int(text) > most:
        raise BadQueryError(f"{name} is {text!r}; it is a whole number from 0 to {most}")
    return int(text)


def _one_of(query: QueryParams, name: str, words: type[Word]) -> Word | None:
    text = query.get(name)
    if not text:
        return None
    try:
        return words(text)
    except ValueError as error:
        raise BadQueryError(f"{name} is {text!r}; it is one of {', '.join(words)}") from error
