"""Which alerts routes lead to an endpoint, for its page. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from collector.alerts.planning.routing import Route
from collector.alerts.telling.alerts import phrase
from collector.alerts.telling.shown import Language
from collector.alerts.telling.wording import wording_of
from collector.web.reader import Reader
from inventory.models import Inventory

_DAY = re.compile("[a-z]{3}")


@dataclass(frozen=True, slots=True)
class Name:
    """A name in a list, and where it leads to, if anywhere."""

    text: str
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """What a route asks of one property of an alert: its `key` and the names that will do."""

    key: str
    names: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class RouteShown:
    """One route in words. Without conditions it has every alert but the watchdog's. `opens_at` is when its hours begin;
    None while they last."""

    conditions: tuple[Condition, ...]
    opens_at: datetime | None


def routes_to(endpoint: str, routes: Iterable[Route], inventory: Inventory, reader: Reader) -> tuple[RouteShown, ...]:
    """Those that lead to an endpoint, in the order of the configuration."""
    return tuple(_shown(route, inventory, reader) for route in routes if endpoint in route.endpoints)


def _shown(route: Route, inventory: Inventory, reader: Reader) -> RouteShown:
    language: Language = "ko" if reader.language == "ko" else "en"
    names = {
        "severities": [Name(phrase(severity, language)) for severity in route.severities],
        "sites": [_site(site, inventory, reader) for site in route.sites],
        "site_kinds": [Name(reader.translate(f"kind.{kind}")) for kind in route.site_kinds],
        "rules": [Name(wording_of(rule).name[language]) for rule in route.rules],
        "hours": [Name(_hours(text, reader)) for text in route.hours],
    }
    conditions = tuple(Condition(key, tuple(each)) for key, each in names.items() if each)
    return RouteShown(conditions, None if route.is_open(reader.now) else route.next_opening(reader.now))


def _site(site_id: str, inventory: Inventory, reader: Reader) -> Name:
    site = inventory.sites.get(site_id)
    return Name(site_id) if site is None else Name(reader.name(site), f"/sites/{site_id}")


def _hours(text: str, reader: Reader) -> str:
    """Hours as the configuration has them, the days in the reader's language."""
    return _DAY.sub(lambda day: reader.translate(f"endpoint_day.{day[0]}"), text.strip().lower())
