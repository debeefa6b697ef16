"""Rules about agents: what they have told lately is bad; that they tell no more of it is good once they could have."""

from collections.abc import Callable
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest
from alert_cities import NOON, City, city, row_of, states

from agent.wire import Device
from collector.alerts.alert import Subject
from collector.alerts.judging.verdicts import State
from collector.alerts.rules import clock_wrong, foreign_place, spool_dropping, unknown_device
from inventory.models import Agent

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def a_wrong_clock(age: timedelta) -> dict[str, Any]:
    return {"clock_offset": HOUR, "clock_measured_at": NOON - age}


def a_foreign_report(age: timedelta) -> dict[str, Any]:
    return {"foreign_reports": 1, "foreign_at": NOON - age, "foreign_detail": "gw-park may not speak for hall-001"}


def a_loss(age: timedelta) -> dict[str, Any]:
    return {"dropped": 1, "dropped_at": NOON - age}


RULES = {
    "clock_wrong": (clock_wrong, a_wrong_clock, timedelta(seconds=900)),
    "foreign_place": (foreign_place, a_foreign_report, HOUR),
    "spool_dropping": (spool_dropping, a_loss, HOUR),
}
each_rule = pytest.mark.parametrize(("rule", "trouble", "recent"), RULES.values(), ids=RULES)


def judged(rule: ModuleType, told: City, **settings: Any) -> dict[str, State]:
    return states(rule.judge(told.snapshot(), rule.Settings(**settings)))


@each_rule
def test_trouble_counts_while_it_is_recent(
    rule: ModuleType, trouble: Callable[[timedelta], dict[str, Any]], recent: timedelta
) -> None:
    told = city({"park": 1}).agent("now", is_online=True, **trouble(timedelta(0)))
    told.agent("just-so", is_online=True, **trouble(recent)).agent("past", is_online=True, **trouble(recent + SECOND))
    told.agent("never", is_online=True)
    expected = {"now": State.BAD, "just-so": State.BAD, "past": State.GOOD, "never": State.GOOD}
    assert judged(rule, told) == expected


@each_rule
def test_an_agent_that_could_not_tell_is_not_well(
    rule: ModuleType, trouble: Callable[[timedelta], dict[str, Any]], recent: timedelta
) -> None:
    told = city({"park": 1}).agent("gone", is_online=False).agent("unheard")
    told.agent("bad", is_online=False, **trouble(SECOND)).agent("was-bad", is_online=False, **trouble(recent + SECOND))
    expected = {"gone": State.UNKNOWN, "unheard": State.UNKNOWN, "bad": State.BAD, "was-bad": State.UNKNOWN}
    assert judged(rule, told) == expected


@each_rule
def test_a_collector_that_has_just_begun_to_listen_calls_nobody_well(
    rule: ModuleType, trouble: Callable[[timedelta], dict[str, Any]], recent: timedelta
) -> None:
    told = city({"park": 1}).agent("quiet", is_online=True).agent("bad", is_online=True, **trouble(SECOND))
    for since in (None, NOON, NOON - recent + SECOND):
        assert judged(rule, told.listening_since(since)) == {"quiet": State.UNKNOWN, "bad": State.BAD}
    assert judged(rule, told.listening_since(NOON - recent)) == {"quiet": State.GOOD, "bad": State.BAD}


@each_rule
def test_where_there_are_no_agents_nothing_is_judged(
    rule: ModuleType, trouble: Callable[[timedelta], dict[str, Any]], recent: timedelta
) -> None:
    del trouble, recent
    assert judged(rule, city({})) == {}


@each_rule
def test_an_agent_is_at_its_access_point_or_at_the_one_site_that_it_speaks_for(
    rule: ModuleType, trouble: Callable[[timedelta], dict[str, Any]], recent: timedelta
) -> None:
    del recent
    agents = (Agent(id="gw-park", sites=("park",)), Agent(id="gw-both", sites=("park", "hall")))
    told = city({"park": 1, "hall": 1}, agents=agents)
    for name in ("park-001", "gw-park", "gw-both", "stranger"):
        told.agent(name, **trouble(SECOND))
    verdicts = rule.judge(told.snapshot(), rule.Settings())
    assert [verdicts.subjects.subject(row) for row in range(4)] == [
        Subject("park-001", "park", "park-001"),
        Subject("gw-park", "park"),
        Subject("gw-both"),
        Subject("stranger"),
    ]


@each_rule
def test_agents_of_the_inventory_are_there_though_nothing_is_known_of_them(
    rule: ModuleType, trouble: Callable[[timedelta], dict[str, Any]], recent: timedelta
) -> None:
    del recent
    told = city({"park": 1}).agent("stranger", **trouble(SECOND))
    subjects = rule.judge(told.snapshot(), rule.Settings()).subjects
    assert [subjects.is_known(name) for name in ("stranger", "gw-park", "park-001", "gone")] == [True] * 3 + [False]
    assert [subjects.row(name) for name in ("stranger", "gw-park", "gone")] == [0, None, None]


def test_a_clock_may_be_off_either_way_and_by_a_little() -> None:
    told = city({"park": 1})
    offsets = {"behind": 301, "ahead": -301, "at-most": 300, "hardly": -61, "a-minute": 60, "believed": 0}
    for name, seconds in offsets.items():
        told.agent(name, clock_offset=timedelta(seconds=seconds), clock_measured_at=NOON)
    assert judged(clock_wrong, told) == {
        "behind": State.BAD,
        "ahead": State.BAD,
        "at-most": State.BETWEEN,
        "hardly": State.BETWEEN,
        "a-minute": State.GOOD,
        "believed": State.GOOD,
    }
    verdicts = clock_wrong.judge(told.snapshot(), clock_wrong.Settings())
    assert verdicts.values is not None
    assert (verdicts.values[:2].tolist(), verdicts.threshold) == ([301.0, 301.0], 300.0)
    assert [verdicts.detail(row) for row in (0, 1)] == [{"behind_seconds": 301.0}, {"ahead_seconds": 301.0}]


