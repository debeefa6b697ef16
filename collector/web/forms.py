"""Reads the small forms that the pages send back."""

from urllib.parse import parse_qsl

from fastapi import HTTPException, Request

_MAX_FORM_BYTES = 8 * 1024
_MAX_FIELDS = 20


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form; the last one counts where a name repeats. Raises HTTPException for what is no form of ours,
    before more of it is read than such a form can have: anybody may send to the login page."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_FORM_BYTES:
            raise HTTPException(413)
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MAX_FIELDS, errors="strict"))
    except ValueError as error:
        raise HTTPException(400) from error
