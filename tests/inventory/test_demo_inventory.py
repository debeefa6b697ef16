"""The demo's seed data: its numbers are the programme's, its files are an inventory, its agents agree with it."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from agent.simulation.device import box_for
from agent.simulation.hardware import HARDWARE
from agent.sources.simulated import Settings
from inventory import SiteKind, load_inventory
from inventory.demo import (
    _FAULTS,
    GATEWAY,
    REPLACED,
    REPLACEMENT,
    THIS_MACHINE,
    demo_fleet,
    simulated_sources,
    write_demo_inventory,
)
from inventory.districts import DISTRICTS
from inventory.geometry import contains, site_at
from inventory.reading import load_parks
from inventory.wiring import CABLE_BITS_PER_SECOND

STARTED_AT = datetime(2026, 5, 1, 9, tzinfo=UTC)
FLEET = demo_fleet()
PARKS = [member for member in FLEET if member.site.kind is SiteKind.PARK]
FACILITIES = [member for member in FLEET if member.site.kind is not SiteKind.PARK]


def test_the_parks_have_the_programmes_490_access_points() -> None:
    assert {member.site.id: len(member.access_points) for member in PARKS} == {
        "gwangnaru": 23,
        "jamsil": 23,
        "ttukseom": 105,
        "jamwon": 23,
        "banpo": 23,
        "ichon": 23,
        "yeouido": 114,
        "yanghwa": 22,
        "mangwon": 22,
        "nanji": 90,
        "gangseo": 22,
    }
    assert tuple(member.site for member in PARKS) == load_parks()


def test_seventy_facilities_of_five_kinds_have_210_access_points_in_all_districts() -> None:
    assert Counter(member.site.kind for member in FACILITIES) == dict.fromkeys(
        (SiteKind.LIBRARY, SiteKind.WELFARE, SiteKind.SENIOR, SiteKind.DISABILITY, SiteKind.CHILDREN), 14
    )
    assert sum(len(member.access_points) for member in FACILITIES) == 210
    assert {member.site.district for member in FACILITIES} == {district.name_ko for district in DISTRICTS}
    assert len(DISTRICTS) == 25


def test_facilities_say_that_they_are_simulated_and_stand_in_no_park() -> None:
    for member in FACILITIES:
        assert member.site.name_ko.endswith("(모의)")
        assert member.site.name_en.endswith("(simulated)")
        assert member.site.latitude is not None
        assert member.site.longitude is not None
        assert site_at(load_parks(), member.site.latitude, member.site.longitude) is None


def test_access_points_of_a_park_hang_in_it_each_at_a_point_of_its_own() -> None:
    for member in PARKS:
        points = {
            (point.place.latitude, point.place.longitude)
            for point in member.access_points
            if point.place.latitude is not None
            and point.place.longitude is not None
            and contains(member.site.outline, point.place.latitude, point.place.longitude)
        }
        assert len(points) == len(member.access_points)


def test_parks_are_mostly_new_and_facilities_mostly_old() -> None:
    park = Counter(point.generation for member in PARKS for point in member.access_points)
    facility = Counter(point.generation for member in FACILITIES for point in member.access_points)
    assert park["wifi6"] + park["wifi6e"] > 0.7 * park.total()
    assert min(park["wifi4"], park["wifi5"]) > 0
    assert facility["wifi4"] + facility["wifi5"] > 0.7 * facility.total()


def test_wiring_is_known_of_some_places_and_is_no_slower_than_what_their_devices_have_negotiated() -> None:
    slow = {access_point for access_point, kind, _ in _FAULTS if kind == "uplink_100m"}
    wired = [point for member in FLEET for point in member.access_points if point.place.port_bits_per_second]
    assert 0 < len(wired) < 350
    for point in wired:
        speed = 1e8 if point.place.id in slow else HARDWARE[point.generation].uplink_bits_per_second
        assert point.place.cable is not None
        assert min(point.place.port_bits_per_second or 0, CABLE_BITS_PER_SECOND[point.place.cable]) >= speed
    assert {point.place.id for point in wired if point.place.id in slow} == {"yeouido-017", "gangnam-senior-01"}


def test_the_fleet_is_always_the_same() -> None:
    assert demo_fleet() == FLEET


def test_the_files_are_an_inventory_of_the_fleet_and_this_machine(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "inventory"
    write_demo_inventory(folder)
    write_demo_inventory(folder)

    inventory = load_inventory(folder)

    points = [point for member in FLEET for point in member.access_points]
    assert set(inventory.sites) == {*(member.site.id for member in FLEET), THIS_MACHINE}
    assert [inventory.sites[member.site.id] for member in FLEET] == [member.site for member in FLEET]
    assert [inventory.access_points[point.place.id] for point in points] == [point.place for point in points]
    assert len(inventory.access_points) == len(points) + 1
    assert {device.serial: device.access_point for device in inventory.devices} == {
        point.serial: point.place.id for point in points
    }
    assert all(inventory.may_speak_for(GATEWAY, point.place.id) for point in points)
    assert not inventory.may_speak_for(GATEWAY, THIS_MACHINE)
    assert inventory.may_speak_for(THIS_MACHINE, THIS_MACHINE)
    assert not inventory.may_speak_for(THIS_MACHINE, "yeouido-001")


def test_the_gateway_simulates_the_devices_of_the_inventory() -> None:
    sources = [Settings.model_validate(table) for table in simulated_sources(interval_seconds=10.0)]

    assert [source.site for source in sources] == [member.site.id for member in FLEET]
    assert {(source.setting, source.interval_seconds) for source in sources[:11]} == {("riverside", 10.0)}
    assert {(source.setting, source.interval_seconds) for source in sources[11:]} == {("indoor", 10.0)}
    assert [(point.id, point.generation, point.serial) for source in sources for point in source.access_points] == [
        (point.place.id, point.generation, point.serial) for member in FLEET for point in member.access_points
    ]


def test_faults_stay_or_begin_while_somebody_watches() -> None:
    def faults(started_at: datetime | None) -> list[tuple[str, timedelta | None]]:
        tables = simulated_sources(interval_seconds=10.0, started_at=started_at)
        return [
            (fault.kind, fault.begins_at - STARTED_AT if fault.begins_at else None)
            for table in tables
            for fault in Settings.model_validate(table).faults
        ]

    always = faults(None)
    assert {begins for _, begins in always} == {None}
    assert sorted(kind for kind, _ in always) == [
        "hot",
        "noisy_channel",
        "noisy_channel",
        "portal_failing",
        "radio_dead",
        "reboot_loop",
        "silent",
        "uplink_100m",
        "uplink_100m",
        "uplink_100m",
    ]
    assert [fault for fault in faults(STARTED_AT) if fault not in always] == [
        ("uplink_down", timedelta(minutes=2)),
        ("silent", timedelta(seconds=90)),
        ("replaced", timedelta(minutes=3)),
    ]


def replacements(*, started_at: datetime, first_started_at: datetime | None = None) -> dict[str, datetime | None]:
    tables = simulated_sources(interval_seconds=10.0, started_at=started_at, first_started_at=first_started_at)
    faults = [fault for table in tables for fault in Settings.model_validate(table).faults]
    return {fault.access_point: fault.begins_at for fault in faults if fault.kind == "replaced"}


def test_what_is_replaced_was_old() -> None:
    generation = {point.place.id: point.generation for member in FLEET for point in member.access_points}

    assert [*replacements(started_at=STARTED_AT)] == [REPLACED]
    assert generation[REPLACED] == "wifi4"
    assert box_for("wifi6e", "SIM-0001").device.model == REPLACEMENT[1]
    assert box_for("wifi6e", "SIM-0001").device.vendor == REPLACEMENT[0]


def test_what_was_replaced_stays_so_at_later_starts() -> None:
    first = replacements(started_at=STARTED_AT)

    assert replacements(started_at=STARTED_AT + timedelta(days=1), first_started_at=STARTED_AT) == first
