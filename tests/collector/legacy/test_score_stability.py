"""The top 50 of fleets of thousands hardly change when weights move by a fifth."""

import pytest
from scored_places import DEFAULTS, ScoredFleetPlan, contenders, score, scored_fleet

from collector.evidence import Evidence
from collector.legacy.score import rank
from collector.legacy.score_settings import ScoreSettings
from collector.legacy.score_stability import JOINT_MOVES, TOP, WEIGHTS, stability

PLANS = {
    "usual": ScoredFleetPlan(),
    "quiet": ScoredFleetPlan(median_load=0.05),
    "overloaded": ScoredFleetPlan(median_load=0.25),
    "all alike": ScoredFleetPlan(site_noise=0.4, load_noise=0.3),
    "half for inclusion": ScoredFleetPlan(inclusion_ratio=0.5),
    "devices that tell little": ScoredFleetPlan(silent_ratio=0.4, unsplit_ratio=0.5),
}


@pytest.mark.parametrize(("plan", "seed"), [(plan, seed) for seed, plan in enumerate(PLANS.values())], ids=PLANS)
def test_four_fifths_of_the_top_stay_when_weights_move_by_a_fifth(plan: ScoredFleetPlan, seed: int) -> None:
    scores = scored_fleet(plan, seed)
    assert len(rank(scores)) > 2000
    moves = stability(contenders(scores, TOP), DEFAULTS, seed=seed)
    assert len(moves) == 2 * len(WEIGHTS) + JOINT_MOVES
    worst = moves[0]
    factors = {name: round(factor, 2) for name, factor in worst.factors.items()}
    print(f"\nkept at least {worst.kept_ratio:.0%} of the top 50, by {factors}")
    assert worst.kept_ratio >= 0.8, worst


def test_those_far_behind_the_top_change_nothing_of_it() -> None:
    scores = scored_fleet(ScoredFleetPlan(access_points=600), 7)
    near = contenders(scores, 10)
    assert 10 < len(near) < len(rank(scores))
    assert stability(near, DEFAULTS, top=10) == stability(scores, DEFAULTS, top=10)


def test_every_weight_of_the_settings_is_moved() -> None:
    assert set(WEIGHTS) == {name for name in ScoreSettings.model_fields if name.endswith("_weight")}


def test_the_move_that_changes_most_comes_first_and_says_what_was_moved() -> None:
    scores = scored_fleet(ScoredFleetPlan(access_points=60), 3)
    moves = stability(scores, DEFAULTS, top=10)
    assert [moved.kept_ratio for moved in moves] == sorted(moved.kept_ratio for moved in moves)
    assert stability(scores, DEFAULTS, top=10) == moves
    assert stability(list(reversed(scores)), DEFAULTS, top=10) == moves
    singles = [moved.factors for moved in moves if len(moved.factors) == 1]
    assert sorted(map(str, singles)) == sorted(str({name: factor}) for name in WEIGHTS for factor in (0.8, 1.2))


def test_of_a_fleet_smaller_than_the_top_all_stay() -> None:
    assert {moved.kept_ratio for moved in stability([score("a"), score("b")], DEFAULTS)} == {1.0}


def test_where_nobody_can_be_judged_nothing_is_told_of_stability() -> None:
    assert stability([score("a", Evidence())], DEFAULTS) == []


def test_what_is_known_does_not_turn_with_the_weights() -> None:
    """Whoever has a number keeps one, and nobody gets one, by a move of the weights alone."""
    scores = scored_fleet(ScoredFleetPlan(access_points=600, silent_ratio=0.3, unsplit_ratio=0.5), 5)
    judged = {place.access_point for place in rank(scores)}
    assert len(judged) < len(scores)
    for moved in stability(scores, DEFAULTS):
        weights = {name: getattr(DEFAULTS, name) * factor for name, factor in moved.factors.items()}
        settings = DEFAULTS.model_copy(update=weights)
        assert {place.access_point for place in rank(one.weighed_by(settings) for one in scores)} == judged
