"""Radios that serve nobody any more although their siblings work."""

from math import nan
from typing import Any

import pytest
from alert_cities import NOON, City, city, row_of, states

from collector.alerts.alert import Subject
from collector.alerts.judging.verdicts import State, Verdicts
from collector.alerts.rules import radio_silent

BAD, GOOD, BETWEEN, UNKNOWN = State.BAD, State.GOOD, State.BETWEEN, State.UNKNOWN
HOUR, DAY, WEEK = 3600.0, 86_400.0, 7 * 86_400.0
WORKING: dict[str, Any] = {
    "is_up": 1,
    "clients": 3,
    "busy_ratio": 0.5,
    "worked_for_seconds": 0.0,
    "used_for_seconds": 0.0,
}
DOWN: dict[str, Any] = {"is_up": 0, "worked_for_seconds": HOUR, "used_for_seconds": HOUR}
GONE: dict[str, Any] = {"is_reported": False, "worked_for_seconds": HOUR, "used_for_seconds": HOUR}
IDLE: dict[str, Any] = {
    "is_up": 1,
    "clients": 0,
    "busy_ratio": 0,
    "worked_for_seconds": 0.0,
    "used_for_seconds": DAY + 1,
}


def judged(seen: City, **settings: object) -> Verdicts:
    return radio_silent.judge(seen.snapshot(), radio_silent.Settings.model_validate(settings))


def beside(sibling: dict[str, Any], **radio: Any) -> State:
    """The state of a radio beside a sibling on the same device."""
    verdicts = judged(city({"park": 1}).radio("park-001", "a", **radio).radio("park-001", "b", **sibling))
    return states(verdicts)["park-001/a"]


@pytest.mark.parametrize("failed", [DOWN, GONE, IDLE], ids=["down", "gone", "idle"])
def test_a_radio_that_fails_beside_one_that_works_is_bad(failed: dict[str, Any]) -> None:
    assert beside(WORKING, **failed) is BAD


@pytest.mark.parametrize("failed", [DOWN, GONE, IDLE], ids=["down", "gone", "idle"])
@pytest.mark.parametrize(
    "sibling",
    [DOWN, IDLE, {"is_up": nan, "clients": 0, "used_for_seconds": HOUR}],
    ids=["down", "idle", "nobody knows"],
)
def test_without_a_sibling_at_work_it_is_neither_bad_nor_good(failed: dict[str, Any], sibling: dict[str, Any]) -> None:
    assert beside(sibling, **failed) is BETWEEN


def test_a_device_that_tells_of_no_radio_at_all_says_nothing_of_any() -> None:
    assert beside(GONE, **GONE) is UNKNOWN


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        ({"is_up": 1, "clients": 1}, GOOD),
        ({"clients": 1}, GOOD),
        ({"busy_ratio": 0.01, "clients": 0}, GOOD),
        ({"traffic_bits_per_second": 1, "clients": 0}, GOOD),
        ({"is_up": 1}, GOOD),
        ({"is_up": 1, "clients": 0, "own_ratio": 0}, GOOD),
        ({"is_up": 0, "clients": 1}, BAD),
        ({"clients": 0}, BETWEEN),
        ({"busy_ratio": 0.0}, BETWEEN),
        ({}, UNKNOWN),
        ({"channel": 36, "noise_dbm": -95}, UNKNOWN),
    ],
)
def test_a_radio_that_was_in_use_an_hour_ago_is_judged_by_what_it_shows(
    figures: dict[str, float], expected: State
) -> None:
    assert beside(WORKING, **figures, worked_for_seconds=HOUR, used_for_seconds=HOUR) is expected


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        ({"is_up": 1, "clients": 0, "busy_ratio": 0, "own_ratio": 0, "traffic_bits_per_second": 0}, BAD),
        ({"clients": 0, "traffic_bits_per_second": 0}, BAD),
        ({"is_up": 1, "clients": 0}, BETWEEN),
        ({"is_up": 1, "busy_ratio": 0}, BETWEEN),
        ({"is_up": 1, "clients": 0, "busy_ratio": 0.01}, GOOD),
        ({}, UNKNOWN),
    ],
)
def test_nobody_for_a_day_is_evidence_only_where_clients_and_airtime_or_traffic_say_so(
    figures: dict[str, float], expected: State
) -> None:
    assert beside(WORKING, **figures, worked_for_seconds=0, used_for_seconds=DAY + 1) is expected


