"""Who asks, under `/account`: how a program finds out what its token may."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from collector.access.identity import Identity, Means
from collector.access.roles import Permission, Role
from collector.web.api.permitting import needs, told


class AccountTold(BaseModel):
    """Who asks, by what they have shown it, and what they may by that."""

    name: str
    role: Role
    means: Means
    permissions: list[Permission] = Field(description="Of a token, those of its scopes that its owner has")


def account_router() -> APIRouter:
    """`/account`."""
    router = APIRouter(prefix="/account", tags=["people"])

    @router.get("", responses=told())
    def account(identity: Annotated[Identity, needs(Permission.READ)]) -> AccountTold:
        """Who asks, and what they may."""
        return AccountTold(
            name=identity.name,
            role=identity.role,
            means=identity.means,
            permissions=[each for each in Permission if identity.may(each)],
        )

    return router
