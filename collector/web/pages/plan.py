"""The replacement plan: who is next, and why."""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from fastapi import HTTPException, Request
from fastapi.responses import Response
from starlette.routing import BaseRoute

from collector.access.roles import Permission
from collector.legacy.documents import AssessmentTold, PartTold, Sentence, Standing
from collector.replacement.book import Book, Entry, Listing, Selection
from collector.state.orders import open_orders_at
from collector.web.evidence_days import evidence_days
from collector.web.forms import Form, own_form
from collector.web.pages.order_opening import MOST_OPENED, first_of, open_several
from collector.web.reader import Reader
from collector.web.rendering import Renderer
from collector.web.routing import Page, identity_of
from collector.web.selection import BadQueryError, number_of, selection_of
from collector.web.services import Services
from inventory.models import Inventory, Site, SiteKind

PAGE_SIZE = 50
MOST_FACILITIES = 300
"""More than these nobody looks through in a list to choose from: then those of one district are offered."""
MISSING_SHOWN = 2
_NOT_SENT = Form([])


@dataclass(frozen=True, slots=True)
class Row:
    """One place. `why` is the reason that says most; `missing` are the first of what is not known, `missing_more` how
    many there are beside them."""

    entry: Entry
    why: Sentence | None
    missing: tuple[Sentence, ...]
    missing_more: int


@dataclass(frozen=True, slots=True)
class Plan:
    """One page of places of one standing, counted from 1. `first_day` and `last_day` are those of the evidence."""

    listing: Listing
    standing: Standing
    rows: tuple[Row, ...]
    page: int
    pages: int
    first_day: date
    last_day: date

    @property
    def first_number(self) -> int:
        """Which of those selected the first row is."""
        return (self.page - 1) * PAGE_SIZE + 1


@dataclass(frozen=True, slots=True)
class Choices:
    """What the form offers. `facilities` are none where there are too many and no district has been chosen."""

    parks: tuple[Site, ...]
    facilities: tuple[Site, ...]
    districts: tuple[str, ...]
    has_all_facilities: bool


def build_plan(listing: Listing, standing: Standing, page: int) -> Plan:
    """The view of a listing."""
    first_day, last_day = evidence_days(listing.run)
    return Plan(
        listing=listing,
        standing=standing,
        rows=tuple(_row(entry) for entry in listing.entries),
        page=page,
        pages=_pages(listing),
        first_day=first_day,
        last_day=last_day,
    )


def build_choices(inventory: Inventory, selection: Selection) -> Choices:
    """What can be chosen from; the site that is chosen is always among it."""
    sites = inventory.sites.values()
    facilities = [site for site in sites if site.kind is not SiteKind.PARK]
    has_all = len(facilities) <= MOST_FACILITIES
    if not has_all:
        facilities = [site for site in facilities if site.district == selection.district or site.id == selection.site]
    return Choices(
        parks=tuple(site for site in sites if site.kind is SiteKind.PARK),
        facilities=tuple(sorted(facilities, key=lambda site: (site.district, site.name_ko))),
        districts=tuple(sorted({site.district for site in sites})),
        has_all_facilities=has_all,
    )


def first_reason(told: AssessmentTold) -> Sentence | None:
    """What says most about the standing: of a device on the list what raises its need most, else by which gate it is
    due; else what is to be mended, what is proven of a device that stays, or what is not known of another."""
    if told.standing is Standing.REPLACE:
        heaviest = _heaviest(told.score.need.parts)
        return heaviest.reason if heaviest is not None else next(_due(told), None)
    if told.standing is Standing.MEND:
        return next((reason for cause in told.causes for reason in cause.reasons), None)
    generation, *rest = told.score.benefit.reasons
    if told.standing is Standing.KEEP or told.device.generation is None:
        return generation
    unknown = (part.reason for part in told.score.need.parts if part.value is None)
    return next(unknown if told.score.need.value is None else iter(rest), None)


def plan_routes(services: Services, renderer: Renderer, book: Book) -> list[BaseRoute]:
    """`/plan`."""

    async def respond(request: Request, form: Form = _NOT_SENT, status_code: int = 200) -> Response:
        selection, page = _asked(request)
        standing = selection.standing or Standing.REPLACE

        def values(_: Reader) -> dict[str, object]:
            found = _read(book, selection, max(1, page))
            view = None if found is None else build_plan(found[0], standing, found[1])
            places = [row.entry.place.id for row in view.rows] if view else []
            return {
                "view": view,
                "open_orders": open_orders_at(services.state, places),
                "most_opened": MOST_OPENED,
                "sent": form,
                "selection": selection,
                "choices": build_choices(services.inventory, selection),
                "standings": tuple(Standing),
                "kinds": tuple(SiteKind),
                "hour": services.desk.settings.assess_at_hour,
                "problem": services.desk.problem,
            }

        return await renderer.respond(request, "plan.html", values, status_code=status_code)

    async def show(request: Request) -> Response:
        return await respond(request)

    async def open_orders(request: Request) -> Response:
        form, (selection, _) = await own_form(request), _asked(request)
        places = form.all_of("access_point")
        if form.get("how") == "first":
            places = await asyncio.to_thread(first_of, book, selection, form.text("first"))
        if not places or len(places) > MOST_OPENED:
            return await respond(request, form, 400)
        return await open_several(services, places, identity_of(request))

    return [
        Page("/plan", show, needs=Permission.READ),
        Page("/plan", open_orders, needs=Permission.PLAN, methods=["POST"]),
    ]


def _asked(request: Request) -> tuple[Selection, int]:
    """Which places, of one standing, and which page of them. Raises HTTPException."""
    try:
        asked = selection_of(request.query_params)
        page = number_of(request.query_params, "page", default=1, most=10_000_000)
    except BadQueryError as error:
        raise HTTPException(400) from error
    return replace(asked, standing=asked.standing or Standing.REPLACE), page


def _read(book: Book, selection: Selection, page: int) -> tuple[Listing, int] | None:
    """The listing and which page it is: the last one for whoever asks for a later one."""
    listing = book.listing(selection, offset=(page - 1) * PAGE_SIZE, limit=PAGE_SIZE)
    if listing is None:
        return None
    last = _pages(listing)
    if page <= last:
        return listing, page
    listing = book.listing(selection, offset=(last - 1) * PAGE_SIZE, limit=PAGE_SIZE)
    return None if listing is None else (listing, last)


def _pages(listing: Listing) -> int:
    return max(1, -(-listing.total // PAGE_SIZE))


def _row(entry: Entry) -> Row:
    missing = entry.told.missing
    return Row(
        entry=entry,
        why=first_reason(entry.told),
        missing=missing[:MISSING_SHOWN],
        missing_more=max(0, len(missing) - MISSING_SHOWN),
    )


def _due(told: AssessmentTold) -> Iterator[Sentence]:
    return (gate.reason for gate in told.gates if gate.state == "closed")


def _heaviest(parts: Iterable[PartTold]) -> PartTold | None:
    """The part that raises the need most; None where none does."""
    raising = [(part.weight * part.value, -place, part) for place, part in enumerate(parts) if part.value]
    return max(raising)[2] if raising else None
