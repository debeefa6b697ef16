"""Which orders the board and the table are asked for, as their addresses say it. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from starlette.datastructures import QueryParams

from collector.orders.order import Status
from collector.state.orders import OrderFilter, Sought
from collector.web.selection import BadQueryError
from inventory.models import Inventory

_MOST_DIGITS = 18
_MOST_LETTERS = 200
MOST_NAMED = 10_000
"""A part of a name that more access points have than these narrows nothing down, and only their sites' names count."""


class View(StrEnum):
    """In which form orders are shown."""

    BOARD = "board"
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class OrderSearch:
    """What is asked for; None does not matter. `before` is the number below which the table goes on."""

    view: View = View.BOARD
    status: Status | None = None
    site: str | None = None
    district: str | None = None
    technician: str | None = None
    is_silent: bool = False
    text: str | None = None
    before: int | None = None

    @property
    def is_narrowed(self) -> bool:
        """Whether there are conditions that can be cleared."""
        return any((self.status, self.site, self.district, self.technician, self.is_silent, self.text))


def search_of(query: QueryParams) -> OrderSearch:
    """`view`, `status`, `site`, `district`, `technician`, `silent`, `text`, `before`. Raises BadQueryError."""
    return OrderSearch(
        view=View(_word(query, "view", list(View)) or View.BOARD),
        status=_status(query),
        site=query.get("site") or None,
        district=query.get("district") or None,
        technician=query.get("technician") or None,
        is_silent=_word(query, "silent", ["yes"]) is not None,
        text=(query.get("text") or "").strip()[:_MOST_LETTERS] or None,
        before=_before(query),
    )


def filter_of(search: OrderSearch, inventory: Inventory) -> OrderFilter:
    """The same, as the state database is asked."""
    return OrderFilter(
        statuses=frozenset({search.status} if search.status else ()),
        sites=_sites(search, inventory),
        technician=search.technician,
        is_silent=True if search.is_silent else None,
        sought=None if search.text is None else sought_in(inventory, search.text),
    )


def _sites(search: OrderSearch, inventory: Inventory) -> frozenset[str] | None:
    """Those of the district, and of them the one that is chosen."""
    if search.district is None:
        return None if search.site is None else frozenset({search.site})
    return frozenset(
        site.id
        for site in inventory.sites.values()
        if site.district == search.district and search.site in {None, site.id}
    )


def sought_in(inventory: Inventory, text: str) -> Sought:
    """The text, with the sites and access points whose names have it."""
    wanted = text.casefold()
    sites = frozenset(
        site.id
        for site in inventory.sites.values()
        if any(wanted in name.casefold() for name in (site.id, site.name_ko, site.name_en) if name)
    )
    named = frozenset(
        place.id for place in inventory.access_points.values() if place.name and wanted in place.name.casefold()
    )
    return Sought(text, sites, named if len(named) <= MOST_NAMED else frozenset())


def _status(query: QueryParams) -> Status | None:
    word = _word(query, "status", list(Status))
    return None if word is None else Status(word)


def _word(query: QueryParams, name: str, words: list[str]) -> str | None:
    text = query.get(name)
    if not text:
        return None
    if text not in words:
        raise BadQueryError(f"{name} is {text!r}; it is one of {', '.join(words)}")
    return text


def _before(query: QueryParams) -> int | None:
    text = query.get("before")
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > _MOST_DIGITS:
        raise BadQueryError(f"before is {text!r}; it is the number of an order")
    return int(text)
