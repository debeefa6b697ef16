"""What the embedded store does when hours are over: rollups that tell what the raw points told, and forgetting."""

import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path

import duckdb
import pytest
from writing import write

from agent.wire import Interface, Probe, Radio, Report
from collector.stores import FrameKey, HourlyUsage, StoredFrame, StoredReport, StoreError, TrafficPoint
from collector.stores.duckdb import DuckDBStore, Retention, open_store

MIDNIGHT = datetime(2026, 5, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
SCARCE_MEGABYTES = 16
"""DuckDB needs more for the places of the test at once, and less for the parts of them."""
PLACES = ["a-1", "a-2", "a-3"]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[DuckDBStore]:
    opened = open_store(tmp_path / "points.duckdb", Retention(raw=timedelta(days=10), hourly=timedelta(days=100)))
    yield opened
    await opened.close()


def frame(sequence: int, received_at: datetime, *reports: tuple[str, Report]) -> StoredFrame:
    stored = tuple(StoredReport(place, report.observed_at, False, report) for place, report in reports)
    return StoredFrame(FrameKey("gw-a", "00c0ffee", sequence), received_at, stored, ())


def report(at: datetime, down: float | None, clients: int | None, busy: float | None) -> Report:
    return Report(
        observed_at=at,
        clients=clients,
        uplink=Interface(name="eth0", rx_bits_per_second=down, tx_bits_per_second=down),
        radios=(Radio(name="r0", band="5", busy_ratio=busy), Radio(name="r1", band="5", busy_ratio=0.1)),
        probes=(Probe(kind="dns", is_ok=True),),
    )


def a_few_hours_of(places: list[str], hours: int) -> list[StoredFrame]:
    """Reports with gaps, and with values that some of them lack."""
    random_ = random.Random(7)
    frames = []
    for minute in range(0, hours * 60, 5):
        at = MIDNIGHT + timedelta(minutes=minute)
        told = [
            (place, report(at, *(random_.choice((None, random_.randint(1, 99))) for _ in range(2)), random_.random()))
            for place in places
            if random_.random() < 0.8
        ]
        frames.append(frame(minute // 5 + 1, at, *told))
    return frames


def city_at(at: datetime, places: list[str]) -> list[tuple[str, Report]]:
    """A report of each place at the same time. Every hundredth tells the same: to make them takes longer than to write
    them."""
    told = [report(at, number, 1, 0.5) for number in range(1, 101)]
    return list(zip(places, cycle(told), strict=False))


def answers(store: DuckDBStore, hours: int) -> tuple[object, object, object]:
    until = MIDNIGHT + hours * HOUR
    return (
        store.hourly_usage(PLACES, MIDNIGHT, until),
        [rounded(point) for point in store.traffic(PLACES, MIDNIGHT, until, 7200)],
        {
            place: [rounded(point) for point in points]
            for place, points in store.traffic_by_access_point(PLACES, MIDNIGHT, until, 3600).items()
        },
    )


def rounded(point: TrafficPoint) -> tuple[object, ...]:
    values = (point.download_bits_per_second, point.upload_bits_per_second, point.clients)
    return (point.at, *(None if value is None else round(value, 9) for value in values))


def rows_of(store: DuckDBStore, table: str) -> int:
    ((rows,),) = store._connection.execute(f"SELECT count(*) FROM {table}").fetchall()
    return int(rows)


async def test_questions_have_the_same_answers_before_and_after_an_hour_is_rolled_up(store: DuckDBStore) -> None:
    await write(store, a_few_hours_of(PLACES, 6))
    before = answers(store, 6)
    await store.maintain(MIDNIGHT + timedelta(hours=3, minutes=30))
    assert rows_of(store, "hourly_reports") == 0, "something came for these hours a moment ago"
    await store.maintain(MIDNIGHT + timedelta(hours=8))
    assert rows_of(store, "dirty_hours") == 0
    assert rows_of(store, "hourly_reports") == 18
    assert answers(store, 6) == before


async def test_the_hours_of_a_place_tell_means_peaks_and_the_busiest_radio(store: DuckDBStore) -> None:
    told = [report(MIDNIGHT, 100.0, 4, 0.5), report(MIDNIGHT + timedelta(minutes=59, seconds=59), 300.0, None, 0.7)]
    later = report(MIDNIGHT + HOUR, None, 0, None)
    await write(store, [frame(1, MIDNIGHT, *(("a-1", each) for each in told), ("a-1", later))])
    expected = {
        "a-1": [
            HourlyUsage(MIDNIGHT, 2, 200.0, 200.0, 300.0, 300.0, 4.0, 4.0, pytest.approx(0.6)),
            HourlyUsage(MIDNIGHT + HOUR, 1, None, None, None, None, 0.0, 0.0, pytest.approx(0.1)),
        ]
    }
    assert store.hourly_usage(["a-1", "a-9"], MIDNIGHT, MIDNIGHT + 2 * HOUR) == expected
    await store.maintain(MIDNIGHT + 4 * HOUR)
    assert store.hourly_usage(["a-1", "a-9"], MIDNIGHT, MIDNIGHT + 2 * HOUR) == expected
    assert store.hourly_usage(["a-1"], MIDNIGHT + timedelta(minutes=1), MIDNIGHT + HOUR) == {}


async def test_what_comes_late_is_in_the_answers_at_once_and_in_the_rollup_after_a_while(store: DuckDBStore) -> None:
    await write(store, a_few_hours_of(["a-1"], 2))
    await store.maintain(MIDNIGHT + 5 * HOUR)
    late = report(MIDNIGHT + timedelta(minutes=7), 1e6, 500, 0.9)
    await write(store, [frame(1000, MIDNIGHT + 5 * HOUR, ("a-1", late))])
    at_once = answers(store, 2)
    usage = store.hourly_usage(["a-1"], MIDNIGHT, MIDNIGHT + HOUR)["a-1"][0]
    assert (usage.peak_download_bits_per_second, usage.peak_clients) == (1e6, 500.0)
    await store.maintain(MIDNIGHT + timedelta(hours=5, minutes=5))
    assert rows_of(store, "dirty_hours") == 1
    await store.maintain(MIDNIGHT + timedelta(hours=5, minutes=10))
    assert rows_of(store, "dirty_hours") == 0
    assert answers(store, 2) == at_once


async def test_an_hour_that_is_written_to_all_the_time_is_rolled_up_all_the_same(store: DuckDBStore) -> None:
    for minute in range(0, 65, 5):
        at = MIDNIGHT + 5 * HOUR + timedelta(minutes=minute)
        await write(store, [frame(minute + 1, at, ("a-1", report(MIDNIGHT + timedelta(minutes=minute), 1.0, 1, 0.5)))])
        await store.maintain(at)
    assert rows_of(store, "hourly_reports") >= 1


async def test_an_hour_is_not_rolled_up_the_moment_it_is_over_while_its_last_reports_come(store: DuckDBStore) -> None:
    for minute in (*range(0, 50, 10), *range(50, 62)):
        at = MIDNIGHT + timedelta(minutes=minute)
        sampled = min(at, MIDNIGHT + timedelta(minutes=59, seconds=59))
        await write(store, [frame(minute + 1, at, ("a-1", report(sampled, 1.0, 1, 0.5)))])
        await store.maintain(at)
    assert rows_of(store, "hourly_reports") == 0
    await store.maintain(MIDNIGHT + HOUR + timedelta(minutes=11))
    assert rows_of(store, "hourly_reports") == 1


async def test_what_does_not_fit_into_memory_is_rolled_up_in_parts_that_together_are_all_of_it(
    store: DuckDBStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = [f"a-{number:05}" for number in range(1, 16_001)]
    for minute in (0, 20, 40, 60):
        at = MIDNIGHT + timedelta(minutes=minute)
        await write(store, [frame(minute + 1, at, *city_at(at + timedelta(seconds=1), places))])
    before = answers(store, 2), store.hourly_usage(places, MIDNIGHT, MIDNIGHT + 2 * HOUR)
    store._connection.execute("CHECKPOINT")
    store._connection.execute(f"SET memory_limit = '{SCARCE_MEGABYTES}MB'")
    with monkeypatch.context() as whole:
        whole.setattr("collector.embedded.rollups._PARTS_AT_MOST", 1)
        await store.maintain(MIDNIGHT + 5 * HOUR)
        assert "Out of Memory" in store.problems[0]
    store._connection.execute(f"SET memory_limit = '{SCARCE_MEGABYTES}MB'")
    await store.maintain(MIDNIGHT + 5 * HOUR)
    store._connection.execute("SET memory_limit = '48MB'")
    assert store.problems == ()
    assert rows_of(store, "dirty_hours") == 0
    assert rows_of(store, "hourly_reports") == 2 * len(places)
    assert (answers(store, 2), store.hourly_usage(places, MIDNIGHT, MIDNIGHT + 2 * HOUR)) == before


async def test_raw_points_go_after_their_time_and_hours_after_theirs(store: DuckDBStore) -> None:
    await write(store, a_few_hours_of(PLACES, 2))
    before = store.hourly_usage(PLACES, MIDNIGHT, MIDNIGHT + 2 * HOUR)
    await store.maintain(MIDNIGHT + 5 * HOUR)
    await store.maintain(MIDNIGHT + timedelta(days=11))
    assert [rows_of(store, table) for table in ("reports", "radios", "interfaces", "probes", "frames")] == [0] * 5
    assert store.hourly_usage(PLACES, MIDNIGHT, MIDNIGHT + 2 * HOUR) == before
    await store.maintain(MIDNIGHT + timedelta(days=101))
    assert rows_of(store, "hourly_reports") == rows_of(store, "hourly_radios") == 0


async def test_the_account_of_stored_frames_becomes_ranges_and_says_the_same(store: DuckDBStore) -> None:
    sequences = [*range(1, 200), *range(250, 300), 310]
    for part in (sequences[1::2], sequences[::2]):
        await write(store, [StoredFrame(FrameKey("gw-a", "00c0ffee", number), MIDNIGHT, (), ()) for number in part])
    before = store.stored_frames(MIDNIGHT)
    assert before == {("gw-a", "00c0ffee"): [(1, 199), (250, 299), (310, 310)]}
    await store.maintain(MIDNIGHT + HOUR)
    assert rows_of(store, "frames") == 3
    await write(store, [StoredFrame(FrameKey("gw-a", "00c0ffee", 311), MIDNIGHT + HOUR, (), ())])
    await store.maintain(MIDNIGHT + 2 * HOUR)
    assert store.stored_frames(MIDNIGHT) == {("gw-a", "00c0ffee"): [(1, 199), (250, 299), (310, 311)]}
    assert store._holds(FrameKey("gw-a", "00c0ffee", 260))
    assert not store._holds(FrameKey("gw-a", "00c0ffee", 305))


async def test_a_file_stays_as_large_as_what_it_keeps(tmp_path: Path) -> None:
    path = tmp_path / "points.duckdb"
    store = open_store(path, Retention(raw=timedelta(days=10), hourly=timedelta(days=20)))
    places = [f"a-{number}" for number in range(500)]
    sizes = []
    for month in range(5):
        start = MIDNIGHT + month * timedelta(days=30)
        for hour in range(10):
            at = start + hour * HOUR
            await write(store, [frame(month * 100 + hour + 1, at, *city_at(at, places))])
        await store.maintain(start + timedelta(days=1))
        store._connection.execute("CHECKPOINT")
        sizes.append(path.stat().st_size)
    await store.close()
    assert sizes[-1] <= 2 * sizes[1]


async def test_usage_that_is_asked_for_in_parts_is_the_same_and_each_place_is_there_once(
    store: DuckDBStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await write(store, a_few_hours_of(PLACES, 3))
    await store.maintain(MIDNIGHT + 2 * HOUR)
    whole = store.hourly_usage(PLACES, MIDNIGHT, MIDNIGHT + 3 * HOUR)
    monkeypatch.setattr("collector.embedded.reading._ROWS_AT_ONCE", 3)
    assert store.hourly_usage([*PLACES, *PLACES], MIDNIGHT, MIDNIGHT + 3 * HOUR) == whole


async def test_what_duckdb_cannot_let_go_of_is_told_and_stops_nothing(
    store: DuckDBStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: duckdb.DuckDBPyConnection) -> None:
        raise duckdb.IOException("no space left on device")

    monkeypatch.setattr("collector.stores.duckdb.let_go_of_tables", fails)
    with pytest.raises(StoreError, match="did not let go of what it holds: no space left"):
        await store.maintain(MIDNIGHT)


async def test_what_was_written_is_let_go_of_but_not_while_a_question_is_answered(store: DuckDBStore) -> None:
    def held() -> int:
        query = "SELECT memory_usage_bytes FROM duckdb_memory() WHERE tag = 'BASE_TABLE'"
        ((held_bytes,),) = store._connection.execute(query).fetchall()
        return int(held_bytes)

    places = [f"a-{number:05}" for number in range(1, 15_001)]
    for minute in (0, 1):
        at = MIDNIGHT + timedelta(minutes=minute)
        await write(store, [frame(minute + 1, at, *city_at(at, places))])
    store._connection.execute("CHECKPOINT")
    store.traffic(places, MIDNIGHT, MIDNIGHT + HOUR, 60)
    before = held()
    with store._question():
        await store.maintain(MIDNIGHT + timedelta(minutes=2))
        assert held() >= before
    await store.maintain(MIDNIGHT + timedelta(minutes=3))
    assert held() < before
    (limit,) = store._connection.execute("SELECT current_setting('memory_limit')").fetchall()
    assert limit == ("45.7 MiB",)
    assert len(store.traffic(places, MIDNIGHT, MIDNIGHT + HOUR, 60)) == 2
