"""The score on the city's own usage file: it follows usage, and is no restatement of age.

The file has gigabytes, years and kinds of place, and no model, client, airtime or failure. By the rules nothing in it
can be judged, and that is tested first. To rank by it all the same, two things are put in here that the file does not
have, and that are no evidence: weights by which throughput near the ceiling makes at least half of the need, and
devices. Either all places have the same one, or, as the worst case for age, one that the older a place is can less.
Run with `-s` it prints the rank correlations.
"""

import csv
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import pytest
from scipy.stats import spearmanr
from scored_places import contenders, score

from collector.evidence import Evidence, UsageEvidence
from collector.legacy.four_times import Capacity
from collector.legacy.score import Score, rank, unjudged
from collector.legacy.score_settings import ScoreSettings
from collector.legacy.score_stability import TOP, stability
from inventory.importing.taxonomy import load_taxonomy
from inventory.models import SiteKind

USAGE_FILE = Path(__file__).resolve().parents[3].parent / "shared/data/seoul/ap_usage_gb_2021_joined.utf8.csv"
HOURS = 166 * 24
"""From 1 May to 13 October 2021, as the column is named."""
ONLY_CEILING = ScoreSettings(ceiling_weight=10)
Row = Mapping[str, str]

pytestmark = pytest.mark.skipif(not USAGE_FILE.is_file(), reason="the city's usage file is not on this machine")


def same_everywhere(row: Row) -> Capacity:
    """Wi-Fi 5 with two streams."""
    return Capacity(650e6, 1e9)


def slower_the_older(row: Row) -> Capacity:
    """As if each place still had what was usual in its year: Wi-Fi 4, Wi-Fi 5 or Wi-Fi 6 with two streams."""
    year = int(row["year"])
    return Capacity(195e6 if year <= 2013 else 650e6 if year <= 2019 else 1137e6, 1e9)


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    with USAGE_FILE.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def bits_per_second(row: Row) -> float:
    """The mean of all hours, nights included: of busy hours it is the least."""
    return float(row["usage_gb_20210501_20211013"]) * 8e9 / (HOURS * 3600)


@cache
def kind_of(install_type: str, name: str) -> SiteKind:
    """Judged once, for the same places are scored again and again."""
    return load_taxonomy().judge(install_type, name).kind


def scored(row: Row, capacity: Callable[[Row], Capacity | None], settings: ScoreSettings) -> Score:
    usage = UsageEvidence(hours=HOURS, reports=HOURS, download_bits_per_second=bits_per_second(row))
    return score(
        row["mgr_no"],
        Evidence(usage),
        present=capacity(row),
        kind=kind_of(row["install_type"], row["name"]),
        settings=settings,
    )


def test_nothing_in_the_file_can_be_judged_by_the_rules(rows: list[Row]) -> None:
    scores = [scored(row, lambda _: None, ScoreSettings()) for row in rows]
    assert len(unjudged(scores)) == len(rows) > 10_000
    assert {score.need.missing for score in scores} == {("airtime", "clients", "ceiling", "failures")}
    with_devices = [scored(row, same_everywhere, ScoreSettings()) for row in rows]
    assert {score.need.missing for score in with_devices} == {("airtime", "clients", "failures")}
    assert rank(with_devices) == []


@pytest.mark.parametrize("capacity", [same_everywhere, slower_the_older])
def test_the_ranking_follows_usage_and_is_no_restatement_of_age(
    rows: list[Row], capacity: Callable[[Row], Capacity]
) -> None:
    scores = [scored(row, capacity, ONLY_CEILING) for row in rows]
    numbers = [score.number for score in scores]
    assert None not in numbers
    years = [2021 - int(row["year"]) for row in rows]
    usage = [bits_per_second(row) for row in rows]
    with_age, with_usage = spearmanr(numbers, years).statistic, spearmanr(numbers, usage).statistic
    top = {score.access_point for score in rank(scores)[:50]}
    oldest = {row["mgr_no"] for row in sorted(rows, key=lambda row: (row["year"], row["mgr_no"]))[:50]}
    print(
        f"\n{capacity.__name__}: rank correlation of the score with age {with_age:+.3f}, with usage {with_usage:+.3f}; "
        f"of age with usage {spearmanr(years, usage).statistic:+.3f}; "
        f"of the top 50, {len(top & oldest)} are among the 50 oldest; "
        f"kept at least {stability(contenders(scores, TOP), ONLY_CEILING, joint_moves=0)[0].kept_ratio:.0%}"
    )
    assert with_usage > 0.9
    assert abs(with_age) < 0.5 * with_usage
    assert len(top & oldest) < 10
