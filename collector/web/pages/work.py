"""The work list on a phone: where a technician goes next, what they bring, and what they do there."""

import asyncio
from datetime import date

from fastapi import HTTPException, Request
from fastapi.responses import Response
from sqlalchemy import Engine
from starlette.routing import BaseRoute

from collector.access.identity import Identity
from collector.access.roles import Permission
from collector.fieldwork.work_desk import MOST_LISTED, MOST_READ, TooManyOrdersError, WorkDesk
from collector.fieldwork.work_list import Wanted, WorkList
from collector.orders.distances import BRIDGE_DETOUR_METRES
from collector.orders.life import moves_of
from collector.orders.order import Status
from collector.orders.permitting import possible_moves
from collector.replacement.book import Selection
from collector.web.pages.order_choices import technicians
from collector.web.pages.plan import build_choices
from collector.web.rendering import Renderer
from collector.web.routing import Page, identity_of
from collector.web.selection import BadQueryError
from collector.web.services import Services
from collector.web.work.phone_numbers import pieces_of
from collector.web.work.work_selection import list_of_today, query_of, today, wanted_of

REASONS_SHOWN = 2
"""The others are in a fold: they were read before somebody set out."""


def asked_for(services: Services, request: Request) -> Wanted:
    """Which list a page is asked for. Raises HTTPException."""
    try:
        return wanted_of(request.query_params, list_of_today(identity_of(request), today(services)))
    except BadQueryError as error:
        raise HTTPException(400, str(error)) from error


def list_values(work: WorkList | None, wanted: Wanted, day: date) -> dict[str, object]:
    """What the page and the print both show; there is no list where too many orders fit."""
    return {
        "work": work,
        "wanted": wanted,
        "today": day,
        "query": query_of(wanted),
        "pieces_of": pieces_of,
        "reasons_shown": REASONS_SHOWN,
        "most_read": MOST_READ,
        "most_listed": MOST_LISTED,
        "detour_kilometres": f"{BRIDGE_DETOUR_METRES / 1000:g}",
    }


def list_or_none(desk: WorkDesk, identity: Identity, wanted: Wanted) -> WorkList | None:
    """The list; None where too many orders fit. Blocks."""
    try:
        return desk.list_for(identity, wanted)
    except TooManyOrdersError:
        return None


def may_be_finished(work: WorkList, identity: Identity) -> frozenset[int]:
    """The orders of which somebody may say that the new device hangs there."""
    return frozenset(
        entry.order.id
        for entry in work.entries
        if Status.INSTALLED in possible_moves(identity, entry.order, moves_of(entry.order))
    )


def technicians_of(state: Engine, chosen: str | None) -> list[str]:
    """Whose list can be chosen: of all who may work on orders, and whoever is chosen already."""
    return sorted({*technicians(state), *([chosen] if chosen else [])})


def work_routes(services: Services, renderer: Renderer, desk: WorkDesk) -> list[BaseRoute]:
    """`/work-lists`."""

    async def show(request: Request) -> Response:
        identity, wanted = identity_of(request), asked_for(services, request)
        work = await asyncio.to_thread(list_or_none, desk, identity, wanted)
        values = {
            **list_values(work, wanted, today(services)),
            "choices": build_choices(services.inventory, Selection(site=wanted.site, district=wanted.district)),
            "technicians": await asyncio.to_thread(technicians_of, services.state, wanted.technician),
            "may_be_finished": frozenset() if work is None else may_be_finished(work, identity),
            "has_depot": services.order_settings.depot_latitude is not None,
        }
        return await renderer.respond(request, "work.html", lambda _: values, status_code=200 if work else 400)

    return [Page("/work-lists", show, needs=Permission.READ)]
