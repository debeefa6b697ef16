"""The pages for what went wrong: never a traceback, always a way back."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException

from collector.web.headers import add_security_headers
from collector.web.rendering import Renderer
from collector.web.routing import allowed_methods

_FAILURE = """<!doctype html>
<html lang="ko"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>오류 · Error</title></head>
<body><h1>페이지를 만들지 못했습니다</h1>
<p>문제가 기록되었습니다. 잠시 뒤에 다시 시도해 주세요. <a href="/">현황으로</a></p>
<div lang="en"><h1>This page could not be made</h1>
<p>The problem has been logged. Please try again in a moment. <a href="/">To the overview</a></p></div>
</body></html>
"""
"""Stands by itself: whatever failed may have been a template."""

ErrorPage = Callable[[Request, Any], Coroutine[Any, Any, Response]]
"""Takes the exception as its last argument."""


_KINDS = {403: "forbidden", 404: "not_found"}


def refusal_page(renderer: Renderer) -> ErrorPage:
    """The page for what is not there or not allowed."""

    async def respond(request: Request, error: Exception) -> Response:
        status_code = error.status_code if isinstance(error, HTTPException) else 500
        kind = _KINDS.get(status_code, "refused")
        values = {"status_code": status_code, "kind": kind}
        response = await renderer.respond(request, "error.html", lambda _: values, status_code=status_code)
        if isinstance(error, HTTPException) and error.headers:
            response.headers.update(error.headers)
            if "Allow" in error.headers:
                response.headers["Allow"] = allowed_methods(request)
        return response

    return respond


async def failure_page(request: Request, _: Exception) -> Response:
    """The page for our own failures. The server logs the traceback; the reader has no use for it."""
    response = HTMLResponse(_FAILURE, status_code=500)
    # This answer is made outside of all middleware.
    add_security_headers(response.headers, request.url.path)
    return response
