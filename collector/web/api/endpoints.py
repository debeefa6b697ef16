"""Where notices of alerts go, under `/endpoints`: how each endpoint stands, to pause and to try one. Their addresses
may be secrets: the host is told, and no more."""

import asyncio
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, Field

from collector.access.identity import Identity
from collector.access.roles import Permission
from collector.alerting.alert_refusals import AlertDeskError, AlertProblem
from collector.alerting.endpoint_standings import EndpointStanding, Standing, standings
from collector.alerts.telling.shown import Language
from collector.state.audit import Action
from collector.web.api.alert_problems import problem_of, refusals_told
from collector.web.api.permitting import needs, told
from collector.web.recording import record
from collector.web.services import Services

_Carer = Annotated[Identity, needs(Permission.ALERTS)]
_Name = Annotated[str, Path(description="As the configuration has it", examples=["ops"])]
_PLACE = {"Location": {"description": "Where it is", "required": True, "schema": {"type": "string"}}}


class EndpointTold(BaseModel):
    """An endpoint of the configuration, and how it stands. `problem` is of the newest call, if that has failed."""

    name: str
    kind: str = Field(description="In which form it is written to.")
    language: Language
    host: str = Field(description="Of its address, which is not told otherwise.")
    standing: Standing
    paused_by: str | None
    paused_at: datetime | None
    disabled_at: datetime | None
    disabled_because: str | None = Field(description="Its receiver has said that it is gone.")
    delivered_at: datetime | None = Field(description="When something last arrived.")
    failed_at: datetime | None = Field(description="When a call last failed.")
    problem: str | None
    waiting: int = Field(description="Notices that are to be sent yet.")
    dead: int = Field(description="Notices that are not tried any more.")


class Endpoints(BaseModel):
    """Those of the configuration, in its order."""

    endpoints: list[EndpointTold]


class Tried(BaseModel):
    """The delivery of a test. What becomes of it is told under `/deliveries`."""

    delivery: str


def endpoint_router(services: Services) -> APIRouter:
    """`/endpoints`."""
    router = APIRouter(prefix="/endpoints", tags=["alerts"])
    desk = services.alert_desk

    @router.get("", responses=told())
    def endpoints(_: Annotated[Identity, needs(Permission.READ)]) -> Endpoints:
        """Where notices go."""
        return Endpoints(endpoints=[_told(each) for each in standings(services.state, services.receivers)])

    @router.post("/{name}/pause", responses=told(404, 409))
    async def pause(name: _Name, identity: _Carer, request: Request) -> EndpointTold:
        """Send nothing there until it is opened again; what is to be told waits."""
        with refusals_told():
            await asyncio.to_thread(desk.pause, name, identity.name)
        await record(services, request, Action.ENDPOINT_PAUSED, name)
        return await asyncio.to_thread(_one, name)

    @router.post("/{name}/open", responses=told(404, 409))
    async def reopen(name: _Name, _: _Carer, request: Request) -> EndpointTold:
        """Send there again, whether it was paused or its receiver said that it is gone. What had to wait is tried at
        once."""
        with refusals_told():
            await asyncio.to_thread(desk.reopen, name)
        await record(services, request, Action.ENDPOINT_OPENED, name)
        return await asyncio.to_thread(_one, name)

    @router.post("/{name}/test", status_code=202, responses={**told(404, 409), 202: {"headers": _PLACE}})
    async def try_it(name: _Name, _: _Carer, request: Request, response: Response) -> Tried:
        """Send a notice there that says that it is a test."""
        with refusals_told():
            delivery = await asyncio.to_thread(desk.test, name)
        await record(services, request, Action.ENDPOINT_TESTED, name, delivery)
        response.headers["Location"] = f"{request.scope['root_path']}/deliveries/{delivery}"
        return Tried(delivery=delivery)

    def _one(name: str) -> EndpointTold:
        for each in standings(services.state, services.receivers):
            if each.receiver.name == name:
                return _told(each)
        raise problem_of(AlertDeskError(AlertProblem.NO_SUCH_ENDPOINT, name))

    return router


def _told(each: EndpointStanding) -> EndpointTold:
    settings, state = each.receiver.settings, each.state
    return EndpointTold(
        name=settings.name,
        kind=settings.kind,
        language=settings.language,
        host=each.host,
        standing=each.standing,
        paused_by=state.paused_by,
        paused_at=state.paused_at,
        disabled_at=state.disabled_at,
        disabled_because=state.disabled_because,
        delivered_at=state.delivered_at,
        failed_at=state.failed_at,
        problem=state.problem,
        waiting=each.waiting,
        dead=each.dead,
    )
