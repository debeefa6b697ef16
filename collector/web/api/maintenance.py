"""Maintenance, under `/maintenance`: works of which nobody is to be alarmed, once or every so often."""

import asyncio
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from collector.access.identity import Identity
from collector.access.roles import Permission
from collector.alerting.alert_refusals import AlertDeskError, AlertProblem
from collector.alerts.holding.maintenance import Once, Recurring, Window
from collector.alerts.holding.matching import Matcher, Restricted
from collector.alerts.holding.remarks import Remark, Title
from collector.state.audit import Action
from collector.state.suppressions import KeptMaintenance, find_maintenance, maintenance_of
from collector.web.api.alert_documents import Cursor, Limit
from collector.web.api.alert_problems import problem_of, refusals_told
from collector.web.api.cursors import number_from_cursor, to_cursor
from collector.web.api.orders import OrderNumber as Number
from collector.web.api.permitting import needs, told
from collector.web.recording import record
from collector.web.services import Services

_Reader = Annotated[Identity, needs(Permission.READ)]
_Carer = Annotated[Identity, needs(Permission.ALERTS)]
_When = Annotated[Once | Recurring, Field(discriminator="kind")]
_PLACE = {"Location": {"description": "Where it is", "required": True, "schema": {"type": "string"}}}


_EXAMPLE: JsonDict = {
    "name": "Restarts at night",
    "matcher": {"sites": ["yeouido"]},
    "when": {
        "kind": "recurring",
        "weekdays": ["tue"],
        "from_time": "02:00",
        "minutes": 90,
        "first_day": "2026-05-26",
    },
    "comment": "The switches get new firmware",
}


class MaintenanceAsked(BaseModel):
    """Which works, how many at once, and from where on. What is left out does not matter."""

    model_config = ConfigDict(extra="forbid")
    is_over: Annotated[bool | None, Field(description="Whether they are over, or were taken back")] = None
    limit: Limit = 50
    cursor: Cursor = None


class MaintenanceWanted(BaseModel):
    """What works are called, which alerts nobody is to be told of meanwhile, when that is, and why."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE]})
    name: Title
    matcher: Restricted
    when: _When
    comment: Remark


class WindowTold(BaseModel):
    """From one instant to another, which is not in it any more."""

    starts_at: datetime
    ends_at: datetime


class MaintenanceTold(BaseModel):
    """Works. `now` is the window that is under way, `next` the first that begins later; null where there is none."""

    id: str
    name: str
    matcher: Matcher
    when: _When
    comment: str
    by: str
    made_at: datetime
    is_over: bool = Field(description="Nothing is held back any more: it was taken back, or its last window is over.")
    now: WindowTold | None
    next: WindowTold | None


class MaintenancePage(BaseModel):
    """Works, those that were planned last first."""

    maintenance: list[MaintenanceTold]
    next: str | None


def maintenance_router(services: Services) -> APIRouter:
    """`/maintenance`, and one of it."""
    router = APIRouter(prefix="/maintenance", tags=["alerts"])
    desk = services.alert_desk

    @router.get("", responses=told())
    def maintenance(_: _Reader, asked: Annotated[MaintenanceAsked, Query()]) -> MaintenancePage:
        """The works, those that were planned last first."""
        before = number_from_cursor(asked.cursor)
        found = find_maintenance(services.state, is_over=asked.is_over, before=before, limit=asked.limit + 1)
        page = found[: asked.limit]
        return MaintenancePage(
            maintenance=[_told(kept) for kept in page],
            next=to_cursor(int(page[-1].maintenance.id)) if len(found) > len(page) else None,
        )

    @router.post("", status_code=201, responses={**told(422), 201: {"headers": _PLACE}})
    async def plan(
        identity: _Carer, wanted: MaintenanceWanted, request: Request, response: Response
    ) -> MaintenanceTold:
        """Plan works, once or every week. While they are under way, notices of these alerts are held back."""
        document = {name: getattr(wanted, name) for name in MaintenanceWanted.model_fields}
        with refusals_told():
            planned = await asyncio.to_thread(desk.plan_maintenance, document, identity.name)
        await record(services, request, Action.MAINTENANCE_PLANNED, planned.id, planned.name)
        response.headers["Location"] = f"{request.scope['root_path']}/maintenance/{planned.id}"
        return _told(KeptMaintenance(planned, is_over=False))

    @router.get("/{number:number}", responses=told(404))
    def works(number: Number, _: _Reader) -> MaintenanceTold:
        """One of it."""
        found = maintenance_of(services.state, str(number))
        if found is None:
            raise problem_of(AlertDeskError(AlertProblem.NO_SUCH_MAINTENANCE, str(number)))
        return _told(found)

    @router.post("/{number:number}/take-back", responses=told(404))
    async def take_back(number: Number, _: _Carer, request: Request) -> MaintenanceTold:
        """Plan it no more, nor go on with it."""
        with refusals_told():
            taken_back = await asyncio.to_thread(desk.take_back_maintenance, str(number))
        await record(services, request, Action.MAINTENANCE_TAKEN_BACK, taken_back.id, taken_back.name)
        return _told(KeptMaintenance(taken_back, is_over=True))

    def _told(kept: KeptMaintenance) -> MaintenanceTold:
        now, works = services.clock(), kept.maintenance
        is_over = kept.is_over or works.is_over(now)
        return MaintenanceTold(
            **dict(works),
            is_over=is_over,
            now=None if is_over else _window(works.window_at(now)),
            next=None if is_over else _window(works.next_window(now)),
        )

    return router


def _window(window: Window | None) -> WindowTold | None:
    return None if window is None else WindowTold(starts_at=window.starts_at, ends_at=window.ends_at)
