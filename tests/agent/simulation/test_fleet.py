import json
import math
import statistics
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from itertools import combinations, product
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.simulation import AccessPoint, Fault, FaultKind, Generation, Setting, Site
from agent.wire import Report, encode

KST = timezone(timedelta(hours=9))
SATURDAY_EVENING = datetime(2026, 5, 16, 20, 0, tzinfo=KST)
DAY, WEEK = 24, 24 * 7
GENERATIONS: tuple[Generation, ...] = get_args(Generation)
LEGACY, NEW = GENERATIONS[:2], GENERATIONS[2:]
SETTINGS: tuple[Setting, ...] = get_args(Setting)
PERSISTENT_FAULTS = [kind for kind in get_args(FaultKind) if kind not in ("silent", "replaced")]

INSTANTS = st.integers(0, 2**32).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


def site_of(generation: Generation, count: int = 40, name: str = "yeouido", setting: Setting = "riverside") -> Site:
    return Site(name, setting, [AccessPoint(f"ap-{number}", generation) for number in range(count)])


def document(report: Report | None) -> Any:
    """A report as the wire carries it."""
    assert report is not None
    return json.loads(encode(report))


def seen(site: Site, instant: datetime, access_point: str = "ap-1") -> Any:
    return document(site.report_at(access_point, instant, 60.0))


def all_seen(site: Site, instant: datetime) -> Any:
    return [document(report) for report in site.reports_at(instant, 60.0)]


def every(hours: int, start: datetime, count: int) -> Iterator[datetime]:
    return (start + timedelta(hours=hours * number) for number in range(count))


def people(site: Site, instant: datetime) -> int:
    return sum(report.clients or 0 for report in site.reports_at(instant, 60.0))


def mean_people(site: Site, first: datetime, *, every_hours: int = WEEK, count: int = 8) -> float:
    return statistics.mean(people(site, instant) for instant in every(every_hours, first, count))


def assert_holds_together(report: Any) -> None:
    """What must be true of every report, whatever the hour and the fault."""
    radios, uplink = report["radios"], report["uplink"]
    assert report["clients"] == sum(radio["clients"] for radio in radios)
    for radio in radios:
        assert radio["rx_ratio"] + radio["tx_ratio"] <= radio["busy_ratio"] <= 0.95
        on_radio = [ssid for ssid in report["ssids"] if ssid["radio"] == radio["name"]]
        assert [ssid["ssid"] for ssid in on_radio] == ["SEOUL", "SEOUL_Secure"]
        assert sum(ssid["clients"] for ssid in on_radio) == radio["clients"]
    if uplink["is_up"]:
        down, up = (sum(radio[f"{way}_bits_per_second"] for radio in radios) for way in ("tx", "rx"))
        rates = uplink["rx_bits_per_second"], uplink["tx_bits_per_second"]
        assert rates == pytest.approx((down * 1.02 + 4000, up * 1.02 + 4000), abs=5)
        assert (max(rates) if uplink["is_full_duplex"] else sum(rates)) < uplink["speed_bits_per_second"]
    first_octet = int(report["device"]["mac"][:2], 16)
    assert first_octet & 0b11 == 0b10, "locally administered, and no group"
    assert -40 < report["system"]["temperature_celsius"] < 130


@given(INSTANTS, INSTANTS)
def test_a_report_does_not_depend_on_what_was_read_before(instant: datetime, before: datetime) -> None:
    one, other = site_of("wifi6e", 4), site_of("wifi6e", 4)
    other.reports_at(before, 60.0)
    other.report_at("ap-3", before, 600.0)
    reports = one.reports_at(instant, 60.0)
    again = [other.report_at(place, instant, 60.0) for place in ("ap-0", "ap-1", "ap-2", "ap-3")]
    assert [encode(report) for report in reports] == [encode(report) for report in again if report]


def test_an_access_point_is_the_same_whoever_its_siblings_are() -> None:
    alone = Site("yeouido", "riverside", [AccessPoint("ap-3", "wifi6")])
    assert seen(alone, SATURDAY_EVENING, "ap-3") == seen(site_of("wifi6", 4), SATURDAY_EVENING, "ap-3")


def test_seed_site_and_id_each_make_a_different_access_point() -> None:
    places = [AccessPoint("ap-1", "wifi6"), AccessPoint("ap-2", "wifi6")]
    sites = [Site(name, "riverside", places, seed=seed) for name, seed in product(("yeouido", "nanji"), (0, 1))]
    reports = [report for site in sites for report in all_seen(site, SATURDAY_EVENING)]
    for part, key in (
        ("device", "serial"),
        ("device", "mac"),
        ("system", "uptime_seconds"),
        ("uplink", "rx_bits_per_second"),
    ):
        assert len({report[part][key] for report in reports}) == len(reports) == 8


def test_a_given_serial_is_the_device_s() -> None:
    site = Site("yeouido", "riverside", [AccessPoint("ap-1", "wifi4", serial="SIM-0001")])
    device = seen(site, SATURDAY_EVENING)["device"]
    assert (device["vendor"], device["model"], device["serial"]) == ("Simulated", "SIM-AP Wi-Fi 4 (2x2)", "SIM-0001")


