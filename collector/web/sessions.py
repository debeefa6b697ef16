"""Logging in and out."""

import asyncio
import hmac
import math
import secrets
from collections.abc import Mapping
from datetime import timedelta

from fastapi import HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from collector.state.accounts import SESSION_LASTS, log_in, log_out
from collector.web.forms import read_form
from collector.web.guard import LOGIN_PATH, SESSION_COOKIE, find_session, local_path
from collector.web.rendering import Renderer
from collector.web.services import Services
from collector.web.throttle import LoginThrottle

_FORM_COOKIE = "hangang_form"
_MAX_NAME_LETTERS = 64
_MAX_PASSWORD_LETTERS = 1024
_CHECKS_AT_ONCE = 2
"""A password check takes 64 MiB of memory for a moment (argon2's defaults)."""


def session_routes(services: Services, renderer: Renderer) -> list[BaseRoute]:
    """The login page and the way out."""
    desk = _Desk(services, renderer)
    return [
        Route(LOGIN_PATH, desk.show, methods=["GET"]),
        Route(LOGIN_PATH, desk.log_in, methods=["POST"]),
        Route("/logout", desk.log_out, methods=["POST"]),
    ]


class _Desk:
    def __init__(self, services: Services, renderer: Renderer) -> None:
        self._services = services
        self._renderer = renderer
        self._throttle = LoginThrottle()
        self._checking = asyncio.Semaphore(_CHECKS_AT_ONCE)

    async def show(self, request: Request) -> Response:
        if await find_session(request, self._services.state, self._services.clock()):
            return RedirectResponse(local_path(request.query_params.get("next")), status_code=303)
        return await self._form(request)

    async def log_in(self, request: Request) -> Response:
        form = await read_form(request)
        if not _is_own_form(request, form):
            return await self._form(request, problem="login.form_expired", status_code=403)
        name, password = form.get("name", "").strip(), form.get("password", "")
        if not name or len(name) > _MAX_NAME_LETTERS or len(password) > _MAX_PASSWORD_LETTERS:
            return await self._form(request, problem="login.refused", status_code=403)
        address = request.client.host if request.client else ""
        wait = self._throttle.attempt(name, address, self._services.clock())
        if wait is not None:
            return await self._ask_to_wait(request, wait)
        async with self._checking:
            token = await asyncio.to_thread(log_in, self._services.state, name, password, self._services.clock())
        if token is None:
            return await self._form(request, problem="login.refused", status_code=403)
        self._throttle.succeed(name, address)
        response = RedirectResponse(local_path(request.query_params.get("next")), status_code=303)
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

    async def log_out(self, request: Request) -> Response:
        form = await read_form(request)
        if not hmac.compare_digest(form.get("csrf", "").encode(), request.state.session.csrf_token.encode()):
            raise HTTPException(403)
        await asyncio.to_thread(log_out, self._services.state, request.cookies[SESSION_COOKIE])
        response = RedirectResponse(LOGIN_PATH, status_code=303)
        response.delete_cookie(SESSION_COOKIE)
        return response

    async def _ask_to_wait(self, request: Request, wait: timedelta) -> Response:
        seconds = math.ceil(wait.total_seconds())
        response = await self._form(request, problem="login.wait", wait_seconds=seconds, status_code=429)
        response.headers["Retry-After"] = str(seconds)
        return response

    async def _form(
        self, request: Request, *, problem: str | None = None, wait_seconds: int = 0, status_code: int = 200
    ) -> HTMLResponse:
        """The form with a token that only this browser has, in a field and in a cookie. A browser that has one keeps
        it, so that the form in another tab stays good."""
        token = request.cookies.get(_FORM_COOKIE) or secrets.token_urlsafe(32)
        values = {"form_token": token, "problem": problem, "wait_seconds": wait_seconds}
        response = await self._renderer.respond(request, "login.html", lambda _: values, status_code=status_code)
        response.set_cookie(
            _FORM_COOKIE, token, path=LOGIN_PATH, secure=_is_secure(request), httponly=True, samesite="strict"
        )
        return response


def _is_own_form(request: Request, form: Mapping[str, str]) -> bool:
    cookie, field = request.cookies.get(_FORM_COOKIE, ""), form.get("csrf", "")
    return bool(cookie) and hmac.compare_digest(cookie.encode(), field.encode())


def _is_secure(request: Request) -> bool:
    return request.url.scheme == "https"
