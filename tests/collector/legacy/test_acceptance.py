"""Whether the promise was kept, on fleets of which it is known. FLEETS says on how many."""

import os
from collections import Counter
from dataclasses import replace
from random import Random

import pytest
from fleets import FleetPlan, fleet

from collector.legacy.acceptance import Acceptance, LeftOut, Place, Verdict, accept

FLEETS = int(os.environ.get("FLEETS", "40"))
IS_LONG = FLEETS >= 1_000
PLANS = {
    "four weeks": FleetPlan(),
    "eight weeks": FleetPlan(weeks=8),
    "few places": FleetPlan(replaced=15, unreplaced=20),
    "weeks of their own": FleetPlan(group_noise=0.1),
    "many kinds": FleetPlan(replaced=32, unreplaced=32, kinds=8),
    "a programme": FleetPlan(replaced=120, unreplaced=150),
}
pytestmark = pytest.mark.timeout(120 + FLEETS)


def verdicts(plan: FleetPlan, effect: float, fleets: int) -> Counter[Verdict]:
    return Counter(accept(fleet(plan, effect, seed), seed=seed).verdict for seed in range(fleets))


@pytest.mark.parametrize("name", PLANS)
def test_intervals_hold_the_truth_as_often_as_they_say(name: str) -> None:
    found = [accept(fleet(PLANS[name], 1.0, seed), seed=seed) for seed in range(FLEETS)]
    covered = sum(result.low is not None and result.low <= 1.0 <= (result.high or 0) for result in found) / FLEETS
    print(f"\n{name}: {covered:.3f} of {FLEETS} intervals hold the truth")
    if IS_LONG:
        assert 0.93 <= covered <= 0.97
    assert covered >= 0.88
    assert sum(result.verdict is Verdict.MET for result in found) <= 0.05 * FLEETS


def test_four_times_is_found_in_a_programme_and_less_is_never_called_four() -> None:
    fleets = FLEETS if IS_LONG else FLEETS // 4
    plan = PLANS["a programme"]
    kept, broken = verdicts(plan, 4.0, fleets), verdicts(plan, 2.7, fleets)
    print(f"\nof {fleets} programmes with x4: {dict(kept)}; with x2.7: {dict(broken)}")
    assert kept[Verdict.MET] >= 0.9 * fleets
    assert broken[Verdict.MET] == 0
    assert broken[Verdict.NOT_MET] >= 0.9 * fleets


def test_the_result_is_the_same_in_whatever_order_places_come() -> None:
    places = fleet(FleetPlan(), 3.0, 1)
    shuffled = places.copy()
    Random(1).shuffle(shuffled)
    assert accept(places) == accept(shuffled) == accept(iter(places))


def test_what_changes_for_all_places_is_no_merit_of_the_new_device() -> None:
    places = fleet(FleetPlan(), 1.0, 2)
    plain = accept(places)
    summer = [replace(place, after=[None if value is None else 3 * value for value in place.after]) for place in places]
    assert accept(summer).ratio == pytest.approx(plain.ratio)


def test_a_kind_of_site_without_controls_does_not_count() -> None:
    places = fleet(FleetPlan(kinds=1), 2.0, 3)
    alone = [
        replace(place, access_point=f"z-{place.access_point}", kind="park") for place in places if place.is_replaced
    ]
    assert accept([*places, *alone]) == accept(places)


def test_a_faster_fleet_never_has_a_lower_ratio() -> None:
    ratios = [ratio_of(accept(fleet(FleetPlan(), effect, 4))) for effect in (0.5, 1.0, 2.0, 4.0, 8.0)]
    assert ratios == sorted(ratios)
    assert ratios[3] / ratios[1] == pytest.approx(4.0)


def ratio_of(result: Acceptance) -> float:
    assert result.ratio is not None
    return result.ratio


@pytest.mark.parametrize(
    ("places", "told"),
    [
        ([], "Replaced places that can be compared: 0; 8 are needed."),
        (fleet(FleetPlan(weeks=3), 4.0, 1), "Weeks with values before the replacement: 3; 4 are needed."),
        (fleet(FleetPlan(replaced=2, kinds=1), 4.0, 1), "Replaced places that can be compared: 0; 8 are needed."),
        (fleet(FleetPlan(replaced=7, kinds=1), 4.0, 1), "Replaced places that can be compared: 7; 8 are needed."),
        (
            fleet(FleetPlan(unreplaced=5, kinds=1), 4.0, 1),
            "Unreplaced places of the same kinds that can be compared: 5",
        ),
    ],
)
def test_with_too_little_there_is_no_conclusion_and_the_reason_is_told(places: list[Place], told: str) -> None:
    result = accept(places)
    assert (result.verdict, result.ratio) == (Verdict.NO_CONCLUSION, None)
    assert result.reason is not None
    assert told in result.reason.told("en")


def test_a_kind_that_loses_one_side_is_left_out_like_one_that_never_had_it() -> None:
    places = fleet(FleetPlan(kinds=1), 4.0, 6)
    others = [replace(place, access_point=f"z-{place.access_point}", kind="park") for place in places[38:]]
    unmeasured = [replace(place, after=[None] * 4) if not place.is_replaced else place for place in others]
    assert accept([*places, *unmeasured]) == accept(places)


def test_weeks_of_which_nothing_is_known_are_no_weeks() -> None:
    places = [replace(place, after=[place.after[0], *[None] * 3]) for place in fleet(FleetPlan(kinds=1), 4.0, 7)]
    result = accept(places)
    assert result.reason is not None
    assert (result.ratio, result.reason.told("en")) == (
        None,
        "Weeks with values after the replacement: 1; 4 are needed.",
    )


def test_places_that_are_all_alike_leave_no_doubt() -> None:
    places = [Place(f"ap-{n:02}", "park", n < 10, [1.0] * 4, [4.0 if n < 10 else 1.0] * 4) for n in range(20)]
    result = accept(places)
    assert (result.verdict, result.low, result.high) == (Verdict.MET, pytest.approx(4.0), pytest.approx(4.0))


def test_a_place_that_nobody_measured_after_its_replacement_is_left_out() -> None:
    places = fleet(FleetPlan(kinds=1), 4.0, 5)
    silent = replace(places[0], after=[None] * 4)
    zero = replace(places[1], after=[0.0] * 4)
    result = accept([silent, zero, *places[2:]])
    assert result.replaced == 38
    assert result == accept(places[2:])


def test_how_many_places_do_not_count_is_told_with_and_without_a_conclusion() -> None:
    places = fleet(FleetPlan(kinds=1), 4.0, 5)
    replaced = [place for place in places if place.is_replaced]
    controls = [place for place in places if not place.is_replaced]
    silent = [replace(replaced[0], after=[None] * 4), replace(replaced[1], before=[0.0] * 4)]
    unmeasured = [replace(controls[0], before=[None] * 4)]
    alone = [replace(place, access_point=f"z-{place.access_point}", kind="park") for place in replaced[:3]]
    result = accept([*silent, *replaced[2:], *unmeasured, *controls[1:], *alone])
    assert (result.replaced, result.controls) == (len(replaced) - 2, len(controls) - 1)
    assert result.left_out == LeftOut(replaced=5, controls=1)
    assert accept(places).left_out == LeftOut()
    nothing = accept([*alone, *unmeasured])
    assert (nothing.ratio, nothing.left_out) == (None, LeftOut(replaced=3, controls=1))
