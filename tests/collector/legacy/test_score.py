"""Need, benefit and weight: their parts, that each is monotone, and that what is missing is never zero."""

import tomllib
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scored_places import BAND_2, BAND_5, BUSY, DEFAULTS, HOURS, PRESENT, fit, proven, score, site

import collector.legacy.reasons as reasons_module
from agent.settings import SettingsError, check
from collector.evidence import Evidence, RadioEvidence, RadioKey, UsageEvidence
from collector.legacy.benefit import benefit_of
from collector.legacy.four_times import Capacity, Change, Unknown
from collector.legacy.generation import ProvenGeneration
from collector.legacy.need import Need, need_of
from collector.legacy.place_weight import visitors_ranks, weight_of
from collector.legacy.score import rank, unjudged
from collector.legacy.score_settings import ScoreSettings, as_shown
from inventory.models import AccessPoint, Inventory, Site, SiteKind

INCLUSION = DEFAULTS.inclusion_kinds


def parts(need: Need) -> dict[str, float | None]:
    return {part.name: part.value for part in need.parts}


def usage(**quantities: Any) -> Evidence:
    return Evidence(UsageEvidence(hours=HOURS, reports=HOURS, **quantities))


def radios(*quantities: dict[str, float]) -> Evidence:
    keys = (BAND_2, BAND_5)
    return Evidence(None, {key: RadioEvidence(HOURS, **of_one) for key, of_one in zip(keys, quantities, strict=False)})


def right_side(formula: str) -> float:
    """What a formula says, if its left side comes to the same."""
    left, right = formula.split(" = ")
    assert as_shown(eval(left.replace("×", "*"))) == float(right)
    return float(right)


# The need.


def test_the_need_is_the_mean_of_its_parts_by_their_weights() -> None:
    need = need_of(BUSY, PRESENT, DEFAULTS)
    assert parts(need) == {"airtime": 0.7, "clients": 0.75, "ceiling": 0.415, "failures": 0.5}
    assert need.value == pytest.approx((3 * 0.7 + 3 * 0.75 + 3 * 0.415 + 0.5) / 10, abs=0.0006)
    assert [reason.code for reason in need.reasons] == ["need.airtime", "need.clients", "need.ceiling", "need.retries"]


def test_airtime_that_others_take_is_no_need() -> None:
    crowded = need_of(radios({"busy_ratio": 0.9, "foreign_ratio": 0.85}), None, DEFAULTS)
    assert parts(crowded)["airtime"] == 0


def test_airtime_of_which_nobody_knows_whose_it_is_says_nothing() -> None:
    need = need_of(radios({"busy_ratio": 0.9}), None, DEFAULTS)
    assert parts(need)["airtime"] is None
    assert "need.airtime_of_whom" in {reason.code for reason in need.reasons}


def test_clients_are_those_of_the_radio_that_has_most() -> None:
    assert parts(need_of(radios({"clients": 30}, {"clients": 12}), None, DEFAULTS))["clients"] == 0.5


@pytest.mark.parametrize(("keys", "share"), [((), 30), ((BAND_2, BAND_5, RadioKey("radio2", "6")), 20)])
def test_clients_of_the_whole_access_point_are_shared_among_its_radios(keys: tuple[RadioKey, ...], share: int) -> None:
    evidence = replace(usage(clients=60), radios={key: RadioEvidence(HOURS) for key in keys})
    assert parts(need_of(evidence, None, DEFAULTS))["clients"] == DEFAULTS.clients.at(share)


def test_the_ceiling_is_the_uplinks_where_that_is_lower() -> None:
    flow = usage(download_bits_per_second=20e6, upload_bits_per_second=5e6)
    assert parts(need_of(flow, Capacity(500e6, 100e6), DEFAULTS))["ceiling"] == 0.5
    assert parts(need_of(flow, Capacity(500e6, 1e9), DEFAULTS))["ceiling"] == 0.1
    assert parts(need_of(flow, None, DEFAULTS))["ceiling"] is None


def test_an_upload_alone_says_nothing_of_the_ceiling() -> None:
    assert parts(need_of(usage(upload_bits_per_second=5e6), PRESENT, DEFAULTS))["ceiling"] is None


def test_starts_raise_the_failures_and_are_none_by_themselves() -> None:
    calm = radios({"retry_ratio": 0.1})
    restless = replace(calm, usage=UsageEvidence(hours=HOURS, reports=HOURS, starts=56))
    assert parts(need_of(calm, None, DEFAULTS))["failures"] == 0
    assert parts(need_of(restless, None, DEFAULTS))["failures"] == 1
    assert parts(need_of(replace(restless, radios={}), None, DEFAULTS))["failures"] is None


