"""What admins do with people, from the pages and over the API: let in, give roles, draw passwords, lock out. Each is
noted."""

import asyncio
from collections.abc import Callable
from enum import StrEnum

from fastapi import Request

from collector.access.names import TAKEN_BY_US, alike, is_name, normal_name
from collector.access.passwords import draw_password
from collector.access.roles import Role
from collector.state import accounts
from collector.state.accounts import LastAdminError, Person
from collector.state.audit import Action
from collector.web.recording import record
from collector.web.routing import identity_of
from collector.web.services import Services


class PeopleProblem(StrEnum):
    """Why something is not done."""

    BAD_NAME = "bad_name"
    NAME_TAKEN = "name_taken"
    UNKNOWN = "unknown"
    ONESELF = "oneself"
    LAST_ADMIN = "last_admin"


_WORDS = {
    PeopleProblem.BAD_NAME: "{name!r} is no name; take 1 to 64 letters that can be seen, no slash",
    PeopleProblem.NAME_TAKEN: "somebody is called {name!r} or much like that already; take another name",
    PeopleProblem.UNKNOWN: "nobody is called {name!r}; names are listed under /people",
    PeopleProblem.ONESELF: "nobody does this to themselves; ask another admin, or change your password on the pages",
    PeopleProblem.LAST_ADMIN: "{name!r} is the last admin; make somebody else one first",
}


class PeopleError(Exception):
    """It is not done. The message says why, and what to do."""

    def __init__(self, problem: PeopleProblem, name: str) -> None:
        self.problem = problem
        super().__init__(_WORDS[problem].format(name=name))


class PeopleDesk:
    """Does what admins ask for. Whether they may ask has been found out before."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def find(self, name: str) -> Person:
        """Somebody by their name. Raises PeopleError."""
        found = await asyncio.to_thread(accounts.person, self._services.state, name) if is_name(name) else None
        if found is None:
            raise PeopleError(PeopleProblem.UNKNOWN, name)
        return found

    async def add(self, request: Request, wanted: str, role: Role) -> tuple[str, str]:
        """Let somebody in; their name as it is kept, and the password to begin with, which is kept nowhere. Raises
        PeopleError."""
        name, password = normal_name(wanted), draw_password()
        if not is_name(name):
            raise PeopleError(PeopleProblem.BAD_NAME, name)
        if await self._is_taken(name) or not await asyncio.to_thread(
            accounts.add_user,
            self._services.state,
            name,
            password,
            self._services.clock(),
            role=role,
            has_first_password=True,
        ):
            raise PeopleError(PeopleProblem.NAME_TAKEN, name)
        await record(self._services, request, Action.PERSON_ADDED, name, str(role))
        return name, password

    async def set_role(self, request: Request, name: str, role: Role) -> None:
        """Give somebody another role. Raises PeopleError."""
        before = (await self._other(request, name)).role
        if before is not role:
            await self._change(name, lambda: accounts.set_role(self._services.state, name, role))
            await record(self._services, request, Action.ROLE_CHANGED, name, f"{before} → {role}")

    async def draw_password(self, request: Request, name: str) -> str:
        """Draw a password for somebody, who changes it at their next log-in. Their sessions end. It is kept nowhere.
        Raises PeopleError."""
        await self._other(request, name)
        password = draw_password()
        await asyncio.to_thread(accounts.set_password, self._services.state, name, password, has_first_password=True)
        await record(self._services, request, Action.PASSWORD_DRAWN, name)
        return password

    async def lock_out(self, request: Request, name: str) -> None:
        """Let somebody in no longer: their sessions and tokens end at once. Raises PeopleError."""
        await self._other(request, name)
        now = self._services.clock()
        if await self._change(name, lambda: accounts.lock_out(self._services.state, name, now)):
            await record(self._services, request, Action.LOCKED_OUT, name)

    async def let_in(self, request: Request, name: str) -> None:
        """End a lock-out. Raises PeopleError."""
        await self._other(request, name)
        if await asyncio.to_thread(accounts.let_in_again, self._services.state, name):
            await record(self._services, request, Action.LET_IN_AGAIN, name)

    async def _is_taken(self, name: str) -> bool:
        """Whether somebody is called so, or so that people would take them for each other."""
        everybody = await asyncio.to_thread(accounts.people, self._services.state)
        return alike(name) in TAKEN_BY_US | {alike(person.name) for person in everybody}

    async def _other(self, request: Request, name: str) -> Person:
        found = await self.find(name)
        if found.name == identity_of(request).name:
            raise PeopleError(PeopleProblem.ONESELF, name)
        return found

    async def _change(self, name: str, change: Callable[[], bool]) -> bool:
        try:
            return await asyncio.to_thread(change)
        except LastAdminError as error:
            raise PeopleError(PeopleProblem.LAST_ADMIN, name) from error
