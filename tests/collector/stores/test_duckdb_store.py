"""The DuckDB store: all or nothing, absent is NULL, and what is asked for comes back right."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pytest
from writing import write

from agent.wire import Device, Distribution, Interface, Probe, Radio, Report, Ssid, StandardClients, System
from collector.embedded.schema import set_lean
from collector.embedded.writing import CommitUncertainError, FrameRows, write_frames
from collector.stores import FrameKey, StoredFrame, StoredReport, StoreError, StoreLostError, TrafficPoint
from collector.stores import duckdb as duckdb_store
from collector.stores.duckdb import DuckDBStore, open_store

START = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[DuckDBStore]:
    opened = open_store(tmp_path / "points.duckdb")
    yield opened
    await opened.close()


def frame(sequence: int, *reports: Report, boot_id: str = "00c0ffee") -> StoredFrame:
    return StoredFrame(
        FrameKey("gw-a", boot_id, sequence),
        START,
        tuple(StoredReport(report.access_point or "?", report.observed_at, False, report) for report in reports),
        (),
    )


def report(access_point: str, seconds: float, *, down: float | None = None, clients: int | None = None) -> Report:
    uplink = None if down is None else Interface(name="eth0", rx_bits_per_second=down, tx_bits_per_second=down / 10)
    return Report(
        access_point=access_point, observed_at=START + timedelta(seconds=seconds), uplink=uplink, clients=clients
    )


async def test_every_value_of_a_report_is_in_its_column_and_an_absent_one_is_null(store: DuckDBStore) -> None:
    full = Report(
        access_point="a-1",
        observed_at=START,
        interval_seconds=60.0,
        device=Device(serial="S1", model="M", firmware="1.2"),
        system=System(uptime_seconds=5.0, cpu_ratio=0.5),
        clients=3,
        radios=(
            Radio(
                name="r0",
                band="6",
                channel=37,
                busy_ratio=0.0,
                clients_by_standard=(StandardClients(standard="802.11ax", clients=2),),
                client_signal_dbm=Distribution(bounds=(-70, -60), counts=(1, 0, 4)),
            ),
            Radio(name="r1"),
        ),
        ssids=(Ssid(ssid="", radio="r0", clients=2),),
        uplink=Interface(name="eth0", is_up=True, is_full_duplex=False, speed_bits_per_second=1e8),
        interfaces=(Interface(name="eth1", is_up=False),),
        probes=(
            Probe(kind="dns", is_ok=False, failure="timeout"),
            Probe(kind="portal", observed_at=START - timedelta(seconds=20), outcome="open"),
        ),
    )
    await write(store, [frame(1, full, Report(access_point="a-2", observed_at=START))])
    ask = store._connection.execute
    at = START.replace(tzinfo=None)
    assert ask("SELECT * FROM reports ORDER BY access_point").fetchall() == [
        ("a-1", at, False, 60.0, None, 3, None, None, "S1", "M", "1.2", 5.0, 0.5, None, None, None),
        ("a-2", at, *[False], *[None] * 13),
    ]
    assert ask("SELECT * FROM radios ORDER BY name").fetchall() == [
        ("a-1", at, "r0", None, "6", 37, *[None] * 5, 0.0, *[None] * 9),
        ("a-1", at, "r1", *[None] * 18),
    ]
    assert ask("SELECT * FROM client_distributions ORDER BY upper_bound").fetchall() == [
        ("a-1", at, "r0", "client_signal_dbm", -70.0, 1),
        ("a-1", at, "r0", "client_signal_dbm", None, 4),
    ]
    assert ask("SELECT * FROM client_standards").fetchall() == [("a-1", at, "r0", "802.11ax", 2)]
    assert ask("SELECT * FROM ssids").fetchall() == [("a-1", at, "", "r0", 2, None, None)]
    assert ask("SELECT * FROM interfaces ORDER BY name").fetchall() == [
        ("a-1", at, True, "eth0", True, 1e8, None, False, *[None] * 6),
        ("a-1", at, False, "eth1", False, *[None] * 9),
    ]
    assert ask("SELECT * FROM probes ORDER BY kind").fetchall() == [
        ("a-1", at, "dns", None, None, False, None, "timeout", *[None] * 8),
        ("a-1", at - timedelta(seconds=20), "portal", None, None, None, "open", *[None] * 9),
    ]
    assert ask("SELECT * FROM frames").fetchall() == [("gw-a", "00c0ffee", 1, 1, at, 2)]


async def test_what_is_written_is_there_when_the_file_is_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "points.duckdb"
    first = open_store(path)
    await write(first, [frame(sequence) for sequence in (1, 2, 3, 7)])
    await write(first, [frame(1, boot_id="deadbeef")])
    await first.close()
    second = open_store(path)
    assert second.stored_frames(START - timedelta(seconds=1)) == {
        ("gw-a", "00c0ffee"): [(1, 3), (7, 7)],
        ("gw-a", "deadbeef"): [(1, 1)],
    }
    assert second.stored_frames(START + timedelta(seconds=1)) == {}
    await second.close()


async def test_a_frame_that_the_engine_refuses_is_named_and_its_neighbours_are_written(store: DuckDBStore) -> None:
    too_large = Report.model_construct(access_point="a-1", observed_at=START, clients=10**30)
    (refused,) = await write(store, [frame(1, report("a-1", 0)), frame(2, too_large), frame(3), frame(4)])
    assert (refused.key.sequence, refused.position) == (2, None)
    assert "DuckDB did not take 1 frames" in refused.detail
    assert store.stored_frames(START) == {("gw-a", "00c0ffee"): [(1, 1), (3, 4)]}


async def test_traffic_is_the_sum_over_access_points_of_their_means(store: DuckDBStore) -> None:
    await write(
        store,
        [
            frame(
                1,
                report("a-1", 0, down=100.0, clients=4),
                report("a-1", 300, down=300.0, clients=6),
                report("a-2", 10, down=1000.0),
                report("a-2", 700),
                report("a-3", 20, down=5.0),
            )
        ],
    )
    until = START + timedelta(hours=1)
    assert store.traffic(["a-1", "a-2"], START, until, 600) == [
        TrafficPoint(START, 1200.0, 120.0, 5.0),
        TrafficPoint(START + timedelta(seconds=600), None, None, None),
    ]
    assert store.traffic_by_access_point(["a-1", "a-3", "a-9"], START, until, 600) == {
        "a-1": [TrafficPoint(START, 200.0, 20.0, 5.0)],
        "a-3": [TrafficPoint(START, 5.0, 0.5, None)],
    }
    assert store.traffic(["a-1"], START + timedelta(seconds=1), START + timedelta(seconds=300), 600) == []
    assert store.traffic([], START, until, 600) == []


async def test_radios_are_counted_where_the_uplink_is_not(store: DuckDBStore) -> None:
    radios = (Radio(name="a", rx_bits_per_second=1.0, tx_bits_per_second=10.0, clients=2), Radio(name="b", clients=3))
    await write(store, [frame(1, Report(access_point="a-1", observed_at=START, radios=radios))])
    assert store.traffic(["a-1"], START, START + timedelta(hours=1), 600) == [TrafficPoint(START, 10.0, 1.0, 5.0)]


async def test_an_access_point_that_counts_all_its_radios_together_is_counted_so(store: DuckDBStore) -> None:
    together = Report(access_point="a-1", observed_at=START, rx_bits_per_second=2.0, tx_bits_per_second=20.0)
    await write(store, [frame(1, together)])
    assert store.traffic(["a-1"], START, START + timedelta(hours=1), 600) == [TrafficPoint(START, 20.0, 2.0, None)]


async def test_readers_do_not_wait_for_a_writer_or_see_half_a_batch(store: DuckDBStore) -> None:
    seen: set[int] = set()
    is_done = threading.Event()

    def read() -> None:
        while not is_done.is_set():
            points = store.traffic_by_access_point(["a-1", "a-2"], START, START + timedelta(hours=1), 600)
            seen.add(len(points))

    reader = threading.Thread(target=read)
    reader.start()
    for sequence in range(1, 30):
        await write(store, [frame(sequence, report("a-1", sequence, down=1.0), report("a-2", sequence, down=1.0))])
    is_done.set()
    reader.join()
    assert seen <= {0, 2}
    assert len(store._connection.execute("SELECT * FROM reports").fetchall()) == 58


def test_a_file_that_cannot_be_opened_is_named_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "points.duckdb").write_text("this is no database, and longer than a header would be " * 200)
    with pytest.raises(StoreError, match=r"points\.duckdb.*check the path"):
        open_store(tmp_path / "points.duckdb")


def test_duckdb_is_the_version_that_gives_null_for_nan() -> None:
    """The store writes absent numbers as NaN and counts on this."""
    with duckdb.connect() as connection:
        connection.register("incoming", {"value": np.array([1.0, np.nan])})
        assert connection.execute("SELECT value FROM incoming").fetchall() == [(1.0,), (None,)]


async def test_a_question_that_is_under_way_keeps_the_file_open_until_it_is_answered(tmp_path: Path) -> None:
    """DuckDB refuses to close then, and the collector would end by an error."""
    opened = open_store(tmp_path / "points.duckdb")
    has_begun = threading.Event()

    def ask() -> object:
        with opened._cursor() as cursor:
            has_begun.set()
            return cursor.execute("SELECT count(*) FROM range(300_000_000)").fetchall()

    asking = asyncio.create_task(asyncio.to_thread(ask))
    await asyncio.to_thread(has_begun.wait)
    await opened.close()
    assert await asking == [(300_000_000,)]


async def test_a_store_whose_engine_has_given_up_says_that_trying_again_is_no_use(tmp_path: Path) -> None:
    opened = open_store(tmp_path / "points.duckdb")
    opened._connection.close()
    with pytest.raises(StoreLostError):
        await write(opened, [frame(1)])


async def test_a_commit_that_is_durable_although_it_failed_afterwards_counts(
    store: DuckDBStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails_afterwards(cursor: duckdb.DuckDBPyConnection, frames: Sequence[FrameRows], *, oldest: datetime) -> None:
        write_frames(cursor, frames, oldest=oldest)
        raise CommitUncertainError("the checkpoint after it failed")

    monkeypatch.setattr("collector.stores.duckdb.write_frames", fails_afterwards)
    assert await write(store, [frame(1)]) == []
    assert store.stored_frames(START) == {("gw-a", "00c0ffee"): [(1, 1)]}


async def test_a_commit_of_which_nothing_is_there_is_tried_again(
    store: DuckDBStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise CommitUncertainError("no space left on device")

    monkeypatch.setattr("collector.stores.duckdb.write_frames", fails)
    with pytest.raises(StoreError) as caught:
        await write(store, [frame(1)])
    assert not caught.value.is_permanent


def test_a_file_with_other_columns_is_refused_when_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "points.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute("CREATE TABLE reports (access_point VARCHAR)")
    with pytest.raises(StoreError, match="table reports has other columns"):
        open_store(path)


async def test_boots_come_in_the_order_in_which_they_were_last_heard_of(store: DuckDBStore) -> None:
    for minute, (boot_id, sequence) in enumerate([("ffffffff", 1), ("00000000", 1), ("ffffffff", 5), ("88888888", 1)]):
        late = StoredFrame(FrameKey("gw-a", boot_id, sequence), START + timedelta(minutes=minute), (), ())
        await write(store, [late])
    assert list(store.stored_frames(START)) == [("gw-a", "00000000"), ("gw-a", "ffffffff"), ("gw-a", "88888888")]


async def test_a_batch_that_failed_in_part_is_written_whole_and_once_when_it_is_written_again(
    store: DuckDBStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    too_large = Report.model_construct(access_point="a-1", observed_at=START, clients=10**30)
    batch = [frame(1, report("a-1", 1)), frame(2, report("a-1", 2)), frame(3, report("a-1", 3)), frame(4, too_large)]
    parts: list[int] = []

    def fails_once(cursor: duckdb.DuckDBPyConnection, frames: Sequence[FrameRows], *, oldest: datetime) -> None:
        parts.append(len(frames))
        if len(parts) == 3:
            raise duckdb.IOException("no space left on device")
        write_frames(cursor, frames, oldest=oldest)

    monkeypatch.setattr("collector.stores.duckdb.write_frames", fails_once)
    with pytest.raises(StoreError) as caught:
        await write(store, batch)
    assert not caught.value.is_permanent
    (refused,) = await write(store, batch)
    assert refused.key.sequence == 4
    assert store.stored_frames(START) == {("gw-a", "00c0ffee"): [(1, 3)]}
    assert store._connection.execute("SELECT count(*) FROM reports").fetchone() == (3,)


class Limits:
    """What memory DuckDB may take, each time that the store has said so. `then` is called after the first."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.then: Callable[[], None] = lambda: None

    def set_lean(self, connection: duckdb.DuckDBPyConnection, *, is_lean: bool) -> None:
        set_lean(connection, is_lean=is_lean)
        self.told.append(memory_limit(connection))
        if len(self.told) == 1:
            self.then()


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> Limits:
    limits = Limits()
    monkeypatch.setattr(duckdb_store, "set_lean", limits.set_lean)
    return limits


def memory_limit(connection: duckdb.DuckDBPyConnection) -> str:
    ((limit,),) = connection.execute("SELECT current_setting('memory_limit')").fetchall()
    return str(limit)


async def test_the_log_is_written_in_half_the_memory_and_then_there_is_all_of_it(
    store: DuckDBStore, limits: Limits
) -> None:
    usual = memory_limit(store._connection)
    await write(store, [frame(1, report("a-1", 0))])
    await store.maintain(START)
    assert usual == "45.7 MiB"
    assert limits.told == ["22.8 MiB", usual]
    assert memory_limit(store._connection) == usual


async def test_a_question_that_comes_meanwhile_has_all_memory(store: DuckDBStore, limits: Limits) -> None:
    seen: list[str] = []

    def ask() -> None:
        with store._question() as cursor:
            seen.append(memory_limit(cursor))

    limits.then = ask
    await store.maintain(START)
    assert seen == ["45.7 MiB"]
    assert limits.told == ["22.8 MiB", "45.7 MiB"]


async def test_a_question_that_is_under_way_keeps_all_memory(store: DuckDBStore, limits: Limits) -> None:
    with store._question():
        await store.maintain(START)
    assert limits.told == []
