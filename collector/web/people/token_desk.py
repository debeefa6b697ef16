"""Making and revoking API tokens, from the pages and over the API. Each is noted."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from fastapi import Request

from collector.access.identity import Means
from collector.access.names import is_name
from collector.access.roles import Permission
from collector.state.api_tokens import (
    LONGEST_LIFE,
    MOST_OF_ONE_PERSON,
    ApiToken,
    TooManyTokensError,
    make_token,
    revoke_token,
    tokens_of,
)
from collector.state.audit import Action
from collector.web.recording import record
from collector.web.routing import identity_of
from collector.web.services import Services

LONGEST_LIFE_DAYS = LONGEST_LIFE.days
LIFE_DAYS = 90
"""How long a token lives where nobody says."""
ENDED_SHOWN = 10


class TokenProblem(StrEnum):
    """Why there is no token."""

    BAD_NAME = "bad_name"
    NO_SCOPES = "no_scopes"
    BEYOND = "beyond"
    BAD_LIFE = "bad_life"
    TOO_MANY = "too_many"
    NOBODY = "nobody"
    OUTLIVES = "outlives"


_WORDS = {
    TokenProblem.BAD_NAME: "a token needs a name of 1 to 64 letters that can be seen, without a slash",
    TokenProblem.NO_SCOPES: "a token needs a scope; without one it opens nothing",
    TokenProblem.BEYOND: "a token may no more than who makes it; leave out the scopes that you lack",
    TokenProblem.BAD_LIFE: f"a token lives from 1 to {LONGEST_LIFE_DAYS} days",
    TokenProblem.TOO_MANY: f"nobody has more than {MOST_OF_ONE_PERSON} tokens; revoke one first",
    TokenProblem.NOBODY: "tokens belong to people who may log in; a command has its key and needs none",
    TokenProblem.OUTLIVES: "a token makes none that outlives it; ask for fewer days, or make it on the pages",
}


class TokenError(Exception):
    """There is no token. The message says why, and what to do."""

    def __init__(self, problem: TokenProblem) -> None:
        self.problem = problem
        super().__init__(_WORDS[problem])


@dataclass(frozen=True, slots=True)
class TokenWish:
    """What a token is to be called, what it is to open, and for how many days."""

    name: str
    scopes: frozenset[Permission]
    days: int


class TokenDesk:
    """Does what people ask for with tokens of their own, and admins with those of others."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def make(self, request: Request, wish: TokenWish) -> tuple[int, str]:
        """A new token of whoever asks: its number, and itself, which is kept nowhere. Raises TokenError."""
        owner = identity_of(request)
        if not is_name(wish.name):
            raise TokenError(TokenProblem.BAD_NAME)
        if not wish.scopes:
            raise TokenError(TokenProblem.NO_SCOPES)
        if not wish.scopes <= owner.permissions:
            raise TokenError(TokenProblem.BEYOND)
        if not 1 <= wish.days <= LONGEST_LIFE_DAYS:
            raise TokenError(TokenProblem.BAD_LIFE)
        if owner.means is Means.COMMAND:
            raise TokenError(TokenProblem.NOBODY)
        now = self._services.clock()
        expires_at = now + timedelta(days=wish.days)
        if owner.expires_at is not None and expires_at > owner.expires_at:
            raise TokenError(TokenProblem.OUTLIVES)
        try:
            number, token = await asyncio.to_thread(
                make_token, self._services.state, owner.name, wish.name, wish.scopes, now=now, expires_at=expires_at
            )
        except TooManyTokensError as error:
            raise TokenError(TokenProblem.TOO_MANY) from error
        except KeyError as error:  # locked out meanwhile
            raise TokenError(TokenProblem.NOBODY) from error
        await record(
            self._services, request, Action.TOKEN_MADE, owner.name, f"{wish.name}: {' '.join(sorted(wish.scopes))}"
        )
        return number, token

    async def revoke(self, request: Request, number: int, owner: str) -> bool:
        """Revoke a token of somebody; whether there was one to revoke."""
        state, now = self._services.state, self._services.clock()
        names = {token.id: token.name for token in await asyncio.to_thread(tokens_of, state, owner)}
        if number not in names or not await asyncio.to_thread(revoke_token, state, number, owner=owner, now=now):
            return False
        await record(self._services, request, Action.TOKEN_REVOKED, owner, names[number])
        return True


def shown_of(tokens: Iterable[ApiToken], now: datetime) -> tuple[ApiToken, ...]:
    """The tokens that are listed: those that open something, and the newest of those that do no longer."""
    known = tuple(tokens)
    ended = [token for token in known if not token.is_good(now)]
    return (*(token for token in known if token.is_good(now)), *ended[:ENDED_SHOWN])