def test_a_start_shows_in_two_hours_and_is_counted_once() -> None:
    restless = replace(radios({"retry_ratio": 0.1}), usage=UsageEvidence(hours=HOURS, reports=HOURS, starts=24))
    assert "3 times a week" in need_of(restless, None, DEFAULTS).reasons[-1].told("en")


# What is missing.


def test_of_half_of_the_weight_the_need_is_known_and_of_less_it_is_not() -> None:
    alike = ScoreSettings(airtime_weight=1, clients_weight=1, ceiling_weight=1, failures_weight=1)
    half = radios({"clients": 50, "retry_ratio": 0.2})
    assert need_of(half, None, alike).value == 0.75
    assert need_of(half, None, alike).missing == ("airtime", "ceiling")
    less = need_of(half, None, DEFAULTS)
    assert less.value is None
    assert less.reasons[0].code == "need.insufficient"
    assert less.reasons[0].figures == {"known_ratio": pytest.approx(0.4)}


def test_a_part_that_is_not_known_takes_nothing_from_the_others() -> None:
    """All parts that are known are at their highest, and so is the need."""
    full = radios({"busy_ratio": 0.9, "foreign_ratio": 0.0, "clients": 80})
    need = need_of(full, None, DEFAULTS)
    assert (need.value, need.missing) == (1.0, ("ceiling", "failures"))


@pytest.mark.parametrize("evidence", [Evidence(), Evidence(UsageEvidence(hours=100, reports=9, clients=90.0))])
def test_too_few_hours_are_no_evidence(evidence: Evidence) -> None:
    need = need_of(evidence, PRESENT, DEFAULTS)
    assert need.value is None
    assert set(parts(need).values()) == {None}
    told = need.parts[0].reason.told("en")
    assert told.startswith("There are records of 100 hours only" if evidence.usage else "There are no records")


def test_who_cannot_be_judged_has_no_number_and_no_rank() -> None:
    known, no_evidence, no_capacity = score("a"), score("c", Evidence()), score("b", present=None)
    assert (no_evidence.number, no_capacity.number, no_evidence.formula) == (None, None, "")
    assert rank([no_evidence, no_capacity, known]) == [known]
    assert unjudged([no_evidence, known, no_capacity]) == [no_capacity, no_evidence]


# The benefit.


@pytest.mark.parametrize(("ratio", "value"), [(1, 0), (2, 0.25), (4, 0.5), (8, 0.75), (16, 1), (40, 1)])
def test_each_doubling_of_the_capacity_counts_alike(ratio: float, value: float) -> None:
    assert benefit_of(PRESENT, fit(ratio), proven("4"), DEFAULTS).value == value


def test_where_no_model_keeps_the_promise_an_order_gains_nothing() -> None:
    benefit = benefit_of(PRESENT, None, proven("6"), DEFAULTS)
    assert (benefit.value, benefit.gain_times) == (0, None)
    assert benefit.reasons[-1].code == "benefit.no_model"


def test_a_benefit_over_nobody_knows_what_is_none() -> None:
    assert benefit_of(None, None, proven("4"), DEFAULTS).value is None
    assert benefit_of(None, fit(8), proven("4"), DEFAULTS).value is None


def test_a_device_that_proves_newer_than_its_model_is_not_that_model() -> None:
    newer = ProvenGeneration("6", "6", "radio", contradicts="5")
    in_part_older = ProvenGeneration(None, "4", "radio in part", contradicts="5")
    assert benefit_of(PRESENT, fit(8), newer, DEFAULTS).value is None
    assert benefit_of(PRESENT, fit(8), in_part_older, DEFAULTS).value == 0.75


def test_what_must_be_changed_beside_the_device_is_told() -> None:
    with_work = replace(fit(8), ratio_now=1.0, changes=(Change.CABLE, Change.POWER), unknowns=(Unknown.PLACEMENT,))
    benefit = benefit_of(PRESENT, replace(with_work, is_confirmed=False), proven("4"), DEFAULTS)
    assert benefit.value == 0.75
    assert [reason.code for reason in benefit.reasons[2:]] == [
        "benefit.gain_once_powered",
        "benefit.change_cable",
        "benefit.change_power",
        "benefit.unknowns",
        "benefit.unconfirmed",
    ]


