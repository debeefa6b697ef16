"""Every store, each on its engine."""

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from engines import InfluxDB, VictoriaMetrics
from store_bench import Bench, influx_settings

from collector.stores import Store
from collector.stores import duckdb as duckdb_store
from collector.stores import influx as influx_store

_DAYS_OF_A_TEST = 4
_starts = iter(range(0, 40_000, _DAYS_OF_A_TEST))


@pytest.fixture(scope="session")
def victoria_metrics(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VictoriaMetrics]:
    engine = VictoriaMetrics(tmp_path_factory.mktemp("engine"))
    engine.start()
    yield engine
    engine.kill()


@pytest.fixture(scope="session")
def influxdb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfluxDB]:
    engine = InfluxDB(tmp_path_factory.mktemp("engine"))
    engine.start()
    yield engine
    engine.kill()
    assert engine.faults == []


@pytest.fixture(params=["duckdb", "victoriametrics", "influxdb"])
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    start = datetime(2025, 1, 1, 12, tzinfo=UTC) + timedelta(days=next(_starts))
    store: Store
    if request.param == "duckdb":
        store = duckdb_store.open_store(tmp_path / "points.duckdb")
        flush: Callable[[], None] = _nothing
    else:
        fixture = {"victoriametrics": "victoria_metrics", "influxdb": "influxdb"}[request.param]
        engine: VictoriaMetrics | InfluxDB = request.getfixturevalue(fixture)
        store = influx_store.open_store(influx_settings(request.param, engine.url, tmp_path))
        flush = engine.flush
    yield Bench(store, start, flush)
    await store.close()


def _nothing() -> None: ...