@pytest.mark.parametrize(("generation", "setting"), list(product(GENERATIONS, SETTINGS)))
def test_a_week_of_reports_holds_together(generation: Generation, setting: Setting) -> None:
    site = site_of(generation, 3, setting=setting)
    reports = [report for hour in every(1, datetime(2026, 8, 3, tzinfo=UTC), WEEK) for report in all_seen(site, hour)]
    assert len(reports) == 3 * WEEK
    for report in reports:
        assert_holds_together(report)


@settings(max_examples=400)
@given(
    place=st.builds(AccessPoint, st.integers(0, 200).map("ap-{}".format), st.sampled_from(GENERATIONS)),
    setting=st.sampled_from(SETTINGS),
    kinds=st.sets(st.sampled_from(PERSISTENT_FAULTS)),
    instant=INSTANTS,
    interval_seconds=st.floats(0.1, 3600),
)
def test_every_report_validates_and_holds_together(
    place: AccessPoint, setting: Setting, kinds: set[FaultKind], instant: datetime, interval_seconds: float
) -> None:
    broken = AccessPoint(place.id, place.generation, faults=tuple(Fault(kind) for kind in kinds))
    report = Site("yeouido", setting, [broken]).report_at(place.id, instant, interval_seconds)
    assert report is not None
    assert (report.access_point, report.observed_at, report.interval_seconds) == (place.id, instant, interval_seconds)
    assert Report.model_validate_json(encode(report)) == report
    assert_holds_together(document(report))


def test_the_radios_and_the_uplink_are_those_of_the_generation() -> None:
    reports = {generation: seen(site_of(generation, 2), SATURDAY_EVENING) for generation in GENERATIONS}
    assert {
        generation: (
            [(radio["band"], radio["standard"], radio["width_mhz"]) for radio in report["radios"]],
            report["uplink"]["speed_bits_per_second"],
        )
        for generation, report in reports.items()
    } == {
        "wifi4": ([("2.4", "802.11n", 20), ("5", "802.11n", 40)], 1e9),
        "wifi5": ([("2.4", "802.11n", 20), ("5", "802.11ac", 40)], 1e9),
        "wifi6": ([("2.4", "802.11ax", 20), ("5", "802.11ax", 80)], 2.5e9),
        "wifi6e": ([("2.4", "802.11ax", 20), ("5", "802.11ax", 80), ("6", "802.11ax", 160)], 10e9),
    }


def test_channels_spread_over_a_plan_and_stay() -> None:
    now, later = (all_seen(site_of("wifi6e"), SATURDAY_EVENING + timedelta(days=days)) for days in (0, 100))
    channels = [[radio["channel"] for radio in report["radios"]] for report in now]
    assert channels == [[radio["channel"] for radio in report["radios"]] for report in later]
    low, middle, high = (set(band) for band in zip(*channels, strict=True))
    assert (low, middle, high) == ({1, 6, 11}, {36, 52, 100, 149}, {5, 37, 69})


def test_the_river_is_full_on_a_weekend_evening_and_empty_before_dawn_on_tuesday() -> None:
    site = site_of("wifi6")
    evening = mean_people(site, SATURDAY_EVENING)
    assert evening > 8 * mean_people(site, datetime(2026, 5, 19, 5, tzinfo=KST))
    assert evening > 1.2 * mean_people(site, datetime(2026, 5, 19, 20, tzinfo=KST))


def test_winter_empties_the_river() -> None:
    site = site_of("wifi6")
    june = mean_people(site, datetime(2026, 6, 1, 20, tzinfo=KST), every_hours=DAY, count=28)
    january = mean_people(site, datetime(2026, 1, 1, 20, tzinfo=KST), every_hours=DAY, count=28)
    assert june > 2 * january


def test_a_warm_saturday_night_goes_on_after_midnight() -> None:
    site = site_of("wifi6")

    def share_after_midnight(evening: datetime) -> float:
        return mean_people(site, evening + timedelta(hours=5)) / mean_people(site, evening)

    june, january = datetime(2026, 6, 6, 20, tzinfo=KST), datetime(2026, 1, 3, 20, tzinfo=KST)
    assert share_after_midnight(june) > 1.5 * share_after_midnight(january)


def test_facilities_keep_their_hours_and_libraries_stay_open() -> None:
    wednesday, sunday = datetime(2026, 5, 13, tzinfo=KST), datetime(2026, 5, 17, tzinfo=KST)
    others = [wednesday + timedelta(hours=20), sunday + timedelta(hours=14)]

    office = site_of("wifi6", name="mapo-senior-01", setting="indoor")
    by_day = mean_people(office, wednesday + timedelta(hours=14))
    for closed in [wednesday + timedelta(hours=3), *others]:
        assert mean_people(office, closed) < by_day / 20

    library = site_of("wifi6", name="mapo-library-01", setting="indoor")
    by_day = mean_people(library, wednesday + timedelta(hours=14))
    assert mean_people(library, wednesday + timedelta(hours=3)) < by_day / 20
    for still_open in others:
        assert mean_people(library, still_open) > by_day / 3


