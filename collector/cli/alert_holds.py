"""`hangang alerts silence` and `hangang alerts maintenance`: for how long nobody is to be told of certain alerts."""

import argparse
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from collector.alerts.alert import Severity
from collector.alerts.holding.hours import WEEK
from collector.cli.alert_holds_words import maintenance_listed, maintenance_told, silence_told, silences_listed
from collector.cli.alert_lists import TIMEOUT_SECONDS, add_asking, add_limit, listed, show
from collector.cli.arguments import day, instant, number_in, span
from collector.cli.asking import send, writable
from collector.config import CollectorSettings
from collector.korean_time import KST
from inventory.models import SiteKind

SILENCES = "/api/v1/silences"
MAINTENANCE = "/api/v1/maintenance"
_MATCHED = {
    "site": "sites",
    "access_point": "access_points",
    "rule": "rules",
    "severity": "severities",
    "kind": "site_kinds",
}
"""Options by which alerts are chosen, and what the API calls them."""


def add_to(actions: Any) -> None:
    """Add both groups."""
    silences = _group(actions, "silence", "hold back notices for a while")
    making = add_asking(silences, "make", "hold back notices of these alerts from now on", _make_silence)
    _add_matcher(making)
    ending = making.add_mutually_exclusive_group(required=True)
    ending.add_argument("--for", dest="span", type=span, metavar="TIME", help="such as 30m, 4h or 7d")
    ending.add_argument("--until", type=instant, metavar="INSTANT", help="such as 2026-05-31T22:00, in Korea")
    making.add_argument("--from", dest="start", type=instant, metavar="INSTANT", help="now, unless it says otherwise")
    _add_list(silences, "silences", _list_silences)
    over = add_asking(silences, "end", "end one now", _end_silence)
    over.add_argument("id", type=number_in(1, 2**31 - 1, int), metavar="ID")
    works = _group(actions, "maintenance", "hold back notices while works are under way")
    planning = add_asking(works, "plan", "plan works, once or every week", _plan)
    planning.add_argument("--name", type=writable, required=True, metavar="TEXT")
    _add_matcher(planning)
    planning.add_argument("--from", dest="start", type=instant, metavar="INSTANT", help="once: from then")
    planning.add_argument("--until", type=instant, metavar="INSTANT", help="once: until then")
    planning.add_argument("--weekday", choices=list(WEEK), action="append", help="every week")
    planning.add_argument("--at", metavar="HH:MM", help="every week: from this time on, in Korea")
    planning.add_argument("--minutes", type=number_in(1, 24 * 60, int), help="every week: for so long")
    planning.add_argument("--first-day", type=day, metavar="DATE", help="every week: from this day on; today")
    planning.add_argument("--last-day", type=day, metavar="DATE", help="every week: until this day")
    planning.set_defaults(usage_error=planning.error)
    _add_list(works, "works", _list_maintenance)
    taking = add_asking(works, "take-back", "plan it no more, nor go on with it", _take_back)
    taking.add_argument("id", type=number_in(1, 2**31 - 1, int), metavar="ID")


def _group(actions: Any, name: str, what: str) -> Any:
    return actions.add_parser(name, help=what).add_subparsers(dest="deed", required=True, metavar="ACTION")


def _add_list(actions: Any, what: str, act: Any) -> None:
    listing = add_asking(actions, "list", f"{what} that are not over, the newest first", act)
    listing.add_argument("--history", action="store_true", help="also those that are over")
    add_limit(listing)


def _add_matcher(parser: argparse.ArgumentParser) -> None:
    """Each may be given several times; an alert is meant if each of these has it."""
    parser.add_argument("--site", action="append", default=[], metavar="ID")
    parser.add_argument("--access-point", action="append", default=[], metavar="ID")
    parser.add_argument("--rule", action="append", default=[])
    parser.add_argument("--severity", action="append", default=[], choices=list(Severity))
    parser.add_argument("--kind", action="append", default=[], choices=list(SiteKind), help="of site")
    parser.add_argument("--everything", action="store_true", help="all alerts, but the watchdog's")
    parser.add_argument("--comment", type=writable, required=True, metavar="TEXT", help="why, for whoever finds it")


def _matcher(options: argparse.Namespace) -> dict[str, object]:
    named = {key: getattr(options, name) for name, key in _MATCHED.items() if getattr(options, name)}
    return {**named, "is_everything": True} if options.everything else named


def _make_silence(settings: CollectorSettings, options: argparse.Namespace) -> None:
    wanted = {"matcher": _matcher(options), "ends_at": _end(options, datetime.now(UTC)), "comment": options.comment}
    if options.start is not None:
        wanted["starts_at"] = options.start.isoformat()
    show(send(settings, SILENCES, wanted, timeout_seconds=TIMEOUT_SECONDS), options, silence_told)


def _end(options: argparse.Namespace, now: datetime) -> str:
    until: datetime | None = options.until
    lasts: timedelta = options.span
    return (until if until is not None else (options.start or now) + lasts).isoformat()


def _list_silences(settings: CollectorSettings, options: argparse.Namespace) -> None:
    is_over = None if options.history else "false"
    show(listed(settings, SILENCES, "silences", options.limit, is_over=is_over), options, silences_listed)


def _end_silence(settings: CollectorSettings, options: argparse.Namespace) -> None:
    answer = send(settings, f"{SILENCES}/{options.id}/end", {}, timeout_seconds=TIMEOUT_SECONDS)
    show(answer, options, silence_told)


def _plan(settings: CollectorSettings, options: argparse.Namespace) -> None:
    wanted = {
        "name": options.name,
        "matcher": _matcher(options),
        "when": _when(options, datetime.now(UTC)),
        "comment": options.comment,
    }
    show(send(settings, MAINTENANCE, wanted, timeout_seconds=TIMEOUT_SECONDS), options, maintenance_told)


def _when(options: argparse.Namespace, now: datetime) -> Mapping[str, object]:
    once, weekly = (options.start, options.until), (options.weekday, options.at, options.minutes)
    if all(once) and not any(weekly):
        return {"kind": "once", "starts_at": options.start.isoformat(), "ends_at": options.until.isoformat()}
    if all(weekly) and not any(once):
        return {
            "kind": "recurring",
            "weekdays": options.weekday,
            "from_time": options.at,
            "minutes": options.minutes,
            "first_day": str(options.first_day or now.astimezone(KST).date()),
            "last_day": None if options.last_day is None else str(options.last_day),
        }
    options.usage_error("say when: either --from and --until, or --weekday, --at and --minutes")
    raise AssertionError  # which it does not return from


def _list_maintenance(settings: CollectorSettings, options: argparse.Namespace) -> None:
    is_over = None if options.history else "false"
    show(listed(settings, MAINTENANCE, "maintenance", options.limit, is_over=is_over), options, maintenance_listed)


def _take_back(settings: CollectorSettings, options: argparse.Namespace) -> None:
    answer = send(settings, f"{MAINTENANCE}/{options.id}/take-back", {}, timeout_seconds=TIMEOUT_SECONDS)
    show(answer, options, maintenance_told)
