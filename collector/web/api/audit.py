"""The audit log, under `/audit`: who did what, the newest first."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from collector.access.identity import Identity
from collector.access.roles import Permission
from collector.state.audit import Action, KeptEntry, entries
from collector.web.api.cursors import number_from_cursor, to_cursor
from collector.web.api.permitting import needs, told
from collector.web.services import Services

MOST_AT_ONCE = 1_000


class LogAsked(BaseModel):
    """Whose entries, of what, how many at once, and from where on."""

    model_config = ConfigDict(extra="forbid")
    by: Annotated[str | None, Field(max_length=1_000)] = None
    action: Action | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_AT_ONCE)] = 100
    cursor: Annotated[str | None, Field(max_length=200)] = None


class EntryTold(BaseModel):
    """Something that was done. Of a refused log-in, `by` is the name that was typed."""

    id: int
    at: datetime
    by: str
    means: str
    address: str
    action: Action
    subject: str
    detail: str


class LogPage(BaseModel):
    """Entries, the newest first."""

    entries: list[EntryTold]
    next: str | None


def audit_router(services: Services) -> APIRouter:
    """`/audit`."""
    router = APIRouter(prefix="/audit", tags=["people"])

    @router.get("", responses=told(422))
    def log(_: Annotated[Identity, needs(Permission.AUDIT)], asked: Annotated[LogAsked, Query()]) -> LogPage:
        """Who did what. Orders keep their own changes, and are not in it."""
        before = number_from_cursor(asked.cursor)
        found = entries(services.state, before=before, limit=asked.limit + 1, by=asked.by, action=asked.action)
        shown = found[: asked.limit]
        return LogPage(
            entries=[_told(kept) for kept in shown],
            next=to_cursor(shown[-1].id) if len(found) > asked.limit else None,
        )

    return router


def _told(kept: KeptEntry) -> EntryTold:
    entry = kept.entry
    return EntryTold(
        id=kept.id,
        at=entry.at,
        by=entry.by,
        means=entry.means,
        address=entry.address,
        action=entry.action,
        subject=entry.subject,
        detail=entry.detail,
    )
