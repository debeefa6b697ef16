"""Hourly rollups: what stays of the raw points when they are forgotten, and what long questions are answered from.

An hour is rolled up when it is over and nothing more has come for it for a while; what comes later makes it dirty, and
it is rolled up anew. Until then questions about it go to the raw points, which are kept longer than anything may be
late. An hour's row is therefore always the whole truth, or not used.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb

from collector.embedded.transactions import roll_back
from collector.points import Column, Kind

QUIET = timedelta(minutes=10)
"""For so long nothing must have come for an hour before it is rolled up ..."""
PATIENCE = timedelta(hours=1)
"""... unless it is over, and something has been waiting for it, for as long as this."""


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A column of a rollup, and the SQL that makes it of an hour's raw rows."""

    column: Column
    sql: str


@dataclass(frozen=True, slots=True)
class Rollup:
    """A table of hours: of which raw table, by which columns beside the access point, and what is kept."""

    source: str
    keys: tuple[Column, ...]
    aggregates: tuple[Aggregate, ...]

    @property
    def name(self) -> str:
        """The table's name."""
        return f"hourly_{self.source}"

    @property
    def columns(self) -> tuple[Column, ...]:
        """Place and hour, the keys, and the aggregates."""
        kept = tuple(aggregate.column for aggregate in self.aggregates)
        return (Column("access_point", "text"), Column("hour", "instant"), *self.keys, *kept)


def _text(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, "text") for name in names)


def _number(name: str, sql: str, kind: Kind = "number") -> Aggregate:
    return Aggregate(Column(name, kind), sql)


def _mean(*names: str) -> tuple[Aggregate, ...]:
    return tuple(_number(name, f"avg({name})") for name in names)


def _peak(*names: str) -> tuple[Aggregate, ...]:
    return tuple(_number(f"peak_{name}", f"max({name})") for name in names)


def _count(*names: str) -> tuple[Aggregate, ...]:
    """How many reports told of it: means are put together again by these."""
    return tuple(_number(f"{name}_count", f"count({name})", "whole") for name in names)


def _last(name: str, kind: Kind) -> Aggregate:
    return _number(name, f"arg_max({name}, observed_at)", kind)


_REPORTS = _number("reports", "count(*)", "whole")
_TRAFFIC = ("download_bits_per_second", "upload_bits_per_second")
_FLOW = ("rx_bits_per_second", "tx_bits_per_second")

ROLLUPS: tuple[Rollup, ...] = (
    Rollup(
        "reports",
        (),
        (
            _REPORTS,
            *_mean(*_TRAFFIC, "clients"),
            *_count(*_TRAFFIC, "clients"),
            *_peak(*_TRAFFIC, "clients"),
            *_mean("cpu_ratio", "memory_used_ratio"),
            *_peak("cpu_ratio", "memory_used_ratio", "temperature_celsius"),
            _number("least_uptime_seconds", "min(uptime_seconds)"),
            _last("serial", "text"),
            _last("firmware", "text"),
        ),
    ),
    Rollup(
        "radios",
        _text("name", "band"),
        (
            _REPORTS,
            *_mean("busy_ratio", "rx_ratio", "tx_ratio", "noise_dbm", "retry_ratio", "failure_ratio", "clients"),
            *_mean(*_FLOW, "rx_phy_rate_bits_per_second", "tx_phy_rate_bits_per_second"),
            *_peak("busy_ratio", "retry_ratio", "clients", *_FLOW),
            _last("channel", "whole"),
            _last("width_mhz", "whole"),
            _last("standard", "text"),
            _last("capability", "text"),
            _number("up_ratio", "avg(is_up::INTEGER)"),
        ),
    ),
    Rollup(
        "client_distributions",
        (*_text("radio", "quantity"), Column("upper_bound", "number")),
        (_number("clients", "sum(clients)"),),
    ),
    Rollup("client_standards", _text("radio", "standard"), (_number("clients", "sum(clients)"),)),
    Rollup("ssids", _text("ssid", "radio"), (_REPORTS, *_mean("clients", *_FLOW), *_peak("clients"))),
    Rollup(
        "interfaces",
        (Column("is_uplink", "flag"), *_text("name")),
        (
            _REPORTS,
            _number("up_ratio", "avg(is_up::INTEGER)"),
            _number("least_speed_bits_per_second", "min(speed_bits_per_second)"),
            _last("speed_bits_per_second", "number"),
            _number("max_speed_bits_per_second", "max(max_speed_bits_per_second)"),
            *_mean(*_FLOW, "rx_errors_per_second", "tx_errors_per_second"),
            *_mean("rx_drops_per_second", "tx_drops_per_second"),
            *_peak(*_FLOW),
        ),
    ),
    Rollup(
        "probes",
        _text("kind", "target", "server", "direction"),
        (
            _number("checks", "count(*)", "whole"),
            _number("good_checks", "count(*) FILTER (is_ok)", "whole"),
            _number("bad_checks", "count(*) FILTER (NOT is_ok)", "whole"),
            *_mean("latency_seconds", "loss_ratio", "throughput_bits_per_second"),
            *_peak("latency_seconds"),
            _number("least_throughput_bits_per_second", "min(throughput_bits_per_second)"),
            _number("good_throughput_bits_per_second", "avg(throughput_bits_per_second) FILTER (is_ok)"),
            _number("good_throughput_count", "count(throughput_bits_per_second) FILTER (is_ok)", "whole"),
        ),
    ),
)

