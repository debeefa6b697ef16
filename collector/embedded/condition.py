"""Reads the condition of one access point off the DuckDB file: a day or so of raw points.

A table is scanned once for it: in a large city finding one place's rows is most of the work.
"""

from datetime import UTC, datetime

import duckdb

from collector.condition import TELLS_OF_DEVICE, CheckMeans, Condition, HeardReport, RadioMeans, UplinkMeans
from collector.condition_parts import ConditionParts, UsageMeans
from collector.embedded.reading import BUCKET, from_microseconds, naive
from collector.evidence import RadioKey

_IN_SPAN = "access_point = $access_point AND observed_at >= $since AND observed_at < $until"
_BOTH = "coalesce(avg(rx_{0}) + avg(tx_{0}), avg(rx_{0}), avg(tx_{0}))"
_BUCKET = BUCKET.format(instant="observed_at")
_REPORTS = f"""
SELECT observed_at, interval_seconds, is_up, uptime_seconds,
       {" OR ".join(f"{column} IS NOT NULL" for column in TELLS_OF_DEVICE)},
       {_BUCKET}, count(*) OVER alike, avg(clients) OVER alike,
       avg(download_bits_per_second) OVER alike, avg(upload_bits_per_second) OVER alike
FROM reports WHERE {_IN_SPAN} WINDOW alike AS (PARTITION BY bucket)
"""  # noqa: S608  # constants only
_RADIOS = f"""
SELECT {_BUCKET}, name, band, avg(busy_ratio), avg(rx_ratio), avg(tx_ratio), avg(retry_ratio)
FROM radios WHERE {_IN_SPAN} GROUP BY bucket, name, band
"""  # noqa: S608  # constants only
_UPLINKS = f"""
SELECT {_BUCKET}, name, min(speed_bits_per_second),
       {_BOTH.format("errors_per_second")}, {_BOTH.format("drops_per_second")}
FROM interfaces WHERE {_IN_SPAN} AND is_uplink GROUP BY bucket, name
"""  # noqa: S608  # constants only
_CHECKS = f"""
SELECT {_BUCKET}, kind, count(*) FILTER (is_ok), count(*) FILTER (NOT is_ok), avg(latency_seconds)
FROM probes WHERE {_IN_SPAN} GROUP BY bucket, kind, target, server, direction
"""  # noqa: S608  # constants only


def condition(
    cursor: duckdb.DuckDBPyConnection, access_point: str, since: datetime, until: datetime, bucket_seconds: int
) -> Condition:
    """Of the span, its beginning included and its end not."""
    parameters = {
        "access_point": access_point,
        "since": naive(since),
        "until": naive(until),
        "bucket_us": bucket_seconds * 1_000_000,
    }
    parts = ConditionParts()
    for heard_at, interval, is_up, uptime, tells, at, *usage in cursor.execute(_REPORTS, parameters).fetchall():
        parts.heard.append(HeardReport(heard_at.replace(tzinfo=UTC), interval, is_up, uptime, tells))
        parts.usage[from_microseconds(at)] = UsageMeans(*usage)
    for at, name, band, *means in cursor.execute(_RADIOS, parameters).fetchall():
        parts.add_radio(from_microseconds(at), RadioKey(name, band or ""), RadioMeans(*means))
    for at, name, *means in cursor.execute(_UPLINKS, parameters).fetchall():
        parts.add_uplink(from_microseconds(at), name, UplinkMeans(*means))
    for at, kind, *means in cursor.execute(_CHECKS, parameters).fetchall():
        parts.add_checks(from_microseconds(at), kind, CheckMeans(*means))
    return parts.together()
