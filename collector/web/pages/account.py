"""What somebody has of their own: their role and what it may, and their API tokens."""

from fastapi import HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from collector.access.names import MOST_NAME_LETTERS
from collector.access.roles import Permission
from collector.state.api_tokens import MOST_OF_ONE_PERSON, tokens_of
from collector.web.forms import Form, own_form
from collector.web.pages.people import number_in
from collector.web.people.token_desk import (
    LIFE_DAYS,
    LONGEST_LIFE_DAYS,
    TokenDesk,
    TokenError,
    TokenProblem,
    TokenWish,
    shown_of,
)
from collector.web.reader import Reader
from collector.web.rendering import Renderer
from collector.web.routing import Page, identity_of
from collector.web.services import Services

PATH = "/account"


def account_routes(services: Services, renderer: Renderer) -> list[BaseRoute]:
    """`/account`."""
    desk = TokenDesk(services)

    async def show(
        request: Request,
        *,
        made: str | None = None,
        typed: Form | None = None,
        problem: TokenProblem | None = None,
        status_code: int = 200,
    ) -> Response:
        """The page; `made` is a token that has just been made, and is shown this once."""
        identity = identity_of(request)

        def values(reader: Reader) -> dict[str, object]:
            return {
                "identity": identity,
                "permissions": tuple(each for each in Permission if identity.may(each)),
                "tokens": shown_of(tokens_of(services.state, identity.name), reader.now),
                "most_tokens": MOST_OF_ONE_PERSON,
                "most_letters": MOST_NAME_LETTERS,
                "longest_life_days": LONGEST_LIFE_DAYS,
                "typed": {"days": str(LIFE_DAYS)} if typed is None else typed,
                "typed_scopes": [] if typed is None else typed.all_of("scope"),
                "made": made,
                "problem": problem,
                "done": request.query_params.get("done"),
            }

        return await renderer.respond(request, "account.html", values, status_code=status_code)

    async def change(request: Request) -> Response:
        form = await own_form(request)
        match form.text("change"):
            case "make":
                return await make(request, form)
            case "revoke":
                await desk.revoke(request, number_in(form), identity_of(request).name)
                return RedirectResponse(f"{PATH}?done=revoke", status_code=303)
        raise HTTPException(400)

    async def make(request: Request, form: Form) -> Response:
        try:
            _, token = await desk.make(request, wish_in(form))
        except TokenError as error:
            status_code = 409 if error.problem is TokenProblem.TOO_MANY else 400
            return await show(request, typed=form, problem=error.problem, status_code=status_code)
        return await show(request, made=token)

    return [
        Page(PATH, show, needs=Permission.READ),
        Page(PATH, change, needs=Permission.READ, methods=["POST"]),
    ]


def wish_in(form: Form) -> TokenWish:
    """What is wished for. Scopes that there are none of are left out, and a life that is no number is none."""
    days = form.text("days")
    return TokenWish(
        name=form.text("token_name"),
        scopes=frozenset(Permission(scope) for scope in form.all_of("scope") if scope in list(Permission)),
        days=int(days) if days.isascii() and days.isdigit() and len(days) < 5 else 0,
    )
