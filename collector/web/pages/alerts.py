"""The page that ops work from: what must be done now."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import HTTPException, Request
from fastapi.responses import Response
from starlette.routing import BaseRoute

from collector.access.roles import Permission
from collector.alerts.alert import Severity
from collector.alerts.rules import rules
from collector.replacement.book import Selection
from collector.web.alerts.alert_lines import Lines
from collector.web.alerts.alert_search import AlertSearch, search_of
from collector.web.alerts.alerts_now import AlertsNow, Standing, read_alerts_now
from collector.web.alerts.cards import Card, Group, HeldBackFor, build_cards, grouped, held_back_for
from collector.web.pages.plan import build_choices
from collector.web.reader import Reader
from collector.web.rendering import Renderer
from collector.web.routing import Page
from collector.web.selection import BadQueryError, number_of
from collector.web.services import Services
from inventory.models import Inventory, SiteKind

PAGE_SIZE = 50
MOST_PAGES = 10_000
MOST_HELD_BACK = 100
"""Of one reason; the history has the others."""


@dataclass(frozen=True, slots=True)
class AlertsPage:
    """One page of cards, counted from 1, of what is asked for. `counts` are of all that are told, by severity; `now`
    is the whole city."""

    search: AlertSearch
    now: AlertsNow
    counts: dict[Severity, int]
    cards: tuple[Card, ...]
    held_back: tuple[HeldBackFor, ...]
    pending: int
    groups: int
    page: int

    @property
    def pages(self) -> int:
        """How many there are."""
        return max(1, -(-self.groups // PAGE_SIZE))

    @property
    def total(self) -> int:
        """How many alerts ops have to know."""
        return sum(self.counts.values())

    @property
    def total_held_back(self) -> int:
        """How many nobody is told of."""
        return sum(each.count for each in self.held_back)


def build_alerts(now: AlertsNow, search: AlertSearch, inventory: Inventory, lines: Lines, page: int) -> AlertsPage:
    """The view of what is asked for."""
    sites = search.sites(inventory)

    def wanted(standing: Sequence[Standing]) -> list[Standing]:
        return [each for each in standing if search.has(each.alert, sites)]

    told = wanted(now.told)
    groups = grouped(told)
    page = min(max(1, page), max(1, -(-len(groups) // PAGE_SIZE)))
    return AlertsPage(
        search=search,
        now=now,
        counts={severity: sum(each.alert.severity is severity for each in told) for severity in Severity},
        cards=build_cards(_on_page(groups, page), lines),
        held_back=held_back_for(wanted(now.held_back), lines, most=MOST_HELD_BACK),
        pending=sum(search.has(alert, sites) for alert in now.pending),
        groups=len(groups),
        page=page,
    )


def asked_in(request: Request) -> AlertSearch:
    """What the address asks for. Raises HTTPException."""
    try:
        return search_of(request.query_params)
    except BadQueryError as error:
        raise HTTPException(400) from error


def filter_choices(services: Services, search: AlertSearch, lines: Lines) -> dict[str, object]:
    """What the forms that look for alerts offer."""
    named = sorted((lines.name(kind), kind) for kind in rules())
    return {
        "choices": build_choices(services.inventory, Selection(site=search.site, district=search.district)),
        "kinds": tuple(SiteKind),
        "severities": tuple(Severity),
        "rules": tuple((kind, name) for name, kind in named),
    }


def alerts_routes(services: Services, renderer: Renderer) -> list[BaseRoute]:
    """`/alerts`."""

    async def show(request: Request) -> Response:
        search, page = asked_in(request), _page(request)

        def values(reader: Reader) -> dict[str, object]:
            lines = Lines(services, reader.language)
            now = read_alerts_now(services)
            return {
                "view": build_alerts(now, search, services.inventory, lines, page),
                **filter_choices(services, search, lines),
            }

        return await renderer.respond(request, "alerts.html", values)

    return [Page("/alerts", show, needs=Permission.READ)]


def _on_page(groups: Sequence[Group], page: int) -> Sequence[Group]:
    return groups[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]


def _page(request: Request) -> int:
    try:
        return number_of(request.query_params, "page", default=1, most=MOST_PAGES)
    except BadQueryError as error:
        raise HTTPException(400) from error
