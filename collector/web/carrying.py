"""What somebody had typed when their session ended, on its way through the login page: nothing typed is lost.

The fields travel in the login form itself and are shown again after it, to be sent with one tap. Nothing is sent by
itself: whoever filled in the form may be somebody else than who logs in now.
"""

import json
from dataclasses import dataclass
from typing import Any

from fastapi import HTTPException, Request

from collector.web.forms import CSRF_FIELD, Form, read_form
from collector.web.guard import local_path

CARRIED_FIELD = "carried"
_SECRET = "password"  # noqa: S105  # the word in the names of fields that are never carried


@dataclass(frozen=True, slots=True)
class Carried:
    """A form on its way: where it was to be sent, and its fields in order."""

    path: str
    fields: tuple[tuple[str, str], ...]

    @property
    def encoded(self) -> str:
        """For a field of another form."""
        return json.dumps([self.path, self.fields], ensure_ascii=False)


async def carried_from(request: Request) -> Carried | None:
    """The form that was sent without a session; None where it is none, or has nothing in it that is worth keeping."""
    try:
        form = await read_form(request)
    except HTTPException:
        return None
    fields = tuple((name, value) for name, value in form.pairs if name != CSRF_FIELD and _SECRET not in name)
    return Carried(request.url.path, fields) if any(value.strip() for _, value in fields) else None


def carried_in(form: Form) -> Carried | None:
    """What the login form has carried; None where that is nothing of ours."""
    try:
        path, fields = json.loads(form.get(CARRIED_FIELD, ""))
        pairs = tuple(_pair(field) for field in fields)
    except (ValueError, TypeError, RecursionError):
        return None
    return Carried(path, pairs) if isinstance(path, str) and local_path(path) == path != "/" else None


def _pair(field: Any) -> tuple[str, str]:
    name, value = field
    if not isinstance(name, str) or not isinstance(value, str):
        raise TypeError(field)
    return name, value
