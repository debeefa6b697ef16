"""What follows from something else that is told: outages and parents, and that nothing stays hidden behind them."""

from dataclasses import replace
from typing import Any

import pytest
from made_alerts import MINUTE, NOW, alert, pending, places, resolved, silent

from collector.alerts.alert import Alert
from collector.alerts.holding.held_back import HeldBack, Hold
from collector.alerts.holding.inhibition import EXPLAINS_FOR, Silent, held_back_by

INVENTORY = places(
    {
        "park-1": None,
        "park-2": "park-1",
        "park-3": "park-2",
        "park-4": None,
        "hall-1": "park-1",
        "hall-2": None,
    }
)
BY_OUTAGE = HeldBack(Hold.OUTAGE, "site_outage park")


def by_parent(name: str) -> HeldBack:
    return HeldBack(Hold.PARENT, name)


def outage(*members: str, **fields: Any) -> Alert:
    return alert("site_outage", "park", members=members, **fields)


def asked(each: Alert, *others: Alert) -> HeldBack | None:
    return held_back_by(each, Silent([each, *others], NOW), INVENTORY)


def test_an_outage_is_told_in_place_of_those_that_it_lists() -> None:
    here, there = silent("park-4", "hall-2")
    down = outage("park-1", "park-4")

    assert asked(here, down) == BY_OUTAGE
    assert asked(there, down) is None
    assert asked(down, here) is None
    assert asked(here) is None


def test_an_outage_that_does_not_fire_is_told_in_place_of_nobody() -> None:
    (here,) = silent("park-4")

    assert asked(here, replace(pending("site_outage", "park"), members=("park-4",))) is None
    assert asked(here, replace(resolved("site_outage", "park"), members=("park-4",))) is None


def test_what_falls_silent_between_the_thresholds_of_an_outage_is_told_as_the_outage_does_not_list_it() -> None:
    (here,) = silent("park-4")

    assert asked(here, outage("park-1", "park-2")) is None
    assert asked(here, outage("park-1", "park-2", unknown_since=NOW - MINUTE)) == BY_OUTAGE


def test_of_a_silent_access_point_in_an_outage_nothing_else_is_news() -> None:
    (here,) = silent("park-4")
    down = outage("park-4")

    for rule in ("gateway_failing", "portal_failing", "throughput_low", "radio_silent"):
        assert asked(alert(rule, "park-4"), here, down) == BY_OUTAGE
        assert asked(alert(rule, "park-4"), down) is None  # it is heard of, and works
        assert asked(alert(rule, "park-4"), here) is None


@pytest.mark.parametrize("rule", ["certificate_ending", "clock_wrong", "foreign_place", "spool_dropping"])
def test_what_is_said_of_an_agent_does_not_follow(rule: str) -> None:
    others = (*silent("park-1", "park-2"), outage("park-1", "park-2"))

    assert asked(alert(rule, "park-2"), *others) is None


def test_one_behind_a_silent_parent_is_not_told_at_whatever_site() -> None:
    parent, child, grandchild, elsewhere = silent("park-1", "park-2", "park-3", "hall-1")
    all_of_them = (parent, child, grandchild, elsewhere)

    assert [asked(each, *all_of_them) for each in all_of_them] == [
        None,
        by_parent("park-1"),
        by_parent("park-2"),
        by_parent("park-1"),
    ]
    assert asked(alert("dns_failing", "hall-1"), *all_of_them) == by_parent("park-1")


def test_a_parents_parent_counts_before_the_parent_itself_is_known_to_be_silent() -> None:
    parent, grandchild = silent("park-1", "park-3")

    assert asked(grandchild, parent) == by_parent("park-1")


def test_one_that_is_heard_is_told_of_whatever_its_parent_does() -> None:
    assert asked(alert("airtime_high", "park-2"), *silent("park-1")) is None


def test_a_parent_counts_as_soon_as_it_is_silent_and_not_only_once_it_has_fired() -> None:
    (child,) = silent("park-2")

    assert asked(child, pending("access_point_silent", "park-1")) == by_parent("park-1")


def test_a_child_that_stays_silent_after_its_parent_is_back_is_told() -> None:
    child, parent = silent("park-2", "park-1")

    assert asked(child, parent) == by_parent("park-1")
    assert asked(child, replace(parent, well_since=NOW - MINUTE)) == by_parent("park-1")
    assert asked(child, resolved("access_point_silent", "park-1")) is None
    assert asked(child) is None


def test_nothing_hides_for_long_behind_what_is_well_again_though_its_alert_goes_on() -> None:
    child, parent = silent("park-2", "park-1")
    down = outage("park-2")

    for since, is_held in ((NOW - EXPLAINS_FOR + MINUTE, True), (NOW - EXPLAINS_FOR, False)):
        is_back = replace(parent, well_since=since, is_flapping=True)
        assert (asked(child, is_back) is not None) is is_held
        assert (asked(child, replace(down, well_since=since)) is not None) is is_held


def test_what_the_inventory_does_not_know_any_more_is_told() -> None:
    (gone,) = silent("attic-1")

    assert asked(gone, *silent("park-1")) is None
    assert asked(alert("collector_behind", None), *silent("park-1")) is None
