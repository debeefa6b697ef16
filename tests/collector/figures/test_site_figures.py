"""What windows of access points come to for their sites."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from access_point_windows import AccessPointWindow, BandSums, CheckSums
from hypothesis import given
from hypothesis import strategies as st

from collector.figures.figure import Figure
from collector.figures.measurements import SITE, SITE_BAND, SITE_CHECK, SITE_HOUR
from collector.figures.site_tally import SiteTally
from collector.figures.sites import site_figures
from collector.figures.windows import WINDOW
from inventory import AccessPoint, Inventory, Site, SiteKind

AT = datetime(2026, 5, 3, 15, 5, tzinfo=UTC)
PARK, LIBRARY = {"site": "yeouido", "kind": "park"}, {"site": "mapo", "kind": "library"}
INVENTORY = Inventory(
    sites=(
        Site(id="yeouido", kind=SiteKind.PARK, name_ko="여의도", district="영등포구"),
        Site(id="mapo", kind=SiteKind.LIBRARY, name_ko="마포", district="마포구"),
        Site(id="empty", kind=SiteKind.OTHER, name_ko="빈", district="중구"),
    ),
    access_points=(
        *(AccessPoint(id=f"y-{number}", site="yeouido") for number in range(3)),
        AccessPoint(id="m-1", site="mapo"),
    ),
)


HOUR = PARK | {"weekday": "1", "hour": "00"}


def test_the_clients_of_a_site_are_kept_by_hour_of_the_week_also_where_nobody_checks() -> None:
    told = figures([window("y-0", reported_seconds=300.0, clients=8.0)])
    assert [each for each in told if each.measurement is SITE_HOUR] == [Figure(SITE_HOUR, HOUR, AT, {"clients": 8.0})]


def figures(
    windows: Iterable[AccessPointWindow], *, seen: Iterable[str] = (), begins: Sequence[datetime] = (AT,)
) -> list[Figure]:
    """Those of sites alone."""
    return [each for each in all_figures(windows, seen=seen, begins=begins) if "site" in each.tags]


def all_figures(
    windows: Iterable[AccessPointWindow], *, seen: Iterable[str] = (), begins: Sequence[datetime] = (AT,)
) -> list[Figure]:
    tally = SiteTally(INVENTORY)
    for window in windows:
        window.tell(tally)
    return list(site_figures(tally, begins, ever_seen=set(seen)))


def of_site(windows: Iterable[AccessPointWindow], seen: Iterable[str] = ()) -> dict[str, float | None]:
    (found,) = [each for each in figures(windows, seen=seen) if (each.measurement, each.tags) == (SITE, PARK)]
    return dict(found.values)


def window(access_point: str, **parts: Any) -> AccessPointWindow:
    return AccessPointWindow(access_point, AT, **parts)


def test_a_silent_site_is_told_as_silent_and_its_clients_are_not_known() -> None:
    silent = {"access_points": 3.0, "expected_seconds": 600.0, "reported_seconds": 0.0}
    unknown = dict.fromkeys(("clients", "download_bits_per_second", "upload_bits_per_second"))
    assert figures([], seen=["y-0", "y-2", "elsewhere"]) == [
        Figure(SITE, PARK, AT, {**silent, **unknown}),
        Figure(SITE, LIBRARY, AT, {"access_points": 1.0, **unknown}),
    ]


def test_every_window_asked_for_is_told_with_its_own() -> None:
    late = AT + WINDOW
    told = figures([window("y-0", reported_seconds=60.0, clients=5.0)], seen=["y-0"], begins=[AT, late])
    seconds = [(each.at, each.values["reported_seconds"]) for each in told if each.tags == PARK]
    assert seconds == [(AT, 60.0), (late, 0.0)]


def test_clients_and_traffic_are_weighted_by_the_part_that_was_heard() -> None:
    windows = [
        window("y-0", reported_seconds=300.0, clients=8.0, download_bits_per_second=1e6),
        window("y-1", reported_seconds=60.0, clients=10.0, download_bits_per_second=5e6, upload_bits_per_second=1e6),
        window("y-2", reported_seconds=600.0, clients=1.0),
        window("m-1", reported_seconds=300.0, clients=99.0),
        window("gone", reported_seconds=300.0, clients=99.0),
    ]
    assert of_site(windows) == {
        "access_points": 3.0,
        "expected_seconds": 900.0,
        "reported_seconds": 660.0,
        "clients": 11.0,
        "download_bits_per_second": 2e6,
        "upload_bits_per_second": 2e5,
    }


def test_radios_and_checks_of_a_site_are_added_up_without_what_nobody_told() -> None:
    windows = [
        window("y-0", bands={"5": BandSums(1.5, 3, 0.5, 2), "2.4": BandSums(0.5, 1)}),
        window("y-1", bands={"5": BandSums(0.5, 1)}, checks={"dns": CheckSums(3, 1, 0.25, 2)}),
        window(
            "y-2",
            checks={
                "dns": CheckSums(1, 1),
                "throughput": CheckSums(2, throughput_bits_per_second_sum=1e8, throughput_bits_per_second_count=1),
            },
        ),
    ]
    told = [each for each in figures(windows) if each.measurement is not SITE]
    assert told == [
        Figure(SITE_BAND, PARK | {"band": "2.4"}, AT, {"busy_ratio_sum": 0.5, "busy_ratio_count": 1}),
        Figure(
            SITE_BAND,
            PARK | {"band": "5"},
            AT,
            {"busy_ratio_sum": 2.0, "busy_ratio_count": 4, "retry_ratio_sum": 0.5, "retry_ratio_count": 2},
        ),
        Figure(
            SITE_CHECK,
            PARK | {"check": "dns"},
            AT,
            {"checks": 4, "failed_checks": 2, "latency_seconds_sum": 0.25, "latency_seconds_count": 2},
        ),
        Figure(
            SITE_CHECK,
            PARK | {"check": "throughput"},
            AT,
            {
                "checks": 2,
                "failed_checks": 0,
                "throughput_bits_per_second_sum": 1e8,
                "throughput_bits_per_second_count": 1,
            },
        ),
        # five past three on a Sunday afternoon in London is five past midnight on Monday in Seoul
        Figure(SITE_HOUR, HOUR, AT, {"clients": None, "checks": 6, "failed_checks": 2}),
    ]
    for each in told:
        assert set(each.tags) == set(each.measurement.tags)
        assert set(each.values) <= set(each.measurement.fields)


INTERVAL_SECONDS = 60.0
_report = st.tuples(
    st.sampled_from(["y-0", "y-1", "y-2"]),
    st.integers(0, 4),
    st.integers(0, 500),
    st.lists(st.tuples(st.sampled_from(["2.4", "5"]), st.integers(0, 8)), max_size=3),
    st.lists(st.tuples(st.sampled_from(["dns", "portal"]), st.booleans(), st.integers(0, 8)), max_size=3),
)
_reports = st.dictionaries(_report.map(lambda report: report[:2]), _report.map(lambda report: report[2:]))


def windows_made_of(reports: dict[Any, Any]) -> list[AccessPointWindow]:
    """As the readers make them of reports of one minute, each in its place in the window. Eighths, which add up exactly
    in whatever order."""
    found = []
    for place in {place for place, _ in reports}:
        theirs = [report for (name, _), report in reports.items() if name == place]
        bands: dict[str, BandSums] = {}
        checks: dict[str, CheckSums] = {}
        for _, radios, probes in theirs:
            for band, eighths in radios:
                known = bands.get(band, BandSums())
                bands[band] = BandSums(known.busy_ratio_sum + eighths / 8, known.busy_ratio_count + 1)
            for kind, is_ok, eighths in probes:
                was = checks.get(kind, CheckSums())
                bad = was.failed_checks + (not is_ok)
                latency = was.latency_seconds_sum + eighths / 8
                checks[kind] = CheckSums(was.checks + 1, bad, latency, was.latency_seconds_count + 1)
        mean = sum(clients for clients, *_ in theirs) / len(theirs)
        found.append(
            window(
                place,
                reported_seconds=INTERVAL_SECONDS * len(theirs),
                clients=mean,
                download_bits_per_second=mean * 1e6,
                bands=bands,
                checks=checks,
            )
        )
    return found


@given(reports=_reports, data=st.data())
def test_what_comes_late_only_makes_figures_larger(reports: dict[Any, Any], data: st.DataObject) -> None:
    part = {key: report for key, report in reports.items() if data.draw(st.booleans())}
    early, all_of_it = (
        {
            (each.measurement.name, *sorted(each.tags.items())): each.values
            for each in all_figures(windows_made_of(told))
        }
        for told in (part, reports)
    )
    assert early.keys() <= all_of_it.keys()
    for key, values in early.items():
        for name, value in values.items():
            later = all_of_it[key][name]
            assert value is None or (later is not None and value <= later * (1 + 1e-12)), (key, name)


def test_the_hour_of_a_window_is_that_of_its_beginning_in_korea() -> None:
    begins = [AT + hours * timedelta(hours=1) for hours in (0, 23, 24)]
    windows = [AccessPointWindow("m-1", at, checks={"dns": CheckSums(1)}) for at in begins]
    told = [each.tags for each in figures(windows, begins=begins) if each.measurement is SITE_HOUR]
    assert [(tags["weekday"], tags["hour"]) for tags in told] == [("1", "00"), ("1", "23"), ("2", "00")]
