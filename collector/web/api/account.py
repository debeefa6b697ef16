"""Who asks, under `/account`: how a program finds out what its token may, and how somebody changes their password."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from collector.access.identity import Identity, Means
from collector.access.passwords import FEWEST_PASSWORD_LETTERS, MOST_PASSWORD_LETTERS, Weakness
from collector.access.roles import Permission, Role
from collector.web.api.permitting import needs, told
from collector.web.people.password_desk import Mistake, PasswordDesk
from collector.web.problems import ProblemError
from collector.web.services import Services


class AccountTold(BaseModel):
    """Who asks, by what they have shown it, and what they may by that."""

    name: str
    role: Role
    means: Means
    permissions: list[Permission] = Field(description="Of a token, those of its scopes that its owner has")


class PasswordAsked(BaseModel):
    """One's own password, and what it is to be."""

    model_config = ConfigDict(extra="forbid")
    present: Annotated[str, Field(min_length=1, max_length=MOST_PASSWORD_LETTERS)]
    wanted: Annotated[str, Field(max_length=MOST_PASSWORD_LETTERS)]


_WORDS: Mapping[Weakness | Mistake, str] = MappingProxyType(
    {
        Weakness.TOO_SHORT: f"a password has at least {FEWEST_PASSWORD_LETTERS} letters",
        Weakness.TOO_LONG: f"a password has at most {MOST_PASSWORD_LETTERS} letters",
        Weakness.NAME: "the name is no password, whatever stands beside it",
        Weakness.OBVIOUS: "this is one of the passwords that are tried first; choose another one",
        Mistake.WRONG: "this is not the present password",
        Mistake.SAME: "this is the present password; choose another one",
        Mistake.WAIT: "there were too many wrong passwords; try again later",
    }
)


def account_router(services: Services) -> APIRouter:
    """`/account` and `/account/password`."""
    router = APIRouter(prefix="/account", tags=["people"])
    desk = PasswordDesk(services)

    @router.get("", responses=told())
    def account(identity: Annotated[Identity, needs(Permission.READ)]) -> AccountTold:
        """Who asks, and what they may."""
        return AccountTold(
            name=identity.name,
            role=identity.role,
            means=identity.means,
            permissions=[each for each in Permission if identity.may(each)],
        )

    @router.put("/password", status_code=204, responses=told(422, 429))
    async def password(
        request: Request, asked: PasswordAsked, identity: Annotated[Identity, needs(Permission.READ)]
    ) -> None:
        """Change one's own password. All sessions end but the one that this is asked by; tokens stay."""
        if identity.means is Means.COMMAND:
            raise ProblemError(
                403, "a command on the collector's machine has no password; name a person", kind="nobody"
            )
        refusal = await desk.change(request, asked.present, asked.wanted)
        if refusal is None:
            return
        problem, wait_seconds = refusal
        if problem is Mistake.WAIT:
            raise ProblemError(429, _WORDS[problem], kind="wait", headers={"Retry-After": str(wait_seconds)})
        raise ProblemError(422, _WORDS[problem], kind="password")

    return router