def test_a_day_without_anybody_is_longer_than_a_day() -> None:
    assert beside(WORKING, **(IDLE | {"used_for_seconds": DAY})) is GOOD


def test_a_radio_that_is_idle_needs_a_sibling_in_use_and_not_merely_up() -> None:
    sibling = {"is_up": 1, "worked_for_seconds": 0, "used_for_seconds": HOUR}
    assert (beside(sibling, **IDLE), beside(sibling, **DOWN)) == (BETWEEN, BAD)


@pytest.mark.parametrize("failed", [DOWN, GONE], ids=["down", "gone"])
def test_a_radio_that_was_never_seen_at_work_is_not_judged(failed: dict[str, Any]) -> None:
    never = {"worked_for_seconds": nan, "used_for_seconds": nan}
    assert beside(WORKING, **(failed | never)) is UNKNOWN


def test_a_radio_that_never_was_in_use_is_not_idle() -> None:
    assert beside(WORKING, **(IDLE | {"used_for_seconds": nan})) is BETWEEN


@pytest.mark.parametrize(
    ("failed", "memory"),
    [(DOWN, "worked_for_seconds"), (GONE, "worked_for_seconds"), (IDLE, "used_for_seconds")],
    ids=["down", "gone", "idle"],
)
def test_a_radio_that_has_been_off_for_a_week_is_watched_no_longer(failed: dict[str, Any], memory: str) -> None:
    last, over = (
        judged(city({"park": 1}).radio("park-001", "a", **(failed | {memory: age})).radio("park-001", "b", **WORKING))
        for age in (WEEK, WEEK + 1)
    )
    assert [states(each)["park-001/a"] for each in (last, over)] == [BAD, UNKNOWN]
    assert [each.subjects.is_known("park-001/a") for each in (last, over)] == [True, False]
    assert [each.subjects.row("park-001/a") is None for each in (last, over)] == [False, True]


def test_a_silent_place_keeps_its_radios_known_however_long_it_is_silent() -> None:
    seen = city({"park": 1}).silent("park-001").radio("park-001", "a", **(DOWN | {"worked_for_seconds": WEEK + 1}))
    verdicts = judged(seen.radio("park-001", "b", **WORKING))
    assert states(verdicts) == {"park-001/a": UNKNOWN, "park-001/b": UNKNOWN}
    assert verdicts.subjects.is_known("park-001/a")


def test_a_radio_of_another_device_is_no_sibling() -> None:
    seen = city({"park": 2}).radio("park-001", "a", **DOWN).radio("park-002", "a", **WORKING)
    assert states(judged(seen)) == {"park-001/a": BETWEEN, "park-002/a": GOOD}


def test_it_is_told_what_became_of_it() -> None:
    seen = city({"park": 3}).place("park", clients=6)
    seen.radio("park-001", "a", **DOWN, band=5, channel=36).radio("park-001", "b", **WORKING)
    seen.radio("park-002", "a", **GONE).radio("park-002", "b", **WORKING)
    seen.radio("park-003", "a", **IDLE).radio("park-003", "b", **WORKING)
    verdicts = judged(seen)
    rows = [row_of(verdicts, f"park-00{number}/a") for number in (1, 2, 3)]
    told_at = NOON.timestamp() - 10
    assert verdicts.subjects.subject(rows[0]) == Subject("park-001/a", "park", "park-001", "a")
    assert [verdicts.detail(row) for row in rows] == [
        {"reason": "down", "band": 5.0, "channel": 36.0, "worked_at_seconds": told_at - HOUR},
        {"reason": "gone", "worked_at_seconds": told_at - HOUR},
        {"reason": "idle", "worked_at_seconds": told_at - DAY - 1},
    ]
    assert [verdicts.people(row) for row in rows] == [6, 6, 6]


def test_how_long_is_long_is_configuration() -> None:
    seen = city({"park": 1}).radio("park-001", "a", **(IDLE | {"used_for_seconds": 2 * HOUR}))
    seen.radio("park-001", "b", **WORKING)
    assert states(judged(seen))["park-001/a"] is GOOD
    assert states(judged(seen, idle_after_seconds=HOUR))["park-001/a"] is BAD