def test_without_power_nothing_is_told_of_how_fast_a_model_is_as_things_are() -> None:
    def gain(*changes: Change) -> str:
        return benefit_of(PRESENT, replace(fit(8), changes=changes), proven("4"), DEFAULTS).reasons[2].code

    assert gain(Change.CABLE) == "benefit.gain_with_changes"
    assert gain(Change.POWER) == "benefit.gain_once_powered"


def test_radios_are_not_told_to_be_the_limit_where_the_uplink_is_not_known() -> None:
    def limit(uplink_bits_per_second: float | None) -> str:
        return benefit_of(Capacity(289e6, uplink_bits_per_second), fit(8), proven("4"), DEFAULTS).reasons[1].code

    assert limit(1e9) == "benefit.limited_by_radios"
    assert limit(None) == limit(0.0) == "benefit.of_radios_alone"


def test_what_flows_is_told_against_what_mending_an_uplink_brings() -> None:
    flowing = usage(download_bits_per_second=94e6, clients=40)
    codes = [reason.code for reason in need_of(flowing, PRESENT, DEFAULTS, is_uplink_mended=True).reasons]
    assert "need.ceiling_after_mending" in codes
    assert "need.ceiling" not in codes


# The weight.


def test_a_weight_is_told_with_the_digits_of_its_formula() -> None:
    weight = weight_of(site(SiteKind.SENIOR), 0.58, DEFAULTS)
    assert weight.formula.startswith("1.5 × 1.04 ")
    assert "weighs 1.04 times" in weight.reasons[1].told("en")


def test_facilities_for_vulnerable_people_weigh_more() -> None:
    weights = {kind: weight_of(site(kind), None, DEFAULTS).value for kind in SiteKind}
    assert {weights[kind] for kind in INCLUSION} == {0.8}
    assert {weight for kind, weight in weights.items() if kind not in INCLUSION} == {0.533}
    assert weight_of(site(SiteKind.SENIOR), 1.0, DEFAULTS).value == 1


def test_unknown_visitors_weigh_as_those_of_a_site_in_the_middle() -> None:
    unknown, middle = (weight_of(site(), rank, DEFAULTS) for rank in (None, 0.5))
    assert unknown.value == middle.value
    assert weight_of(site(), 0.0, DEFAULTS).value < unknown.value < weight_of(site(), 1.0, DEFAULTS).value


def test_sites_are_ranked_by_their_visitors_as_far_as_they_are_counted() -> None:
    clients = {
        "park": [30.0, 20.0],
        "hall": [50.0, None],
        "home": [100.0, 20.0],
        "barely": [200.0, None, None],
        "quiet": [0.0],
        "silent": [None],
    }
    sites = tuple(Site(id=name, kind=SiteKind.PARK, name_ko="자리", district="성동구") for name in clients)
    places = {f"{name}-{at}": (name, count) for name, counts in clients.items() for at, count in enumerate(counts)}
    inventory = Inventory(
        sites=sites, access_points=tuple(AccessPoint(id=place, site=of) for place, (of, _) in places.items())
    )
    evidence = {place: usage(clients=count) for place, (_, count) in places.items()}
    assert visitors_ranks(inventory, evidence) == {"quiet": 0, "park": 1 / 3, "hall": 2 / 3, "home": 1}


def test_sites_with_as_many_visitors_have_the_same_rank() -> None:
    sites = tuple(Site(id=name, kind=SiteKind.PARK, name_ko="자리", district="성동구") for name in "abc")
    inventory = Inventory(sites=sites, access_points=tuple(AccessPoint(id=f"{of.id}1", site=of.id) for of in sites))
    evidence = {"a1": usage(clients=5), "b1": usage(clients=5), "c1": usage(clients=9)}
    assert visitors_ranks(inventory, evidence) == {"a": 0.25, "b": 0.25, "c": 1}
    assert visitors_ranks(inventory, {"a1": usage(clients=5)}) == {"a": 0.5}
    assert visitors_ranks(inventory, {}) == {}


# The number.


def test_the_number_is_made_of_what_is_shown() -> None:
    of_all = score(best=fit(8), kind=SiteKind.SENIOR, visitors_rank=0.8)
    assert right_side(of_all.need.formula) == of_all.need.value
    assert right_side(of_all.weight.formula) == of_all.weight.value
    assert of_all.weight.formula == "1.5 × 1.15 / 1.875 = 0.92"
    assert right_side(of_all.formula) == as_shown(of_all.number or 0)
    assert of_all.number == 100 * (of_all.need.value or 0) * 0.75 * 0.92


