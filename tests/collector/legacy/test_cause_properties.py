"""What holds of causes whatever the fleet: order, growth, and that nothing is concluded from nothing."""

import string
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from collector.evidence import Evidence, ProbeEvidence, RadioEvidence, RadioKey, UplinkEvidence, UsageEvidence
from collector.legacy.causes import Cause, CauseThresholds, Finding, Missing, Scope, State, find_causes

KINDS = ("gateway", "dns", "portal", "radius", "throughput")
ratios = st.floats(0, 1)
hours = st.integers(0, 700)


def maybe(strategy: st.SearchStrategy[float]) -> st.SearchStrategy[float | None]:
    return st.none() | strategy


usages = st.builds(
    UsageEvidence,
    hours=hours,
    reports=hours,
    cpu_ratio=maybe(ratios),
    temperature_celsius=maybe(st.floats(-20, 120)),
    starts=st.none() | st.integers(0, 100),
)
radios = st.builds(
    RadioEvidence,
    hours=hours,
    busy_ratio=maybe(ratios),
    foreign_ratio=maybe(ratios),
    clients=maybe(st.floats(0, 200)),
)
uplinks = st.builds(
    UplinkEvidence,
    hours=hours,
    speed_bits_per_second=maybe(st.sampled_from([0.0, 1e7, 1e8, 1e9, 2.5e9])),
    max_speed_bits_per_second=maybe(st.sampled_from([1e8, 1e9, 2.5e9])),
    flow_bits_per_second=maybe(st.floats(0, 3e9)),
    errors_per_second=maybe(st.floats(0, 100)),
)
probes = st.builds(
    lambda good, bad, latency, loss, throughput: ProbeEvidence(good + bad, good, bad, latency, loss, throughput),
    st.integers(0, 1000),
    st.integers(0, 1000),
    maybe(st.floats(0, 2)),
    maybe(ratios),
    maybe(st.floats(0, 2e9)),
)
evidences = st.builds(
    Evidence,
    usage=st.none() | usages,
    radios=st.dictionaries(st.sampled_from([RadioKey("a", "2.4"), RadioKey("b", "5"), RadioKey("c", "6")]), radios),
    uplink=st.none() | uplinks,
    probes=st.dictionaries(st.sampled_from(KINDS), probes),
)
fleets = st.dictionaries(st.sampled_from(string.ascii_lowercase[:8]), evidences, max_size=8)
site_names = st.lists(st.sampled_from(["park", "hall", ""]), min_size=8, max_size=8)
ports = st.dictionaries(st.sampled_from(string.ascii_lowercase[:8]), maybe(st.sampled_from([1e8, 1e9])))


def sites_of(fleet: Mapping[str, Evidence], names: list[str]) -> dict[str, list[str]]:
    """Without a name a place belongs to no site."""
    sites: dict[str, list[str]] = {}
    for place, name in zip(sorted(fleet), names, strict=False):
        if name:
            sites.setdefault(name, []).append(place)
    return sites


@given(fleets, site_names, ports, st.randoms(use_true_random=False))
def test_order_does_not_matter(fleet, names, ports_of, random) -> None:  # type: ignore[no-untyped-def]
    sites = sites_of(fleet, names)
    places, in_other_order = list(fleet), list(sites)
    random.shuffle(places)
    random.shuffle(in_other_order)
    shuffled = {site: random.sample(sites[site], len(sites[site])) for site in in_other_order}
    expected = find_causes(fleet, sites, ports_of)
    found = find_causes({place: fleet[place] for place in places}, shuffled, ports_of)
    assert found == expected
    assert list(found) == sorted(fleet)


@given(fleets, site_names, st.data())
def test_more_foreign_airtime_never_removes_a_crowded_channel(fleet, names, data) -> None:  # type: ignore[no-untyped-def]
    known = [
        (place, key)
        for place, evidence in sorted(fleet.items())
        for key, radio in evidence.radios.items()
        if radio.foreign_ratio is not None
    ]
    if not known:
        return
    place, key = data.draw(st.sampled_from(known))
    before = fleet[place].radios[key]
    more = replace(before, foreign_ratio=data.draw(st.floats(before.foreign_ratio, 1)))
    worse = fleet | {place: replace(fleet[place], radios={**fleet[place].radios, key: more})}
    sites = sites_of(fleet, names)
    is_crowded = Cause.CROWDED_CHANNEL in find_causes(fleet, sites, {})[place].causes
    assert not is_crowded or Cause.CROWDED_CHANNEL in find_causes(worse, sites, {})[place].causes


