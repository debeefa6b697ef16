"""Reads the DuckDB file for pages and rankings: short buckets from raw points, hours from rollups where they stand."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import duckdb

from collector.stores import HourlyUsage, TrafficPoint

HOUR_SECONDS = 3600
_ROWS_AT_ONCE = 150_000
Rows = list[tuple[Any, ...]]

BUCKET = "(epoch_us({instant}) // $bucket_us) * $bucket_us AS bucket"
_RAW = f"""
SELECT access_point, {BUCKET.format(instant="observed_at")},
       avg(download_bits_per_second) AS download, avg(upload_bits_per_second) AS upload, avg(clients) AS clients
FROM reports
WHERE observed_at >= $since AND observed_at < $until AND access_point IN (SELECT unnest($access_points))
GROUP BY access_point, bucket
"""  # noqa: S608  # constants only
STALE = "SELECT DISTINCT hour FROM dirty_hours WHERE hour < $until AND hour > $since - INTERVAL 1 HOUR"
_HOURS = f"""
WITH stale AS MATERIALIZED ({STALE}),
radio_hours AS (
    SELECT access_point, hour, busy_ratio FROM hourly_radios
    WHERE hour >= $since AND hour < $until AND access_point IN (SELECT unnest($access_points))
      AND hour NOT IN (SELECT hour FROM stale)
    UNION ALL
    SELECT access_point, date_trunc('hour', observed_at) AS hour, avg(busy_ratio) FROM radios
    WHERE observed_at >= $stale_since AND observed_at >= $since AND observed_at < $until
      AND access_point IN (SELECT unnest($access_points))
      AND date_trunc('hour', observed_at) IN (SELECT hour FROM stale)
    GROUP BY access_point, name, band, date_trunc('hour', observed_at)
),
busiest AS (SELECT access_point, hour, max(busy_ratio) AS busy_ratio FROM radio_hours GROUP BY access_point, hour),
report_hours AS (
    SELECT access_point, hour, reports, download_bits_per_second, upload_bits_per_second, clients,
           download_bits_per_second_count, upload_bits_per_second_count, clients_count,
           peak_download_bits_per_second, peak_upload_bits_per_second, peak_clients
    FROM hourly_reports
    WHERE hour >= $since AND hour < $until AND access_point IN (SELECT unnest($access_points))
      AND hour NOT IN (SELECT hour FROM stale)
    UNION ALL
    SELECT access_point, date_trunc('hour', observed_at) AS hour, count(*),
           avg(download_bits_per_second), avg(upload_bits_per_second), avg(clients),
           count(download_bits_per_second), count(upload_bits_per_second), count(clients),
           max(download_bits_per_second), max(upload_bits_per_second), max(clients)
    FROM reports
    WHERE observed_at >= $stale_since AND observed_at >= $since AND observed_at < $until
      AND access_point IN (SELECT unnest($access_points))
      AND date_trunc('hour', observed_at) IN (SELECT hour FROM stale)
    GROUP BY access_point, date_trunc('hour', observed_at)
)
"""  # noqa: S608  # constants only
_USAGE = f"""
{_HOURS}
SELECT report_hours.access_point, report_hours.hour, reports, download_bits_per_second, upload_bits_per_second,
       peak_download_bits_per_second, peak_upload_bits_per_second, clients, peak_clients, busy_ratio
FROM report_hours LEFT JOIN busiest USING (access_point, hour)
ORDER BY report_hours.access_point, report_hours.hour
"""  # noqa: S608  # constants only
_FROM_HOURS = f"""
{_HOURS}
SELECT access_point, {BUCKET.format(instant="hour")},
       sum(download_bits_per_second * download_bits_per_second_count)
           / nullif(sum(download_bits_per_second_count), 0) AS download,
       sum(upload_bits_per_second * upload_bits_per_second_count)
           / nullif(sum(upload_bits_per_second_count), 0) AS upload,
       sum(clients * clients_count) / nullif(sum(clients_count), 0) AS clients