ratios = st.floats(0, 1)
rates = st.floats(0, 1e9)
counts = st.floats(0, 200)
RISING = {
    "usage": {
        "download_bits_per_second": rates, "upload_bits_per_second": rates, "clients": counts,
        "starts": st.integers(0, 100),
    },
    "radio": {"busy_ratio": ratios, "retry_ratio": ratios, "failure_ratio": ratios, "clients": counts},
}  # fmt: skip


def of_one(quantities: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Each of them known or not."""
    return st.fixed_dictionaries({name: st.none() | values for name, values in quantities.items()})


evidences = st.builds(
    lambda of_usage, of_radios: Evidence(
        UsageEvidence(hours=HOURS, reports=HOURS, **of_usage),
        {key: RadioEvidence(HOURS, **of_radio) for key, of_radio in of_radios.items()},
    ),
    of_one(RISING["usage"]),
    st.dictionaries(st.sampled_from([BAND_2, BAND_5]), of_one(RISING["radio"] | {"foreign_ratio": ratios})),
)
capacities = st.builds(Capacity, st.floats(1e6, 1e10), st.none() | st.floats(1e6, 1e10))
gains = st.floats(1, 100)


def changed(evidence: Evidence, name: str, value: float) -> list[Evidence]:
    """The evidence with a quantity changed, once for each of its holders that has it."""
    found = []
    if evidence.usage is not None and getattr(evidence.usage, name, None) is not None:
        found.append(replace(evidence, usage=replace(evidence.usage, **{name: value})))
    for key, radio in evidence.radios.items():
        if getattr(radio, name, None) is not None:
            found.append(replace(evidence, radios={**evidence.radios, key: replace(radio, **{name: value})}))
    return found


def held(evidence: Evidence, name: str) -> list[float]:
    """What `changed` would change."""
    holders = [evidence.usage, *evidence.radios.values()]
    return [value for holder in holders if (value := getattr(holder, name, None)) is not None]


@pytest.mark.parametrize("name", sorted({*RISING["usage"], *RISING["radio"], "foreign_ratio"}))
@given(evidence=evidences, capacity=st.none() | capacities, data=st.data())
def test_the_score_is_monotone_in_each_quantity(
    name: str, evidence: Evidence, capacity: Capacity | None, data: st.DataObject
) -> None:
    """More of it is never less need; of what others take, never more."""
    quantities = RISING["usage"] | RISING["radio"] | {"foreign_ratio": ratios}
    value = data.draw(quantities[name])
    before = score(evidence=evidence, present=capacity, best=fit(8))
    need_before = before.need.value
    for other, old in zip(changed(evidence, name, value), held(evidence, name), strict=True):
        after = score(evidence=other, present=capacity, best=fit(8))
        assert after.need.missing == before.need.missing
        if need_before is None or after.need.value is None:
            assert need_before is after.need.value is None
            continue
        is_more = (value >= old) is not (name == "foreign_ratio")
        low, high = (before, after) if is_more or value == old else (after, before)
        assert (low.need.value or 0) <= (high.need.value or 0)
        assert (low.number or 0) <= (high.number or 0)


@given(evidences, capacities, st.floats(1, 10))
def test_who_can_carry_more_needs_no_more(evidence: Evidence, capacity: Capacity, factor: float) -> None:
    larger = Capacity(capacity.radios_bits_per_second * factor, capacity.uplink_bits_per_second)
    small, large = (need_of(evidence, one, DEFAULTS).value for one in (capacity, larger))
    assert (small is None) is (large is None)
    assert (large or 0) <= (small or 0)


@given(gains, gains)
def test_the_score_is_monotone_in_the_benefit(one: float, other: float) -> None:
    low, high = (score(best=fit(gain)).number or 0 for gain in sorted((one, other)))
    assert low <= high


@given(ratios, ratios)
def test_the_score_is_monotone_in_the_weight(one: float, other: float) -> None:
    low, high = (score(visitors_rank=rank) for rank in sorted((one, other)))
    assert (low.number or 0) <= (high.number or 0)
    assert (high.number or 0) < (score(kind=SiteKind.SENIOR, visitors_rank=high.weight.visitors_rank).number or 0)


@given(evidences, st.none() | capacities, st.none() | ratios, st.sampled_from(SiteKind))
def test_whatever_the_evidence_the_formulas_come_to_what_they_say(
    evidence: Evidence, capacity: Capacity | None, visitors: float | None, kind: SiteKind
) -> None:
    of_it = score(evidence=evidence, present=capacity, kind=kind, visitors_rank=visitors, best=fit(5))
    assert right_side(of_it.weight.formula) == of_it.weight.value
    assert (of_it.number is None) is (of_it.formula == "")
    if of_it.number is not None:
        assert 0 <= of_it.number <= 100
        assert right_side(of_it.need.formula) == of_it.need.value
        assert right_side(of_it.formula) == as_shown(of_it.number)


@given(st.lists(st.tuples(evidences, st.none() | capacities), max_size=8), st.randoms())
def test_the_ranking_is_the_same_in_whatever_order_they_come(
    places: list[tuple[Evidence, Capacity | None]], shuffling: Random
) -> None:
    scores = [
        score(f"ap-{number}", evidence, present=capacity, best=fit(8))
        for number, (evidence, capacity) in enumerate(places)
    ]
    shuffled = shuffling.sample(scores, len(scores))
    assert rank(scores) == rank(shuffled)
    assert unjudged(scores) == unjudged(shuffled)
    assert len(rank(scores)) + len(unjudged(scores)) == len(scores)


def test_who_has_the_same_number_stands_by_name() -> None:
    assert [place.access_point for place in rank([score("b"), score("c"), score("a")])] == ["a", "b", "c"]


# Settings and sentences.


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"airtime": {"low": 0.5, "high": 0.5}}, "airtime.high: must be above low; raise it, or lower low"),
        ({"clients_weight": 0}, "clients_weight: "),
        ({"gain_times": {"low": 0.5, "high": 4}}, "gain_times.low: "),
        ({"fewest_hours": 0}, "fewest_hours: "),
        ({"inclusion_kinds": ["casino"]}, "inclusion_kinds[0]: "),
    ],
)
def test_settings_that_make_no_scale_are_mistakes(wrong: dict[str, Any], problem: str) -> None:
    with pytest.raises(SettingsError) as caught:
        check(ScoreSettings, wrong, Path("collector.toml"))
    (mistake,) = caught.value.mistakes
    assert f"{mistake.key}: {mistake.problem}".startswith(problem)


def test_settings_are_written_as_they_are_in_the_file() -> None:
    written = {"retries": {"low": 0.2, "high": 0.4}, "inclusion_kinds": ["library"], "visitors_weight": 0}
    settings = check(ScoreSettings, written, Path("collector.toml"))
    assert settings.retries.at(0.3) == 0.5
    assert weight_of(site(SiteKind.LIBRARY), 0.9, settings).formula == "1.5 × 1 / 1.5 = 1"


def test_every_sentence_is_told_by_something_and_in_both_languages() -> None:
    bare = usage(download_bits_per_second=5e6, clients=20)
    told = [
        *score(kind=SiteKind.CHILDREN, visitors_rank=0.4).reasons,
        *score(evidence=Evidence(), present=None).reasons,
        *score(evidence=bare, present=None).reasons,
        *score(evidence=radios({"busy_ratio": 0.5, "failure_ratio": 0.3}), present=Capacity(1e9, 1e8)).reasons,
        *score(evidence=replace(radios({"retry_ratio": 0.1}), usage=replace(BUSY.usage, starts=99))).reasons,
    ]
    generations = [proven("4"), ProvenGeneration(None, "5", "radio in part"), ProvenGeneration("7", "7", "radio", "5")]
    changes = replace(fit(6), changes=tuple(Change), unknowns=(Unknown.CABLE,), is_confirmed=False)
    told += [
        reason
        for generation in generations
        for best in (changes, None)
        for reason in benefit_of(PRESENT, best, generation, DEFAULTS).reasons
    ]
    told += benefit_of(PRESENT, replace(fit(6), changes=(Change.CABLE,)), proven("4"), DEFAULTS).reasons
    told += benefit_of(Capacity(1e9, None), fit(6), proven("4"), DEFAULTS).reasons
    told += need_of(BUSY, PRESENT, DEFAULTS, is_uplink_mended=True).reasons
    told += need_of(Evidence(UsageEvidence(hours=30, reports=30)), PRESENT, DEFAULTS).reasons
    for mended in (PRESENT, Capacity(1e9, 1e8)):
        told += benefit_of(mended, fit(6), proven("4"), DEFAULTS, is_uplink_mended=True).reasons
    assert all(reason.told(language) for reason in told for language in ("ko", "en"))
    folder = Path(reasons_module.__file__).parent / "wording"
    written = {
        f"{subject}.{code}"
        for subject in ("need", "benefit", "weight")
        for code in tomllib.loads((folder / f"{subject}.toml").read_text(encoding="utf-8"))
    }
    assert {reason.code for reason in told} == written
