"""Causes beside the device, told apart from a week of reports that went through the store."""

from collections.abc import Mapping
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from cause_places import BEGINNING, WEEK_HOURS, Place, reports_of
from cause_scenarios import SCENARIOS, Case, Fleet
from writing import write

from collector.evidence import Evidence
from collector.legacy.causes import Cause, Finding, Missing, find_causes
from collector.legacy.reasons import reason
from collector.stores import FrameKey, StoredFrame, StoredReport
from collector.stores.duckdb import DuckDBStore, open_store


def cases_of(fleet: Fleet) -> dict[str, Case]:
    """By access point."""
    return {f"{site}-{number}": case for site, cases in fleet.items() for number, case in enumerate(cases)}


def sites_of(fleet: Fleet) -> dict[str, list[str]]:
    return {site: [f"{site}-{number}" for number, _ in enumerate(cases)] for site, cases in fleet.items()}


async def stored_evidence(store: DuckDBStore, places: Mapping[str, Place]) -> dict[str, Evidence]:
    """What the store tells of a week of these places."""
    sequence = count(1)
    frames = []
    for access_point, place in places.items():
        reports = tuple(StoredReport(access_point, each.observed_at, False, each) for each in reports_of(place))
        frames.append(StoredFrame(FrameKey("gw", "00c0ffee", next(sequence)), BEGINNING, reports, ()))
    assert list(await write(store, frames)) == []
    return store.evidence(list(places), BEGINNING, BEGINNING + timedelta(hours=WEEK_HOURS))


async def findings_of(folder: Path, fleet: Fleet) -> dict[str, Finding]:
    cases = cases_of(fleet)
    store = open_store(folder / "points.duckdb")
    try:
        evidence = await stored_evidence(store, {access_point: case.place for access_point, case in cases.items()})
    finally:
        await store.close()
    ports = {access_point: case.place.port_bits_per_second for access_point, case in cases.items()}
    return find_causes(evidence, sites_of(fleet), ports)


@pytest.mark.parametrize("name", SCENARIOS)
async def test_causes_are_told_apart(name: str, tmp_path: Path) -> None:
    cases = cases_of(SCENARIOS[name])
    findings = await findings_of(tmp_path, SCENARIOS[name])
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