FROM report_hours
GROUP BY access_point, bucket
"""  # noqa: S608  # constants only


def traffic(
    cursor: duckdb.DuckDBPyConnection,
    access_points: Sequence[str],
    since: datetime,
    until: datetime,
    bucket_seconds: int,
) -> list[TrafficPoint]:
    """The access points together."""
    each, parameters = _traffic_of_each(cursor, access_points, since, until, bucket_seconds)
    query = f"SELECT bucket, sum(download), sum(upload), sum(clients) FROM ({each}) GROUP BY bucket ORDER BY bucket"  # noqa: S608  # constants only
    return [
        TrafficPoint(from_microseconds(at), *values) for at, *values in cursor.execute(query, parameters).fetchall()
    ]


def traffic_by_access_point(
    cursor: duckdb.DuckDBPyConnection,
    access_points: Sequence[str],
    since: datetime,
    until: datetime,
    bucket_seconds: int,
) -> Iterator[tuple[str, TrafficPoint]]:
    """Each by itself, in order."""
    each, parameters = _traffic_of_each(cursor, access_points, since, until, bucket_seconds)
    query = f"SELECT access_point, bucket, download, upload, clients FROM ({each}) ORDER BY access_point, bucket"  # noqa: S608  # constants only
    for access_point, at, *values in cursor.execute(query, parameters).fetchall():
        yield access_point, TrafficPoint(from_microseconds(at), *values)


def hourly_usage(
    cursor: duckdb.DuckDBPyConnection, access_points: Sequence[str], since: datetime, until: datetime
) -> Iterator[tuple[str, HourlyUsage]]:
    """Each access point's hours that begin in the span, in order within each. So many access points at once as fit
    into DuckDB's memory with all their hours."""
    first, end = next_hour(since), next_hour(until)
    parameters = span(cursor, access_points, first, end)
    hours = max(1, round((end - first).total_seconds()) // HOUR_SECONDS)
    at_once = max(1, _ROWS_AT_ONCE // hours)
    places = list(dict.fromkeys(access_points))
    for start in range(0, len(places), at_once):
        part = {"access_points": places[start : start + at_once]}
        for access_point, hour, *values in cursor.execute(_USAGE, parameters | part).fetchall():
            yield access_point, HourlyUsage(hour.replace(tzinfo=UTC), *values)


def naive(instant: datetime) -> datetime:
    """The database's timestamps are UTC without saying so."""
    return instant.astimezone(UTC).replace(tzinfo=None)


def _traffic_of_each(
    cursor: duckdb.DuckDBPyConnection,
    access_points: Sequence[str],
    since: datetime,
    until: datetime,
    bucket_seconds: int,
) -> tuple[str, dict[str, object]]:
    """The question about each access point, and its parameters. Whole hours are asked of the rollups, which are there
    when the raw points are long gone."""
    is_of_hours = all(number % HOUR_SECONDS == 0 for number in (bucket_seconds, since.timestamp(), until.timestamp()))
    query = _FROM_HOURS if is_of_hours else _RAW
    parameters = (
        span(cursor, access_points, since, until)
        if is_of_hours
        else {"access_points": list(access_points), "since": naive(since), "until": naive(until)}
    )
    return query, parameters | {"bucket_us": bucket_seconds * 1_000_000}


def span(
    cursor: duckdb.DuckDBPyConnection, access_points: Sequence[str], since: datetime, until: datetime
) -> dict[str, object]:
    """Parameters for a question about whole hours. `stale_since` lets DuckDB pass over the raw points before it."""
    ends = {"since": naive(since), "until": naive(until)}
    ((stale_since,),) = cursor.execute(f"SELECT min(hour) FROM ({STALE})", ends).fetchall()  # noqa: S608  # constants only
    return {"access_points": list(access_points), **ends, "stale_since": stale_since or ends["until"]}


def next_hour(instant: datetime) -> datetime:
    """The first hour that begins at this instant or later."""
    return datetime.fromtimestamp(-(-instant.timestamp() // HOUR_SECONDS) * HOUR_SECONDS, UTC)


def from_microseconds(microseconds: int) -> datetime:
    """The instant so many microseconds after 1970."""
    return datetime.fromtimestamp(microseconds / 1_000_000, UTC)
