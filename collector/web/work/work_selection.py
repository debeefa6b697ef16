"""Which work list a page or a file is asked for, and the address that asks for the same again."""

import re
from datetime import date
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from collector.access.identity import Identity
from collector.access.roles import Permission
from collector.fieldwork.work_desk import WorkDesk
from collector.fieldwork.work_list import Wanted
from collector.korean_time import KST
from collector.orders.distances import Position
from collector.web.selection import BadQueryError
from collector.web.services import Services

_PARAMETERS = ("technician", "district", "site", "day", "overdue", "planned")
_MOST_LETTERS = 200
_YES, _NO = frozenset({"true", "1"}), frozenset({"", "false", "0"})
_DAY = re.compile(r"2[01]\d\d-\d\d-\d\d", re.ASCII)


def work_desk_over(services: Services) -> WorkDesk:
    """Where lists are made of what these services have."""
    settings = services.order_settings
    latitude, longitude = settings.depot_latitude, settings.depot_longitude
    depot = None if latitude is None or longitude is None else Position(latitude, longitude)
    return WorkDesk(inventory=services.inventory, state=services.state, depot=depot)


def today(services: Services) -> date:
    """The day in Korea."""
    return services.clock().astimezone(KST).date()


def list_of_today(identity: Identity, day: date) -> Wanted:
    """What somebody gets who asks for nothing: what is due, of technicians their own."""
    is_technician = identity.may(Permission.WORK) and not identity.may(Permission.PLAN)
    return Wanted(technician=identity.name if is_technician else None, day=day, has_overdue=True)


def wanted_of(query: QueryParams, default: Wanted) -> Wanted:
    """`technician`, `district`, `site`, `day`, `overdue`, `planned`; what is empty does not matter, and without any of
    them it is the default. Raises BadQueryError."""
    if not query.keys() & set(_PARAMETERS):
        return default
    return Wanted(
        technician=_text(query, "technician"),
        district=_text(query, "district"),
        site=_text(query, "site"),
        day=_day(query),
        has_overdue=_is_asked(query, "overdue"),
        has_planned=_is_asked(query, "planned"),
    )


def query_of(wanted: Wanted) -> str:
    """The query that asks for this, never empty."""
    values = {
        "technician": wanted.technician,
        "district": wanted.district,
        "site": wanted.site,
        "day": None if wanted.day is None else wanted.day.isoformat(),
        "overdue": "true" if wanted.has_overdue else None,
        "planned": "true" if wanted.has_planned else None,
    }
    return urlencode({name: value for name, value in values.items() if value} or {"day": ""})


def _text(query: QueryParams, name: str) -> str | None:
    text = (query.get(name) or "").strip()
    if len(text) > _MOST_LETTERS or not text.isprintable():
        raise BadQueryError(f"{name} is no text of at most {_MOST_LETTERS} letters that can be printed")
    return text or None


def _day(query: QueryParams) -> date | None:
    text = (query.get("day") or "").strip()
    if not text:
        return None
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass  # such as the 30th of February
    raise BadQueryError(f"day is {text!r}; it is a day such as 2026-05-24")


def _is_asked(query: QueryParams, name: str) -> bool:
    text = (query.get(name) or "").strip()
    if text not in _YES | _NO:
        raise BadQueryError(f"{name} is {text!r}; it is true or false")
    return text in _YES
