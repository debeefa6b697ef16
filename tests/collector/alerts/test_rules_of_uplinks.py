"""Uplinks that are down, or slower than they can be."""

from math import nan

import pytest
from alert_cities import City, city, inventory_of, states

from collector.alerts.judging.snapshot import Layout
from collector.alerts.judging.verdicts import State, Verdicts
from collector.alerts.rules import uplink_down, uplink_slow

BAD, GOOD, BETWEEN, UNKNOWN = State.BAD, State.GOOD, State.BETWEEN, State.UNKNOWN
GIGABIT = 1e9


def down(seen: City) -> Verdicts:
    return uplink_down.judge(seen.snapshot(), uplink_down.Settings())


def slow(seen: City, **settings: object) -> Verdicts:
    return uplink_slow.judge(seen.snapshot(), uplink_slow.Settings.model_validate(settings))


def uplink(
    speed: float, best: float, *, is_up: float = 1, is_full_duplex: float = 1, port: float | None = None
) -> City:
    """One place with this uplink, and a port of which the inventory knows the speed or does not."""
    inventory = inventory_of({"park": 1}, port_bits_per_second=None if port is None else int(port))
    seen = city({"park": 1})
    seen.layout = Layout(inventory)
    return seen.place(
        "park-001",
        uplink_is_up=is_up,
        uplink_bits_per_second=speed,
        uplink_is_full_duplex=is_full_duplex,
        best_uplink_bits_per_second=best,
    )


def state(verdicts: Verdicts) -> State:
    return states(verdicts)["park-001"]


def test_an_uplink_is_down_where_its_device_says_so() -> None:
    seen = city({"park": 5}).place("park-001", uplink_is_up=0, clients=3, best_uplink_bits_per_second=GIGABIT)
    seen.place("park-002", uplink_is_up=1)
    seen.silent("park-004", uplink_is_up=0).silent("park-005", uplink_is_up=1)
    verdicts = down(seen)
    assert states(verdicts) == {
        "park-001": BAD,
        "park-002": GOOD,
        "park-003": UNKNOWN,
        "park-004": UNKNOWN,
        "park-005": UNKNOWN,
    }
    assert (verdicts.detail(0), verdicts.people(0)) == ({"best_bits_per_second": GIGABIT}, 3)
    assert (verdicts.detail(1), verdicts.people(1)) == ({}, None)


@pytest.mark.parametrize(
    ("speed", "best", "expected"),
    [
        (1e8, GIGABIT, BAD),
        (1e7, 1e8, BAD),
        (GIGABIT, GIGABIT, GOOD),
        (2.5e9, GIGABIT, GOOD),
        (0.8e9, GIGABIT, BETWEEN),
        (0.79e9, GIGABIT, BAD),
        (0.95e9, GIGABIT, GOOD),
        (0.94e9, GIGABIT, BETWEEN),
        (1e8, 1e8, GOOD),
        (0, GIGABIT, BAD),
        (nan, GIGABIT, UNKNOWN),
        (1e8, nan, UNKNOWN),
        (1e8, 0, UNKNOWN),
    ],
)
def test_an_uplink_is_slow_where_it_can_do_more(speed: float, best: float, expected: State) -> None:
    assert state(slow(uplink(speed, best))) is expected


@pytest.mark.parametrize(
    ("port", "speed", "expected"),
    [
        (None, GIGABIT, GOOD),
        (None, 1e8, BAD),
        (2.5e9, GIGABIT, BAD),
        (2.5e9, 2.5e9, GOOD),
    ],
)
def test_more_than_a_gigabit_is_asked_only_where_the_port_is_known_to_do_more(
    port: float | None, speed: float, expected: State
) -> None:
    assert state(slow(uplink(speed, 2.5e9, port=port))) is expected


@pytest.mark.parametrize(
    ("speed", "best", "is_full_duplex", "expected"),
    [
        (1e8, 1e8, 0, BAD),
        (nan, nan, 0, BAD),
        (1e8, 1e8, nan, GOOD),
        (nan, nan, nan, UNKNOWN),
        (nan, nan, 1, UNKNOWN),
    ],
)
def test_half_duplex_is_slow_at_any_speed(speed: float, best: float, is_full_duplex: float, expected: State) -> None:
    assert state(slow(uplink(speed, best, is_full_duplex=is_full_duplex))) is expected


def test_an_uplink_that_is_down_has_no_speed_to_judge() -> None:
    assert state(slow(uplink(1e7, GIGABIT, is_up=0))) is UNKNOWN
    assert state(slow(uplink(1e7, GIGABIT, is_up=nan))) is BAD


def test_a_silent_place_is_not_judged_by_what_it_said_last() -> None:
    assert state(slow(uplink(1e7, GIGABIT).silent("park-001"))) is UNKNOWN
    assert state(slow(uplink(GIGABIT, GIGABIT).silent("park-001"))) is UNKNOWN


def test_a_slow_uplink_is_told_with_its_speeds_and_people() -> None:
    verdicts = slow(uplink(1e8, 2.5e9).place("park-001", clients=12))
    assert verdicts.detail(0) == {
        "speed_bits_per_second": 1e8,
        "best_bits_per_second": GIGABIT,
        "is_full_duplex": 1.0,
    }
    assert verdicts.values is not None
    assert (verdicts.values[0], verdicts.threshold, verdicts.people(0)) == (0.1, 0.8, 12)


def test_what_is_enough_is_configuration() -> None:
    assert state(slow(uplink(1e8, GIGABIT), enough_bits_per_second=1e8)) is GOOD
