"""Where a technician finishes an order, phone in hand: serial and MAC of the new device, and what only they can say.

The device may report before they have typed it, and their connection may break while they send: neither is a
conflict.
"""

import asyncio
from dataclasses import replace

from fastapi import HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from collector.access.identity import Identity
from collector.access.roles import Permission
from collector.orders.life import moves_of
from collector.orders.order import Confirmation, Order, Status
from collector.orders.permitting import is_own, possible_moves
from collector.web.forms import own_form
from collector.web.pages.order import INSTALLED
from collector.web.pages.order_attempt import Refused, attempt, order_at, version_in
from collector.web.pages.order_change import OrderForm, form_again, fresh_form
from collector.web.pages.order_forms import SITE_FIELDS, Typed, typed_in
from collector.web.reader import Reader
from collector.web.rendering import Renderer
from collector.web.routing import Page, identity_of
from collector.web.services import Services

FINISH_FIELDS = (*SITE_FIELDS, "note")
_FINISHED = INSTALLED | {Status.ACCEPTED}


def order_finish_routes(services: Services, renderer: Renderer) -> list[BaseRoute]:
    """`/orders/{number}/finish`."""

    def page(view: OrderForm) -> dict[str, object]:
        return {"view": view, "confirmations": tuple(Confirmation)}

    async def show(request: Request) -> Response:
        order, identity = await asyncio.to_thread(order_at, services, request), identity_of(request)
        if not identity.may(Permission.PLAN) and not is_own(identity, order):
            raise HTTPException(403)
        if not can_be_finished(order, identity):
            return RedirectResponse(f"/orders/{order.id}", status_code=303)
        view = fresh_form(services, order, Status.INSTALLED, FINISH_FIELDS)
        return await renderer.respond(request, "order_finish.html", lambda _: page(view))

    async def finish(request: Request) -> Response:
        form = await own_form(request)
        typed, version = typed_in(form, FINISH_FIELDS, to=Status.INSTALLED), version_in(form)
        order = await asyncio.to_thread(order_at, services, request)
        outcome = await asyncio.to_thread(_finish, services, order, version, typed, identity_of(request))
        if isinstance(outcome, Order):
            return RedirectResponse(f"/orders/{order.id}?saved=finish", status_code=303)

        def values(reader: Reader) -> dict[str, object]:
            view = form_again(services, outcome, typed, FINISH_FIELDS, reader)
            return page(replace(view, to=Status.INSTALLED))

        return await renderer.respond(request, "order_finish.html", values, status_code=outcome.status_code)

    path = "/orders/{number:number}/finish"
    return [
        Page(path, show, needs=Permission.WORK),
        Page(path, finish, needs=Permission.WORK, methods=["POST"]),
    ]


def can_be_finished(order: Order, identity: Identity) -> bool:
    """Whether a new device may be written down, or what was written down of it put right."""
    possible = possible_moves(identity, order, moves_of(order))
    return Status.INSTALLED in possible or order.status in INSTALLED


def is_as_sent(order: Order, typed: Typed) -> bool:
    """Whether the order is finished and has all that was sent: it was sent twice. Of one that is accepted, the serial
    alone says so: what was confirmed comes too late to be written down."""
    if typed.change is None or order.status not in _FINISHED:
        return False
    given = typed.change.given
    if order.status is Status.ACCEPTED:
        return _same(order.new_serial, given.get("new_serial"))
    return all(getattr(order, name) == value for name, value in given.items() if value)


def _finish(services: Services, order: Order, version: int, typed: Typed, identity: Identity) -> Order | Refused:
    outcome = attempt(services, order, version, typed, identity, is_merging=True)
    if isinstance(outcome, Refused) and is_as_sent(outcome.order, typed):
        return outcome.order
    return outcome


def _same(one: object, other: object) -> bool:
    return isinstance(one, str) and isinstance(other, str) and one.casefold() == other.casefold()
