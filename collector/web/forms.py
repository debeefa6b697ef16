"""Reads the small forms that the pages send back."""

import hmac
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl

from fastapi import HTTPException, Request

from collector.web.routing import identity_of

MAX_FORM_BYTES = 64 * 1024
MAX_FIELDS = 1_100
CSRF_FIELD = "csrf"


class Form(Mapping[str, str]):
    """The fields of a form. By a name its last value, or all of them in order."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self.pairs = tuple(pairs)
        self._last = dict(pairs)

    def __getitem__(self, name: str) -> str:
        return self._last[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._last)

    def __len__(self) -> int:
        return len(self._last)

    def all_of(self, name: str) -> list[str]:
        """Each value of a field that may come several times, such as a box of many that can be ticked."""
        return [value for key, value in self.pairs if key == name]

    def text(self, name: str) -> str:
        """A value without what surrounds it; empty where there is none."""
        return self.get(name, "").strip()


async def read_form(request: Request) -> Form:
    """The fields of a form. Raises HTTPException for what is no form of ours, before more of it is read than such a
    form can have: anybody may send to the login page."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM_BYTES:
            raise HTTPException(413)
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
    except ValueError as error:
        raise HTTPException(400) from error
    if any("\x00" in part for pair in pairs for part in pair):  # PostgreSQL keeps no such text
        raise HTTPException(400)
    return Form(pairs)


async def own_form(request: Request) -> Form:
    """The fields of a form of somebody who is logged in, that one of our pages has sent. Raises HTTPException."""
    form = await read_form(request)
    token = identity_of(request).csrf_token
    if not token or not hmac.compare_digest(form.get(CSRF_FIELD, "").encode(), token.encode()):
        raise HTTPException(403)
    return form
