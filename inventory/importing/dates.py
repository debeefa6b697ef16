"""The day of which a list is: as it says itself, or as whoever imports it says. Pure."""

from collections.abc import Iterable
from datetime import date

from inventory.importing.listing import ListingError


def newest_date(texts: Iterable[str], *, today: date) -> date | None:
    """The latest of the days with which the texts begin, such as `2023-04-12 10:58:19.0`; None where none does.

    A day after today is a slip of the pen.
    """
    days = (_day(text) for text in set(texts))
    return max((day for day in days if day is not None and day <= today), default=None)


def snapshot_date(said: date | None, found: date | None, *, today: date) -> date:
    """What was said with `--snapshot`, else what was found in the list. Raises ListingError for none, or the future.

    A date in the future would make every later list an older one.
    """
    as_of = said or found
    if as_of is None:
        raise ListingError("the list does not say of which day it is; say it with --snapshot")
    if as_of > today:
        raise ListingError(f"{as_of} is after today, {today}; correct --snapshot")
    return as_of


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10].replace(".", "-").replace("/", "-"))
    except ValueError:
        return None
