"""Changing one's own password, for the page and the API alike."""

import asyncio
import hmac
import math
from enum import StrEnum
from typing import NamedTuple

from fastapi import Request

from collector.access.passwords import MOST_PASSWORD_LETTERS, Weakness, normal, weakness_of
from collector.state import accounts, guesses
from collector.state.audit import Action
from collector.web.guard import SESSION_COOKIE
from collector.web.recording import address_of, record
from collector.web.routing import identity_of
from collector.web.services import Services


class Mistake(StrEnum):
    """What is wrong beside a weak password."""

    WRONG = "wrong"
    WAIT = "wait"
    SAME = "same"
    DIFFERENT = "different"


class Refusal(NamedTuple):
    """Why a password stays as it is, and how long to wait where that is why."""

    problem: Weakness | Mistake
    wait_seconds: int = 0


class PasswordDesk:
    """Changes the passwords of those who know their present one."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._checking = asyncio.Semaphore(1)  # a check takes 19 MiB of memory for a moment

    async def change(self, request: Request, present: str, wanted: str) -> Refusal | None:
        """Change the password of who asks: the session that they ask by goes on, and all others of theirs end. A wrong
        present password counts as a wrong log-in does. None where it is changed."""
        state, name, address = self._services.state, identity_of(request).name, address_of(request)
        problem = mistake_in(present, wanted, name)
        if problem is not None:
            return Refusal(problem)
        wait = await asyncio.to_thread(guesses.attempt, state, name, address, self._services.clock())
        if wait is not None:
            return Refusal(Mistake.WAIT, math.ceil(wait.total_seconds()))
        async with self._checking:
            is_theirs = await asyncio.to_thread(self._keep, request, present, wanted)
        await record(self._services, request, Action.PASSWORD_CHANGED if is_theirs else Action.PASSWORD_REFUSED, name)
        return None if is_theirs else Refusal(Mistake.WRONG)

    def _keep(self, request: Request, present: str, wanted: str) -> bool:
        state, name = self._services.state, identity_of(request).name
        session = request.cookies.get(SESSION_COOKIE, "")
        is_theirs = accounts.change_password(state, name, present, wanted, keep_session=session)
        if is_theirs:
            guesses.succeed(state, name, address_of(request))
        return is_theirs


def mistake_in(present: str, wanted: str, name: str) -> Weakness | Mistake | None:
    """What can be said without knowing the present password; None where it is all right."""
    old, new = normal(present), normal(wanted)
    if not old or len(old) > MOST_PASSWORD_LETTERS:
        return Mistake.WRONG
    weakness = weakness_of(new, name)
    if weakness is not None:
        return weakness
    return Mistake.SAME if hmac.compare_digest(old.encode(), new.encode()) else None
