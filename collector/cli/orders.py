"""`hangang orders`: what is ordered, opened and changed, and what somebody has to do. Asks the running collector."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args

from collector.cli.actions import Act, add_action
from collector.cli.answers import as_json, terminal_language, write_file
from collector.cli.arguments import day, number_in
from collector.cli.asking import ask, change, fetch, send, writable
from collector.cli.orders_words import changed, listed, opened, shown
from collector.cli.work_words import told
from collector.config import CollectorSettings
from collector.orders.changes import Change
from collector.orders.order import Confirmation, Status
from inventory.catalogue.entries import Poe
from inventory.wiring import Cable

API = "/api/v1/orders"
WORK = "/api/v1/work-lists"
_TIMEOUT_SECONDS = 60.0
_AT_ONCE = 1_000


def _day_or_nothing(text: str) -> str:
    return str(day(text)) if text else ""


def _rate_or_nothing(text: str) -> int | str:
    return int(number_in(1, 10**12, int)(text)) if text else ""


_FIELDS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "status": {"choices": list(Status)},
        "uplink_bits_per_second": {"type": _rate_or_nothing, "metavar": "RATE"},
        "poe": {"choices": ["", *get_args(Poe)]},
        "cable": {"choices": ["", *get_args(Cable)]},
        "planned_on": {"type": _day_or_nothing, "metavar": "DATE"},
        "technician": {"type": writable, "metavar": "NAME"},
        "confirmed": {"choices": list(Confirmation), "action": "append"},
    }
)
"""The fields of a change that take no text. An empty one takes a field away."""


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the group to the command line."""
    parser = commands.add_parser("orders", help="replacements that are ordered: list, open, change, and work lists")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = _add_action(actions, "list", "orders, the newest first", _list)
    listing.add_argument("--status", choices=list(Status), action="append", help="may be given several times")
    listing.add_argument("--silent", action="store_true", help="only where nothing is heard of the new device")
    listing.add_argument("--limit", type=number_in(1, 100_000, int), default=50, metavar="ORDERS")
    _add_selection(listing)
    showing = _add_action(actions, "show", "all of one order: what is known, its checks, and its history", _show)
    showing.add_argument("number", type=number_in(0, 10**18 - 1, int), metavar="NUMBER")
    _add_language(showing)
    opening = _add_action(actions, "open", "open an order at each of these places that has none", _open)
    opening.add_argument("access_points", type=writable, nargs="+", metavar="ACCESS_POINT")
    changing = _add_action(actions, "change", "change an order: what is given, and nothing else", _change)
    changing.add_argument("number", type=number_in(0, 10**18 - 1, int), metavar="NUMBER")
    changing.add_argument(
        "--seen", type=number_in(1, 2**31 - 1, int), metavar="VERSION", help="refuse it where that is not the newest"
    )
    for name in Change.model_fields:
        takes = _FIELDS.get(name, {"type": writable, "metavar": "TEXT"})
        changing.add_argument(f"--{name.replace('_', '-')}", default=argparse.SUPPRESS, **takes)
    changing.set_defaults(usage_error=changing.error)
    working = _add_action(actions, "work", "what is to be done, in the order in which one goes round", _work)
    working.add_argument("--day", type=day, metavar="DATE", help="only what is planned for this day")
    working.add_argument(
        "--overdue", action="store_true", help="with a day: also what was planned earlier, or for none"
    )
    working.add_argument("--planned", action="store_true", help="also what has no technician yet")
    working.add_argument("--csv", type=Path, metavar="FILE", help="write the list as a table, too")
    working.add_argument("--xlsx", type=Path, metavar="FILE", help="the same for a spreadsheet")
    _add_selection(working)
    _add_language(working)


def _add_action(
    actions: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, what: str, act: Act
) -> argparse.ArgumentParser:
    parser = add_action(actions, name, what, act)
    parser.add_argument("--json", action="store_true", help="as the API answers")
    return parser


def _add_selection(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--site", help="only at this site, by its id")
    parser.add_argument("--district", help="only in this district, such as 영등포구")
    parser.add_argument("--technician", metavar="NAME", help="only what is assigned to them")


def _add_language(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--lang", choices=["ko", "en"], default=terminal_language(), help="as the terminal's")


def _list(settings: CollectorSettings, options: argparse.Namespace) -> None:
    """So many of the newest, fetched a page at a time."""
    answer: dict[str, Any] = {}
    orders: list[Any] = []
    cursor: str | None = None
    while len(orders) < options.limit:
        answer = ask(
            settings,
            API,
            status=options.status,
            is_silent="true" if options.silent else None,
            limit=min(_AT_ONCE, options.limit - len(orders)),
            cursor=cursor,
            **_selection(options),
        )
        orders += answer["orders"]
        cursor = answer["next"]
        if cursor is None:
            break
    answer = {**answer, "orders": orders}
    print(as_json(answer) if options.json else listed(answer))


def _show(settings: CollectorSettings, options: argparse.Namespace) -> None:
    order = ask(settings, f"{API}/{options.number}")
    history = ask(settings, f"{API}/{options.number}/changes")
    answer = {"order": order, **history}
    print(as_json(answer) if options.json else shown(order, history["changes"], options.lang))


def _open(settings: CollectorSettings, options: argparse.Namespace) -> None:
    answer = send(settings, f"{API}/batch", {"access_points": options.access_points}, timeout_seconds=_TIMEOUT_SECONDS)
    print(as_json(answer) if options.json else opened(answer))


def _change(settings: CollectorSettings, options: argparse.Namespace) -> None:
    """Of the version that is named, else of the newest: whoever is faster between the two calls is not gone over."""
    wanted = {name: value or None for name, value in vars(options).items() if name in Change.model_fields}
    if not wanted:
        options.usage_error("say what is to change, such as --status planned")
    path = f"{API}/{options.number}"
    before = ask(settings, path)
    version = options.seen or before["version"]
    after = change(settings, path, wanted, timeout_seconds=_TIMEOUT_SECONDS, version=version)
    print(as_json(after) if options.json else changed(before, after))


def _work(settings: CollectorSettings, options: argparse.Namespace) -> None:
    asked = {
        **_selection(options),
        "day": None if options.day is None else str(options.day),
        "overdue": "true" if options.overdue else None,
        "planned": "true" if options.planned else None,
    }
    for ending in ("csv", "xlsx"):
        path: Path | None = getattr(options, ending)
        if path is not None:
            write_file(path, fetch(settings, f"{WORK}.{ending}", **asked, lang=options.lang))
    answer = ask(settings, WORK, **asked)
    print(as_json(answer) if options.json else told(answer, options.lang))


def _selection(options: argparse.Namespace) -> dict[str, str | None]:
    return {name: getattr(options, name) for name in ("site", "district", "technician")}
