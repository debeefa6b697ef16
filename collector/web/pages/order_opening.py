"""Where orders are opened: several from the replacement plan, or one by hand."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from fastapi import HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from collector.access.identity import Identity
from collector.access.roles import Permission
from collector.fieldwork.order_desk import UnknownPlaceError, UnknownTechnicianError
from collector.orders.order import Order
from collector.replacement.book import Book, Selection
from collector.state.orders import AlreadyOpenError, open_orders_at
from collector.web.forms import own_form
from collector.web.pages.order_choices import technicians
from collector.web.pages.order_forms import Problem, Typed, typed_in
from collector.web.pages.order_planning import as_far_as_it_goes, with_known_technician
from collector.web.reader import Reader
from collector.web.rendering import Renderer
from collector.web.routing import Page, identity_of
from collector.web.services import Services
from inventory.models import AccessPoint, Site

NEW_ORDER_FIELDS = ("vendor", "model", "planned_on", "technician", "note")
PATH = "/orders/new"
MOST_OPENED = 200
"""Orders at once: each is a transaction of its own."""


@dataclass(frozen=True, slots=True)
class Opening:
    """The form of a new order. `place` is None until the inventory knows the one that is typed; `already` is the number
    of the order that has not ended there."""

    access_point: str
    place: AccessPoint | None
    site: Site | None
    typed: Typed
    already: int | None


def first_of(book: Book, selection: Selection, text: str) -> list[str]:
    """So many of the first places that are asked for; none where the text is no number of places."""
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(MOST_OPENED)) or int(text) > MOST_OPENED:
        return []
    listing = book.listing(selection, limit=int(text))
    return [] if listing is None else [entry.place.id for entry in listing.entries]


async def open_several(services: Services, access_points: Iterable[str], identity: Identity) -> RedirectResponse:
    """Open an order at each of the places, and lead to them. Raises HTTPException for a place that there is not."""
    try:
        opened = await asyncio.to_thread(services.order_desk.open_several, access_points, identity)
    except UnknownPlaceError as error:
        raise HTTPException(400) from error
    counts = f"opened={len(opened.orders)}&already={len(opened.already)}"
    return RedirectResponse(f"/orders?view=table&status=open&{counts}", status_code=303)


def order_opening_routes(services: Services, renderer: Renderer) -> list[BaseRoute]:
    """`/orders/new`."""

    async def respond(request: Request, access_point: str, typed: Typed | None, status_code: int) -> Response:
        def values(_: Reader) -> dict[str, object]:
            return {
                "view": _opening(services, access_point, typed),
                "technicians": technicians(services.state),
                "models": services.order_desk.models,
                "fields": NEW_ORDER_FIELDS,
            }

        return await renderer.respond(request, "order_new.html", values, status_code=status_code)

    async def show(request: Request) -> Response:
        return await respond(request, request.query_params.get("access_point", "").strip(), None, 200)

    async def open_one(request: Request) -> Response:
        form = await own_form(request)
        access_point = form.text("access_point")
        typed = typed_in(form, NEW_ORDER_FIELDS, only_filled=True)
        typed = await asyncio.to_thread(with_known_technician, services.state, typed)
        if access_point not in services.inventory.access_points:
            problem = Problem("no_access_point" if access_point else "missing")
            typed = typed.with_problem("access_point", problem)
        if typed.change is None:
            return await respond(request, access_point, typed, 400)
        try:
            order: Order = await asyncio.to_thread(
                services.order_desk.open, access_point, identity_of(request), as_far_as_it_goes(None, typed)
            )
        except UnknownTechnicianError as error:
            return await respond(request, access_point, typed.with_problem(error.field, Problem("no_technician")), 400)
        except AlreadyOpenError:
            return await respond(request, access_point, typed, 409)
        return RedirectResponse(f"/orders/{order.id}", status_code=303)

    return [
        Page(PATH, show, needs=Permission.PLAN),
        Page(PATH, open_one, needs=Permission.PLAN, methods=["POST"]),
    ]


def _opening(services: Services, access_point: str, typed: Typed | None) -> Opening:
    place = services.inventory.access_points.get(access_point)
    if typed is None:
        typed = Typed(_suggested(services, access_point)) if place else Typed()
        if access_point and place is None:
            typed = typed.with_problem("access_point", Problem("no_access_point"))
    return Opening(
        access_point=access_point,
        place=place,
        site=services.inventory.sites[place.site] if place else None,
        typed=typed,
        already=open_orders_at(services.state, [access_point]).get(access_point),
    )


def _suggested(services: Services, access_point: str) -> dict[str, str | tuple[str, ...]]:
    """The model that fits best there, by the replacement plan."""
    found = services.book.entry(access_point)
    fit = found[1].told.fits[0] if found and found[1].told.fits else None
    return {} if fit is None else {"vendor": fit.vendor, "model": fit.model}
