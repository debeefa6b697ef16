"""Devices at their places: a replacement is told from a visit, whatever a collector remembers of them."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import Engine, func, select, text

from agent.wire import Device, Report
from collector.readings import Reading
from collector.state.devices import MAX_DEVICES_SHOWN, NOTED_EVERY, SeenDevice, devices_at, first_seen
from collector.state.newest import NewestReadings
from collector.state.tables import devices_seen

NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)

Save = Callable[[Sequence[tuple[str, Reading]]], None]


@pytest.fixture(params=["remembers", "starts anew each time"])
def save(request: pytest.FixtureRequest, engine: Engine) -> Save:
    """Saves as one collector that goes on, and as one that starts anew before each save."""
    if request.param == "remembers":
        return NewestReadings(engine).save
    return lambda readings: NewestReadings(engine).save(readings)


def reading(at: datetime, serial: str | None = "A") -> Reading:
    return Reading.of(Report(observed_at=at, clients=0, device=Device(serial=serial)), at, at, "gw-lab")


def seen_at(engine: Engine, access_point: str = "lab-001") -> list[tuple[str, datetime, datetime]]:
    return [(device.serial, device.first_seen, device.last_seen) for device in devices_at(engine, access_point)]


def test_all_that_is_known_of_a_device_is_told(engine: Engine, save: Save) -> None:
    device = Device(vendor="Maker", model="AP-1", serial="S1", mac="02:00:00:00:00:01")
    save([("lab-001", Reading.of(Report(observed_at=NOW, device=device), NOW, NOW, "gw-lab"))])
    assert devices_at(engine, "lab-001") == [SeenDevice("lab-001", "S1", "Maker", "AP-1", device.mac, NOW, NOW)]


def test_a_device_without_a_serial_is_not_noted(engine: Engine, save: Save) -> None:
    report = Report(observed_at=NOW, clients=1)
    save([("lab-001", reading(NOW, None)), ("lab-002", Reading.of(report, NOW, NOW, "gw-lab"))])
    assert seen_at(engine) == seen_at(engine, "lab-002") == []


def test_a_reading_that_comes_late_does_not_make_a_device_older(engine: Engine, save: Save) -> None:
    for hour in (1, 2, 3, 0):
        save([("lab-001", reading(NOW + hour * HOUR))])
    assert seen_at(engine) == [("A", NOW + HOUR, NOW + 3 * HOUR)]


def test_a_place_is_first_seen_with_the_first_of_its_devices(engine: Engine, save: Save) -> None:
    assert first_seen(engine) == {}
    save([("lab-001", reading(NOW)), ("lab-002", reading(NOW + HOUR)), ("lab-003", reading(NOW, None))])
    save([("lab-001", reading(NOW + 2 * HOUR, "B"))])
    assert first_seen(engine) == {"lab-001": NOW, "lab-002": NOW + HOUR}


def test_two_devices_that_take_turns_keep_one_row_each(engine: Engine, save: Save) -> None:
    for turn in range(100):
        save([("lab-001", reading(NOW + turn * HOUR, "AB"[turn % 2]))])
    assert seen_at(engine) == [("B", NOW + HOUR, NOW + 99 * HOUR), ("A", NOW, NOW + 98 * HOUR)]


def test_a_device_that_returns_after_more_than_a_day_begins_a_new_row(engine: Engine, save: Save) -> None:
    save([("lab-001", reading(NOW, "A"))])
    save([("lab-001", reading(NOW + HOUR, "B"))])
    late = ("lab-002", reading(NOW - 100 * HOUR))
    save([late, ("lab-001", reading(NOW + 25 * HOUR, "A"))])
    assert seen_at(engine) == [
        ("A", NOW + 25 * HOUR, NOW + 25 * HOUR),
        ("B", NOW + HOUR, NOW + HOUR),
        ("A", NOW, NOW),
    ]


def test_a_device_that_was_silent_for_long_continues_its_row_where_no_other_came(engine: Engine, save: Save) -> None:
    save([("lab-001", reading(NOW, "B"))])
    save([("lab-001", reading(NOW + HOUR, "A"))])
    save([("lab-001", reading(NOW + 2 * HOUR, "B"))])
    save([("lab-001", reading(NOW + 500 * HOUR, "B"))])
    assert seen_at(engine) == [("B", NOW, NOW + 500 * HOUR), ("A", NOW + HOUR, NOW + HOUR)]


def test_each_place_has_its_own_devices_however_many_places_are_saved_at_once(engine: Engine, save: Save) -> None:
    places = [f"lab-{number}" for number in range(1200)]
    for hour in (0, 1, 60):
        save([(place, reading(NOW + hour * HOUR, f"of {place}")) for place in places])
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(devices_seen)) == len(places)
    assert seen_at(engine, "lab-1199") == [("of lab-1199", NOW, NOW + 60 * HOUR)]


def test_of_many_devices_at_a_place_the_newest_are_told(engine: Engine, save: Save) -> None:
    for number in range(MAX_DEVICES_SHOWN + 5):
        save([("lab-001", reading(NOW + number * HOUR, f"{number}"))])
    told = [device.serial for device in devices_at(engine, "lab-001")]
    assert told == [f"{number}" for number in range(MAX_DEVICES_SHOWN + 4, 4, -1)]


def test_that_a_device_is_still_there_is_noted_now_and_then_and_when_it_leaves(alone: Engine) -> None:
    newest = NewestReadings(alone)
    told = []
    for minute, serial in ((0, "A"), (1, "A"), (2, "A"), (11, "A"), (12, "A"), (13, "B"), (14, "A")):
        newest.save([("lab-001", reading(NOW + minute * MINUTE, serial))])
        told.append({name: (last - NOW) // MINUTE for name, _, last in seen_at(alone)})
    assert told == [{"A": 0}, {"A": 1}, {"A": 1}, {"A": 11}, {"A": 11}, {"A": 12, "B": 13}, {"A": 14, "B": 13}]


@pytest.mark.parametrize("seed", range(3))
def test_what_is_remembered_changes_nothing_but_how_far_the_last_sight_may_be_behind(seed: int, alone: Engine) -> None:
    draw = Random(seed)
    newest = NewestReadings(alone)
    at = NOW
    for _ in range(150):
        at += draw.choice([1, 1, 1, 4, 15, 600, 1441, 3000]) * MINUTE
        serial = draw.choice("AAAAAABC")
        newest.save([("remembered", reading(at, serial))])
        NewestReadings(alone).save([("anew", reading(at, serial))])
    anew, remembered = _all_at(alone, "anew"), _all_at(alone, "remembered")
    assert len(anew) > 10
    assert [row[:2] for row in remembered] == [row[:2] for row in anew]
    behind = [row[2] - remembered_row[2] for row, remembered_row in zip(anew, remembered, strict=True)]
    assert all(timedelta() <= lag < NOTED_EVERY for lag in behind)


@pytest.mark.parametrize("seed", range(3))
def test_what_a_collector_remembers_stays_right_whatever_another_notes(seed: int, alone: Engine) -> None:
    draw = Random(seed)
    collectors = [NewestReadings(alone), NewestReadings(alone)]
    at = NOW
    for _ in range(150):
        at += draw.choice([NOTED_EVERY, HOUR, 10 * HOUR, 24 * HOUR + MINUTE, 50 * HOUR])
        serial = draw.choice("AAAAAABC")
        draw.choice(collectors).save([("by either", reading(at, serial))])
        NewestReadings(alone).save([("anew", reading(at, serial))])
    assert _all_at(alone, "by either") == _all_at(alone, "anew")


def _all_at(engine: Engine, access_point: str) -> list[tuple[str, datetime, datetime]]:
    column = devices_seen.c
    query = select(column.serial, column.first_seen, column.last_seen).where(column.access_point == access_point)
    with engine.connect() as connection:
        return [(row.serial, row.first_seen, row.last_seen) for row in connection.execute(query.order_by(column.id))]


def test_a_save_that_fails_is_forgotten_too(alone: Engine) -> None:
    newest = NewestReadings(alone)
    newest.save([("lab-001", reading(NOW))])
    newest.save([("lab-001", reading(NOW + MINUTE))])
    with alone.begin() as connection:
        connection.execute(
            text("CREATE TRIGGER refuse BEFORE UPDATE ON devices_seen BEGIN SELECT RAISE(ABORT, 'no'); END")
        )
    with pytest.raises(Exception, match="no"):
        newest.save([("lab-001", reading(NOW + HOUR))])
    with alone.begin() as connection:
        connection.execute(text("DROP TRIGGER refuse"))
    newest.save([("lab-001", reading(NOW + HOUR))])
    assert seen_at(alone) == [("A", NOW, NOW + HOUR)]


def test_a_device_that_several_collectors_see_arrive_arrives_once(shared: Engine) -> None:
    together = threading.Barrier(4)
    places = [f"lab-{number:03}" for number in range(100)]

    def save_first(number: int) -> None:
        together.wait()
        NewestReadings(shared).save([(place, reading(NOW + number * MINUTE, f"of {place}")) for place in places])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(save_first, range(4)))
    with shared.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(devices_seen)) == len(places)
