"""Which alerts a matcher means, and what it may not leave out."""

import pytest
from made_alerts import alert, places
from pydantic import TypeAdapter, ValidationError

from collector.alerts.alert import Severity
from collector.alerts.holding.matching import MOST_NAMES, Matcher, Restricted, unknown_names
from inventory import SiteKind

INVENTORY = places({"park-1": None, "park-2": None, "park-3": None, "hall-1": None})


@pytest.mark.parametrize(
    ("matcher", "meant"),
    [
        ({}, {"park-1", "park-2", "hall-1", "park", "nowhere"}),
        ({"is_everything": True}, {"park-1", "park-2", "hall-1", "park", "nowhere"}),
        ({"sites": ("park",)}, {"park-1", "park-2", "park"}),
        ({"access_points": ("park-1",)}, {"park-1"}),
        ({"access_points": ("park-1", "park-2")}, {"park-1", "park-2", "park"}),
        ({"rules": ("airtime_high",)}, {"park-1", "hall-1"}),
        ({"severities": (Severity.CRITICAL, Severity.INFO)}, {"park", "nowhere"}),
        ({"site_kinds": (SiteKind.LIBRARY,)}, {"hall-1"}),
        ({"site_kinds": (SiteKind.LIBRARY,), "sites": ("park",)}, set()),
        ({"sites": ("park", "hall"), "rules": ("airtime_high",)}, {"park-1", "hall-1"}),
        ({"sites": ("no-such-site",)}, set()),
    ],
)
def test_an_alert_is_meant_that_has_all_that_is_named(matcher: dict[str, object], meant: set[str]) -> None:
    alerts = {
        "park-1": alert("airtime_high", "park-1"),
        "park-2": alert("cpu_high", "park-2"),
        "hall-1": alert("airtime_high", "hall-1"),
        "park": alert("site_outage", "park", severity=Severity.CRITICAL, members=("park-1", "park-2")),
        "nowhere": alert("collector_behind", None, severity=Severity.INFO),
    }

    found = {name for name, each in alerts.items() if Matcher.model_validate(matcher).matches(each, INVENTORY)}

    assert found == meant


def test_an_outage_is_about_access_points_as_long_as_it_lists_no_others() -> None:
    works = Matcher(access_points=("park-1", "park-2"))
    outage = ("park-1",), ("park-1", "park-2"), ("park-1", "park-2", "park-3"), ()

    assert [works.matches(alert("site_outage", "park", members=members), INVENTORY) for members in outage] == [
        True,
        True,
        False,
        False,
    ]


def test_the_watchdog_is_meant_only_where_it_is_named() -> None:
    watchdog = alert("watchdog", None, severity=Severity.INFO)
    matchers = (
        Matcher(),
        Matcher(is_everything=True),
        Matcher(severities=(Severity.INFO,)),
        Matcher(rules=("watchdog",)),
        Matcher(rules=("watchdog",), sites=("park",)),
    )

    assert [each.matches(watchdog, INVENTORY) for each in matchers] == [False, False, False, True, False]


def test_what_holds_back_names_something_or_says_that_it_means_everything() -> None:
    restricted = TypeAdapter(Restricted)

    assert restricted.validate_python({"is_everything": True}).is_everything
    assert restricted.validate_json('{"sites": ["park"]}') == Matcher(sites=("park",))
    with pytest.raises(ValidationError, match=r"would hold back the whole city; .* or say is_everything"):
        restricted.validate_python({})
    with pytest.raises(ValidationError, match="is said although something is named"):
        restricted.validate_python({"is_everything": True, "rules": ["cpu_high"]})
    with pytest.raises(ValidationError, match="Extra inputs"):
        restricted.validate_python({"sites": ["park"], "site": "hall"})
    with pytest.raises(ValidationError, match="at most 1000"):
        restricted.validate_python({"rules": ["cpu_high"] * (MOST_NAMES + 1)})


def test_what_is_named_and_not_there_is_told_with_its_place() -> None:
    matcher = Matcher(sites=("park", "perk"), access_points=("park-9",), rules=("cpu_hi",))

    assert list(unknown_names(matcher, rules={"cpu_high", "airtime_high"}, inventory=INVENTORY)) == [
        (("sites", 1), "there is no site 'perk'; add it to the inventory, or correct the spelling"),
        (("access_points", 0), "there is no access point 'park-9'; add it to the inventory, or correct the spelling"),
        (("rules", 0), "there is no rule 'cpu_hi'; choose of airtime_high, cpu_high"),
    ]


@pytest.mark.parametrize("key", ["severities", "site_kinds"])
def test_nothing_is_named_thousands_of_times(key: str) -> None:
    name = {"severities": Severity.INFO, "site_kinds": SiteKind.PARK}[key]
    with pytest.raises(ValidationError, match="at most"):
        Matcher.model_validate({key: [name] * 1_000})
