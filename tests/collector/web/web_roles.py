"""People of every role, each with a session and with an API token that may all that they may."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
from sqlalchemy import Engine
from state_files import open_state
from web_browser import NAME, PASSWORD, Pages
from web_city import NOW

from collector.access.roles import Permission, Role
from collector.state.accounts import add_user
from collector.state.api_tokens import make_token
from collector.state.login_sessions import log_in, session_of
from collector.web.guard import CSRF_HEADER, SESSION_COOKIE

NAMES: Mapping[Role, str] = {
    Role.VIEWER: "구경하는 사람",
    Role.TECHNICIAN: "김기사",
    Role.PLANNER: "planner-park",
    Role.OPS: "ops-oh",
    Role.ADMIN: NAME,
}
API = "/api/v1"


@dataclass(frozen=True)
class Everybody:
    """The session of each, with its CSRF token, and their API tokens; `reading` is one of the admin's that only reads.
    All of them are in the database at `path`."""

    path: Path
    sessions: Mapping[Role, str]
    csrf_tokens: Mapping[Role, str]
    api_tokens: Mapping[Role, str]
    reading: str

    @asynccontextmanager
    async def reader(self, pages: Pages, role: Role) -> AsyncIterator[httpx.AsyncClient]:
        """A browser of theirs, whose script sends the CSRF token along."""
        async with pages.browser() as client:
            client.cookies.set(SESSION_COOKIE, self.sessions[role])
            client.headers[CSRF_HEADER] = self.csrf_tokens[role]
            yield client

    @asynccontextmanager
    async def program(self, pages: Pages, role: Role) -> AsyncIterator[httpx.AsyncClient]:
        """A program of theirs, that asks the API."""
        async with with_token(pages, self.api_tokens[role]) as client:
            yield client


@asynccontextmanager
async def with_token(pages: Pages, token: str) -> AsyncIterator[httpx.AsyncClient]:
    """A program that shows this API token."""
    async with pages.browser(base_url=f"http://wifi.test{API}") as client:
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


def let_everybody_in(path: Path) -> Everybody:
    """Make a state database with them. Takes a second: passwords are hashed."""
    engine = open_state(path)
    sessions = {role: _log_in(engine, role) for role in Role}
    everybody = Everybody(
        path=path,
        sessions=sessions,
        csrf_tokens={role: _csrf_token(engine, token) for role, token in sessions.items()},
        api_tokens={role: api_token(engine, NAMES[role], *Permission) for role in Role},
        reading=api_token(engine, NAME, Permission.READ),
    )
    engine.dispose()
    return everybody


def api_token(engine: Engine, owner: str, *scopes: Permission) -> str:
    """One of theirs that lasts for a day."""
    return make_token(engine, owner, "프로그램", scopes, now=NOW, expires_at=NOW + timedelta(days=1))[1]


def _log_in(engine: Engine, role: Role) -> str:
    add_user(engine, NAMES[role], PASSWORD, NOW, role=role)
    token = log_in(engine, NAMES[role], PASSWORD, NOW)
    assert token is not None
    return token


def _csrf_token(engine: Engine, token: str) -> str:
    session = session_of(engine, token, NOW)
    assert session is not None
    return session.identity.csrf_token
