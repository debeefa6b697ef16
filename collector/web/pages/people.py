"""Who may log in, and what an admin does with them: let in, give a role, draw a password, lock out, revoke tokens."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from fastapi import HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from collector.access.names import MOST_NAME_LETTERS
from collector.access.roles import PERMISSIONS, Permission, Role
from collector.state.accounts import Person, people
from collector.state.api_tokens import ApiToken, tokens_of
from collector.web.forms import Form, own_form
from collector.web.people.people_desk import PeopleDesk, PeopleError, PeopleProblem
from collector.web.people.token_desk import TokenDesk, shown_of
from collector.web.reader import Reader
from collector.web.rendering import Renderer
from collector.web.routing import Page
from collector.web.services import Services

PATH = "/people"
_MOST_DIGITS = 18


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Somebody, and how many of their tokens open something."""

    person: Person
    state: str
    tokens: int


def state_of(person: Person) -> str:
    """`locked_out`, `first_password` as long as they have one that was drawn for them, or `let_in`."""
    if person.locked_out_at is not None:
        return "locked_out"
    return "first_password" if person.has_first_password else "let_in"


def build_people(everybody: Iterable[Person], tokens: Iterable[ApiToken], now: datetime) -> tuple[PersonRow, ...]:
    """The view of all, those first who may log in."""
    good = Counter(token.owner for token in tokens if token.is_good(now))
    rows = (PersonRow(person, state_of(person), good[person.name]) for person in everybody)
    return tuple(sorted(rows, key=lambda row: row.state == "locked_out"))


def people_routes(services: Services, renderer: Renderer) -> list[BaseRoute]:
    """`/people`, and below it somebody by their name."""
    return PeoplePages(services, renderer).routes()


class PeoplePages:
    """The two pages."""

    def __init__(self, services: Services, renderer: Renderer) -> None:
        self._services = services
        self._renderer = renderer
        self._desk = PeopleDesk(services)
        self._tokens = TokenDesk(services)

    def routes(self) -> list[BaseRoute]:
        """Both, and what is sent to them."""
        one = f"{PATH}/{{name}}"
        return [
            Page(PATH, self._list, needs=Permission.PEOPLE),
            Page(PATH, self._add, needs=Permission.PEOPLE, methods=["POST"]),
            Page(one, self._show, needs=Permission.PEOPLE),
            Page(one, self._change, needs=Permission.PEOPLE, methods=["POST"]),
        ]

    async def _list(
        self,
        request: Request,
        *,
        typed: Form | None = None,
        problem: PeopleProblem | None = None,
        status_code: int = 200,
    ) -> Response:
        def values(reader: Reader) -> dict[str, object]:
            state = self._services.state
            return {
                "rows": build_people(people(state), tokens_of(state), reader.now),
                "roles": tuple(Role),
                "permissions": {role: _permissions_of(role) for role in Role},
                "most_letters": MOST_NAME_LETTERS,
                "typed": typed or {},
                "problem": problem,
            }

        return await self._renderer.respond(request, "people.html", values, status_code=status_code)

    async def _add(self, request: Request) -> Response:
        form = await own_form(request)
        try:
            name, password = await self._desk.add(request, form.text("person"), _role_in(form))
        except PeopleError as error:
            status_code = 409 if error.problem is PeopleProblem.NAME_TAKEN else 400
            return await self._list(request, typed=form, problem=error.problem, status_code=status_code)
        return await self._one(request, name, drawn=password)

    async def _show(self, request: Request) -> Response:
        return await self._one(request, request.path_params["name"])

    async def _change(self, request: Request) -> Response:
        form = await own_form(request)
        name, change = request.path_params["name"], form.text("change")
        drawn = None
        try:
            match change:
                case "role":
                    await self._desk.set_role(request, name, _role_in(form))
                case "password":
                    drawn = await self._desk.draw_password(request, name)
                case "lock_out":
                    await self._desk.lock_out(request, name)
                case "let_in":
                    await self._desk.let_in(request, name)
                case "revoke":
                    await self._tokens.revoke(request, number_in(form), name)
                case _:
                    raise HTTPException(400)
        except PeopleError as error:
            return await self._one(request, name, problem=error.problem, status_code=409)
        if drawn is not None:
            return await self._one(request, name, drawn=drawn)
        return RedirectResponse(f"{PATH}/{quote(name, safe='')}?done={change}", status_code=303)

    async def _one(
        self,
        request: Request,
        name: str,
        *,
        drawn: str | None = None,
        problem: PeopleProblem | None = None,
        status_code: int = 200,
    ) -> Response:
        """Somebody's page; `drawn` is a password that has just been drawn for them, and is shown this once."""
        try:
            person = await self._desk.find(name)
        except PeopleError as error:
            raise HTTPException(404) from error

        def values(reader: Reader) -> dict[str, object]:
            return {
                "person": person,
                "state": state_of(person),
                "is_oneself": reader.identity is not None and reader.identity.name == person.name,
                "tokens": shown_of(tokens_of(self._services.state, person.name), reader.now),
                "roles": tuple(Role),
                "permissions": _permissions_of(person.role),
                "drawn": drawn,
                "problem": problem,
                "done": request.query_params.get("done"),
            }

        return await self._renderer.respond(request, "person.html", values, status_code=status_code)


def number_in(form: Form) -> int:
    """The number of a token, as a page of ours sends it. Raises HTTPException."""
    text = form.text("token")
    if not text.isascii() or not text.isdigit() or len(text) > _MOST_DIGITS:
        raise HTTPException(400)
    return int(text)


def _role_in(form: Form) -> Role:
    try:
        return Role(form.text("role"))
    except ValueError as error:
        raise HTTPException(400) from error


def _permissions_of(role: Role) -> tuple[Permission, ...]:
    """In the order in which people are told of them."""
    return tuple(each for each in Permission if each in PERMISSIONS[role])
