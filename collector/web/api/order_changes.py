"""Replacement orders, under `/orders`: to open and change them, one or several at once."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Request, Response

from collector.access.identity import Identity
from collector.access.roles import Permission
from collector.orders.changes import Change
from collector.orders.order import Order
from collector.web.api.order_documents import (
    ChangeAsked,
    ChangeOutcome,
    ChangesAsked,
    ChangesMade,
    OrderAsked,
    OrdersOpened,
    PlacesAsked,
    StaleProblem,
)
from collector.web.api.order_problems import refusals_told
from collector.web.api.orders import OrderNumber, found_order, tagged
from collector.web.api.permitting import needs, told
from collector.web.api.versions import TAG, Seen
from collector.web.problems import ProblemError
from collector.web.services import Services

_PLAN = needs(Permission.PLAN)
_WORK = needs(Permission.WORK, Permission.PLAN)
_PLACE = {"Location": {"description": "Where it is", "required": True, "schema": {"type": "string"}}}
_MERGE_PATCH = Body(media_type="application/merge-patch+json", examples=[{"note": "behind the stage"}])  # RFC 7396


def order_change_router(services: Services) -> APIRouter:
    """`POST` and `PATCH` of `/orders` and of what is under it."""
    router = APIRouter(prefix="/orders", tags=["orders"])
    desk = services.order_desk

    @router.post("", status_code=201, responses={**told(409), 201: {"headers": {**TAG, **_PLACE}}})
    def open_order(
        request: Request, response: Response, identity: Annotated[Identity, _PLAN], asked: OrderAsked
    ) -> Order:
        """Open an order at a place that has none, with what is said beside it."""
        with refusals_told(identity):
            order = desk.open(asked.access_point, identity, asked.change)
        response.headers["Location"] = f"{request.scope['root_path']}/orders/{order.id}"
        return tagged(order, response)

    @router.post("/batch", responses=told())
    def open_orders(identity: Annotated[Identity, _PLAN], asked: PlacesAsked) -> OrdersOpened:
        """Open an order at each of these places that has none."""
        with refusals_told(identity):
            opened = desk.open_several(asked.access_points, identity)
        return OrdersOpened(opened=list(opened.orders), already=opened.already)

    @router.patch("/{number:number}", responses=_of_a_change())
    def change_order(
        number: OrderNumber,
        response: Response,
        identity: Annotated[Identity, _WORK],
        *,
        seen: Seen,
        change: Annotated[Change, _MERGE_PATCH],
        is_merging: Annotated[bool, Query(description="Go over what only telemetry has changed since")] = False,
    ) -> Order:
        """Change an order: the fields that are sent, and no others. An empty text or null takes one away.

        A technician changes what is assigned to them.
        """
        version = seen.nearest_to(found_order(services, number).version)
        with refusals_told(identity):
            order = desk.change(number, version, change, identity, is_merging=is_merging)
        return tagged(order, response)

    @router.patch("", responses=told())
    def change_orders(identity: Annotated[Identity, _WORK], asked: ChangesAsked) -> ChangesMade:
        """Change several orders, each as if by itself: what comes of one does not hold up the others."""

        def outcome(each: ChangeAsked) -> ChangeOutcome:
            try:
                with refusals_told(identity):
                    order = desk.change(each.id, each.version, each.change, identity, is_merging=asked.is_merging)
            except ProblemError as refused:
                return ChangeOutcome(id=each.id, order=None, problem=refused.document)
            return ChangeOutcome(id=each.id, order=order, problem=None)

        return ChangesMade(outcomes=[outcome(each) for each in asked.changes])

    return router


def _of_a_change() -> dict[int | str, dict[str, Any]]:
    answers = told(404, 409, 412, 428)
    stale = {**answers[412], "model": StaleProblem, "headers": TAG}
    return {**answers, 200: {"headers": TAG}, 412: stale}
