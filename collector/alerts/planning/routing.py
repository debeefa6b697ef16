"""Who is told of which alerts, and at what hours. Pure; asked by who plans notices, at each step."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from functools import cached_property
from typing import Annotated

from pydantic import AfterValidator, Field

from agent.settings import Contradiction, SettingsModel
from collector.alerts.alert import Alert, Severity
from collector.alerts.holding.hours import Hours
from collector.alerts.holding.matching import MOST_NAMES, Matcher, RuleName
from collector.alerts.holding.matching import unknown_names as unknown_names_of
from inventory import Inventory, SiteKind
from inventory.models import SiteId


def _hours(text: str) -> str:
    Hours([text])
    return text


HoursText = Annotated[str, AfterValidator(_hours)]


class Route(SettingsModel):
    """An `[[alerts.routes]]` table: the endpoints of these names are told of alerts that each key has; what is left out
    has all. The watchdog's is had only by who names it in `rules`.

    Outside the `hours` a notice waits until they begin.
    """

    endpoints: Annotated[tuple[str, ...], Field(min_length=1)]
    severities: Annotated[tuple[Severity, ...], Field(max_length=len(Severity))] = ()
    sites: Annotated[tuple[SiteId, ...], Field(max_length=MOST_NAMES)] = ()
    site_kinds: Annotated[tuple[SiteKind, ...], Field(max_length=len(SiteKind))] = ()
    rules: Annotated[tuple[RuleName, ...], Field(max_length=MOST_NAMES)] = ()
    hours: tuple[HoursText, ...] = ()

    @cached_property
    def matcher(self) -> Matcher:
        """Which alerts it has."""
        return Matcher(sites=self.sites, rules=self.rules, severities=self.severities, site_kinds=self.site_kinds)

    def is_open(self, now: datetime) -> bool:
        """Whether it tells anybody anything now."""
        return self._hours.has(now)

    def next_opening(self, now: datetime) -> datetime:
        """Now where it is open, or else when its hours begin."""
        return self._hours.next_opening(now)

    @cached_property
    def _hours(self) -> Hours:
        return Hours(self.hours)


def effective_routes(routes: Sequence[Route], endpoints: Collection[str]) -> tuple[Route, ...]:
    """The routes that there are; where there is none, one that tells all endpoints of everything but the watchdog."""
    if routes or not endpoints:
        return tuple(routes)
    return (Route(endpoints=tuple(endpoints)),)


def routes_for(alert: Alert, routes: Iterable[Route], now: datetime, inventory: Inventory) -> frozenset[str]:
    """The names of the endpoints that are told of an alert now."""
    return frozenset(
        name
        for route in routes
        if route.matcher.matches(alert, inventory) and route.is_open(now)
        for name in route.endpoints
    )


def unknown_endpoints(document: object) -> Iterator[Contradiction]:
    """What the routes of an `[alerts]` table name as endpoints without there being such, each with its place in the
    table. The document may be of any form: what is wrong with it otherwise is told by others."""
    if not isinstance(document, dict):
        return
    endpoints = {table.get("name") for table in _tables(document.get("endpoints")) if isinstance(table, dict)}
    for position, route in enumerate(_tables(document.get("routes"))):
        for place, name in enumerate(_tables(route.get("endpoints")) if isinstance(route, dict) else ()):
            if isinstance(name, str) and name not in endpoints:
                problem = f"there is no endpoint {name!r}; name one of [[alerts.endpoints]], or add it there"
                yield ("routes", position, "endpoints", place), problem


def unknown_names(routes: Iterable[Route], *, rules: Collection[str], inventory: Inventory) -> Iterator[Contradiction]:
    """What routes name of sites and rules that is not there, each with its place in the `[alerts]` table."""
    for position, route in enumerate(routes):
        for place, problem in unknown_names_of(route.matcher, rules=rules, inventory=inventory):
            yield ("routes", position, *place), problem


def _tables(value: object) -> list[object]:
    return value if isinstance(value, list) else []