def test_access_points_of_a_site_move_together_more_than_those_of_two_sites() -> None:
    """Beyond what the hour of the week explains, which all sites by the river share."""
    instants = list(every(6, datetime(2026, 5, 4, 12, tzinfo=KST), 28 * 8))

    def surprises(name: str) -> list[list[float]]:
        site = site_of("wifi6", 8, name)
        readings = [[math.log1p(report.clients or 0) for report in site.reports_at(at, 3600.0)] for at in instants]
        return [_without_the_week(series) for series in zip(*readings, strict=True)]

    sites = [surprises(name) for name in ("yeouido", "nanji", "ttukseom")]
    within = [statistics.correlation(one, other) for site in sites for one, other in combinations(site, 2)]
    between = [
        statistics.correlation(one, other)
        for here, there in combinations(sites, 2)
        for one, other in product(here, there)
    ]
    assert statistics.mean(within) > statistics.mean(between) + 0.1
    assert statistics.mean(between) > 0.05, "they have the weather in common"


def _without_the_week(series: tuple[float, ...]) -> list[float]:
    slots = WEEK // 6
    usual = [statistics.mean(series[slot::slots]) for slot in range(slots)]
    return [value - usual[position % slots] for position, value in enumerate(series)]


def test_some_access_points_are_far_more_popular_than_most() -> None:
    site = site_of("wifi6", 200)
    counts: dict[str, int] = {}
    for instant in every(6, datetime(2026, 5, 11, tzinfo=KST), 28):
        for report in all_seen(site, instant):
            counts[report["access_point"]] = counts.get(report["access_point"], 0) + report["clients"]
    busiest_first = sorted(counts.values(), reverse=True)
    assert sum(busiest_first[:20]) > sum(busiest_first) / 4
    assert busiest_first[20] > 5 * busiest_first[-20]


def test_legacy_radios_saturate_at_peaks_and_new_ones_do_not_under_the_same_demand() -> None:
    sites = {generation: site_of(generation, 60) for generation in GENERATIONS}
    peak = max(every(1, datetime(2026, 5, 11, tzinfo=KST), WEEK), key=lambda at: people(sites["wifi6"], at))
    reports = {generation: all_seen(site, peak) for generation, site in sites.items()}
    crowded = [position for position, report in enumerate(reports["wifi6"]) if report["clients"] > 100]
    assert len(crowded) >= 3

    def mean(generation: Generation, band: str, key: str) -> float:
        radios = [radio for position in crowded for radio in reports[generation][position]["radios"]]
        return statistics.fmean(radio[key] for radio in radios if radio["band"] == band)

    def mean_download(generation: Generation) -> float:
        return statistics.fmean(reports[generation][position]["uplink"]["rx_bits_per_second"] for position in crowded)

    for legacy in LEGACY:
        assert mean(legacy, "2.4", "busy_ratio") > 0.88
        assert mean(legacy, "2.4", "retry_ratio") > 0.18
        assert mean_download(legacy) < 0.8 * mean_download("wifi6")
    assert mean("wifi4", "5", "busy_ratio") > 0.85
    for new, band in product(NEW, ("2.4", "5")):
        assert mean(new, band, "busy_ratio") < 0.8
        assert mean(new, band, "retry_ratio") < 0.12
    before_dawn = all_seen(sites["wifi4"], peak.replace(hour=5))
    assert statistics.fmean(radio["busy_ratio"] for report in before_dawn for radio in report["radios"]) < 0.2


def test_temperature_follows_the_season_and_the_hour() -> None:
    def mean_celsius(month: int, hour: int) -> float:
        days = every(DAY, datetime(2026, month, 1, hour, tzinfo=KST), 28)
        return statistics.fmean(seen(site_of("wifi6", 2), day)["system"]["temperature_celsius"] for day in days)

    assert mean_celsius(1, 15) + 15 < mean_celsius(7, 15)
    assert mean_celsius(7, 4) + 4 < mean_celsius(7, 15)


def test_a_device_counts_its_uptime_on_from_one_report_to_the_next() -> None:
    first, second = (seen(site_of("wifi6"), SATURDAY_EVENING + timedelta(minutes=minutes)) for minutes in (0, 10))
    assert second["system"]["uptime_seconds"] == first["system"]["uptime_seconds"] + 600


def test_bursts_even_out_over_long_intervals() -> None:
    site = site_of("wifi6", 1)

    def spread(interval_seconds: float) -> float:
        """Of the demand of one client, between neighbouring instants with the same middle of their intervals."""
        middles = [SATURDAY_EVENING + timedelta(minutes=5 * number) for number in range(60)]
        reports = [
            document(site.report_at("ap-0", middle + timedelta(seconds=interval_seconds / 2), interval_seconds))
            for middle in middles
        ]
        return statistics.stdev(
            math.log(report["uplink"]["rx_bits_per_second"] / report["clients"]) for report in reports
        )

    assert spread(3600.0) < spread(10.0) / 2