def test_the_newest_refusal_is_told() -> None:
    told = city({"park": 1}).agent("gw-park", **{**a_foreign_report(SECOND), "foreign_reports": 9})
    verdicts = foreign_place.judge(told.snapshot(), foreign_place.Settings())
    assert verdicts.values is not None
    assert (verdicts.values.tolist(), verdicts.threshold) == ([9.0], 0)
    at = (NOON - SECOND).timestamp()
    assert verdicts.detail(0) == {"refusal": "gw-park may not speak for hall-001", "refused_at_seconds": at}


def test_as_many_as_are_tolerated_neither_begin_nor_end_it() -> None:
    reports = city({"park": 1}).agent("gw-park", **a_foreign_report(SECOND))
    assert judged(foreign_place, reports, raise_above_reports=1) == {"gw-park": State.BETWEEN}
    losses = city({"park": 1}).agent("gw-park", **a_loss(SECOND))
    assert judged(spool_dropping, losses, raise_above_count=1) == {"gw-park": State.BETWEEN}


def test_it_is_told_how_much_was_lost_and_when() -> None:
    told = city({"park": 1}).agent("gw-park", dropped=40, dropped_at=NOON - HOUR)
    verdicts = spool_dropping.judge(told.snapshot(), spool_dropping.Settings())
    assert verdicts.values is not None
    assert (verdicts.values.tolist(), verdicts.detail(0)) == (
        [40.0],
        {"dropped_at_seconds": (NOON - HOUR).timestamp()},
    )


def test_a_device_without_a_place_is_told_once_it_has_been_without_for_long() -> None:
    told = city({"park": 1})
    for name, seconds in (("new", 10), ("a-day", 86_400), ("longer", 86_401)):
        told.unknown_device(f"unknown/gw-park/{name}", "gw-park", known_for_seconds=seconds)
    assert judged(unknown_device, told) == {
        "unknown/gw-park/new": State.GOOD,
        "unknown/gw-park/a-day": State.GOOD,
        "unknown/gw-park/longer": State.BAD,
    }


def test_a_device_that_reports_no_more_has_been_taken_away_if_it_could_have_been_heard() -> None:
    old, away = {"known_for_seconds": DAY.total_seconds() * 9}, 10_800
    told = city({"park": 1}).agent("gw-park", is_online=True).agent("gw-hall", is_online=False)
    told.unknown_device("seen", "gw-park", age_seconds=away - 1, **old)
    told.unknown_device("away", "gw-park", age_seconds=away, **old)
    told.unknown_device("unheard", "gw-hall", age_seconds=away, **old)
    told.unknown_device("stranger's", "stranger", age_seconds=away, **old)
    expected = {"seen": State.BAD, "away": State.GOOD, "unheard": State.UNKNOWN, "stranger's": State.UNKNOWN}
    assert judged(unknown_device, told) == expected
    for since in (None, NOON - timedelta(seconds=away) + SECOND):
        assert judged(unknown_device, told.listening_since(since))["away"] is State.UNKNOWN


def test_a_device_that_has_a_place_by_now_is_none_any_more() -> None:
    told = city({"park": 1}).unknown_device("unknown/gw-park/A1", "gw-park")
    subjects = unknown_device.judge(told.snapshot(), unknown_device.Settings()).subjects
    assert [subjects.is_known(key) for key in ("unknown/gw-park/A1", "unknown/gw-park/B2")] == [True, False]


def test_a_device_is_told_by_what_it_says_of_itself_and_where_its_agent_is() -> None:
    told = city({"park": 1})
    told.unknown_device("unknown/gw-park/A1", "gw-park", known_for_seconds=90_000, serial="A1", vendor="acme")
    told.unknown_device("unknown/stranger/nameless", "stranger", known_for_seconds=90_000)
    verdicts = unknown_device.judge(told.snapshot(), unknown_device.Settings())
    known, nameless = (row_of(verdicts, key) for key in told.snapshot().unknown)
    assert verdicts.subjects.subject(known) == Subject("unknown/gw-park/A1", "park")
    assert verdicts.subjects.subject(nameless) == Subject("unknown/stranger/nameless")
    assert verdicts.detail(known) == {"agent": "gw-park", "vendor": "acme", "serial": "A1"}
    assert verdicts.detail(nameless) == {"agent": "stranger"}
    assert told.snapshot().unknown["unknown/stranger/nameless"].device == Device()
    assert verdicts.values is not None
    assert (verdicts.values.tolist(), verdicts.threshold) == ([90_000.0, 90_000.0], 86_400.0)


def test_where_no_device_is_without_a_place_nothing_is_judged() -> None:
    assert judged(unknown_device, city({"park": 2})) == {}


def test_an_agent_that_makes_devices_up_makes_no_more_alerts_than_a_large_site_has_devices() -> None:
    told = city({"park": 1}).unknown_device("unknown/gw-hall/A1", "gw-hall", known_for_seconds=90_000)
    most = unknown_device.MOST_OF_AN_AGENT
    for number in range(most + 500):
        told.unknown_device(f"unknown/gw-park/{number:04}", "gw-park", known_for_seconds=90_000 + number)
    found = judged(unknown_device, told)
    assert found.keys() == {"unknown/gw-hall/A1", *(f"unknown/gw-park/{500 + number:04}" for number in range(most))}
    assert set(found.values()) == {State.BAD}
