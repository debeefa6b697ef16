"""The view models of the pages, without HTTP."""

from datetime import timedelta

from web_city import BARE, CENTRE, FULL, INVENTORY, LIBRARY, NOW, SILENT, YEOUIDO, city_readings, full_report, site

from agent.wire import Device
from collector.fleet import Fleet, UnknownDevice
from collector.readings import Presence, Traffic
from collector.state.devices import SeenDevice
from collector.state.quarantine import Entry
from collector.stores import TrafficPoint
from collector.web.city.summaries import SiteSummary, Totals, look_at, summarise_sites
from collector.web.drawing.charts import Day, Trace
from collector.web.pages.access_point import AccessPointView, build_access_point
from collector.web.pages.findings import MAX_DEVICES, Findings, RefusedMessage, build_findings
from collector.web.pages.overview import MAX_TROUBLES, District, build_overview
from collector.web.pages.site import BusiestRadio, Row, Scales, build_site
from inventory.models import AccessPoint, SiteKind

FLEET = Fleet(city_readings())
NOTHING = Traffic(None, None)


def test_the_overview_sorts_sites_into_parks_districts_and_troubles() -> None:
    yeouido, ttukseom, library, centre = summarise_sites(INVENTORY, FLEET, NOW)
    view = build_overview([yeouido, ttukseom, library, centre])
    assert view.parks == (yeouido, ttukseom)
    assert view.districts == (District("마포구", (library,)), District("중구", (centre,)))
    assert (view.troubles, view.troubles_left_out) == ((yeouido,), 0)
    assert (view.totals.access_points, view.totals.reporting, view.totals.silent) == (6, 4, 1)


def test_facilities_stand_in_order_of_district_and_name() -> None:
    sites = [
        SiteSummary(site(site_id, SiteKind.OTHER, name_ko=name, district=district), Totals())
        for site_id, name, district in (("a", "하", "중구"), ("b", "가", "중구"), ("c", "나", "강남구"))
    ]
    view = build_overview(sites)
    assert [(each.name, [one.site.id for one in each.facilities]) for each in view.districts] == [
        ("강남구", ["c"]),
        ("중구", ["b", "a"]),
    ]


def test_the_oldest_trouble_comes_first_and_the_newest_are_only_counted() -> None:
    sites = [
        SiteSummary(site(f"s{hours}"), Totals(access_points=1, silent=1, silent_since=NOW - timedelta(hours=hours)))
        for hours in range(MAX_TROUBLES + 2)
    ]
    view = build_overview(sites)
    assert [trouble.site.id for trouble in view.troubles] == [f"s{hours}" for hours in range(MAX_TROUBLES + 1, 1, -1)]
    assert view.troubles_left_out == 2


def test_a_site_shows_trouble_first_and_leaves_out_what_was_not_reported() -> None:
    until = NOW.replace(minute=0, second=0)
    day = Day(
        until - timedelta(hours=1),
        until,
        1800,
        (
            TrafficPoint(until - timedelta(hours=1), 2e6, None, 5.0),
            TrafficPoint(until - timedelta(minutes=30), 4e6, None, None),
        ),
    )
    places = [*INVENTORY.access_points_of("yeouido"), AccessPoint(id="yeouido-000", site="yeouido")]
    view = build_site(YEOUIDO, look_at(places, FLEET, NOW), {FULL: day})
    observed_at = NOW - timedelta(seconds=35)
    assert view.scales == Scales(download_bits_per_second=4e6, clients=10)
    assert view.rows == (
        Row(
            place=INVENTORY.access_points[SILENT],
            presence=Presence.SILENT,
            observed_at=NOW - timedelta(hours=3),
            clients=7,
            traffic=NOTHING,
            busiest=None,
            model=None,
            download=None,
            clients_day=None,
        ),
        Row(
            place=INVENTORY.access_points[FULL],
            presence=Presence.REPORTING,
            observed_at=observed_at,
            clients=12,
            traffic=Traffic(12.34e6, 1.5e6),
            busiest=BusiestRadio(0.63, "2.4"),
            model="AX-6",
            download=Trace("M30 14L90 0", "M30 28L30 14L90 0L90 28Z"),
            clients_day=Trace("M30 14h0", ""),
        ),
        Row(
            place=INVENTORY.access_points[BARE],
            presence=Presence.REPORTING,
            observed_at=observed_at,
            clients=None,
            traffic=NOTHING,
            busiest=None,
            model=None,
            download=None,
            clients_day=None,
        ),
        Row(
            place=places[-1],
            presence=Presence.NEVER_SEEN,
            observed_at=None,
            clients=None,
            traffic=NOTHING,
            busiest=None,
            model=None,
            download=None,
            clients_day=None,
        ),
    )


def test_an_access_point_shows_its_newest_reading_and_its_devices() -> None:
    devices = [SeenDevice(FULL, "SN-1", "Acme", "AX-6", None, NOW, NOW)]
    [now] = look_at([INVENTORY.access_points[FULL]], FLEET, NOW)
    reading = FLEET.readings[FULL]
    report = full_report(at := NOW - timedelta(seconds=35))
    timed = tuple(probe.model_copy(update={"observed_at": at}) for probe in report.probes)
    assert build_access_point(now, YEOUIDO, devices) == AccessPointView(
        place=INVENTORY.access_points[FULL],
        site=YEOUIDO,
        presence=Presence.REPORTING,
        reading=reading,
        report=report.model_copy(update={"probes": timed}),
        clients=12,
        traffic=Traffic(12.34e6, 1.5e6),
        devices=tuple(devices),
    )


def test_an_access_point_that_was_never_seen_has_no_numbers() -> None:
    [now] = look_at([INVENTORY.access_points["jung-senior-01"]], FLEET, NOW)
    assert build_access_point(now, CENTRE, []) == AccessPointView(
        place=INVENTORY.access_points["jung-senior-01"],
        site=CENTRE,
        presence=Presence.NEVER_SEEN,
        reading=None,
        report=None,
        clients=None,
        traffic=NOTHING,
        devices=(),
    )


def test_findings_come_newest_first_without_payloads() -> None:
    devices = [
        UnknownDevice(f"k{number}", "gw-1", Device(), NOW, NOW - timedelta(minutes=number))
        for number in range(MAX_DEVICES + 3)
    ]
    entry = Entry(
        id=1,
        reason="not_json",
        detail="byte 3",
        topic="wifi/v1/gw-1/frame",
        agent="gw-1",
        part="message",
        payload=b"secret",
        payload_bytes=6,
        is_cut=False,
        digest="0" * 64,
        count=4,
        first_seen=NOW - timedelta(days=1),
        last_seen=NOW,
        replay_requested_at=None,
        replayed_at=None,
        replay_outcome=None,
    )
    assert build_findings(reversed(devices), [entry]) == Findings(
        devices=tuple(devices[:MAX_DEVICES]),
        devices_left_out=3,
        refusals=(RefusedMessage("not_json", "byte 3", "gw-1", 4, NOW - timedelta(days=1), NOW),),
    )


def test_a_library_is_no_park() -> None:
    view = build_overview([SiteSummary(LIBRARY, Totals(access_points=1, never_seen=1))])
    assert (view.parks, len(view.districts)) == ((), 1)
