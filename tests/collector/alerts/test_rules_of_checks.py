"""Checks that fail are told once: those that stand on what has failed are not told beside it."""

from itertools import product
from types import ModuleType

import pytest
from alert_cities import City, city, states

from collector.alerts.judging.verdicts import State
from collector.alerts.rules import dns_failing, gateway_failing, portal_failing

OK, FAILS, NONE = 1.0, 0.0, float("nan")
RULES = {"gateway": gateway_failing, "dns": dns_failing, "portal": portal_failing}
each_rule = pytest.mark.parametrize(("kind", "rule"), RULES.items(), ids=RULES)


def checked(gateway: float, dns: float, portal: float) -> City:
    told = city({"park": 1})
    for kind, is_ok in (("gateway", gateway), ("dns", dns), ("portal", portal)):
        told.check(kind, "park-001", is_ok=is_ok)
    return told


def state_of(rule: ModuleType, told: City) -> State:
    return states(rule.judge(told.snapshot(), rule.Settings()))["park-001"]


def told_of(gateway: float, dns: float, portal: float) -> tuple[State, ...]:
    told = checked(gateway, dns, portal)
    return tuple(state_of(rule, told) for rule in RULES.values())


def test_a_gateway_that_fails_explains_the_rest() -> None:
    assert told_of(OK, OK, OK) == (State.GOOD, State.GOOD, State.GOOD)
    assert told_of(FAILS, FAILS, FAILS) == (State.BAD, State.UNKNOWN, State.UNKNOWN)
    assert told_of(OK, FAILS, FAILS) == (State.GOOD, State.BAD, State.UNKNOWN)
    assert told_of(OK, OK, FAILS) == (State.GOOD, State.GOOD, State.BAD)
    assert told_of(FAILS, OK, FAILS) == (State.BAD, State.GOOD, State.UNKNOWN)


def test_what_goes_well_is_well_whatever_fails_beside_it() -> None:
    assert told_of(FAILS, OK, OK) == (State.BAD, State.GOOD, State.GOOD)
    assert told_of(OK, FAILS, OK) == (State.GOOD, State.BAD, State.GOOD)


def test_a_check_that_is_not_made_explains_nothing() -> None:
    assert told_of(NONE, FAILS, FAILS) == (State.UNKNOWN, State.BAD, State.UNKNOWN)
    assert told_of(NONE, NONE, FAILS) == (State.UNKNOWN, State.UNKNOWN, State.BAD)
    assert told_of(NONE, NONE, NONE) == (State.UNKNOWN,) * 3


def test_where_anything_fails_exactly_the_first_of_it_is_told() -> None:
    for outcomes in product((OK, FAILS, NONE), repeat=3):
        bad = [position for position, state in enumerate(told_of(*outcomes)) if state is State.BAD]
        assert bad == [position for position, outcome in enumerate(outcomes) if outcome == FAILS][:1], outcomes


def test_only_what_went_well_is_good() -> None:
    for outcomes in product((OK, FAILS, NONE), repeat=3):
        good = [state is State.GOOD for state in told_of(*outcomes)]
        assert good == [outcome == OK for outcome in outcomes], outcomes


@each_rule
def test_checks_at_a_place_that_is_not_heard_of_say_nothing(kind: str, rule: ModuleType) -> None:
    told = city({"park": 3}).silent("park-001").not_known("park-002")
    for number, is_ok in enumerate((FAILS, OK, FAILS), start=1):
        told.check(kind, f"park-{number:03}", is_ok=is_ok)
    assert states(rule.judge(told.snapshot(), rule.Settings())) == {
        "park-001": State.UNKNOWN,
        "park-002": State.UNKNOWN,
        "park-003": State.BAD,
    }


@each_rule
def test_where_nobody_checks_nothing_is_known(kind: str, rule: ModuleType) -> None:
    del kind
    assert states(rule.judge(city({}).snapshot(), rule.Settings())) == {}
    assert state_of(rule, city({"park": 1})) is State.UNKNOWN


@each_rule
def test_the_words_of_the_check_are_told_with_its_time_and_the_people_there(kind: str, rule: ModuleType) -> None:
    told = city({"park": 2}).place("park-001", clients=12)
    told.check(kind, "park-001", is_ok=FAILS, age_seconds=40, failure="nobody answers")
    told.check(kind, "park-002", is_ok=FAILS, age_seconds=40)
    snapshot = told.snapshot()
    verdicts = rule.judge(snapshot, rule.Settings())
    checked_at = snapshot.now_seconds - 40
    assert [(verdicts.detail(row), verdicts.people(row)) for row in (0, 1)] == [
        ({"failure": "nobody answers", "checked_at_seconds": checked_at}, 12),
        ({"checked_at_seconds": checked_at}, None),
    ]
