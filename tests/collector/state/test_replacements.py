"""Replacements as they are seen: a new serial at a place, and how long each device has been seen anywhere."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from agent.wire import Device, Report
from collector.readings import Reading
from collector.state.newest import NewestReadings
from collector.state.replacements import arrivals_since, first_seen_by_serial, replacements

NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def see(engine: Engine, place: str, serial: str, at: datetime, model: str | None = None) -> None:
    report = Report(observed_at=at, clients=0, device=Device(serial=serial, vendor="Maker", model=model))
    NewestReadings(engine).save([(place, Reading.of(report, at, at, "gw-lab"))])


def test_a_new_serial_at_a_place_is_a_replacement(engine: Engine) -> None:
    see(engine, "lab-001", "old", NOW, "AP-1")
    see(engine, "lab-002", "kept", NOW)
    see(engine, "lab-001", "old", NOW + DAY, "AP-1")
    see(engine, "lab-001", "new", NOW + 3 * DAY, "AP-9")
    see(engine, "lab-002", "kept", NOW + 3 * DAY)
    (found,) = replacements(engine)
    assert (found.access_point, found.replaced.model, found.replacing.model) == ("lab-001", "AP-1", "AP-9")
    assert found.replacing.first_seen == NOW + 3 * DAY


def test_a_device_that_returns_after_days_takes_the_place_again(engine: Engine) -> None:
    for day, serial in enumerate(["a", "b", "a"]):
        see(engine, "lab-001", serial, NOW + 2 * day * DAY)
    assert [(each.replaced.serial, each.replacing.serial) for each in replacements(engine)] == [("a", "b"), ("b", "a")]


def test_who_took_anothers_place_lately_is_who_did_so_ever(engine: Engine) -> None:
    see(engine, "lab-002", "only", NOW)
    see(engine, "lab-003", "x", NOW - DAY)
    for day, serial in enumerate(["a", "b", "a", "c"]):
        see(engine, "lab-001", serial, NOW + 2 * day * DAY)
    see(engine, "lab-003", "y", NOW + 3 * DAY)
    ever = sorted((each.replacing for each in replacements(engine)), key=lambda device: device.first_seen)
    assert [device.serial for device in ever] == ["b", "y", "a", "c"]
    for first, device in enumerate(ever):
        assert arrivals_since(engine, device.first_seen) == ever[first:]
    assert arrivals_since(engine, ever[-1].first_seen + timedelta(microseconds=1)) == []


def test_a_device_is_as_old_as_it_was_seen_anywhere(engine: Engine) -> None:
    see(engine, "lab-001", "moved", NOW)
    see(engine, "lab-002", "moved", NOW + 9 * DAY)
    see(engine, "lab-002", "other", NOW + 20 * DAY)
    assert first_seen_by_serial(engine) == {"moved": NOW, "other": NOW + 20 * DAY}
