"""Who is told of which alerts at what hours, and what routes may name."""

from pathlib import Path
from typing import Any

import pytest
from made_alerts import NOW, alert, kst, places

from agent.settings import SettingsError, check
from collector.alerts.alert import Severity
from collector.alerts.planning.routing import Route, effective_routes, routes_for, unknown_endpoints, unknown_names

INVENTORY = places({"park-1": None, "hall-1": None})
ENDPOINTS = ("desk", "night", "hall-team")
WATCHDOG = alert("watchdog", None, severity=Severity.INFO)


def route(*endpoints: str, **keys: Any) -> Route:
    return check(Route, {"endpoints": list(endpoints), **keys}, Path("collector.toml"))


def told(each: Any, *routes: Route, at: str = "2026-07-15 12:00") -> set[str]:
    return set(routes_for(each, effective_routes(routes, ENDPOINTS), kst(at), INVENTORY))


def test_without_routes_everybody_is_told_of_everything_but_the_watchdog() -> None:
    assert told(alert()) == {*ENDPOINTS}
    assert told(alert("collector_behind", None, severity=Severity.CRITICAL)) == {*ENDPOINTS}
    assert told(WATCHDOG) == set()
    assert effective_routes((), ()) == ()


@pytest.mark.parametrize(
    ("keys", "is_told"),
    [
        ({}, True),
        ({"severities": ["warning", "critical"]}, True),
        ({"severities": ["critical"]}, False),
        ({"sites": ["park"]}, True),
        ({"sites": ["hall"]}, False),
        ({"site_kinds": ["park", "library"]}, True),
        ({"site_kinds": ["library"]}, False),
        ({"rules": ["airtime_high"]}, True),
        ({"rules": ["watchdog"]}, False),
        ({"rules": ["airtime_high"], "sites": ["hall"]}, False),
    ],
)
def test_a_route_has_alerts_that_each_key_has(keys: dict[str, Any], is_told: bool) -> None:
    assert told(alert(), route("desk", **keys)) == ({"desk"} if is_told else set())


def test_with_routes_only_whom_they_name_is_told_and_once() -> None:
    routes = route("desk", "hall-team"), route("desk", "night", sites=["park"]), route("hall-team", sites=["hall"])

    assert told(alert(), *routes) == {"desk", "hall-team", "night"}
    assert told(alert(), *routes[2:]) == set()


def test_the_watchdog_goes_only_where_it_is_named() -> None:
    routes = route("desk"), route("night", rules=["watchdog", "cpu_high"]), route("hall-team", severities=["info"])

    assert told(WATCHDOG, *routes) == {"night"}


def test_hours_are_korean_and_their_end_is_not_in_them() -> None:
    routes = route("desk", hours=["Mon-Fri 09:00-18:00"]), route("night", hours=["18:00-09:00", "Sat,Sun 09:00-18:00"])
    by_hour = {
        "2026-07-15 08:59": {"night"},
        "2026-07-15 09:00": {"desk"},
        "2026-07-15 17:59": {"desk"},
        "2026-07-15 18:00": {"night"},
        "2026-07-18 12:00": {"night"},
    }

    assert {at: told(alert(), *routes, at=at) for at in by_hour} == by_hour
    assert routes[0].next_opening(kst("2026-07-17 18:00")) == kst("2026-07-20 09:00")
    assert routes[0].next_opening(NOW) == NOW


@pytest.mark.parametrize(
    ("keys", "key", "problem"),
    [
        ({"endpoints": []}, "endpoints", "at least 1"),
        ({"severities": ["bad"]}, "severities[0]", "'critical', 'warning' or 'info'"),
        ({"site_kinds": ["garden"]}, "site_kinds[0]", "'park'"),
        ({"site": "park"}, "site", "unknown key"),
        (
            {"hours": ["22:00-06:00", "Mo 09:00-18:00"]},
            "hours[1]",
            "'Mo 09:00-18:00' has 'mo' for a day; write Mon, Tue, Wed, Thu, Fri, Sat, Sun or Mon-Fri",
        ),
    ],
)
def test_a_mistake_is_told_at_its_key(keys: dict[str, Any], key: str, problem: str) -> None:
    with pytest.raises(SettingsError) as raised:
        check(Route, {"endpoints": ["desk"]} | keys, Path("collector.toml"), below="alerts.routes[0]")

    (mistake,) = raised.value.mistakes
    assert mistake.key == f"alerts.routes[0].{key}"
    assert problem in mistake.problem


def test_an_endpoint_that_is_not_there_is_told_whatever_else_is_wrong() -> None:
    document = {
        "endpoints": [{"name": "desk"}, {"kind": "slack"}, "night"],
        "routes": [{"endpoints": ["desk", "dusk"]}, {"endpoints": "night"}, 7, {"endpoints": ["night", 3]}, {}],
    }

    def unknown(name: str) -> str:
        return f"there is no endpoint '{name}'; name one of [[alerts.endpoints]], or add it there"

    assert list(unknown_endpoints(document)) == [
        (("routes", 0, "endpoints", 1), unknown("dusk")),
        (("routes", 3, "endpoints", 0), unknown("night")),
    ]
    for odd in ({}, [], {"routes": {}}, {"routes": None, "endpoints": 1}):
        assert list(unknown_endpoints(odd)) == []


def test_sites_and_rules_that_are_not_there_are_told() -> None:
    routes = route("desk", sites=["park"]), route("desk", sites=["hall", "perk"], rules=["cpu_hi"])

    assert list(unknown_names(routes, rules={"cpu_high"}, inventory=INVENTORY)) == [
        (("routes", 1, "sites", 1), "there is no site 'perk'; add it to the inventory, or correct the spelling"),
        (("routes", 1, "rules", 0), "there is no rule 'cpu_hi'; choose of cpu_high"),
    ]
