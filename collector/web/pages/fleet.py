"""The table of all access points: to find any place or device."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from fastapi import HTTPException, Request
from fastapi.responses import Response
from pydantic import ValidationError
from starlette.datastructures import QueryParams
from starlette.routing import BaseRoute

from collector.access.roles import Permission
from collector.legacy.generation import ORDER as GENERATIONS
from collector.readings import Presence
from collector.replacement.book import Selection
from collector.web.city.city_records import CityRecords
from collector.web.city.fleet_table import COLUMNS, FALLING_FIRST, FleetFilter, FleetRow, find_rows, sorted_rows
from collector.web.pages.plan import build_choices
from collector.web.reader import Reader
from collector.web.rendering import Renderer
from collector.web.routing import Page
from collector.web.selection import BadQueryError, number_of
from collector.web.services import Services
from inventory.models import SiteKind

PAGE_SIZE = 50
FIRST_COLUMN = "place"
NUMBERS = frozenset({"clients", "download", "upload"})


@dataclass(frozen=True, slots=True)
class Sorting:
    """By which of the table's columns, and whether from the most to the least."""

    column: str
    is_descending: bool

    @property
    def name(self) -> str:
        """As an address has it."""
        return f"-{self.column}" if self.is_descending else self.column


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column: how it is sorted now, None where another one is, and what its link asks for."""

    column: str
    direction: Literal["ascending", "descending"] | None
    next_sort: str
    is_number: bool


@dataclass(frozen=True, slots=True)
class FleetView:
    """One page of the places that were found, counted from 1. `orders` are those to choose from where the heads of the
    columns cannot be seen, as on a phone."""

    heads: tuple[Head, ...]
    orders: tuple[Sorting, ...]
    rows: tuple[FleetRow, ...]
    total: int
    page: int
    pages: int

    @property
    def first_number(self) -> int:
        """Which of those found the first row is."""
        return (self.page - 1) * PAGE_SIZE + 1


def build_fleet(found: list[FleetRow], sorting: Sorting, page: int) -> FleetView:
    """The view of the places that were found, in their order; the last page for whoever asks for a later one."""
    pages = max(1, -(-len(found) // PAGE_SIZE))
    page = min(max(1, page), pages)
    return FleetView(
        heads=tuple(_head(column, sorting) for column in COLUMNS),
        orders=tuple(dict.fromkeys([*(Sorting(column, column in FALLING_FIRST) for column in COLUMNS), sorting])),
        rows=tuple(found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]),
        total=len(found),
        page=page,
        pages=pages,
    )


def wanted_of(query: QueryParams) -> FleetFilter:
    """Which places an address asks for; what is empty does not matter. Raises HTTPException."""
    try:
        return FleetFilter.model_validate(
            {name: query[name].strip() for name in FleetFilter.model_fields if query.get(name, "").strip()}
        )
    except ValidationError as error:
        raise HTTPException(400) from error


def sorting_of(query: QueryParams) -> Sorting:
    """A column's name, with a minus before it for the most first. Raises HTTPException."""
    text = query.get("sort") or FIRST_COLUMN
    column = text.removeprefix("-")
    if column not in COLUMNS:
        raise HTTPException(400)
    return Sorting(column, text.startswith("-"))


def fleet_routes(services: Services, renderer: Renderer, city: CityRecords) -> list[BaseRoute]:
    """`/access-points`."""

    async def show(request: Request) -> Response:
        wanted, sorting = wanted_of(request.query_params), sorting_of(request.query_params)
        try:
            page = number_of(request.query_params, "page", default=1, most=10_000_000)
        except BadQueryError as error:
            raise HTTPException(400) from error
        records = await city.read()

        def values(reader: Reader) -> Mapping[str, object]:
            rows: Iterator[FleetRow] = find_rows(services.inventory, services.fleet, records, wanted, reader.now)
            found = sorted_rows(rows, sorting.column, reader, is_descending=sorting.is_descending)
            return {
                "view": build_fleet(found, sorting, page),
                "wanted": wanted,
                "sorting": sorting,
                "choices": build_choices(
                    services.inventory, Selection(site=wanted.site, district=wanted.district, kind=wanted.kind)
                ),
                "devices": records.devices,
                "generations": GENERATIONS if records.generations else (),
                "states": tuple(Presence),
                "kinds": tuple(SiteKind),
            }

        return await renderer.respond(request, "fleet.html", values)

    return [Page("/access-points", show, needs=Permission.READ)]


def _head(column: str, sorting: Sorting) -> Head:
    is_falling = not sorting.is_descending if column == sorting.column else column in FALLING_FIRST
    direction: Literal["ascending", "descending"] | None = None
    if column == sorting.column:
        direction = "descending" if sorting.is_descending else "ascending"
    return Head(column, direction, Sorting(column, is_falling).name, column in NUMBERS)
