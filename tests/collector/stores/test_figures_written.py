"""The collector's own figures on real engines: what was written reads back by the names that boards use."""

import json
import logging
import urllib.parse
import urllib.request
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from engines import BUCKET, InfluxDB, VictoriaMetrics
from store_bench import influx_settings

from collector.figures.figure import Figure
from collector.figures.measurements import MEASUREMENTS, SITE_STATE, Measurement
from collector.influx.rows import milliseconds
from collector.stores import StoreError
from collector.stores.influx import open_store
from dashboards.metrics import metrics

_days = count()
WEIRD = '물빛 광장, 여의도 = "1 (2)"'


def day() -> datetime:
    """One of its own for each test, for the engines are shared and never emptied."""
    return datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=next(_days))


def one_of(measurement: Measurement, at: datetime) -> Figure:
    """A figure with every field, each with a value of its own."""
    values = {field: position + 0.5 for position, field in enumerate(measurement.fields)}
    return Figure(measurement, dict.fromkeys(measurement.tags, WEIRD), at, values)


ALL_VALUES = {
    f"{measurement.name}.{field}": position + 0.5
    for measurement in MEASUREMENTS
    for position, field in enumerate(measurement.fields)
}


async def test_victoria_metrics_has_every_field_by_the_name_that_boards_use(
    victoria_metrics: VictoriaMetrics, tmp_path: Path
) -> None:
    at = day()
    store = open_store(influx_settings("victoriametrics", victoria_metrics.url, tmp_path))
    await store.write_figures(one_of(measurement, at) for measurement in MEASUREMENTS)
    await store.close()
    victoria_metrics.flush()
    told = {}
    for line in victoria_metrics.series():
        series = json.loads(line)
        labels = dict(series["metric"])
        if milliseconds(at) in series["timestamps"]:
            value = series["values"][series["timestamps"].index(milliseconds(at))]
            told[labels.pop("__name__")] = (value, labels)
    named = {metrics()[name].prometheus_name: name for name in ALL_VALUES}
    assert {named[name]: value for name, (value, _) in told.items()} == ALL_VALUES
    assert {named[name]: labels for name, (_, labels) in told.items()} == {
        name: dict.fromkeys(metrics()[name].tags, WEIRD) for name in ALL_VALUES
    }


async def test_influxdb_has_every_field_by_the_name_that_boards_use(influxdb: InfluxDB, tmp_path: Path) -> None:
    at = day()
    store = open_store(influx_settings("influxdb", influxdb.url, tmp_path))
    await store.write_figures(one_of(measurement, at) for measurement in MEASUREMENTS)
    await store.close()
    told = {}
    for name, metric in metrics().items():
        if name not in ALL_VALUES:
            continue
        found = ask(
            influxdb,
            f'SELECT "{metric.field}" FROM "{metric.measurement}" WHERE time = {milliseconds(at)}ms GROUP BY *',
        )
        [series] = found
        assert series.get("tags", {}) == dict.fromkeys(metric.tags, WEIRD)
        told[name] = series["values"][0][1]
    assert told == ALL_VALUES


async def test_writing_a_window_again_makes_it_larger(
    victoria_metrics: VictoriaMetrics, influxdb: InfluxDB, tmp_path: Path
) -> None:
    at = day()
    for name, url in (("victoriametrics", victoria_metrics.url), ("influxdb", influxdb.url)):
        store = open_store(influx_settings(name, url, tmp_path))
        for silent in (3, 5):
            await store.write_figures([Figure(SITE_STATE, {"site": "again"}, at, {"silent": silent})])
        await store.close()
    victoria_metrics.flush()
    [series] = map(json.loads, victoria_metrics.series('wifi_site_state_silent{site="again"}'))
    assert set(series["values"]) <= {3, 5}
    assert max(series["values"]) == 5
    query = f"SELECT silent FROM wifi_site_state WHERE site = 'again' AND time = {milliseconds(at)}ms"
    assert ask(influxdb, query)[0]["values"][0][1] == 5


async def test_a_refused_line_is_told_and_the_others_are_written(
    influxdb: InfluxDB, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A tag of more than 64 KiB is beyond what InfluxDB keeps."""
    at = day()
    store = open_store(influx_settings("influxdb", influxdb.url, tmp_path))
    sites = ["before", "x" * 70_000, "behind"]
    with caplog.at_level(logging.ERROR):
        await store.write_figures(Figure(SITE_STATE, {"site": site}, at, {"silent": 1}) for site in sites)
    await store.close()
    query = f"SELECT silent FROM wifi_site_state WHERE time = {milliseconds(at)}ms GROUP BY site"
    assert [series["tags"]["site"] for series in ask(influxdb, query)] == ["before", "behind"]
    [record] = caplog.records
    assert "figures_refused lines=1 first='wifi_site_state,site=xxx" in record.getMessage()
    assert len(record.getMessage()) < 1_000


async def test_an_engine_that_is_away_is_a_store_error(tmp_path: Path) -> None:
    store = open_store(influx_settings("victoriametrics", "http://127.0.0.1:9", tmp_path))
    with pytest.raises(StoreError):
        await store.write_figures([one_of(SITE_STATE, day())])
    await store.close()


def ask(influxdb: InfluxDB, query: str) -> list[dict[str, Any]]:
    form = urllib.parse.urlencode({"db": BUCKET, "epoch": "ms", "q": query}).encode()
    with urllib.request.urlopen(f"{influxdb.url}/query", form, timeout=30) as answer:
        [result] = json.load(answer)["results"]
    series: list[dict[str, Any]] = result.get("series", [])
    return series