@given(fleets, site_names, ports)
def test_nothing_is_cleared_or_blamed_without_its_evidence(fleet, names, ports_of) -> None:  # type: ignore[no-untyped-def]
    for finding in find_causes(fleet, sites_of(fleet, names), ports_of).values():
        assert set(finding.judgements) == set(Cause)
        for judgement in finding.judgements.values():
            assert bool(judgement.missing) == (judgement.state is State.INSUFFICIENT)
            assert bool(judgement.reasons) == (judgement.scope is not None) == (judgement.state is State.FOUND)
        if finding.is_device_cleared is False:
            undecided = {cause for cause, each in finding.judgements.items() if each.state is State.INSUFFICIENT}
            assert undecided <= set(CauseThresholds().dispensable)
            assert not finding.causes


@settings(max_examples=30)
@given(fleets, site_names)
def test_a_place_without_evidence_has_no_cause_and_says_what_is_missing(fleet, names) -> None:  # type: ignore[no-untyped-def]
    sites = sites_of(fleet, names)
    members = {site: [*places, "silent"] if site == "park" else places for site, places in sites.items()}
    finding = find_causes(fleet, members | {"alone": ["lonely"]}, {})
    for place in ["lonely", *(["silent"] if "park" in sites else [])]:
        assert finding[place].causes == ()
        assert finding[place].is_device_cleared is None
        told = {Missing.STARTS, Missing.TEMPERATURE, Missing.UPLINK_SPEED, Missing.UPLINK_ERRORS, Missing.AIRTIME}
        assert told | {Missing.GATEWAY, Missing.DNS, Missing.PORTAL, Missing.RADIUS} <= set(finding[place].missing)


def failing(kind: str, *places: str) -> dict[str, Evidence]:
    return {place: Evidence(probes={kind: ProbeEvidence(1000, 500, 500)}) for place in places}


def passing(kind: str, *places: str) -> dict[str, Evidence]:
    return {place: Evidence(probes={kind: ProbeEvidence(1000, 1000, 0)}) for place in places}


def scopes(findings: Mapping[str, Finding], cause: Cause) -> dict[str, Scope | State]:
    return {place: each.judgements[cause].scope or each.judgements[cause].state for place, each in findings.items()}


def test_how_far_a_cause_reaches_is_told() -> None:
    sites = {"park": ["a", "b"], "hall": ["c", "d"], "desk": ["e"]}
    fleet = failing("portal", "a", "b", "c") | passing("portal", "d", "e")
    assert scopes(find_causes(fleet, sites, {}), Cause.PORTAL) == {
        "a": Scope.SITE,
        "b": Scope.SITE,
        "c": State.RULED_OUT,
        "d": State.RULED_OUT,
        "e": State.RULED_OUT,
    }
    everywhere = failing("portal", "a", "b", "c", "d", "e")
    assert set(scopes(find_causes(everywhere, sites, {}), Cause.PORTAL).values()) == {Scope.FLEET}
    of_one = failing("portal", "e") | passing("portal", "a", "b")
    assert scopes(find_causes(of_one, sites, {}), Cause.PORTAL)["e"] is State.INSUFFICIENT


def test_reasons_name_their_figures_in_both_languages() -> None:
    finding = find_causes(failing("dns", "a", "b"), {"park": ["a", "b"]}, {})["a"]
    assert [each.told("en") for each in finding.reasons] == [
        "Of the checks of DNS 50% fail.",
        "Most of the access points that are checked at the site have the same: it is not this device alone.",
    ]
    assert finding.reasons[0].told("ko") == "DNS 점검의 50%가 실패합니다."


def test_a_city_may_ask_for_evidence_on_everything() -> None:
    strict, lax = CauseThresholds(dispensable=()), CauseThresholds(dispensable=tuple(Cause))
    fleet = passing("dns", "a", "b")
    assert find_causes(fleet, {"park": ["a", "b"]}, {}, strict)["a"].is_device_cleared is None
    assert find_causes(fleet, {"park": ["a", "b"]}, {}, lax)["a"].is_device_cleared is False


def test_warm_is_not_above_hot() -> None:
    assert list(CauseThresholds.contradictions({"warm_celsius": 90.0}))
    assert not list(CauseThresholds.contradictions({"warm_celsius": 90.0, "hot_celsius": 95}))
    with pytest.raises(ValidationError):
        CauseThresholds.model_validate({"shared_ratio": 1.5})
