"""One's own API tokens, under `/tokens`."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field

from collector.access.identity import Identity
from collector.access.names import MOST_NAME_LETTERS
from collector.access.roles import Permission
from collector.state.api_tokens import ApiToken, tokens_of
from collector.web.api.permitting import needs, told
from collector.web.people.token_desk import (
    LIFE_DAYS,
    LONGEST_LIFE_DAYS,
    TokenDesk,
    TokenError,
    TokenProblem,
    TokenWish,
    shown_of,
)
from collector.web.problems import ProblemError
from collector.web.services import Services

Number = Annotated[int, Path(ge=1, lt=2**63)]
_STATUSES = {
    TokenProblem.BEYOND: 403,
    TokenProblem.OUTLIVES: 403,
    TokenProblem.NOBODY: 403,
    TokenProblem.TOO_MANY: 409,
}
_May = Annotated[Identity, needs(Permission.READ)]


class TokenTold(BaseModel):
    """A token: all but itself."""

    id: int
    name: str
    scopes: list[Permission]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    is_good: bool = Field(description="Whether it opens anything")


class Tokens(BaseModel):
    """Tokens: those that open something, and the newest of those that do no longer."""

    tokens: list[TokenTold]


class TokenWanted(BaseModel):
    """What a token is to be called, what it is to open, and for how long."""

    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, Field(min_length=1, max_length=MOST_NAME_LETTERS)]
    scopes: Annotated[list[Permission], Field(min_length=1, description="Permissions that who asks has")]
    days: Annotated[int, Field(ge=1, le=LONGEST_LIFE_DAYS)] = LIFE_DAYS


class TokenMade(BaseModel):
    """A new token."""

    id: int
    token: str = Field(description="The token itself; told this once, and kept nowhere")


def token_router(services: Services) -> APIRouter:
    """`/tokens`."""
    router = APIRouter(prefix="/tokens", tags=["people"])
    desk = TokenDesk(services)

    @router.get("", responses=told())
    def tokens(identity: _May) -> Tokens:
        """The tokens of who asks."""
        return tokens_told(tokens_of(services.state, identity.name), services.clock())

    @router.post("", status_code=201, responses=told(409, 422))
    async def make(request: Request, wanted: TokenWanted, _: _May) -> TokenMade:
        """Make a token, which may no more than who asks, be that a token as well, and does not outlive it."""
        try:
            number, token = await desk.make(request, TokenWish(wanted.name, frozenset(wanted.scopes), wanted.days))
        except TokenError as error:
            kind = error.problem.replace("_", "-")
            raise ProblemError(_STATUSES.get(error.problem, 422), str(error), kind=kind) from error
        return TokenMade(id=number, token=token)

    @router.delete("/{number}", status_code=204, responses=told(404, 422))
    async def revoke(request: Request, number: Number, identity: _May) -> None:
        """Revoke a token of who asks."""
        if not await desk.revoke(request, number, identity.name):
            raise ProblemError(404, f"you have no token {number} that opens anything")

    return router


def tokens_told(tokens: Iterable[ApiToken], now: datetime) -> Tokens:
    """Tokens as they are told."""
    return Tokens(
        tokens=[
            TokenTold(
                id=token.id,
                name=token.name,
                scopes=sorted(token.scopes),
                created_at=token.created_at,
                expires_at=token.expires_at,
                last_used_at=token.last_used_at,
                revoked_at=token.revoked_at,
                is_good=token.is_good(now),
            )
            for token in shown_of(tokens, now)
        ]
    )
