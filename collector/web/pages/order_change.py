"""Where an order is changed: the form of each move, the form in which it is written down anew, and what becomes of what
was typed where somebody else was faster."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from fastapi import HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from collector.access.roles import Permission
from collector.orders.life import moves_of
from collector.orders.order import Order, Status
from collector.orders.permitting import is_own, possible_moves
from collector.web.forms import own_form
from collector.web.pages.order import Whereabouts, whereabouts
from collector.web.pages.order_attempt import Refused, attempt, move_in, order_at, version_in
from collector.web.pages.order_choices import CABLE_CLASSES, POE_CLASSES, UPLINKS_BITS_PER_SECOND, technicians
from collector.web.pages.order_forms import FIELDS, Problem, Typed, fields_of, typed_in, values_of
from collector.web.pages.order_history import Entry, in_words, told_changes, typed_since
from collector.web.pages.order_planning import with_known_technician
from collector.web.reader import Reader
from collector.web.rendering import Renderer
from collector.web.routing import Page, identity_of
from collector.web.services import Services


@dataclass(frozen=True, slots=True)
class OrderForm:
    """A form of an order as somebody sees it in this version. `since` is what others have changed meanwhile, `now` has
    in words what the order has in those of these fields; `possible` is where it may go instead."""

    order: Order
    version: int
    where: Whereabouts
    to: Status | None
    fields: tuple[str, ...]
    values: Mapping[str, str | tuple[str, ...]]
    problems: Mapping[str, Problem]
    refused: str | None = None
    since: tuple[Entry, ...] = ()
    now: Mapping[str, str] = field(default_factory=dict)
    possible: tuple[Status, ...] = ()


def fresh_form(services: Services, order: Order, to: Status | None, fields: Collection[str]) -> OrderForm:
    """The form with what the order has."""
    where = whereabouts(services, order)
    return OrderForm(order, order.version, where, to, tuple(fields), values_of(order, fields), {})


def form_again(
    services: Services, refused: Refused, typed: Typed, fields: Collection[str], reader: Reader
) -> OrderForm:
    """The form with all that was typed, for the order as it is now. Where others were faster, what was not typed is
    theirs."""
    order = refused.order
    mine = typed_since(typed, order, refused.since) if refused.since else dict(typed.values)
    kept = order.model_dump(mode="json")
    touched = {name for change in refused.since for name in change.fields}
    shown = set(fields) | set(mine) | set(refused.problems)
    return OrderForm(
        order=order,
        version=refused.version,
        where=whereabouts(services, order),
        to=refused.to,
        fields=tuple(name for name in FIELDS if name in shown),
        values=values_of(order, shown) | mine,
        problems=refused.problems,
        refused=refused.kind,
        since=told_changes(refused.since, reader),
        now={name: in_words(name, kept[name], reader) for name in touched & set(mine)},
        possible=refused.possible,
    )


def order_change_routes(services: Services, renderer: Renderer) -> list[BaseRoute]:
    """`/orders/{number}/change`, with `to` for a move."""

    def choices(reader: Reader) -> dict[str, object]:
        may_plan = reader.may(Permission.PLAN)
        return {
            "technicians": technicians(services.state) if may_plan else (),
            "models": services.order_desk.models if may_plan else (),
            "uplinks": UPLINKS_BITS_PER_SECOND,
            "poe_classes": POE_CLASSES,
            "cable_classes": CABLE_CLASSES,
        }

    async def show(request: Request) -> Response:
        order, identity = await asyncio.to_thread(order_at, services, request), identity_of(request)
        if not identity.may(Permission.PLAN) and not is_own(identity, order):
            raise HTTPException(403)
        to = _wanted(request)
        if to is not None and to not in possible_moves(identity, order, moves_of(order)):
            return RedirectResponse(f"/orders/{order.id}", status_code=303)  # it has moved on since that was offered
        view = fresh_form(services, order, to, fields_of(to, identity))
        return await renderer.respond(request, "order_form.html", lambda reader: {"view": view, **choices(reader)})

    async def change(request: Request) -> Response:
        form = await own_form(request)
        version, to, identity = version_in(form), move_in(form), identity_of(request)
        order = await asyncio.to_thread(order_at, services, request)
        typed = await asyncio.to_thread(with_known_technician, services.state, typed_in(form, to=to), order)
        outcome = await asyncio.to_thread(attempt, services, order, version, typed, identity)
        if isinstance(outcome, Order):
            return RedirectResponse(f"/orders/{order.id}", status_code=303)
        fields = [name for name in fields_of(to, identity) if name in typed.values or name in outcome.problems]

        def values(reader: Reader) -> dict[str, object]:
            return {"view": form_again(services, outcome, typed, fields, reader), **choices(reader)}

        return await renderer.respond(request, "order_form.html", values, status_code=outcome.status_code)

    path = "/orders/{number:number}/change"
    return [
        Page(path, show, needs=Permission.WORK),
        Page(path, change, needs=Permission.WORK, methods=["POST"]),
    ]


def _wanted(request: Request) -> Status | None:
    word = request.query_params.get("to")
    if not word:
        return None
    if word not in list(Status):
        raise HTTPException(400)
    return Status(word)
