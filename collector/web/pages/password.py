"""Changing one's own password. Who has one that was drawn for them is led here first, and on to where they wanted."""

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
from collector.web.forms import Form, own_form
from collector.web.guard import FIRST_PASSWORD_PATH, SESSION_COOKIE, local_path
from collector.web.recording import address_of, record
from collector.web.rendering import Renderer
from collector.web.routing import Page, identity_of
from collector.web.services import Services

AFTERWARDS = "/account?done=password"


class Mistake(StrEnum):
    """What is wrong with the form beside a weak password."""

    WRONG = "wrong"
    WAIT = "wait"
    SAME = "same"
    DIFFERENT = "different"


def password_routes(services: Services, renderer: Renderer) -> list[BaseRoute]:
    """`/account/password`."""
    checking = asyncio.Semaphore(1)  # a check takes 64 MiB of memory for a moment

    async def show(
        request: Request, problem: Weakness | Mistake | None = None, *, wait_seconds: int = 0, status_code: int = 200
    ) -> Response:
        values = {
            "problem": problem,
            "wait_seconds": wait_seconds,
            "fewest_letters": FEWEST_PASSWORD_LETTERS,
            "most_letters": MOST_PASSWORD_LETTERS,
        }
        return await renderer.respond(request, "password.html", lambda _: values, status_code=status_code)

    async def change(request: Request) -> Response:
        form = await own_form(request)
        name = identity_of(request).name
        old, new = form.get("old_password", ""), form.get("new_password", "")
        problem = mistake_in(form, name)
        if problem is not None:
            return await show(request, problem, status_code=400)
        state, address = services.state, address_of(request)
        wait = await asyncio.to_thread(guesses.attempt, state, name, address, services.clock())
        if wait is not None:
            seconds = math.ceil(wait.total_seconds())
            response = await show(request, Mistake.WAIT, wait_seconds=seconds, status_code=429)
            response.headers["Retry-After"] = str(seconds)
            return response
        async with checking:
            is_theirs = await asyncio.to_thread(accounts.is_password_of, state, name, old)
            if is_theirs:
                await asyncio.to_thread(_keep, services, request, new)
        if not is_theirs:
            await record(services, request, Action.PASSWORD_REFUSED, name)
            return await show(request, Mistake.WRONG, status_code=400)
        await record(services, request, Action.PASSWORD_CHANGED, name)
        wanted = request.query_params.get("next")
        return RedirectResponse(AFTERWARDS if wanted is None else local_path(wanted), status_code=303)

    return [
        Page(FIRST_PASSWORD_PATH, show, needs=Permission.READ),
        Page(FIRST_PASSWORD_PATH, change, needs=Permission.READ, methods=["POST"]),
    ]


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


_FIELDS = ("old_password", "new_password", "repeated_password")


def _keep(services: Services, request: Request, password: str) -> None:
    """The attempt was good. This session goes on, and all others of theirs end."""
    name, token = identity_of(request).name, request.cookies[SESSION_COOKIE]
    guesses.succeed(services.state, name, address_of(request))
    accounts.set_password(services.state, name, password, has_first_password=False, keep_session=token)
