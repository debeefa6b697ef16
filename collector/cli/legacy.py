"""`hangang legacy`: which device next and why, what to order, and was the promise kept. Asks the running collector."""

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from collector.cli.actions import Act, add_action
from collector.cli.answers import as_json, terminal_language, write_file
from collector.cli.arguments import day, number_in
from collector.cli.asking import ask, fetch, segment, send
from collector.cli.legacy_words import explained, listed, planned, verified
from collector.config import CollectorSettings
from collector.legacy.documents import Standing
from collector.legacy.verification import FEWEST_DAYS
from inventory.models import SiteKind

_AT_ONCE = 1_000
_MEASURING_TAKES_SECONDS = 3_600.0
API = "/api/v1/legacy"


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the group to the command line."""
    parser = commands.add_parser("legacy", help="which device to replace next, why, and whether that kept its promise")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = _add_action(
        actions, "list", "places by what is to become of their devices, those on the list in order", _list
    )
    listing.add_argument("--standing", choices=list(Standing), default=Standing.REPLACE)
    listing.add_argument("--limit", type=number_in(1, 100_000, int), default=50, metavar="PLACES")
    _add_selection(listing)
    explaining = _add_action(
        actions, "explain", "all that is judged of one place, and how its number comes about", _explain
    )
    explaining.add_argument("access_point", metavar="ACCESS_POINT")
    planning = _add_action(actions, "plan", "what to order for a number of devices, and what to mend instead", _plan)
    planning.add_argument("--budget", type=number_in(1, 100_000, int), required=True, metavar="DEVICES")
    planning.add_argument("--csv", type=Path, metavar="FILE", help="write the whole list as a table, too")
    planning.add_argument("--xlsx", type=Path, metavar="FILE", help="the same for a spreadsheet")
    _add_selection(planning)
    verifying = _add_action(
        actions, "verify", "measure whether replacements made places as much faster as promised", _verify
    )
    verifying.add_argument("--first-day", type=day, required=True, metavar="DATE", help="of the works, in Korea")
    verifying.add_argument("--last-day", type=day, required=True, metavar="DATE")
    verifying.add_argument(
        "--days", type=number_in(FEWEST_DAYS, 366, int), default=FEWEST_DAYS, help="measured on each side"
    )


def _add_action(
    actions: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, what: str, act: Act
) -> argparse.ArgumentParser:
    parser = add_action(actions, name, what, act)
    parser.add_argument(
        "--lang", choices=["ko", "en"], default=terminal_language(), help="of sentences; as the terminal's"
    )
    parser.add_argument("--json", action="store_true", help="as the API answers")
    return parser


def _add_selection(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--site", help="only places of this site, by its id")
    parser.add_argument("--district", help="only places of this district, such as 영등포구")
    parser.add_argument("--kind", choices=list(SiteKind), help="only places of this kind of site")


def _list(settings: CollectorSettings, options: argparse.Namespace) -> None:
    answer = _places(settings, options, options.standing, options.limit)
    _print(answer, options, listed)


def _explain(settings: CollectorSettings, options: argparse.Namespace) -> None:
    _print(ask(settings, f"{API}/access-points/{segment(options.access_point)}"), options, explained)


def _plan(settings: CollectorSettings, options: argparse.Namespace) -> None:
    for kind in ("csv", "xlsx"):
        path: Path | None = getattr(options, kind)
        if path is not None:
            write_file(path, fetch(settings, f"{API}/plan.{kind}", **_selection(options), lang=options.lang))
    answer = _places(settings, options, Standing.REPLACE, options.budget)
    _print(answer, options, planned)


def _verify(settings: CollectorSettings, options: argparse.Namespace) -> None:
    works = {"first_day": str(options.first_day), "last_day": str(options.last_day), "days": options.days}
    print("measuring; this reads some weeks of the city", file=sys.stderr)
    answer = send(settings, f"{API}/verifications", works, timeout_seconds=_MEASURING_TAKES_SECONDS)
    _print(answer, options, verified)


def _places(settings: CollectorSettings, options: argparse.Namespace, standing: Standing, limit: int) -> dict[str, Any]:
    """The first so many places of a standing, fetched a page at a time. Raises CollectorError, also where the city was
    judged anew between two pages: a place might be in both of them, or in none."""
    answer: dict[str, Any] = {}
    places: list[Any] = []
    cursor: str | None = None
    while len(places) < limit:
        page = min(_AT_ONCE, limit - len(places))
        answer = ask(settings, f"{API}/plan", standing=standing, cursor=cursor, limit=page, **_selection(options))
        places += answer["places"]
        cursor = answer["next"]
        if cursor is None:
            break
    return {**answer, "places": places}


def _selection(options: argparse.Namespace) -> dict[str, str | None]:
    return {name: getattr(options, name) for name in ("site", "district", "kind")}


def _print(answer: Mapping[str, Any], options: argparse.Namespace, words: Callable[[Any, str], str]) -> None:
    print(as_json(answer) if options.json else words(answer, options.lang))
