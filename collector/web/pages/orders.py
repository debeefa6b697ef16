"""The board of orders, and the table of them from which planners plan several at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from fastapi import HTTPException, Request
from fastapi.responses import Response
from starlette.routing import BaseRoute

from collector.access.roles import Permission
from collector.korean_time import KST
from collector.orders.order import Status
from collector.replacement.book import Selection
from collector.state.order_lines import OrderLine, newest_lines, urgent_by_status
from collector.state.orders import count_orders
from collector.web.pages.order_choices import technicians
from collector.web.pages.order_forms import Typed
from collector.web.pages.order_search import OrderSearch, View, filter_of, search_of
from collector.web.pages.plan import build_choices
from collector.web.reader import Reader
from collector.web.rendering import Renderer
from collector.web.routing import Page
from collector.web.selection import BadQueryError
from collector.web.services import Services
from inventory.models import AccessPoint, Inventory, Site

BOARD_SIZE = 50
PAGE_SIZE = 50
_BEFORE_DONE = frozenset({Status.OPEN, Status.PLANNED, Status.ASSIGNED, Status.IN_PROGRESS, Status.REJECTED})


@dataclass(frozen=True, slots=True)
class Row:
    """One order, and where it is; None where the inventory does not have that any more. Overdue is what was to be done
    before today."""

    line: OrderLine
    place: AccessPoint | None
    site: Site | None
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class Column:
    """The orders of one status: how many there are, and the most urgent of them, or the last changed of those that have
    ended."""

    status: Status
    count: int
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A page of orders, the newest first. `next_before` is where the next one begins; None on the last."""

    rows: tuple[Row, ...]
    next_before: int | None


@dataclass(frozen=True, slots=True)
class OrdersPage:
    """What the page shows: the board, or else the table. `counts` are of all that are asked for, by status."""

    search: OrderSearch
    counts: Mapping[Status, int]
    columns: tuple[Column, ...]
    table: Table | None

    @property
    def total(self) -> int:
        """How many orders are asked for."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Planning:
    """The form that plans several at once: what was ticked and typed in it, and what is wrong with it."""

    ticked: frozenset[str] = frozenset()
    typed: Typed = field(default_factory=Typed)
    problem: str | None = None


def read_orders(services: Services, search: OrderSearch) -> OrdersPage:
    """Read what is asked for. Blocks."""
    wanted = filter_of(search, services.inventory)
    counts = count_orders(services.state, wanted)
    today = services.clock().astimezone(KST).date()
    if search.view is View.TABLE:
        lines = newest_lines(services.state, wanted, before=search.before, limit=PAGE_SIZE + 1)
        rows = tuple(build_rows(lines[:PAGE_SIZE], services.inventory, today))
        return OrdersPage(search, counts, (), Table(rows, lines[PAGE_SIZE - 1].id if len(lines) > PAGE_SIZE else None))
    urgent = urgent_by_status(services.state, wanted, most=BOARD_SIZE)
    columns = tuple(
        Column(status, counts[status], tuple(build_rows(urgent[status], services.inventory, today)))
        for status in Status
        if search.status in {None, status}
    )
    return OrdersPage(search, counts, columns, None)


def build_rows(lines: Iterable[OrderLine], inventory: Inventory, today: date) -> Iterable[Row]:
    """The lines with their places."""
    for line in lines:
        yield Row(
            line=line,
            place=inventory.access_points.get(line.access_point),
            site=inventory.sites.get(line.site),
            is_overdue=line.status in _BEFORE_DONE and line.planned_on is not None and line.planned_on < today,
        )


def asked_in(request: Request) -> OrderSearch:
    """What the address asks for. Raises HTTPException."""
    try:
        return search_of(request.query_params)
    except BadQueryError as error:
        raise HTTPException(400) from error


async def respond_with_orders(
    services: Services,
    renderer: Renderer,
    request: Request,
    *,
    planning: Planning = Planning(),
    status_code: int = 200,
) -> Response:
    """The page that the address asks for."""
    search = asked_in(request)

    def values(reader: Reader) -> dict[str, object]:
        may_plan = reader.may(Permission.PLAN)
        return {
            "view": read_orders(services, search),
            "choices": build_choices(services.inventory, Selection(site=search.site, district=search.district)),
            "technicians": technicians(services.state),
            "models": services.order_desk.models if may_plan and search.view is View.TABLE else (),
            "planning": planning,
            "statuses": tuple(Status),
            "views": tuple(View),
            "opened": request.query_params.get("opened"),
            "already": request.query_params.get("already"),
        }

    return await renderer.respond(request, "orders.html", values, status_code=status_code)


def orders_routes(services: Services, renderer: Renderer) -> list[BaseRoute]:
    """`/orders`."""

    async def show(request: Request) -> Response:
        return await respond_with_orders(services, renderer, request)

    return [Page("/orders", show, needs=Permission.READ)]
