"""Silences, under `/silences`: for how long, and why, nobody is to be told of certain alerts."""

import asyncio
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from collector.access.identity import Identity
from collector.access.roles import Permission
from collector.alerting.alert_refusals import AlertDeskError, AlertProblem
from collector.alerts.holding.dates import Instant
from collector.alerts.holding.matching import Matcher, Restricted
from collector.alerts.holding.remarks import Remark
from collector.alerts.holding.silences import Silence
from collector.state.audit import Action
from collector.state.suppressions import find_silences, silence_of
from collector.web.api.alert_documents import Cursor, Limit
from collector.web.api.alert_problems import problem_of, refusals_told
from collector.web.api.cursors import number_from_cursor, to_cursor
from collector.web.api.orders import OrderNumber as Number
from collector.web.api.permitting import needs, told
from collector.web.recording import record
from collector.web.services import Services

_Reader = Annotated[Identity, needs(Permission.READ)]
_Carer = Annotated[Identity, needs(Permission.ALERTS)]
_PLACE = {"Location": {"description": "Where it is", "required": True, "schema": {"type": "string"}}}


_EXAMPLE: JsonDict = {
    "matcher": {"sites": ["yeouido"], "rules": ["clients_over_capacity"]},
    "ends_at": "2026-05-24T00:00:00+09:00",
    "comment": "Fireworks: everybody knows",
}


class SilencesAsked(BaseModel):
    """Which silences, how many at once, and from where on. What is left out does not matter."""

    model_config = ConfigDict(extra="forbid")
    is_over: Annotated[bool | None, Field(description="Whether it holds nothing back any more")] = None
    limit: Limit = 50
    cursor: Cursor = None


class SilenceWanted(BaseModel):
    """Which alerts nobody is to be told of, until when, and why; from now on, unless it says otherwise."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE]})
    matcher: Restricted
    starts_at: Instant | None = None
    ends_at: Instant
    comment: Remark


class SilenceTold(BaseModel):
    """A silence. `until` is when it ends or has ended, whichever way."""

    model_config = ConfigDict(from_attributes=True)
    id: str
    matcher: Matcher
    starts_at: datetime
    ends_at: datetime
    until: datetime
    comment: str
    by: str
    made_at: datetime
    ended_early_at: datetime | None
    ended_early_by: str | None
    is_active: bool = Field(description="Whether it holds anything back now.")
    is_over: bool


class SilencePage(BaseModel):
    """Silences, the newest first."""

    silences: list[SilenceTold]
    next: str | None


def silence_router(services: Services) -> APIRouter:
    """`/silences`, and one of them."""
    router = APIRouter(prefix="/silences", tags=["alerts"])
    desk = services.alert_desk

    @router.get("", responses=told())
    def silences(_: _Reader, asked: Annotated[SilencesAsked, Query()]) -> SilencePage:
        """The silences, the newest first."""
        found = find_silences(
            services.state,
            services.clock(),
            is_over=asked.is_over,
            before=number_from_cursor(asked.cursor),
            limit=asked.limit + 1,
        )
        page = found[: asked.limit]
        return SilencePage(
            silences=[_told(silence) for silence in page],
            next=to_cursor(int(page[-1].id)) if len(found) > len(page) else None,
        )

    @router.post("", status_code=201, responses={**told(422), 201: {"headers": _PLACE}})
    async def make(identity: _Carer, wanted: SilenceWanted, request: Request, response: Response) -> SilenceTold:
        """Hold back notices of these alerts for a while. That something has ended is told all the same, to whoever was
        told that it began."""
        document = {name: getattr(wanted, name) for name in SilenceWanted.model_fields}
        with refusals_told():
            silence = await asyncio.to_thread(desk.make_silence, document, identity.name)
        await record(services, request, Action.SILENCE_MADE, silence.id, silence.comment)
        response.headers["Location"] = f"{request.scope['root_path']}/silences/{silence.id}"
        return _told(silence)

    @router.get("/{number:number}", responses=told(404))
    def silence(number: Number, _: _Reader) -> SilenceTold:
        """One silence."""
        found = silence_of(services.state, str(number))
        if found is None:
            raise problem_of(AlertDeskError(AlertProblem.NO_SUCH_SILENCE, str(number)))
        return _told(found)

    @router.post("/{number:number}/end", responses=told(404, 409))
    async def end(number: Number, identity: _Carer, request: Request) -> SilenceTold:
        """End it now."""
        with refusals_told():
            ended = await asyncio.to_thread(desk.end_silence, str(number), identity.name)
        await record(services, request, Action.SILENCE_ENDED, ended.id, ended.comment)
        return _told(ended)

    def _told(silence: Silence) -> SilenceTold:
        now = services.clock()
        return SilenceTold(
            **dict(silence), until=silence.until, is_active=silence.is_active(now), is_over=silence.is_over(now)
        )

    return router
