"""Maintenance: works under way and to come, those that are over; and where some is taken back."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from fastapi import HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from collector.access.roles import Permission
from collector.alerting.alert_refusals import AlertDeskError
from collector.alerts.holding.maintenance import Maintenance, Window
from collector.state.audit import Action
from collector.state.suppressions import find_maintenance, maintenance_of, planned_maintenance
from collector.web.alerts.alert_lines import Lines
from collector.web.alerts.matcher_words import Named, matcher_told
from collector.web.forms import own_form
from collector.web.pages.silences import before_in
from collector.web.reader import Reader
from collector.web.recording import record
from collector.web.rendering import Renderer
from collector.web.routing import Page
from collector.web.services import Services

PAGE_SIZE = 50
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ToldMaintenance:
    """Works, what they mean in words, the window that is under way, and the next one."""

    works: Maintenance
    means: tuple[Named, ...]
    now: Window | None
    next: Window | None


@dataclass(frozen=True, slots=True)
class MaintenancePage:
    """What is under way and what is to come, in the order in which it begins; and a page of what is over or was taken
    back, the newest first. `next_before` is where the next page of that begins."""

    under_way: tuple[ToldMaintenance, ...]
    coming: tuple[ToldMaintenance, ...]
    over: tuple[ToldMaintenance, ...]
    next_before: int | None
    is_first_page: bool


def read_maintenance(services: Services, reader: Reader, before: int | None) -> MaintenancePage:
    """Read it. Blocks. What has ended by itself a moment ago is over, whether or not it has been put away."""
    now, lines = reader.now, Lines(services, reader.language)

    def told(found: Sequence[Maintenance]) -> list[ToldMaintenance]:
        return [
            ToldMaintenance(
                works=each,
                means=matcher_told(each.matcher, reader, services.inventory, lines),
                now=each.window_at(now),
                next=each.next_window(now),
            )
            for each in found
        ]

    planned = told(planned_maintenance(services.state))
    kept = find_maintenance(services.state, is_over=True, before=before, limit=PAGE_SIZE + 1)
    over = told([each.maintenance for each in kept[:PAGE_SIZE]])
    ended_now = [each for each in planned if each.now is None and each.next is None] if before is None else []
    return MaintenancePage(
        under_way=tuple(sorted((each for each in planned if each.now is not None), key=_begins)),
        coming=tuple(sorted((each for each in planned if each.now is None and each.next is not None), key=_begins)),
        over=(*ended_now, *over),
        next_before=int(kept[PAGE_SIZE - 1].maintenance.id) if len(kept) > PAGE_SIZE else None,
        is_first_page=before is None,
    )


def maintenance_routes(services: Services, renderer: Renderer) -> list[BaseRoute]:
    """`/alerts/maintenance`, and where some is taken back."""

    async def show(request: Request) -> Response:
        before = before_in(request)

        def values(reader: Reader) -> dict[str, object]:
            return {"view": read_maintenance(services, reader, before)}

        return await renderer.respond(request, "maintenance.html", values)

    async def take_back(request: Request) -> Response:
        await own_form(request)
        number = str(request.path_params["number"])
        try:
            works = await asyncio.to_thread(services.alert_desk.take_back_maintenance, number)
        except AlertDeskError as error:
            if await asyncio.to_thread(maintenance_of, services.state, number) is None:
                raise HTTPException(404) from error
        else:
            await record(services, request, Action.MAINTENANCE_TAKEN_BACK, works.id, works.name)
        return RedirectResponse("/alerts/maintenance", status_code=303)

    return [
        Page("/alerts/maintenance", show, needs=Permission.READ),
        Page("/alerts/maintenance/{number:number}/take-back", take_back, needs=Permission.ALERTS, methods=["POST"]),
    ]


def _begins(told: ToldMaintenance) -> tuple[datetime, str]:
    window = told.now or told.next
    return (_NEVER if window is None else window.starts_at), told.works.id
