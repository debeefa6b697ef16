"""Who may log in, under `/people`: for admins, and for the command on the collector's machine."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from collector.access.identity import Identity
from collector.access.names import MOST_NAME_LETTERS
from collector.access.roles import Permission, Role
from collector.state.accounts import Person, people
from collector.state.api_tokens import tokens_of
from collector.web.api.permitting import needs, told
from collector.web.api.tokens import Number, Tokens, tokens_told
from collector.web.people.people_desk import PeopleDesk, PeopleError, PeopleProblem
from collector.web.people.token_desk import TokenDesk
from collector.web.problems import ProblemError
from collector.web.services import Services

_STATUSES = {PeopleProblem.UNKNOWN: 404, PeopleProblem.BAD_NAME: 422}
_May = Annotated[Identity, needs(Permission.PEOPLE)]
_Name = Annotated[str, Path(description="Somebody's name")]


class PersonTold(BaseModel):
    """Somebody who may log in, or could until they were locked out."""

    name: str
    role: Role
    created_at: datetime
    locked_out_at: datetime | None
    has_first_password: bool = Field(description="Whether their password was drawn for them: it is to be changed first")


class PersonChanged(PersonTold):
    """Somebody as they are now."""

    password: str | None = Field(description="The password that was drawn; told this once, and kept nowhere")


class People(BaseModel):
    """Everybody, in order of their names."""

    people: list[PersonTold]


class PersonWanted(BaseModel):
    """Whom to let in."""

    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, Field(min_length=1, max_length=MOST_NAME_LETTERS)]
    role: Role


class PersonChange(BaseModel):
    """What is to change. What is left out stays."""

    model_config = ConfigDict(extra="forbid")
    role: Role | None = None
    is_locked_out: StrictBool | None = None
    draw_password: StrictBool = False


def people_router(services: Services) -> APIRouter:
    """`/people`."""
    router = APIRouter(prefix="/people", tags=["people"])
    desk, token_desk = PeopleDesk(services), TokenDesk(services)

    @router.get("", responses=told())
    def everybody(_: _May) -> People:
        """Everybody who has an account."""
        return People(people=[PersonTold(**_told(person)) for person in people(services.state)])

    @router.post("", status_code=201, responses=told(409, 422))
    async def add(request: Request, wanted: PersonWanted, _: _May) -> PersonChanged:
        """Let somebody in, with a password that is drawn for them."""
        with _told_as_problems():
            name, password = await desk.add(request, wanted.name, wanted.role)
            return PersonChanged(**_told(await desk.find(name)), password=password)

    @router.get("/{name}/tokens", responses=told(404, 422))
    async def tokens(name: _Name, _: _May) -> Tokens:
        """Somebody's tokens."""
        with _told_as_problems():
            await desk.find(name)
        return tokens_told(await asyncio.to_thread(tokens_of, services.state, name), services.clock())

    @router.delete("/{name}/tokens/{number}", status_code=204, responses=told(404, 422))
    async def revoke(request: Request, name: _Name, number: Number, _: _May) -> None:
        """Revoke one of somebody's tokens."""
        if not await token_desk.revoke(request, number, name):
            raise ProblemError(404, f"{name!r} has no token {number} that opens anything")

    @router.patch("/{name}", responses=told(404, 409, 422))
    async def change(request: Request, name: _Name, wanted: PersonChange, _: _May) -> PersonChanged:
        """Give somebody another role, lock them out or let them in again, draw a password for them. Nobody does this to
        themselves, and one admin stays."""
        with _told_as_problems():
            password = await _make(desk, request, name, wanted)
            return PersonChanged(**_told(await desk.find(name)), password=password)

    return router


def _told(person: Person) -> dict[str, object]:
    return {name: getattr(person, name) for name in PersonTold.model_fields}


async def _make(desk: PeopleDesk, request: Request, name: str, wanted: PersonChange) -> str | None:
    """Make what is wanted so; the password where one is drawn. Raises PeopleError."""
    if wanted.role is not None:
        await desk.set_role(request, name, wanted.role)
    if wanted.is_locked_out is not None:
        await (desk.lock_out if wanted.is_locked_out else desk.let_in)(request, name)
    return await desk.draw_password(request, name) if wanted.draw_password else None


@contextmanager
def _told_as_problems() -> Iterator[None]:
    try:
        yield
    except PeopleError as error:
        status = _STATUSES.get(error.problem, 409)
        raise ProblemError(status, str(error), kind=error.problem.replace("_", "-")) from error
