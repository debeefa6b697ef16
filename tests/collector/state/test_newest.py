"""The fleet across restarts and collectors: the newest stays the newest, and unknown devices leave."""

import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, select, update

from agent.wire import Device, Report
from collector.fleet import MAX_UNKNOWN_DEVICES_PER_AGENT, Fleet, UnknownDevice
from collector.keeping import SAVED_WITHIN, Keeper
from collector.readings import Reading
from collector.state.newest import NewestReadings, load_fleet, save_unknown
from collector.state.tables import newest_readings, unknown_devices

NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=30)
HOUR = timedelta(hours=1)


def reading(at: datetime, serial: str = "A", clients: int = 0) -> Reading:
    return Reading.of(Report(observed_at=at, clients=clients, device=Device(serial=serial)), at, at, "gw-lab")


def unknown(key: str, seen: datetime, agent: str = "gw-lab") -> UnknownDevice:
    return UnknownDevice(key, agent, Device(serial=key), NOW - HOUR, seen)


def test_a_reading_replaces_one_that_is_as_old_or_older_and_none_that_is_newer(engine: Engine) -> None:
    NewestReadings(engine).save([("lab-001", reading(NOW))])
    NewestReadings(engine).save([("lab-001", reading(NOW - HOUR))])
    assert load_fleet(engine, LONG_AGO).readings == {"lab-001": reading(NOW)}
    NewestReadings(engine).save([("lab-001", reading(NOW, clients=5))])
    assert load_fleet(engine, LONG_AGO).readings == {"lab-001": reading(NOW, clients=5)}


def test_an_unknown_device_is_never_seen_earlier_than_it_was(engine: Engine) -> None:
    save_unknown(engine, [unknown("X", NOW)])
    save_unknown(engine, [unknown("X", NOW - HOUR)])
    assert load_fleet(engine, LONG_AGO).unknown_devices == {"X": unknown("X", NOW)}


def test_unknown_devices_that_were_seen_too_long_ago_are_forgotten_for_good(engine: Engine) -> None:
    save_unknown(engine, [unknown("old", NOW - HOUR), unknown("new", NOW)])
    assert load_fleet(engine, NOW).unknown_devices == {"new": unknown("new", NOW)}
    assert load_fleet(engine, LONG_AGO).unknown_devices == {"new": unknown("new", NOW)}


def test_an_agents_surplus_of_unknown_devices_leaves_the_database_too(engine: Engine) -> None:
    save_unknown(engine, [unknown("good", NOW - HOUR, "gw-good")])
    many = [unknown(f"{n:04}", NOW + n * HOUR) for n in range(MAX_UNKNOWN_DEVICES_PER_AGENT + 2)]
    save_unknown(engine, many[:-2])
    save_unknown(engine, many[-2:])
    with engine.connect() as connection:
        keys = connection.scalars(select(unknown_devices.c.key)).all()
    assert sorted(keys) == [*(device.key for device in many[2:]), "good"]


def test_what_this_version_cannot_read_is_skipped(engine: Engine) -> None:
    NewestReadings(engine).save([("lab-001", reading(NOW)), ("lab-002", reading(NOW))])
    save_unknown(engine, [unknown("X", NOW), unknown("Y", NOW)])
    unreadable = '{"serial": 5, "observed_at": 7.5e99}'
    with engine.begin() as connection:
        is_first = newest_readings.c.access_point == "lab-001"
        connection.execute(update(newest_readings).where(is_first).values(report=unreadable.encode()))
        connection.execute(update(unknown_devices).where(unknown_devices.c.key == "X").values(device=unreadable))
    fleet = load_fleet(engine, LONG_AGO)
    assert fleet.readings == {"lab-002": reading(NOW)}
    assert fleet.unknown_devices == {"Y": unknown("Y", NOW)}


def test_collectors_are_told_of_each_others_readings_and_of_each_once(shared: Engine) -> None:
    ours, other = NewestReadings(shared), NewestReadings(shared)
    other.save([("lab-001", reading(NOW)), ("lab-002", reading(NOW))])
    ours.save([("lab-003", reading(NOW))])
    cursor, readings = ours.load_since(None)
    assert dict(readings) == {"lab-001": reading(NOW), "lab-002": reading(NOW)}
    other.save([("lab-002", reading(NOW + HOUR)), ("lab-003", reading(NOW - HOUR))])
    ours.save([("lab-001", reading(NOW + HOUR))])
    cursor, readings = ours.load_since(cursor)
    assert readings == [("lab-002", reading(NOW + HOUR))]
    _, readings = ours.load_since(cursor)
    assert readings == []


async def test_collectors_are_told_of_each_others_unknown_devices(shared: Engine) -> None:
    """Whoever is elected next would else take those that others have seen for gone, and tell of their end."""
    fleet = Fleet(unknown=[unknown("seen by both", NOW)])
    ours = Keeper(shared, fleet)
    seen_first = NOW - 2 * HOUR
    both = UnknownDevice("seen by both", "gw-lab", Device(serial="seen by both"), seen_first, NOW + HOUR)
    save_unknown(shared, [both, unknown("seen by another", NOW)])
    await ours.follow()
    assert fleet.unknown_devices == {"seen by both": both, "seen by another": unknown("seen by another", NOW)}
    late = unknown("saved late", NOW + HOUR - SAVED_WITHIN)
    save_unknown(shared, [late, unknown("seen by both", NOW)])
    await ours.follow()
    assert fleet.unknown_devices["saved late"] == late
    assert fleet.unknown_devices["seen by both"] == both


def test_a_file_is_nobody_elses(alone: Engine) -> None:
    NewestReadings(alone).save([("lab-001", reading(NOW))])
    assert NewestReadings(alone).load_since(None) == ("", [])


def test_what_takes_long_to_commit_is_told_when_it_has(shared: Engine) -> None:
    ours, slow, quick = (NewestReadings(shared) for _ in range(3))
    with shared.begin() as transaction:
        slow._upsert(transaction, [("lab-001", reading(NOW))])
        quick.save([("lab-002", reading(NOW))])
        cursor, readings = ours.load_since(None)
        assert readings == [("lab-002", reading(NOW))]
        quick.save([("lab-003", reading(NOW))])
        cursor, readings = ours.load_since(cursor)
        assert readings == [("lab-003", reading(NOW))]
    cursor, readings = ours.load_since(cursor)
    assert readings == [("lab-001", reading(NOW))]
    assert ours.load_since(cursor)[1] == []


def test_collectors_that_save_the_same_places_at_once_leave_the_newest(shared: Engine) -> None:
    together = threading.Barrier(4)
    places = [f"lab-{number:03}" for number in range(1000)]

    def save(number: int) -> None:
        in_some_order = places if number % 2 else places[::-1]
        with shared.connect():  # each has its connection before they begin
            together.wait()
        NewestReadings(shared).save([(place, reading(NOW + number * HOUR)) for place in in_some_order])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(save, range(4)))
    assert load_fleet(shared, LONG_AGO).readings == {place: reading(NOW + 3 * HOUR) for place in places}


def test_a_city_that_is_saved_at_once_takes_no_more_memory_than_a_part_of_it(alone: Engine) -> None:
    newest = NewestReadings(alone)

    def peak_bytes(places: int) -> int:
        readings = [(f"lab-{number:05}", reading(NOW)) for number in range(places)]
        for _ in range(2):  # what is remembered of each place is no part of it
            newest.save(readings)
        tracemalloc.start()
        try:
            newest.save(readings)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak_bytes(6_000) < 2 * peak_bytes(1_000)
