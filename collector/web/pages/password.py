"""Changing one's own password. Who has one that was drawn for them is led here first, and on to where they wanted, or
back to what they had typed when their session ended."""

import asyncio
import hmac
import math
from enum import StrEnum

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from collector.access.passwords import (
    FEWEST_PASSWORD_LETTERS,
    MOST_PASSWORD_LETTERS,
    Weakness,
    normal,
    weakness_of,
)
from collector.access.roles import Permission
from collector.state import accounts, guesses
from collector.state.audit import Action
from collector.web.carrying import CARRIED_FIELD, Carried, carried_in
from collector.web.forms import Form, own_form
from collector.web.guard import FIRST_PASSWORD_PATH, SESSION_COOKIE, local_path
from collector.web.recording import address_of, record
from collector.web.rendering import Renderer
from collector.web.routing import Page, identity_of
from collector.web.services import Services

AFTERWARDS = "/account?done=password"
_FIELDS = ("old_password", "new_password", "repeated_password")


class Mistake(StrEnum):
    """What is wrong with the form beside a weak password."""

    WRONG = "wrong"
    WAIT = "wait"
    SAME = "same"
    DIFFERENT = "different"


def password_values(
    problem: Weakness | Mistake | None = None, *, wait_seconds: int = 0, carried: Carried | None = None
) -> dict[str, object]:
    """What the form is drawn with; `carried` is a form that waits until the password is changed."""
    return {
        "problem": problem,
        "wait_seconds": wait_seconds,
        "carried": carried,
        "carried_field": CARRIED_FIELD,
        "fewest_letters": FEWEST_PASSWORD_LETTERS,
        "most_letters": MOST_PASSWORD_LETTERS,
    }


def password_routes(services: Services, renderer: Renderer) -> list[BaseRoute]:
    """`/account/password`."""
    return PasswordPage(services, renderer).routes()


class PasswordPage:
    """The page, and what is sent to it."""

    def __init__(self, services: Services, renderer: Renderer) -> None:
        self._services = services
        self._renderer = renderer
        self._checking = asyncio.Semaphore(1)  # a check takes 19 MiB of memory for a moment

    def routes(self) -> list[BaseRoute]:
        """Both."""
        return [
            Page(FIRST_PASSWORD_PATH, self._show, needs=Permission.READ),
            Page(FIRST_PASSWORD_PATH, self._change, needs=Permission.READ, methods=["POST"]),
        ]

    async def _show(self, request: Request) -> Response:
        return await self._renderer.respond(request, "password.html", lambda _: password_values())

    async def _change(self, request: Request) -> Response:
        form = await own_form(request)
        state, name, address = self._services.state, identity_of(request).name, address_of(request)
        problem = mistake_in(form, name)
        if problem is not None:
            return await self._refuse(request, form, problem)
        wait = await asyncio.to_thread(guesses.attempt, state, name, address, self._services.clock())
        if wait is not None:
            return await self._refuse(request, form, Mistake.WAIT, math.ceil(wait.total_seconds()))
        async with self._checking:
            is_theirs = await asyncio.to_thread(self._keep, request, form)
        if not is_theirs:
            await record(self._services, request, Action.PASSWORD_REFUSED, name)
            return await self._refuse(request, form, Mistake.WRONG)
        await record(self._services, request, Action.PASSWORD_CHANGED, name)
        return await self._go_on(request, carried_in(form))

    def _keep(self, request: Request, form: Form) -> bool:
        """Whether the attempt was good: then this session goes on, and all others of theirs end."""
        state, name = self._services.state, identity_of(request).name
        token = request.cookies[SESSION_COOKIE]
        is_theirs = accounts.change_password(
            state, name, form["old_password"], form["new_password"], keep_session=token
        )
        if is_theirs:
            guesses.succeed(state, name, address_of(request))
        return is_theirs

    async def _refuse(
        self, request: Request, form: Form, problem: Weakness | Mistake, wait_seconds: int = 0
    ) -> Response:
        values = password_values(problem, wait_seconds=wait_seconds, carried=carried_in(form))
        status_code = 429 if problem is Mistake.WAIT else 400
        response = await self._renderer.respond(request, "password.html", lambda _: values, status_code=status_code)
        if problem is Mistake.WAIT:
            response.headers["Retry-After"] = str(wait_seconds)
        return response

    async def _go_on(self, request: Request, carried: Carried | None) -> Response:
        if carried is not None:
            return await self._renderer.respond(request, "carried.html", lambda _: {"carried": carried})
        wanted = request.query_params.get("next")
        return RedirectResponse(AFTERWARDS if wanted is None else local_path(wanted), status_code=303)


def mistake_in(form: Form, name: str) -> Weakness | Mistake | None:
    """What can be said of the form without knowing the present password; None where it is all right."""
    old, new, repeated = (normal(form.get(field, "")) for field in _FIELDS)
    if len(old) > MOST_PASSWORD_LETTERS or not old:
        return Mistake.WRONG
    weakness = weakness_of(new, name)
    if weakness is not None:
        return weakness
    if hmac.compare_digest(old.encode(), new.encode()):
        return Mistake.SAME
    return None if hmac.compare_digest(new.encode(), repeated.encode()) else Mistake.DIFFERENT
