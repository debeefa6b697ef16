"""The keeper: nothing noted is lost, and nothing older ever replaces something newer."""

import asyncio
import gc
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from state_files import open_state

from agent.wire import VERSION, Device, Frame, Report, encode
from collector.fleet import Fleet, UnknownDevice
from collector.keeping import Keeper
from collector.readings import Reading, ReportInFrame
from collector.state.columns import metadata
from collector.state.newest import load_fleet

NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=30)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Engine]:
    engine = open_state(tmp_path / "state.sqlite")
    yield engine
    engine.dispose()


def reading(minute: int) -> Reading:
    at = NOW + timedelta(minutes=minute)
    return Reading.of(Report(observed_at=at, clients=minute), at, at, "gw-lab")


def unknown(key: str, minute: int) -> UnknownDevice:
    return UnknownDevice(key, "gw-lab", Device(serial=key), NOW, NOW + timedelta(minutes=minute))


async def test_what_cannot_be_saved_is_saved_the_next_time_unless_something_newer_has_come(state: Engine) -> None:
    keeper = Keeper(state, Fleet())
    for access_point in ("lab-001", "lab-002"):
        keeper.note(access_point, reading(1))
    keeper.note_unknown(unknown("X", 1))
    keeper.note_unknown(unknown("Y", 1))
    metadata.drop_all(state)
    await keeper.save()
    keeper.note("lab-001", reading(2))
    keeper.note_unknown(unknown("X", 2))
    metadata.create_all(state)
    await keeper.save()
    fleet = load_fleet(state, LONG_AGO)
    assert fleet.readings == {"lab-001": reading(2), "lab-002": reading(1)}
    assert fleet.unknown_devices == {"X": unknown("X", 2), "Y": unknown("Y", 1)}


async def test_what_is_noted_while_a_save_hangs_is_saved_after_it_at_the_end(state: Engine, tmp_path: Path) -> None:
    keeper = Keeper(state, Fleet(), save_every_seconds=0.01)
    keeper.note("lab-001", reading(1))
    with closing(sqlite3.connect(tmp_path / "state.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        running = asyncio.create_task(keeper.run())
        while keeper._readings:
            await asyncio.sleep(0)
        keeper.note("lab-001", reading(2))
        running.cancel()
        await asyncio.sleep(0)
        other.execute("ROLLBACK")
        with pytest.raises(asyncio.CancelledError):
            await running
    assert load_fleet(state, LONG_AGO).readings == {"lab-001": reading(2)}


async def test_a_save_that_fails_while_the_keeper_is_stopped_is_made_up_for(state: Engine, tmp_path: Path) -> None:
    keeper = Keeper(state, Fleet(), save_every_seconds=0.01)
    keeper.note("lab-001", reading(1))
    with closing(sqlite3.connect(tmp_path / "state.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        running = asyncio.create_task(keeper.run())
        while keeper._readings:
            await asyncio.sleep(0)
        metadata_of_readings = other.execute("SELECT sql FROM sqlite_master WHERE name = 'newest_readings'").fetchone()
        other.execute("DROP TABLE newest_readings")
        other.execute("COMMIT")
        running.cancel()
        keeper.note("lab-002", reading(2))
        while "lab-001" not in keeper._readings:
            await asyncio.sleep(0)
        other.execute(*metadata_of_readings)
        with pytest.raises(asyncio.CancelledError):
            await running
    assert load_fleet(state, LONG_AGO).readings == {"lab-001": reading(1), "lab-002": reading(2)}


def in_frame(minute: int) -> Reading:
    """A reading as it comes: it stands in a frame, beside others."""
    at = NOW + timedelta(minutes=minute)
    report = Report(access_point="lab-001", observed_at=at, clients=minute)
    frame = Frame(version=VERSION, agent="gw-lab", boot_id="0" * 16, sequence=1, sent_at=at, reports=(report,))
    return Reading.of(report, at, at, "gw-lab", origin=ReportInFrame(encode(frame), 0))


async def test_what_stays_the_newest_for_a_while_is_kept_in_few_bytes_before_it_is_saved(state: Engine) -> None:
    fleet = Fleet()
    keeper = Keeper(state, fleet)
    for access_point, minute in (("lab-001", 1), ("lab-002", 1), ("lab-002", 2)):
        newest = fleet.remember(access_point, in_frame(minute))
        assert newest is not None
        keeper.note(access_point, newest)
    await keeper.settle()
    assert isinstance(fleet.readings["lab-001"].origin, ReportInFrame)
    newer = fleet.remember("lab-002", in_frame(3))
    assert newer is not None
    keeper.note("lab-002", newer)
    await keeper.settle()
    assert isinstance(fleet.readings["lab-001"].origin, bytes)
    assert fleet.readings["lab-002"] is newer
    await keeper.save()
    assert {name: reading.clients for name, reading in load_fleet(state, LONG_AGO).readings.items()} == {
        "lab-001": 1,
        "lab-002": 3,
    }
    assert fleet.readings["lab-001"].report == in_frame(1).report


def held_in_frames(access_point: str) -> int:
    """How many readings of this place anybody holds in the frame that it came in."""
    gc.collect()
    name = access_point.encode()
    return sum(isinstance(each, ReportInFrame) and name in each.payload for each in gc.get_objects())


@pytest.mark.parametrize("is_answering", [True, False])
async def test_a_frame_is_let_go_by_a_save_whether_or_not_it_succeeds(state: Engine, is_answering: bool) -> None:
    fleet = Fleet()
    keeper = Keeper(state, fleet)
    newest = fleet.remember("lab-001", in_frame(1))
    assert newest is not None
    keeper.note("lab-001", newest)
    del newest
    assert held_in_frames("lab-001") == 1
    if not is_answering:
        metadata.drop_all(state)
    await keeper.save()
    assert held_in_frames("lab-001") == 0
    assert fleet.readings["lab-001"].clients == 1
