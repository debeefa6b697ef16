"""Where a list goes on: a cursor says so in a word that only the list itself reads."""

import base64
import json
import re
from datetime import UTC, datetime

from collector.web.problems import ProblemError

_MOST_LETTERS = 200
_ID = "[A-Za-z0-9_-]{1,64}"
_MOST = 2**63
"""What a database can have is less."""


def to_cursor(*values: int | str) -> str:
    """These values as a cursor."""
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def from_cursor(cursor: str | None, *kinds: type[int] | type[str]) -> tuple[int | str, ...] | None:
    """The values that a cursor was made of, of these kinds, numbers as a database can have them; None without one.
    Raises ProblemError for one that this list has not given."""
    if cursor is None:
        return None
    values = _decoded(cursor) if len(cursor) <= _MOST_LETTERS else None
    if not isinstance(values, list) or [type(value) for value in values] != list(kinds):
        raise _not_ours()
    if not all(0 <= value < _MOST for value in values if isinstance(value, int)):
        raise _not_ours()
    return tuple(values)


def number_from_cursor(cursor: str | None) -> int | None:
    """The number that a cursor of one number was made of; None without one."""
    values = from_cursor(cursor, int)
    return None if values is None else int(values[0])


def moment_from_cursor(cursor: str | None) -> tuple[datetime, str] | None:
    """The instant, and the id of what was then, that a cursor was made of by `to_cursor(at.isoformat(), id)`; None
    without one. Raises ProblemError for one that this list has not given."""
    values = from_cursor(cursor, str, str)
    if values is None:
        return None
    at, id_ = map(str, values)
    try:
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None or not re.fullmatch(_ID, id_):
            raise _not_ours()
        return moment.astimezone(UTC), id_
    except (ValueError, OverflowError) as error:
        raise _not_ours() from error


def _decoded(cursor: str) -> object:
    try:
        return json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (ValueError, RecursionError):
        return None


def _not_ours() -> ProblemError:
    return ProblemError(400, "this cursor is none of this list; take `next` of the page before", kind="bad-cursor")
