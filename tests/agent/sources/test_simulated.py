import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from agent.settings import SettingsError, check
from agent.simulation import AccessPoint, Fault, Site
from agent.sources.simulated import Settings, open_source, site_of
from agent.wire import encode

REPOSITORY = Path(__file__).resolve().parents[3]
SATURDAY_EVENING = datetime(2026, 5, 16, 20, 0, tzinfo=timezone(timedelta(hours=9)))


class StandingClock:
    epoch = "test"

    def __init__(self, instant: datetime) -> None:
        self._instant = instant

    def wall(self) -> datetime:
        return self._instant

    def monotonic(self) -> float:
        return 0.0


def settings(**changes: Any) -> Settings:
    table = {
        "kind": "simulated",
        "site": "yeouido",
        "setting": "riverside",
        "access_points": [{"id": f"ap-{number}", "generation": "wifi6"} for number in range(4)],
    }
    return check(Settings, {**table, **changes}, Path("agent.toml"), below="sources[0]")


def mistakes(**changes: Any) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        settings(**changes)
    return [f"{mistake.key}: {mistake.problem}" for mistake in caught.value.mistakes]


async def test_the_source_reads_its_site_now_and_leaves_out_the_silent() -> None:
    chosen = settings(interval_seconds=30, faults=[{"access_point": "ap-2", "kind": "silent"}])
    source = open_source(chosen, StandingClock(SATURDAY_EVENING.astimezone(UTC)))
    reports = await source.read()
    await source.close()
    assert [report.access_point for report in reports] == ["ap-0", "ap-1", "ap-3"]
    assert {(report.observed_at, report.interval_seconds) for report in reports} == {(SATURDAY_EVENING, 30.0)}
    assert reports == site_of(chosen).reports_at(SATURDAY_EVENING, 30.0)


async def test_history_is_told_newest_first_a_few_steps_a_reading_and_each_once() -> None:
    clock = StandingClock(SATURDAY_EVENING.astimezone(UTC) + timedelta(minutes=4))
    chosen = settings(access_points=[{"id": "ap-0", "generation": "wifi5"}], history_seconds=2 * 3600)
    source = open_source(chosen, clock)
    readings = [[report.observed_at - SATURDAY_EVENING for report in await source.read()] for _ in range(4)]
    minutes = [[instant / timedelta(minutes=1) for instant in reading] for reading in readings]
    assert minutes == [[4, 0, -10, -20, -30, -40, -50], [4, -60, -70, -80, -90, -100, -110], [4], [4]]
    site = site_of(chosen)
    assert (await open_source(chosen, clock).read())[1] == site.report_at("ap-0", SATURDAY_EVENING, 600)


def test_settings_describe_the_site_with_seed_serials_and_faults() -> None:
    begins_at = SATURDAY_EVENING - timedelta(hours=1)
    chosen = settings(
        seed=7,
        setting="indoor",
        access_points=[
            {"id": "ap-1", "generation": "wifi4", "serial": "SIM-0001"},
            {"id": "ap-2", "generation": "wifi5"},
        ],
        faults=[{"access_point": "ap-2", "kind": "hot", "begins_at": begins_at, "ends_at": "2026-05-17T00:00:00Z"}],
    )
    hot = Fault("hot", begins_at, datetime(2026, 5, 17, tzinfo=UTC))
    places = [AccessPoint("ap-1", "wifi4", "SIM-0001"), AccessPoint("ap-2", "wifi5", faults=(hot,))]
    expected = Site("yeouido", "indoor", places, seed=7)
    for instant in (SATURDAY_EVENING, SATURDAY_EVENING + timedelta(days=1)):
        assert site_of(chosen).reports_at(instant, 60.0) == expected.reports_at(instant, 60.0)


def test_another_process_says_the_same_bytes() -> None:
    code = """
from datetime import datetime
from agent.simulation import AccessPoint, Site
from agent.wire import encode
site = Site("yeouido", "riverside", [AccessPoint("ap-1", "wifi6")])
print(encode(site.report_at("ap-1", datetime.fromisoformat("2026-05-16T20:00:00+09:00"), 60.0)).decode())
"""
    answer = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, check=True)
    report = site_of(settings()).report_at("ap-1", SATURDAY_EVENING, 60.0)
    assert report is not None
    assert answer.stdout.strip() == encode(report)


def test_all_mistakes_in_the_names_are_told_at_once_with_their_keys() -> None:
    places = [
        {"id": "ap-1", "generation": "wifi4", "serial": "SIM-1"},
        {"id": "ap-1", "generation": "wifi6", "serial": "SIM-1"},
    ]
    assert mistakes(access_points=places, faults=[{"access_point": "ap-9", "kind": "hot"}]) == [
        "sources[0].access_points[1].id: ap-1 is that of access_points[0], too; each needs its own",
        "sources[0].access_points[1].serial: SIM-1 is that of access_points[0], too; each needs its own",
        "sources[0].faults[0].access_point: ap-9 is none of this source's access_points",
    ]


def test_times_of_faults_must_make_sense() -> None:
    early, late = "2026-05-01T00:00:00Z", "2026-05-02T00:00:00Z"
    faults = [
        {"access_point": "ap-1", "kind": "hot", "begins_at": late, "ends_at": early},
        {"access_point": "ap-1", "kind": "hot", "begins_at": early, "ends_at": early},
        {"access_point": "ap-1", "kind": "hot", "begins_at": "2026-05-01T00:00:00"},
        {"access_point": "ap-1", "kind": "replaced", "ends_at": late},
    ]
    assert mistakes(faults=faults) == [
        "sources[0].faults[0].ends_at: not after begins_at; swap or correct them",
        "sources[0].faults[1].ends_at: not after begins_at; swap or correct them",
        "sources[0].faults[2].begins_at: Input should have timezone info",
        "sources[0].faults[3].begins_at: a replacement needs the time at which it happens; add it",
        "sources[0].faults[3].ends_at: a replacement does not end; remove it",
    ]


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"setting": "beach"}, "sources[0].setting"),
        ({"site": ""}, "sources[0].site"),
        ({"access_points": []}, "sources[0].access_points"),
        ({"access_points": [{"id": "AP 1", "generation": "wifi4"}]}, "sources[0].access_points[0].id"),
        ({"access_points": [{"id": "ap-1", "generation": "wifi7"}]}, "sources[0].access_points[0].generation"),
        ({"faults": [{"access_point": "ap-1", "kind": "stolen"}]}, "sources[0].faults[0].kind"),
        ({"sead": 1}, "sources[0].sead"),
    ],
)
def test_a_bad_value_is_refused_by_its_key(changes: dict[str, Any], key: str) -> None:
    assert [mistake.split(": ")[0] for mistake in mistakes(**changes)] == [key]
