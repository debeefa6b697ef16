"""The fleet across restarts: the newest stays the newest, unknown devices leave, a replacement is told from a visit."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, text

from agent.wire import Device, Report
from collector.fleet import MAX_UNKNOWN_DEVICES_PER_AGENT, UnknownDevice
from collector.readings import Reading
from collector.state.database import open_database
from collector.state.newest import MAX_DEVICES_SHOWN, devices_at, load_fleet, save_readings, save_unknown
from collector.state.tables import devices_seen, unknown_devices

NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=30)
HOUR = timedelta(hours=1)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(tmp_path / "state.sqlite")
    yield engine
    engine.dispose()


def reading(at: datetime, serial: str = "A", clients: int = 0) -> Reading:
    return Reading(Report(observed_at=at, clients=clients, device=Device(serial=serial)), at, at, "gw-lab")


def unknown(key: str, seen: datetime, agent: str = "gw-lab") -> UnknownDevice:
    return UnknownDevice(key, agent, Device(serial=key), NOW - HOUR, seen)


def seen_at(engine: Engine, access_point: str = "lab-001") -> list[tuple[str, datetime, datetime]]:
    return [(device.serial, device.first_seen, device.last_seen) for device in devices_at(engine, access_point)]


def test_a_reading_replaces_one_that_is_as_old_or_older_and_none_that_is_newer(state: Engine) -> None:
    save_readings(state, [("lab-001", reading(NOW))])
    save_readings(state, [("lab-001", reading(NOW - HOUR))])
    assert load_fleet(state, LONG_AGO).readings == {"lab-001": reading(NOW)}
    assert seen_at(state) == [("A", NOW, NOW)]
    save_readings(state, [("lab-001", reading(NOW, clients=5))])
    assert load_fleet(state, LONG_AGO).readings == {"lab-001": reading(NOW, clients=5)}


def test_an_unknown_device_is_never_seen_earlier_than_it_was(state: Engine) -> None:
    save_unknown(state, [unknown("X", NOW)])
    save_unknown(state, [unknown("X", NOW - HOUR)])
    assert load_fleet(state, LONG_AGO).unknown_devices == {"X": unknown("X", NOW)}


def test_unknown_devices_that_were_seen_too_long_ago_are_forgotten_for_good(state: Engine) -> None:
    save_unknown(state, [unknown("old", NOW - HOUR), unknown("new", NOW)])
    assert load_fleet(state, NOW).unknown_devices == {"new": unknown("new", NOW)}
    assert load_fleet(state, LONG_AGO).unknown_devices == {"new": unknown("new", NOW)}


def test_an_agents_surplus_of_unknown_devices_leaves_the_database_too(state: Engine) -> None:
    save_unknown(state, [unknown("good", NOW - HOUR, "gw-good")])
    many = [unknown(f"{n:04}", NOW + n * HOUR) for n in range(MAX_UNKNOWN_DEVICES_PER_AGENT + 2)]
    save_unknown(state, many[:-2])
    save_unknown(state, many[-2:])
    with state.connect() as connection:
        keys = connection.scalars(select(unknown_devices.c.key)).all()
    assert sorted(keys) == [*(device.key for device in many[2:]), "good"]


@pytest.mark.parametrize("table", ["unknown_devices", "newest_readings"])
def test_a_row_that_this_version_cannot_read_is_skipped(state: Engine, table: str) -> None:
    save_readings(state, [("lab-001", reading(NOW)), ("lab-002", reading(NOW))])
    save_unknown(state, [unknown("X", NOW), unknown("Y", NOW)])
    column, key = {"unknown_devices": ("device", "key"), "newest_readings": ("report", "access_point")}[table]
    with state.begin() as connection:
        statement = f'UPDATE {table} SET {column} = \'{{"serial": 5, "observed_at": 7.5e99}}\' WHERE {key} = :key'
        connection.execute(text(statement), {"key": "X" if table == "unknown_devices" else "lab-001"})
    fleet = load_fleet(state, LONG_AGO)
    is_unknown = table == "unknown_devices"
    assert fleet.unknown_devices.keys() == ({"Y"} if is_unknown else {"X", "Y"})
    assert fleet.readings.keys() == ({"lab-001", "lab-002"} if is_unknown else {"lab-002"})


def test_two_devices_that_take_turns_keep_one_row_each(state: Engine) -> None:
    for turn in range(100):
        save_readings(state, [("lab-001", reading(NOW + turn * HOUR, "AB"[turn % 2]))])
    assert seen_at(state) == [("B", NOW + HOUR, NOW + 99 * HOUR), ("A", NOW, NOW + 98 * HOUR)]


def test_a_device_that_returns_after_more_than_a_day_begins_a_new_row(state: Engine) -> None:
    save_readings(state, [("lab-001", reading(NOW, "A"))])
    save_readings(state, [("lab-001", reading(NOW + HOUR, "B"))])
    late = ("lab-002", reading(NOW - 100 * HOUR))
    save_readings(state, [late, ("lab-001", reading(NOW + 25 * HOUR, "A"))])
    assert seen_at(state) == [
        ("A", NOW + 25 * HOUR, NOW + 25 * HOUR),
        ("B", NOW + HOUR, NOW + HOUR),
        ("A", NOW, NOW),
    ]


def test_a_device_that_was_silent_for_long_continues_its_row_where_no_other_came(state: Engine) -> None:
    save_readings(state, [("lab-001", reading(NOW, "B"))])
    save_readings(state, [("lab-001", reading(NOW + HOUR, "A"))])
    save_readings(state, [("lab-001", reading(NOW + 2 * HOUR, "B"))])
    save_readings(state, [("lab-001", reading(NOW + 500 * HOUR, "B"))])
    assert seen_at(state) == [("B", NOW, NOW + 500 * HOUR), ("A", NOW + HOUR, NOW + HOUR)]


def test_each_place_has_its_own_devices_however_many_places_are_saved_at_once(state: Engine) -> None:
    places = [f"lab-{number}" for number in range(1200)]
    for hour in (0, 1, 60):
        save_readings(state, [(place, reading(NOW + hour * HOUR, f"of {place}")) for place in places])
    with state.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(devices_seen)) == len(places)
    assert seen_at(state, "lab-1199") == [("of lab-1199", NOW, NOW + 60 * HOUR)]


def test_of_many_devices_at_a_place_the_newest_are_told(state: Engine) -> None:
    for number in range(MAX_DEVICES_SHOWN + 5):
        save_readings(state, [("lab-001", reading(NOW + number * HOUR, f"{number}"))])
    told = [device.serial for device in devices_at(state, "lab-001")]
    assert told == [f"{number}" for number in range(MAX_DEVICES_SHOWN + 4, 4, -1)]