_PARTS_AT_MOST = 64
"""Each reads all of the hour: 25,000 places of two radios take 2 s in one part, and 5 s in three."""

_DUE = """
SELECT hour FROM dirty_hours WHERE hour <= $now - INTERVAL 1 HOUR
GROUP BY hour HAVING max(noted_at) <= $quiet OR greatest(min(noted_at), hour + INTERVAL 1 HOUR) <= $waiting
ORDER BY hour
"""


def hours_due(cursor: duckdb.DuckDBPyConnection, now: datetime) -> list[datetime]:
    """The hours that are to be rolled up now, oldest first. Instants are UTC, naive."""
    parameters = {"now": now, "quiet": now - QUIET, "waiting": now - PATIENCE}
    return [hour for (hour,) in cursor.execute(_DUE, parameters).fetchall()]


def roll_up(cursor: duckdb.DuckDBPyConnection, hour: datetime) -> None:
    """Make an hour's rows anew, in one transaction that also makes the hour clean: whatever is written meanwhile makes
    it dirty again, for a transaction does not see what others add. The cursor is in no transaction before or after.

    Where the places of a city do not fit into DuckDB's memory at once they are taken in parts.
    """
    parts = 1
    while True:
        cursor.begin()
        try:
            _roll_up_in_parts(cursor, hour, parts)
            cursor.commit()
        except duckdb.OutOfMemoryException:
            roll_back(cursor)
            if parts == _PARTS_AT_MOST:
                raise
            parts *= 2
        except BaseException:
            roll_back(cursor)
            raise
        else:
            return


def _roll_up_in_parts(cursor: duckdb.DuckDBPyConnection, hour: datetime, parts: int) -> None:
    cursor.execute("DELETE FROM dirty_hours WHERE hour = $hour", {"hour": hour})
    for rollup in ROLLUPS:
        cursor.execute(f"DELETE FROM {rollup.name} WHERE hour = $hour", {"hour": hour})  # noqa: S608  # a constant's name
        for part in range(parts):
            cursor.execute(_statement(rollup), {"hour": hour, "parts": parts, "part": part})


def _statement(rollup: Rollup) -> str:
    """In order of the access points: a question about some of them finds them beside each other, which takes a tenth
    less time."""
    keys = "".join(f", {column.name}" for column in rollup.keys)
    kept = ", ".join(aggregate.sql for aggregate in rollup.aggregates)
    return (
        f"INSERT INTO {rollup.name} SELECT access_point, $hour::TIMESTAMP{keys}, {kept} FROM {rollup.source}"  # noqa: S608  # constants only
        " WHERE observed_at >= $hour AND observed_at < $hour + INTERVAL 1 HOUR"
        f" AND hash(access_point) % $parts = $part GROUP BY access_point{keys} ORDER BY access_point{keys}"
    )
