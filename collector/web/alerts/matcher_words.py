"""Which alerts a silence or maintenance means, in words. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from collector.alerts.holding.matching import Matcher
from collector.web.alerts.alert_lines import Lines
from collector.web.reader import Reader
from inventory.models import Inventory

MOST_NAMED = 10
"""Of one sort; the others are counted."""


@dataclass(frozen=True, slots=True)
class Named:
    """Names of one sort, each with the page it has, if any: any of them is meant. `more` counts those left out."""

    sort: str
    names: tuple[tuple[str, str | None], ...]
    more: int = 0


def matcher_told(matcher: Matcher, reader: Reader, inventory: Inventory, lines: Lines) -> tuple[Named, ...]:
    """What an alert has to have, sort by sort; nothing where all are meant."""
    return tuple(_told(matcher, reader, inventory, lines))


def _told(matcher: Matcher, reader: Reader, inventory: Inventory, lines: Lines) -> Iterator[Named]:
    t = reader.translate
    sites = [(each, inventory.sites.get(each)) for each in matcher.sites]
    sorts: dict[str, list[tuple[str, str | None]]] = {
        "site": [(key, None) if site is None else (reader.name(site), f"/sites/{key}") for key, site in sites],
        "access_points": [
            (each, f"/access-points/{each}" if each in inventory.access_points else None)
            for each in matcher.access_points
        ],
        "rule": [(lines.name(each), None) for each in matcher.rules],
        "severity": [(t(f"severity.{each}"), None) for each in matcher.severities],
        "kind": [(t(f"kind.{each}"), None) for each in matcher.site_kinds],
    }
    for sort, names in sorts.items():
        if names:
            yield Named(sort, tuple(names[:MOST_NAMED]), max(0, len(names) - MOST_NAMED))
