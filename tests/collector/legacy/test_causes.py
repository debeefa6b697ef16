"""Causes beside the device, told apart from a week of reports that went through the store."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from cause_places import BEGINNING, WEEK_HOURS, Place
from cause_scenarios import SCENARIOS, Case, Fleet
from writing import write

from collector.evidence import Evidence
from collector.legacy.causes import Cause, Missing, find_causes
from collector.legacy.reasons import reason
from collector.stores import FrameKey, StoredFrame, StoredReport
from collector.stores.duckdb import DuckDBStore, open_store


def cases_of(fleet: Fleet) -> dict[str, Case]:
    """By access point."""
    return {f"{site}-{number}": case for site, cases in fleet.items() for number, case in enumerate(cases)}


def sites_of(fleet: Fleet) -> dict[str, list[str]]:
    return {site: [f"{site}-{number}" for number, _ in enumerate(cases)] for site, cases in fleet.items()}


def told_by(place: Place) -> Place:
    """The place but for what it does not tell itself. What is alike here has the same evidence."""
    return replace(place, port_bits_per_second=None)


async def stored_evidence(store: DuckDBStore, places: Mapping[str, Place]) -> dict[str, Evidence]:
    """What the store tells of a week of these places."""
    sequence = count(1)
    frames = []
    for access_point, place in places.items():
        reports = tuple(StoredReport(access_point, each.observed_at, False, each) for each in place.reports())
        frames.append(StoredFrame(FrameKey("gw", "00c0ffee", next(sequence)), BEGINNING, reports, ()))
    assert list(await write(store, frames)) == []
    return store.evidence(list(places), BEGINNING, BEGINNING + timedelta(hours=WEEK_HOURS))


async def evidence_of_all(folder: Path) -> dict[Place, Evidence]:
    """Of each place of all scenarios, by what it tells. Those that tell the same go through the store once."""
    places = [case.place for fleet in SCENARIOS.values() for case in cases_of(fleet).values()]
    by_name = {f"ap-{number:03}": place for number, place in enumerate(dict.fromkeys(map(told_by, places)))}
    store = open_store(folder / "points.duckdb")
    try:
        evidence = await stored_evidence(store, by_name)
    finally:
        await store.close()
    return {place: evidence[name] for name, place in by_name.items()}


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> dict[Place, Evidence]:
    return asyncio.run(evidence_of_all(tmp_path_factory.mktemp("causes")))


@pytest.mark.parametrize("name", SCENARIOS)
def test_causes_are_told_apart(name: str, evidence: Mapping[Place, Evidence]) -> None:
    cases = cases_of(SCENARIOS[name])
    of_places = {place: evidence[told_by(case.place)] for place, case in cases.items()}
    ports = {place: case.place.port_bits_per_second for place, case in cases.items()}
    findings = find_causes(of_places, sites_of(SCENARIOS[name]), ports)
    told = {place: (finding.causes, finding.is_device_cleared) for place, finding in findings.items()}
    assert told == {place: (tuple(case.causes), case.is_device_cleared) for place, case in cases.items()}
    for place, case in cases.items():
        assert case.missing <= set(findings[place].missing)
        for each in (*findings[place].reasons, *findings[place].missing_reasons):
            assert each.told("ko") != each.told("en")


def test_every_cause_has_its_scenario() -> None:
    named = {cause for fleet in SCENARIOS.values() for case in cases_of(fleet).values() for cause in case.causes}
    assert named == set(Cause)


@pytest.mark.parametrize("lacking", Missing)
def test_what_is_missing_can_be_told(lacking: Missing) -> None:
    told = reason(f"cause.missing_{lacking}")
    assert told.told("ko") != told.told("en")
