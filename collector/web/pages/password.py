"""Changing one's own password. Who has one that was drawn for them is led here first, and on to where they wanted, or
back to what they had typed when their session ended."""

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from collector.access.passwords import (
    FEWEST_PASSWORD_LETTERS,
    MOST_PASSWORD_LETTERS,
    Weakness,
    normal,
)
from collector.access.roles import Permission
from collector.web.carrying import CARRIED_FIELD, Carried, carried_in
from collector.web.forms import Form, own_form
from collector.web.guard import FIRST_PASSWORD_PATH, local_path
from collector.web.people.password_desk import Mistake, PasswordDesk, Refusal, mistake_in
from collector.web.rendering import Renderer
from collector.web.routing import Page, identity_of
from collector.web.services import Services

AFTERWARDS = "/account?done=password"
_FIELDS = ("old_password", "new_password", "repeated_password")


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
        self._desk = PasswordDesk(services)

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
        present, wanted, repeated = (form.get(field, "") for field in _FIELDS)
        if mistake_in(present, wanted, identity_of(request).name) is None and normal(repeated) != normal(wanted):
            return await self._refuse(request, form, Refusal(Mistake.DIFFERENT))
        refusal = await self._desk.change(request, present, wanted)
        if refusal is not None:
            return await self._refuse(request, form, refusal)
        return await self._go_on(request, carried_in(form))

    async def _refuse(self, request: Request, form: Form, refusal: Refusal) -> Response:
        problem, wait_seconds = refusal
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
