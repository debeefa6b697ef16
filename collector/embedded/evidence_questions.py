"""The questions that evidence is made of, in SQL: one for each table of hours.

Of a quantile near the top DuckDB keeps the highest values of a group only (`max(value, so many)`), a twentieth of what
all hours of a city would take. How many is a parameter of the question: `$busiest`, and `$upper_half` for a median.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from collector.embedded.hours import hours_of, with_stale
from collector.embedded.reading import HOUR_SECONDS
from collector.evidence import BUSIEST

_BOTH = "coalesce(avg(rx_{0}) + avg(tx_{0}), avg(rx_{0}), avg(tx_{0}))"


@dataclass(frozen=True, slots=True)
class Question:
    """A question about some access points, and how many times as many values as `$busiest` it keeps of each, as is to
    be expected: more radios or checks than that take more."""

    sql: str
    times: int


def _busy(value: str) -> str:
    """Interpolated linearly between its two neighbours, which are found from the top."""
    highest, position = f"max({value}, $busiest)", f"({BUSIEST}::DOUBLE * (count({value}) - 1))"
    from_top = f"count({value}) - floor({position})::BIGINT"
    below, above = f"{highest}[{from_top}]", f"{highest}[{from_top} - 1]"
    return f"{below} + coalesce(({position} - floor({position})) * ({above} - {below}), 0)"


def _grouped(hours: str, keys: str, values: Mapping[str, str]) -> str:
    named = ", ".join(f"{sql} AS {name}" for name, sql in values.items())
    return with_stale(f"SELECT access_point{keys}, {named} FROM ({hours}) GROUP BY access_point{keys}")  # noqa: S608  # constants only


USAGE = Question(
    _grouped(
        hours_of("reports"),
        "",
        {
            "hours": "count(*)",
            "reports": "sum(reports)::BIGINT",
            "download_bits_per_second": _busy("download_bits_per_second"),
            "upload_bits_per_second": _busy("upload_bits_per_second"),
            "peak_download_bits_per_second": "max(peak_download_bits_per_second)",
            "peak_upload_bits_per_second": "max(peak_upload_bits_per_second)",
            "clients": _busy("clients"),
            "cpu_ratio": _busy("cpu_ratio"),
            "temperature_celsius": _busy("peak_temperature_celsius"),
            "starts": "CASE WHEN count(least_uptime_seconds) > 0"
            f" THEN count(*) FILTER (least_uptime_seconds < {HOUR_SECONDS}) END",
        },
    ),
    times=5,
)
RADIOS = Question(
    _grouped(
        hours_of("radios"),
        ", name, band",
        {
            "hours": "count(*)",
            "busy_ratio": _busy("busy_ratio"),
            "foreign_ratio": _busy("(busy_ratio - rx_ratio - tx_ratio)"),
            "retry_ratio": _busy("retry_ratio"),
            "failure_ratio": _busy("failure_ratio"),
            "clients": _busy("clients"),
            "noise_dbm": "avg(noise_dbm)",
            "tx_phy_rate_bits_per_second": "avg(tx_phy_rate_bits_per_second)",
        },
    ),
    times=2 * 5,
)
UPLINKS = Question(
    _grouped(
        hours_of("interfaces", "is_uplink"),
        ", name",
        {
            "hours": "count(*)",
            "max_speed_bits_per_second": "max(max_speed_bits_per_second)",
            "flow_bits_per_second": f"greatest({_busy('rx_bits_per_second')}, {_busy('tx_bits_per_second')})",
            "errors_per_second": _BOTH.format("errors_per_second"),
            "drops_per_second": _BOTH.format("drops_per_second"),
            "up_ratio": "avg(up_ratio)",
        },
    ),
    times=2,
)
_OF_EACH_SPEED = with_stale(
    "SELECT access_point, name, least_speed_bits_per_second AS speed, count(*) AS times"  # noqa: S608  # constants only
    f" FROM ({hours_of('interfaces', 'is_uplink')}) WHERE least_speed_bits_per_second IS NOT NULL"
    " GROUP BY access_point, name, speed"
)
_MEDIANS = f"""
SELECT access_point, name, (min(speed) FILTER (2 * so_far >= hours) + min(speed) FILTER (2 * so_far > hours)) / 2
FROM (
    SELECT access_point, name, speed, sum(times) OVER up_to AS so_far, sum(times) OVER uplink AS hours
    FROM ({_OF_EACH_SPEED})
    WINDOW uplink AS (PARTITION BY access_point, name), up_to AS (uplink ORDER BY speed)
)
GROUP BY access_point, name
"""  # noqa: S608  # constants only
SPEEDS = Question(_MEDIANS, times=1)
_OF_EACH_CHECK = _grouped(
    hours_of("probes"),
    ", kind, target, server, direction",
    {
        "checks": "sum(checks)::BIGINT",
        "good_checks": "sum(good_checks)::BIGINT",
        "bad_checks": "sum(bad_checks)::BIGINT",
        "latency_seconds": _busy("latency_seconds"),
        "losses": "sum(loss_ratio)",
        "loss_hours": "count(loss_ratio)",
        "throughputs": "sum(throughput_bits_per_second) FILTER (direction = 'download')",
        "throughput_hours": "count(throughput_bits_per_second) FILTER (direction = 'download')",
    },
)
_BY_KIND = f"""
SELECT access_point, kind, sum(checks)::BIGINT, sum(good_checks)::BIGINT, sum(bad_checks)::BIGINT, max(latency_seconds),
       sum(losses) / nullif(sum(loss_hours), 0), sum(throughputs) / nullif(sum(throughput_hours), 0)
FROM ({_OF_EACH_CHECK}) GROUP BY access_point, kind
"""  # noqa: S608  # constants only
PROBES = Question(_BY_KIND, times=6)
_DOWNLOADS = hours_of("probes", "direction = 'download'")
THROUGHPUT = with_stale(
    "SELECT access_point, hour, sum(good_throughput_count)::BIGINT,"  # noqa: S608  # constants only
    " sum(good_throughput_bits_per_second * good_throughput_count) / sum(good_throughput_count)"
    f" FROM ({_DOWNLOADS}) WHERE good_throughput_count > 0"
    " GROUP BY access_point, hour ORDER BY access_point, hour"
)
