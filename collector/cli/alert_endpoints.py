"""`hangang alerts endpoints`, `deliveries` and `test`: where notices go, what became of them, whether one arrives."""

import argparse
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from collector.alerting.receivers import named, open_receivers
from collector.alerts.telling.sample import sample_notice
from collector.cli.alert_endpoints_words import (
    deliveries_listed,
    delivery_in_full,
    endpoint_told,
    endpoints_listed,
    request_told,
)
from collector.cli.alert_lists import TIMEOUT_SECONDS, add_asking, add_language, add_limit, listed, show
from collector.cli.alerts_words import deliveries_table
from collector.cli.answers import as_json
from collector.cli.arguments import number_in
from collector.cli.asking import ask, segment, send
from collector.config import CollectorSettings
from collector.main import CollectorError
from collector.state.delivery_desk import DeliveryState
from inventory.reading import load_inventory

ENDPOINTS = "/api/v1/endpoints"
DELIVERIES = "/api/v1/deliveries"
LOOKS_EVERY_SECONDS = 0.25
_AT_MOST = 100_000


def add_to(actions: Any) -> None:
    """Add the groups and the action."""
    endpoints = _group(actions, "endpoints", "where notices go, and how each endpoint stands")
    add_asking(endpoints, "list", "all of them", _list_endpoints)
    for deed, what in (("pause", "send nothing there; what is to be told waits"), ("open", "send there again")):
        acting = add_asking(endpoints, deed, what, _act_on_endpoint)
        acting.add_argument("name", metavar="NAME")
    deliveries = _group(actions, "deliveries", "what endpoints were told, and what did not arrive")
    listing = add_asking(deliveries, "list", "the newest first", _list_deliveries)
    listing.add_argument("--state", choices=list(DeliveryState))
    listing.add_argument("--endpoint", metavar="NAME")
    listing.add_argument("--alert", metavar="ID", help="only those that speak of it")
    add_limit(listing)
    showing = add_asking(deliveries, "show", "one of them, with what it tells", _show_delivery)
    showing.add_argument("id", metavar="ID")
    add_language(showing)
    replaying = add_asking(deliveries, "replay", "try dead ones again, with the same id", _replay)
    replaying.add_argument("ids", nargs="*", metavar="ID")
    replaying.add_argument("--all-dead", action="store_true", help="all that are dead")
    replaying.add_argument("--endpoint", metavar="NAME", help="with --all-dead: only of this endpoint")
    replaying.set_defaults(usage_error=replaying.error)
    testing = add_asking(actions, "test", "send a notice that says that it is a test, and see what comes of it", _test)
    testing.add_argument("name", metavar="NAME", help="of the endpoint")
    testing.add_argument("--wait", type=number_in(0, 3600, float), default=60.0, metavar="SECONDS")
    testing.add_argument(
        "--dry-run", action="store_true", help="print the request, its secrets hidden; needs no collector"
    )


def _group(actions: Any, name: str, what: str) -> Any:
    return actions.add_parser(name, help=what).add_subparsers(dest="deed", required=True, metavar="ACTION")


def _list_endpoints(settings: CollectorSettings, options: argparse.Namespace) -> None:
    show(ask(settings, ENDPOINTS), options, endpoints_listed)


def _act_on_endpoint(settings: CollectorSettings, options: argparse.Namespace) -> None:
    path = f"{ENDPOINTS}/{segment(options.name)}/{options.deed}"
    show(send(settings, path, {}, timeout_seconds=TIMEOUT_SECONDS), options, endpoint_told)


def _list_deliveries(settings: CollectorSettings, options: argparse.Namespace) -> None:
    asked = {name: getattr(options, name) for name in ("state", "endpoint", "alert")}
    show(listed(settings, DELIVERIES, "deliveries", options.limit, **asked), options, deliveries_listed)


def _show_delivery(settings: CollectorSettings, options: argparse.Namespace) -> None:
    answer = ask(settings, f"{DELIVERIES}/{segment(options.id)}")
    show(answer, options, lambda delivery: delivery_in_full(delivery, options.lang))


def _replay(settings: CollectorSettings, options: argparse.Namespace) -> None:
    """What is refused is told, and stops no other. Raises CollectorError where one that was named is refused."""
    if bool(options.ids) == options.all_dead or (options.endpoint is not None and not options.all_dead):
        options.usage_error("say which: either ids, or --all-dead, with --endpoint or without")
    asked = {"state": DeliveryState.DEAD, "endpoint": options.endpoint}
    dead = listed(settings, DELIVERIES, "deliveries", _AT_MOST, **asked)["deliveries"] if options.all_dead else []
    ids = [*options.ids, *(each["id"] for each in dead)]
    tried, refused = _replayed(settings, ids)
    answer = {"tried": tried, "refused": [{"id": id_, "problem": problem} for id_, problem in refused]}
    if options.json:
        print(as_json(answer))
    else:
        lines = [f"{each['id']}: is tried again" for each in tried]
        lines += [f"{id_}: not tried: {problem}" for id_, problem in refused]
        print("\n".join(lines) or "nothing is dead")
    if refused and options.ids:
        raise CollectorError(f"{len(refused)} of {len(ids)} are not tried again")


def _replayed(settings: CollectorSettings, ids: Sequence[str]) -> tuple[list[Any], list[tuple[str, str]]]:
    tried: list[Any] = []
    refused: list[tuple[str, str]] = []
    for id_ in ids:
        try:
            path = f"{DELIVERIES}/{segment(id_)}/replay"
            tried.append(send(settings, path, {}, timeout_seconds=TIMEOUT_SECONDS))
        except CollectorError as error:
            refused.append((id_, str(error)))
    return tried, refused


def _test(settings: CollectorSettings, options: argparse.Namespace) -> None:
    """Raises CollectorError where it does not arrive in time."""
    if options.dry_run:
        _compose(settings, options.name)
        return
    path = f"{ENDPOINTS}/{segment(options.name)}/test"
    delivery_id = send(settings, path, {}, timeout_seconds=TIMEOUT_SECONDS)["delivery"]
    ends = time.monotonic() + options.wait
    while True:
        delivery = ask(settings, f"{DELIVERIES}/{segment(delivery_id)}")
        if delivery["state"] != DeliveryState.WAITING or time.monotonic() >= ends:
            break
        time.sleep(LOOKS_EVERY_SECONDS)
    show(delivery, options, lambda found: deliveries_table([found]))
    if delivery["state"] != DeliveryState.DELIVERED:
        raise CollectorError(f"the test has not arrived at {options.name}: {_why_not(delivery)}")


def _why_not(delivery: dict[str, Any]) -> str:
    if delivery["problem"] is not None:
        return f"{delivery['problem']}; see docs/alert-endpoints.md for what each kind of endpoint asks for"
    return "no call has ended yet; see `hangang alerts deliveries show` for what comes of it"


def _compose(settings: CollectorSettings, name: str) -> None:
    """What would be sent. Raises SettingsError and CollectorError."""
    inventory = load_inventory(settings.collector.inventory)
    receivers = open_receivers(settings.alerts, inventory, settings.web.url)
    receiver = named(receivers, name)
    if receiver is None:
        there_are = ", ".join(each.name for each in receivers) or "none"
        raise CollectorError(f"the configuration has no endpoint {name!r} (there are: {there_are})")
    now = datetime.now(UTC)
    print(request_told(receiver.call_for(sample_notice(name, "msg_test", now), now), receiver.secrets))
