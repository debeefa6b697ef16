"""Readers of other roles than the admin's, where a test needs one of them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from web_browser import Pages

from collector.access.roles import Role
from collector.state.accounts import add_user
from collector.state.login_sessions import log_in
from collector.web.guard import SESSION_COOKIE

_PASSWORD = "a password of theirs"


@asynccontextmanager
async def reader_of(pages: Pages, role: Role) -> AsyncIterator[httpx.AsyncClient]:
    """A browser in which somebody of this role has logged in."""
    state, now, name = pages.services.state, pages.watch.now, f"somebody-{role}"
    add_user(state, name, _PASSWORD, now, role=role)
    token = log_in(state, name, _PASSWORD, now)
    assert token is not None
    async with pages.browser() as client:
        client.cookies.set(SESSION_COOKIE, token)
        yield client
