"""Replacement orders, under `/orders`: to look at them. Contacts of sites are not in them."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from collector.access.identity import Identity
from collector.access.roles import Permission
from collector.orders.order import Order
from collector.state.orders import changes_of, count_orders, find_orders, order_of
from collector.web.api.cursors import number_from_cursor, to_cursor
from collector.web.api.order_documents import OrderHistory, OrderPage, OrdersAsked
from collector.web.api.permitting import needs, told
from collector.web.api.versions import TAG, etag
from collector.web.problems import ProblemError
from collector.web.services import Services

OrderNumber = Annotated[int, Path(ge=0, lt=10**18, examples=[1])]


def order_router(services: Services) -> APIRouter:
    """`/orders`, one of them, and what was changed of it."""
    router = APIRouter(prefix="/orders", tags=["orders"])

    @router.get("", responses=told())
    def orders(_: Annotated[Identity, needs(Permission.READ)], asked: Annotated[OrdersAsked, Query()]) -> OrderPage:
        """The orders, the newest first."""
        wanted = asked.filter_in(services.inventory)
        found = find_orders(services.state, wanted, before=number_from_cursor(asked.cursor), limit=asked.limit + 1)
        page = found[: asked.limit]
        return OrderPage(
            counts=dict(count_orders(services.state, wanted)),
            orders=page,
            next=to_cursor(page[-1].id) if len(found) > len(page) else None,
        )

    @router.get("/{number:number}", responses={**told(404), 200: {"headers": TAG}})
    def order(number: OrderNumber, response: Response, _: Annotated[Identity, needs(Permission.READ)]) -> Order:
        """One order, with its version as ETag."""
        return tagged(found_order(services, number), response)

    @router.get("/{number:number}/changes", responses=told(404))
    def changes(number: OrderNumber, _: Annotated[Identity, needs(Permission.READ)]) -> OrderHistory:
        """All that was ever changed of it: who, when and what."""
        found_order(services, number)
        return OrderHistory(changes=changes_of(services.state, number))

    return router


def found_order(services: Services, number: int) -> Order:
    """The order of this number. Raises ProblemError."""
    order = order_of(services.state, number)
    if order is None:
        raise ProblemError(404, f"there is no order of number {number}", kind="no-such-order")
    return order


def tagged(order: Order, response: Response) -> Order:
    """The order, whose version the answer names."""
    response.headers["ETag"] = etag(order.version)
    return order
