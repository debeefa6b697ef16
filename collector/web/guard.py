"""Finds out who asks, and lets nobody past without, except to what is open to all. ASGI middleware, so that no page can
forget it. What each may is said by each route: see `routing`."""

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from datetime import datetime
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import Engine
from starlette.types import ASGIApp, Receive, Scope, Send

from collector.access.identity import COMMAND, Identity, Means
from collector.state.api_tokens import identity_of_token
from collector.state.login_sessions import session_of
from collector.web.headers import STATIC_PREFIX
from collector.web.problems import problem
from collector.web.routing import is_askable
from collector.web.unanswered import UNANSWERED, unanswered_page, unanswered_problem

SESSION_COOKIE = "hangang_session"
CSRF_HEADER = "X-CSRF-Token"
LOGIN_PATH = "/login"
LOGOUT_PATH = "/logout"
FIRST_PASSWORD_PATH = "/account/password"  # noqa: S105  # a path
API_PREFIX = "/api/"
OPEN_DATA_PATH = "/open-data/replacement.csv"
OPENAPI_PATH = "/api/v1/openapi.json"
ENROLMENT_PATHS = frozenset({"/api/v1/enrolment/authority", "/api/v1/enrolment/certificates"})
"""An agent that is to be enrolled has nothing to show yet but its one-time token."""
OPEN_PATHS = frozenset({LOGIN_PATH, OPEN_DATA_PATH, OPENAPI_PATH, "/metrics", "/healthz", "/readyz"}) | ENROLMENT_PATHS
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_WITH_A_FIRST_PASSWORD = frozenset({FIRST_PASSWORD_PATH, LOGOUT_PATH})

Carry = Callable[[Request], Awaitable[Response]]
"""Answers a form whose sender's session is over, so that nothing typed is lost."""


class Guard:
    """Leaves who asks in `request.state.identity`.

    What asks the API may show a bearer token (RFC 6750) instead of a session: one of somebody's, or the commands' key.
    """

    def __init__(
        self, app: ASGIApp, *, state: Engine, clock: Callable[[], datetime], command_key: str, carry: Carry
    ) -> None:
        self._app = app
        self._state = state
        self._clock = clock
        self._command_key = command_key.encode()
        self._carry = carry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may pass; send everybody else to the login page."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})  # none of the pages has one
            return
        if scope["type"] == "lifespan" or scope["path"] in OPEN_PATHS or scope["path"].startswith(STATIC_PREFIX):
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        is_api = scope["path"].startswith(API_PREFIX)
        try:
            identity = await (self._who_asks_the_api(request) if is_api else self._who_reads(request))
        except UNANSWERED as error:
            told = await (unanswered_problem if is_api else unanswered_page)(request, error)
            await told(scope, receive, send)
            return
        refusal = await self._refusal(request, identity, is_api=is_api)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        request.state.identity = identity
        await self._app(scope, receive, send)

    async def _refusal(self, request: Request, identity: Identity | None, *, is_api: bool) -> Response | None:
        if identity is None:
            return _unknown_to_the_api() if is_api else await self._way_to_login(request)
        if is_api and not is_askable(request.scope):
            return problem(400, "there are signs in the address that cannot be printed; leave them out")
        if is_api and _is_forged(request, identity):
            return problem(403, f"a session changes something only with its token in {CSRF_HEADER}")
        if identity.has_first_password and request.scope["path"] not in _WITH_A_FIRST_PASSWORD:
            if is_api:
                return problem(403, "change the password that was drawn for you first, on the pages")
            return RedirectResponse(_first_password_address(request), status_code=303)
        return None

    async def _who_asks_the_api(self, request: Request) -> Identity | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if not token:
            return await self._who_reads(request)
        if scheme.lower() != "bearer":
            return None
        if hmac.compare_digest(token.encode(), self._command_key):
            return COMMAND
        return await asyncio.to_thread(identity_of_token, self._state, token, self._clock())

    async def _who_reads(self, request: Request) -> Identity | None:
        return await find_identity(request, self._state, self._clock())

    async def _way_to_login(self, request: Request) -> Response:
        """To the login page, and back to where somebody wanted to look; what was to be sent is kept in it. What another
        site sends never is."""
        if request.method in _SAFE_METHODS:
            return RedirectResponse(login_address(request), status_code=303)
        if comes_from_elsewhere(request):
            return RedirectResponse(LOGIN_PATH, status_code=303)
        return await self._carry(request)


def comes_from_elsewhere(request: Request) -> bool:
    """Whether a page of another site has sent this. Browsers tell it in `Sec-Fetch-Site`, but over plain HTTP in
    `Origin` alone."""
    fetched_from = request.headers.get("sec-fetch-site")
    if fetched_from is not None:
        return fetched_from not in {"same-origin", "none"}
    origin = request.headers.get("origin")
    return origin is not None and origin.partition("://")[2] != request.headers.get("host")


async def find_identity(request: Request, state: Engine, now: datetime) -> Identity | None:
    """Who holds the session that the request's cookie names, if it is still good."""
    token = request.cookies.get(SESSION_COOKIE)
    session = await asyncio.to_thread(session_of, state, token, now) if token else None
    return None if session is None else session.identity


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


def login_address(request: Request) -> str:
    """The login page, and the way back."""
    return _with_the_way_back(LOGIN_PATH, request)


def _first_password_address(request: Request) -> str:
    """Where a first password is changed, and the way back where somebody wanted to look and nothing more."""
    return _with_the_way_back(FIRST_PASSWORD_PATH, request) if request.method in _SAFE_METHODS else FIRST_PASSWORD_PATH


def _with_the_way_back(path: str, request: Request) -> str:
    if request.url.path == "/" and not request.url.query:
        return path
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return f"{path}?next={quote(wanted, safe='/')}"


def _is_forged(request: Request, identity: Identity) -> bool:
    """Whether something is to be changed by a session that another site may have borrowed."""
    if identity.means is not Means.SESSION or request.method in _SAFE_METHODS:
        return False
    return not hmac.compare_digest(request.headers.get(CSRF_HEADER, "").encode(), identity.csrf_token.encode())


def _unknown_to_the_api() -> Response:
    detail = "send a token of yours as a bearer token, or log in"
    return problem(401, detail, headers={"WWW-Authenticate": "Bearer"})
