"""Logging in and out."""

import asyncio
import hmac
import math
import secrets
from datetime import timedelta

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute

from collector.access.identity import Means
from collector.access.passwords import MOST_PASSWORD_LETTERS
from collector.state import audit, guesses
from collector.state.login_sessions import SESSION_LASTS, log_in, log_out, session_of
from collector.web.carrying import CARRIED_FIELD, Carried, carried_from, carried_in
from collector.web.forms import CSRF_FIELD, Form, own_form, read_form
from collector.web.guard import (
    LOGIN_PATH,
    LOGOUT_PATH,
    SESSION_COOKIE,
    comes_from_elsewhere,
    find_identity,
    local_path,
)
from collector.web.pages.password import password_values
from collector.web.recording import address_of, record
from collector.web.rendering import Renderer
from collector.web.routing import Page, identity_of
from collector.web.services import Services

_FORM_COOKIE = "hangang_form"
_MAX_NAME_LETTERS = 64
_CHECKS_AT_ONCE = 2
"""A password check takes 19 MiB of memory for a moment."""


class SessionDesk:
    """The login page and the way out."""

    def __init__(self, services: Services, renderer: Renderer) -> None:
        self._services = services
        self._renderer = renderer
        self._checking = asyncio.Semaphore(_CHECKS_AT_ONCE)

    def routes(self) -> list[BaseRoute]:
        """`/login` and `/logout`."""
        return [
            Page(LOGIN_PATH, self._show, needs=None),
            Page(LOGIN_PATH, self._log_in, needs=None, methods=["POST"]),
            Page(LOGOUT_PATH, self._log_out, needs=None, methods=["POST"]),
        ]

    async def carry(self, request: Request) -> Response:
        """Answer a form whose sender's session is over: with the login page, and what was typed in it."""
        carried = await carried_from(request)
        if carried is None:
            return RedirectResponse(LOGIN_PATH, status_code=303)
        return await self._form(request, carried=carried, status_code=401)

    async def _show(self, request: Request) -> Response:
        if await find_identity(request, self._services.state, self._services.clock()):
            return RedirectResponse(local_path(request.query_params.get("next")), status_code=303)
        return await self._form(request)

    async def _log_in(self, request: Request) -> Response:
        form = await read_form(request)
        carried = None if comes_from_elsewhere(request) else carried_in(form)
        if not _is_own_form(request, form):
            return await self._form(request, problem="login.form_expired", carried=carried, status_code=403)
        name, password = form.text("name"), form.get("password", "")
        if not name or len(name) > _MAX_NAME_LETTERS or len(password) > MOST_PASSWORD_LETTERS:
            return await self._form(request, problem="login.refused", carried=carried, status_code=403)
        state, now, address = self._services.state, self._services.clock(), address_of(request)
        wait = await asyncio.to_thread(guesses.attempt, state, name, address, now)
        if wait is not None:
            return await self._ask_to_wait(request, wait, carried)
        async with self._checking:
            token = await asyncio.to_thread(log_in, state, name, password, now)
        if token is None:
            await self._note(request, name, audit.Action.LOG_IN_REFUSED)
            return await self._form(request, problem="login.refused", carried=carried, status_code=403)
        await asyncio.to_thread(guesses.succeed, state, name, address)
        await self._note(request, name, audit.Action.LOGGED_IN)
        response = await self._welcome(request, token, carried)
        response.set_cookie(
            SESSION_COOKIE,
            token,
            max_age=int(SESSION_LASTS.total_seconds()),
            secure=_is_secure(request),
            httponly=True,
            samesite="lax",
        )
        response.delete_cookie(_FORM_COOKIE, path=LOGIN_PATH)
        return response

    async def _welcome(self, request: Request, token: str, carried: Carried | None) -> Response:
        """On to where they wanted to go, or to what they had typed when their session ended."""
        session = await asyncio.to_thread(session_of, self._services.state, token, self._services.clock())
        if carried is None or session is None:
            return RedirectResponse(local_path(request.query_params.get("next")), status_code=303)
        request.state.identity = session.identity
        if session.identity.has_first_password:
            return await self._renderer.respond(request, "password.html", lambda _: password_values(carried=carried))
        return await self._renderer.respond(request, "carried.html", lambda _: {"carried": carried})

    async def _log_out(self, request: Request) -> Response:
        await own_form(request)
        await asyncio.to_thread(log_out, self._services.state, request.cookies[SESSION_COOKIE])
        await record(self._services, request, audit.Action.LOGGED_OUT, identity_of(request).name)
        response = RedirectResponse(LOGIN_PATH, status_code=303)
        response.delete_cookie(SESSION_COOKIE)
        return response

    async def _note(self, request: Request, name: str, action: audit.Action) -> None:
        """Who logs in is nobody yet."""
        entry = audit.Entry(self._services.clock(), name, str(Means.SESSION), address_of(request), action, name)
        await asyncio.to_thread(audit.note, self._services.state, entry)

    async def _ask_to_wait(self, request: Request, wait: timedelta, carried: Carried | None) -> Response:
        seconds = math.ceil(wait.total_seconds())
        response = await self._form(
            request, problem="login.wait", wait_seconds=seconds, carried=carried, status_code=429
        )
        response.headers["Retry-After"] = str(seconds)
        return response

    async def _form(
        self,
        request: Request,
        *,
        problem: str | None = None,
        wait_seconds: int = 0,
        carried: Carried | None = None,
        status_code: int = 200,
    ) -> HTMLResponse:
        """The form with a token that only this browser has, in a field and in a cookie. A browser that has one keeps
        it, so that the form in another tab stays good."""
        token = request.cookies.get(_FORM_COOKIE) or secrets.token_urlsafe(32)
        values = {
            "form_token": token,
            "problem": problem,
            "wait_seconds": wait_seconds,
            "carried": carried,
            "carried_field": CARRIED_FIELD,
        }
        response = await self._renderer.respond(request, "login.html", lambda _: values, status_code=status_code)
        response.set_cookie(
            _FORM_COOKIE, token, path=LOGIN_PATH, secure=_is_secure(request), httponly=True, samesite="strict"
        )
        return response


def _is_own_form(request: Request, form: Form) -> bool:
    cookie, field = request.cookies.get(_FORM_COOKIE, ""), form.get(CSRF_FIELD, "")
    return bool(cookie) and hmac.compare_digest(cookie.encode(), field.encode())


def _is_secure(request: Request) -> bool:
    return request.url.scheme == "https"
