"""How long the pages and the rankings wait for DuckDB, over a month of reports a minute from 2,000 access points.

The reports are drawn by DuckDB itself, straight into the tables; hours are rolled up by the store, as they are in
service, and the hour that is not over is answered from the raw points. Columns that no question asks for are left
empty: what is read in columns does not see them.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from bench_fleet import BenchFleet
from rig import IS_QUICK

from collector.stores.duckdb import Retention, open_store
from collector.web.city.traffic import CHART_BUCKET_SECONDS, SPARKLINE_BUCKET_SECONDS

DAYS = 1 if IS_QUICK else 30
FLEET = BenchFleet(agents=500 if IS_QUICK else 2_000)
SITE = 114
"""Yeouido's access points."""
NOW = datetime(2026, 5, 31, 12, 30, tzinfo=UTC)
TIMES = 5

_REPORTS = """
INSERT INTO reports BY NAME
SELECT access_point, minute + to_seconds(position % 60) AS observed_at, 60.0 AS interval_seconds, true AS is_up,
       floor(60 * random())::BIGINT AS clients,
       floor(2e8 * random()) AS download_bits_per_second, floor(4e7 * random()) AS upload_bits_per_second
FROM (SELECT unnest(range($since::TIMESTAMP, $until::TIMESTAMP, INTERVAL 1 MINUTE)) AS minute),
     (SELECT unnest($places) AS access_point, unnest(range(len($places))) AS position)
"""
_RADIOS = """
INSERT INTO radios BY NAME
SELECT access_point, observed_at, name, band, round(random(), 3) AS busy_ratio
FROM reports, (VALUES ('radio0', '2.4'), ('radio1', '5')) AS radio(name, band)
WHERE observed_at >= $since AND observed_at < $until
"""
_DIRTY = """
INSERT INTO dirty_hours
SELECT unnest(range($since::TIMESTAMP, $until::TIMESTAMP, INTERVAL 1 HOUR)), $until
"""


def fill(path: Path) -> None:
    """A store's file with all the reports until now, a day at a time, as they come."""
    places = FLEET.access_points()
    with duckdb.connect(path) as connection:
        for day in range(DAYS, 0, -1):
            end = NOW - timedelta(days=day - 1)
            span = {"since": (end - timedelta(days=1)).replace(tzinfo=None), "until": end.replace(tzinfo=None)}
            connection.execute(_REPORTS, span | {"places": places})
            connection.execute(_RADIOS, span)
        whole = {
            "since": (NOW - timedelta(days=DAYS)).replace(tzinfo=None, minute=0),
            "until": NOW.replace(tzinfo=None),
        }
        connection.execute(_DIRTY, whole)


@contextmanager
def timed(note: Callable[[str, float], None], name: str, per: float = 1.0) -> Iterator[None]:
    began = time.perf_counter()
    yield
    note(name, (time.perf_counter() - began) / per)


@pytest.mark.timeout(3600)
async def test_questions_of_the_pages(tmp_path: Path, note: Callable[[str, float], None]) -> None:
    path, city = tmp_path / "points.duckdb", FLEET.access_points()
    await open_store(path).close()
    with timed(note, "query_filling_seconds"):
        fill(path)
    store = open_store(path, Retention(raw=timedelta(days=DAYS + 1)))
    try:
        with timed(note, "rollup_seconds_per_hour", DAYS * 24):
            await store.maintain(NOW + timedelta(minutes=20))
        day, days, site = NOW - timedelta(days=1), NOW - timedelta(days=DAYS), city[:SITE]
        questions: dict[str, Callable[[], object]] = {
            "traffic_of_city_1_day": lambda: store.traffic(city, day, NOW, CHART_BUCKET_SECONDS),
            "traffic_of_site_1_day": lambda: store.traffic(site, day, NOW, CHART_BUCKET_SECONDS),
            "traffic_by_access_point_of_site_1_day": lambda: store.traffic_by_access_point(
                site, day, NOW, SPARKLINE_BUCKET_SECONDS
            ),
            "traffic_of_access_point_1_day": lambda: store.traffic(city[16:17], day, NOW, CHART_BUCKET_SECONDS),
            f"hourly_usage_of_city_{DAYS}_days": lambda: store.hourly_usage(city, days, NOW),
        }
        for name, ask in questions.items():
            times = [seconds_of(ask) for _ in range(TIMES)]
            note(f"query_{name}_first_milliseconds", times[0] * 1000)
            note(f"query_{name}_p50_milliseconds", statistics.median(times) * 1000)
        usage = store.hourly_usage(city, days, NOW)
    finally:
        await store.close()
    note(f"query_reports_over_{DAYS}_days", DAYS * 1440 * len(city))
    assert len(usage) == len(city)
    assert sum(hour.reports for hour in usage[city[0]]) == DAYS * 1440 - 30  # the hour that `since` lies in is left out


def seconds_of(ask: Callable[[], object]) -> float:
    began = time.perf_counter()
    ask()
    return time.perf_counter() - began
