"""`hangang alerts`: what is wrong, who takes care, what is held back, and who was told. Asks the running collector, but
for `simulate` and `test --dry-run`, which need none."""

import argparse
from functools import partial

from collector.alerts.alert import Severity
from collector.cli import alert_endpoints, alert_holds, alert_simulation
from collector.cli.alert_lists import TIMEOUT_SECONDS, add_asking, add_language, add_limit, listed, show
from collector.cli.alerts_words import acknowledged, alerts_told, in_full, released, rules_told
from collector.cli.asking import ask, segment, send, take_away, writable
from collector.config import CollectorSettings

API = "/api/v1/alerts"


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the group to the command line."""
    parser = commands.add_parser("alerts", help="what is wrong, what is held back, who is told, and what would be")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = add_asking(actions, "list", "alerts that fire, the newest first", _list)
    listing.add_argument("--history", action="store_true", help="also those that have ended")
    listing.add_argument("--site", help="only at this site, by its id")
    listing.add_argument("--access-point", metavar="ID", help="only at this access point")
    listing.add_argument("--rule", help="only of this rule")
    listing.add_argument("--severity", choices=list(Severity))
    add_limit(listing)
    add_language(listing)
    showing = add_asking(actions, "show", "all of one alert, and who was told of it", _show)
    showing.add_argument("id", metavar="ID")
    add_language(showing)
    acknowledging = add_asking(actions, "ack", "take care of an alert: nothing new of it is told", _acknowledge)
    acknowledging.add_argument("id", metavar="ID")
    acknowledging.add_argument("--comment", type=writable, default="", metavar="TEXT")
    releasing = add_asking(actions, "release", "take care of it no longer", _release)
    releasing.add_argument("id", metavar="ID")
    ruling = add_asking(actions, "rules", "by which rules alerts begin and end, with their settings", _rules)
    ruling.add_argument("kind", nargs="?", metavar="RULE", help="only this one, with where its defaults come from")
    alert_holds.add_to(actions)
    alert_endpoints.add_to(actions)
    alert_simulation.add_to(actions)


def _list(settings: CollectorSettings, options: argparse.Namespace) -> None:
    asked = {name: getattr(options, name) for name in ("site", "access_point", "rule", "severity")}
    is_open = None if options.history else "true"
    answer = listed(settings, API, "alerts", options.limit, is_open=is_open, **asked)
    show(answer, options, partial(alerts_told, language=options.lang))


def _show(settings: CollectorSettings, options: argparse.Namespace) -> None:
    answer = ask(settings, f"{API}/{segment(options.id)}")
    show(answer, options, partial(in_full, language=options.lang))


def _acknowledge(settings: CollectorSettings, options: argparse.Namespace) -> None:
    path = f"{API}/{segment(options.id)}/acknowledgement"
    answer = send(settings, path, {"comment": options.comment}, timeout_seconds=TIMEOUT_SECONDS)
    show(answer, options, acknowledged)


def _release(settings: CollectorSettings, options: argparse.Namespace) -> None:
    path = f"{API}/{segment(options.id)}"
    take_away(settings, f"{path}/acknowledgement")
    show(ask(settings, path), options, released)


def _rules(settings: CollectorSettings, options: argparse.Namespace) -> None:
    answer = ask(settings, "/api/v1/alert-rules")
    if options.kind is not None:
        answer["rules"] = [rule for rule in answer["rules"] if rule["kind"] == options.kind]
    show(answer, options, partial(rules_told, is_one=options.kind is not None))
