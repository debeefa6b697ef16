"""Watching an engine: another run of it is told from this one, and what it drops is told at all."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from engines import ORG, TOKEN, InfluxDB, VictoriaMetrics
from harness import FrozenClock
from influx_http import Request, answer, serving
from writing import write

from agent.wire import Report
from collector.influx.settings import InfluxSettings
from collector.influx.watching import Watch
from collector.stores import FrameKey, StoredFrame, StoredReport, StoreError
from collector.stores.influx import InfluxStore, open_store

NOW = datetime(2026, 5, 2, 12, tzinfo=UTC)


def frame(*, at: datetime, reports: int = 100) -> StoredFrame:
    stored = tuple(
        StoredReport(f"a-{number}", at, False, Report(observed_at=at, clients=number)) for number in range(reports)
    )
    return StoredFrame(FrameKey("gw", "00c0ffee", 1), NOW, stored, ())


@contextmanager
def running(folder: Path, *flags: str) -> Iterator[VictoriaMetrics]:
    engine = VictoriaMetrics(folder, *flags)
    engine.start()
    try:
        yield engine
    finally:
        engine.kill()


@asynccontextmanager
async def store_at(engine: VictoriaMetrics) -> AsyncIterator[InfluxStore]:
    store = open_store(InfluxSettings.model_validate({"engine": "victoriametrics", "url": engine.url}))
    try:
        yield store
    finally:
        await store.close()


async def named(store: InfluxStore) -> str:
    """The engine's incarnation, which it has when it is a second old."""
    async with asyncio.timeout(30):
        while (name := await store.incarnation()) is None:
            await asyncio.sleep(0.05)
    return name


async def test_a_killed_victoriametrics_has_lost_what_it_took_and_comes_back_as_another(tmp_path: Path) -> None:
    """Why acknowledgements wait for `settle_seconds`, and why points are written again after a restart."""
    names, until = [f"a-{number}" for number in range(100)], NOW + timedelta(hours=1)
    with running(tmp_path) as engine:
        async with store_at(engine) as store:
            before = await named(store)
            await write(store, [frame(at=NOW)])
            assert await store.incarnation() == before
            engine.kill()
            assert await store.incarnation() is None
            assert not store.is_healthy()
            with pytest.raises(StoreError):
                await write(store, [frame(at=NOW)])
            engine.start()
            assert await named(store) != before
            assert len(store.traffic_by_access_point(names, NOW, until, 3600)) < 100
            await write(store, [frame(at=NOW)])
            engine.flush()
            assert len(store.traffic_by_access_point(names, NOW, until, 3600)) == 100


async def test_a_killed_influxdb_has_all_that_it_took(tmp_path: Path) -> None:
    """Why nothing waits for it to settle."""
    engine = InfluxDB(tmp_path)
    engine.start()
    try:
        (tmp_path / "token").write_text(TOKEN)
        document = {"engine": "influxdb", "url": engine.url, "org": ORG, "token_file": tmp_path / "token"}
        store = open_store(InfluxSettings.model_validate(document))
        await write(store, [frame(at=NOW)])
        engine.kill()
        engine.start()
        names = [f"a-{number}" for number in range(100)]
        assert len(store.traffic_by_access_point(names, NOW, NOW + timedelta(hours=1), 3600)) == 100
        await store.close()
    finally:
        engine.kill()


async def test_what_victoriametrics_drops_behind_a_204_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with running(tmp_path) as engine:
        async with store_at(engine) as store:
            await named(store)
            await write(store, [frame(at=datetime(2150, 1, 1, tzinfo=UTC), reports=3)])  # two days ahead is too far
            engine.flush()
            async with asyncio.timeout(30):  # the engine tells the same metrics for about a second
                while not store.problems:
                    await store.incarnation()
                    await asyncio.sleep(0.05)
            assert len(store.problems) == 1
            assert "-retentionPeriod" in store.problems[0]
            assert "store_drops" in caplog.text


async def test_a_full_disk_is_an_error_that_passes_and_a_problem_that_is_told(tmp_path: Path) -> None:
    with running(tmp_path, "-storage.minFreeDiskSpaceBytes=8000GB") as engine:
        async with store_at(engine) as store:
            await store.check()
            with pytest.raises(StoreError, match="read-only") as caught:
                await write(store, [frame(at=NOW)])
            assert not caught.value.is_permanent
            await named(store)
            assert [problem for problem in store.problems if "free its disk" in problem]


def metrics(**values: float) -> bytes:
    return answer(200, "".join(f"{name} {value}\n" for name, value in values.items()).encode())


async def test_all_that_are_watched_must_answer_and_be_old_enough_to_be_told_apart() -> None:
    said = {
        "/one": metrics(vm_app_start_timestamp=1777723200, vm_app_uptime_seconds=5),
        "/two": metrics(process_start_time_seconds=1777723200.25),
    }

    async def script(request: Request) -> bytes:
        return said[request.path]

    async with serving(script) as server:
        watch = Watch([f"{server.url}/one", f"{server.url}/two"], lambda: 0.0)
        first = await watch.incarnation()
        assert first is not None
        said["/two"] = metrics(process_start_time_seconds=1777723200.75)
        second = await watch.incarnation()
        assert second not in {None, first}
        said["/one"] = metrics(vm_app_start_timestamp=1777723200, vm_app_uptime_seconds=0)
        assert await watch.incarnation() is None
        for silent in (answer(503), answer(302, Location="/two"), metrics(go_goroutines=1), answer(200, b"\xff\xfe")):
            said["/one"] = silent
            assert await watch.incarnation() is None
        await watch.close()


async def test_counters_are_compared_with_the_last_time_and_forgotten_after_a_while(
    clock: FrozenClock, caplog: pytest.LogCaptureFixture
) -> None:
    dropped = 7.0

    async def script(request: Request) -> bytes:
        text = (
            "vm_app_start_timestamp 1777723200\nvm_app_uptime_seconds 100\n"
            f'vm_rows_invalid_total{{type="influx"}} {dropped}\nvm_rows_invalid_total{{type="graphite"}} 0\n'
        )
        return answer(200, text.encode())

    async with serving(script) as server:
        watch = Watch([f"{server.url}/metrics"], clock.monotonic)
        await watch.incarnation()
        assert watch.problems == []  # it was so before we came
        dropped = 9.0
        await watch.incarnation()
        assert watch.problems == [f"{server.url}/metrics: the engine dropped 2 lines it could not read"]
        dropped = 3.0  # it has started anew
        await watch.incarnation()
        assert watch.problems == [f"{server.url}/metrics: the engine dropped 3 lines it could not read"]
        await watch.incarnation()
        assert caplog.text.count("store_drops") == 1
        clock.advance(61)
        await watch.incarnation()
        assert caplog.text.count("store_drops") == 2
        clock.advance(600)
        assert watch.problems == []
        await watch.close()
