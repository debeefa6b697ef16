"""Where planners plan several orders at once, and are told of each whether it went."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from fastapi import HTTPException, Request
from fastapi.responses import Response
from starlette.routing import BaseRoute

from collector.access.identity import Identity
from collector.access.roles import Permission
from collector.orders.order import Order
from collector.state.orders import MOST_AT_ONCE, order_of
from collector.web.forms import own_form
from collector.web.pages.order_attempt import Refused, attempt
from collector.web.pages.order_forms import Typed, typed_in
from collector.web.pages.order_planning import as_far_as_it_goes, with_known_technician
from collector.web.pages.orders import Planning, respond_with_orders
from collector.web.rendering import Renderer
from collector.web.routing import Page, identity_of
from collector.web.services import Services

BATCH_FIELDS = ("vendor", "model", "planned_on", "technician")
_MOST_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one order: as it is now, and why it was not changed if it was not. `by` are those who were
    faster."""

    order: Order
    refused: Refused | None = None

    @property
    def by(self) -> str:
        """Who has changed it meanwhile."""
        return ", ".join(dict.fromkeys(change.by for change in self.refused.since)) if self.refused else ""


def order_batch_routes(services: Services, renderer: Renderer) -> list[BaseRoute]:
    """`/orders/change`."""

    async def change(request: Request) -> Response:
        form = await own_form(request)
        ticked = form.all_of("order")[:MOST_AT_ONCE]
        typed = typed_in(form, BATCH_FIELDS, only_filled=True)
        typed = await asyncio.to_thread(with_known_technician, services.state, typed)
        problem = "none_ticked" if not ticked else "nothing_typed" if not typed.values else None
        if problem is not None or typed.change is None:
            planning = Planning(frozenset(ticked), typed, problem)
            return await respond_with_orders(services, renderer, request, planning=planning, status_code=400)
        seen = dict(_seen(each) for each in ticked)
        outcomes = await asyncio.to_thread(_change_all, services, seen, typed, identity_of(request))
        values = {
            "went": [each for each in outcomes if each.refused is None],
            "refused": [each for each in outcomes if each.refused is not None],
            "query": request.url.query,
        }
        status_code = 200 if values["went"] else 409
        return await renderer.respond(request, "orders_changed.html", lambda _: values, status_code=status_code)

    return [Page("/orders/change", change, needs=Permission.PLAN, methods=["POST"])]


def _change_all(services: Services, seen: Mapping[int, int], typed: Typed, identity: Identity) -> list[Outcome]:
    return list(_outcomes(services, seen, typed, identity))


def _outcomes(services: Services, seen: Mapping[int, int], typed: Typed, identity: Identity) -> Iterator[Outcome]:
    for number, version in seen.items():
        order = order_of(services.state, number)
        if order is None:
            continue
        going = replace(typed, change=as_far_as_it_goes(order, typed))
        outcome = attempt(services, order, version, going, identity)
        yield Outcome(outcome) if isinstance(outcome, Order) else Outcome(outcome.order, outcome)


def _seen(text: str) -> tuple[int, int]:
    """`12:3`, order 12 in version 3. Raises HTTPException: the boxes of our table have such."""
    parts = text.split(":")
    if len(parts) != 2 or not all(part.isascii() and part.isdigit() and len(part) <= _MOST_DIGITS for part in parts):
        raise HTTPException(400)
    return int(parts[0]), int(parts[1])
