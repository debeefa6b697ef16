"""A browser without script, for the tests of the pages."""

import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import cached_property

import httpx
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import Receive, Scope, Send
from web_city import Watch

from collector.web.application import create_application
from collector.web.guard import SESSION_COOKIE
from collector.web.services import Services

NAME = "관리자"
PASSWORD = "correct horse"
COMMAND_KEY = "key-of-the-commands"


class WhenAsked:
    """The API, made when it is first asked: the tests of pages have as many applications as there are tests, and do not
    ask it."""

    def __init__(self, make: Callable[[], FastAPI]) -> None:
        self._make = make

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._api(scope, receive, send)

    @property
    def routes(self) -> Sequence[BaseRoute]:
        return self._api.routes

    @cached_property
    def _api(self) -> FastAPI:
        return self._make()


@dataclass
class Pages:
    """The application's services, and browsers that read its pages. `token` is that of a session."""

    services: Services
    watch: Watch
    token: str

    @asynccontextmanager
    async def browser(
        self, *, language: str = "en", base_url: str = "http://wifi.test", address: str = "192.0.2.7"
    ) -> AsyncIterator[httpx.AsyncClient]:
        """One that keeps cookies and is not logged in."""
        transport = httpx.ASGITransport(self.application, raise_app_exceptions=False, client=(address, 50_000))
        headers = {"Accept-Language": language}
        async with httpx.AsyncClient(transport=transport, base_url=base_url, headers=headers) as client:
            yield client

    @asynccontextmanager
    async def reader(self, *, language: str = "en") -> AsyncIterator[httpx.AsyncClient]:
        """One that is logged in."""
        async with self.browser(language=language) as client:
            client.cookies.set(SESSION_COOKIE, self.token)
            yield client

    @cached_property
    def application(self) -> Starlette:
        """Made when it is first asked for: a test may want it over other services only."""
        return create_application(self.services, api=WhenAsked)

    def changed(self, **services: object) -> "Pages":
        """The same pages over other services."""
        return Pages(replace(self.services, **services), self.watch, self.token)  # type: ignore[arg-type]  # named by the caller


async def log_in(
    client: httpx.AsyncClient, *, name: str = NAME, password: str = PASSWORD, to: str = ""
) -> httpx.Response:
    """Fill in the form as a person would."""
    form = await client.get(f"/login{to}")
    token = re.search(r'name="csrf" value="([^"]+)"', form.text)
    assert token is not None
    return await client.post(f"/login{to}", data={"csrf": token[1], "name": name, "password": password})
