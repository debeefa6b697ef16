"""Lets nobody past without a session, except to what is open to all. ASGI middleware, so that no page can forget it."""

import asyncio
import hmac
from collections.abc import Callable
from datetime import datetime
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from sqlalchemy import Engine
from starlette.types import ASGIApp, Receive, Scope, Send

from collector.state.accounts import Session, session_of
from collector.web.headers import STATIC_PREFIX

SESSION_COOKIE = "hangang_session"
LOGIN_PATH = "/login"
API_PREFIX = "/api/"
OPEN_DATA_PATH = "/open-data/replacement.csv"
_OPEN_PATHS = frozenset({LOGIN_PATH, OPEN_DATA_PATH, "/metrics", "/healthz", "/readyz"})


class Guard:
    """Finds the session of every request that needs one and leaves it in `request.state.session`.

    What asks the API may show the commands' key instead, as a bearer token (RFC 6750).
    """

    def __init__(self, app: ASGIApp, *, state: Engine, clock: Callable[[], datetime], command_key: str) -> None:
        self._app = app
        self._state = state
        self._clock = clock
        self._authorization = f"Bearer {command_key}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may pass; send everybody else to the login page."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})  # none of the pages has one
            return
        if scope["type"] == "lifespan" or scope["path"] in _OPEN_PATHS or scope["path"].startswith(STATIC_PREFIX):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        is_api = request.url.path.startswith(API_PREFIX)
        if is_api and self._has_key(request):
            await self._app(scope, receive, send)
            return
        session = await find_session(request, self._state, self._clock())
        if session is None:
            await (_refusal() if is_api else _way_to_login(request))(scope, receive, send)
            return
        request.state.session = session
        await self._app(scope, receive, send)

    def _has_key(self, request: Request) -> bool:
        shown = request.headers.get("authorization", "").encode()
        return hmac.compare_digest(shown, self._authorization)


async def find_session(request: Request, state: Engine, now: datetime) -> Session | None:
    """The session that the request's cookie names, if it is still good."""
    token = request.cookies.get(SESSION_COOKIE)
    return await asyncio.to_thread(session_of, state, token, now) if token else None


def local_path(address: str | None) -> str:
    """Where to go after login: a path on this host, or the overview for anything else.

    Browsers read `//host`, `/\\host` and either with a tab or line break in between as another host.
    """
    if (
        address is None
        or not address.startswith("/")
        or address.startswith("//")
        or "\\" in address
        or not address.isprintable()
    ):
        return "/"
    return address


def _refusal() -> Response:
    error = "log in, or send the collector's command key as a bearer token"
    return JSONResponse({"error": error}, status_code=401, headers={"WWW-Authenticate": "Bearer"})


def _way_to_login(request: Request) -> Response:
    return RedirectResponse(_login_address(request), status_code=303)


def _login_address(request: Request) -> str:
    """The login page, and the way back to where somebody wanted to look; what was to be sent is not sent again."""
    if request.method not in ("GET", "HEAD") or request.url.path == "/":
        return LOGIN_PATH
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return f"{LOGIN_PATH}?next={quote(wanted, safe='/')}"
