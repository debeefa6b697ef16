"""Reading evidence and active throughput from InfluxDB: a figure of each hour of a series, and of the hours another, by
subqueries.

InfluxQL's PERCENTILE is one of the hours, the nearest, where others interpolate between two. The hours in which a radio
or an uplink was reported are those of the field that most of them tell.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from collector.evidence import BUSIEST, Evidence
from collector.influx.asking import alternatives
from collector.influx.buckets import HOUR_SECONDS, hours_between, milliseconds_from
from collector.influx.evidence_figures import (
    CHECK_SUMS,
    CHECK_TELLS,
    RADIO_BUSY,
    RADIO_MEANS,
    RADIO_TELLS,
    UPLINK_BUSY,
    UPLINK_MEANS,
    UPLINK_TELLS,
    USAGE_BUSY,
    USAGE_PEAKS,
    Figures,
    Gathered,
    Tags,
)
from collector.influx.influxql_series import Database, between, every, of_places, select, spellings
from collector.influx.tables import Values, by_access_point, put, throughputs
from collector.stores import ActiveThroughput

_HOURLY = every(HOUR_SECONDS * 1000)
_CHECK = ("access_point", "kind", "target", "server", "direction")


def _each(function: str, fields: Iterable[str], *, prefix: str = "", suffix: str = "") -> dict[str, str]:
    """A figure of each field, under its name between these."""
    return {f"{prefix}{name}{suffix}": f"{function}({name})" for name in fields}


def _busy(fields: Iterable[str]) -> dict[str, str]:
    return {name: f"percentile({name}, {100 * BUSIEST:g})" for name in fields}


_USAGE_HOURLY = {
    **_each("mean", USAGE_BUSY),
    **_each("max", USAGE_PEAKS, prefix="peak_"),
    "reports": "count(reports)",
    "temperature_celsius": "max(temperature_celsius)",
    "least_uptime_seconds": "min(uptime_seconds)",
}
_USAGE = {
    **_busy((*USAGE_BUSY, "temperature_celsius")),
    **_each("max", [f"peak_{name}" for name in USAGE_PEAKS]),
    "hours": "count(reports)",
    "reports": "sum(reports)",
    "uptime_hours": "count(least_uptime_seconds)",
}
_STARTS = {"starts": "count(least_uptime_seconds)"}
_RADIO_HOURLY = {
    **_each("mean", RADIO_TELLS),
    "foreign_ratio": "mean(busy_ratio) - mean(rx_ratio) - mean(tx_ratio)",
}
_RADIO = {
    **_busy((*RADIO_BUSY, "foreign_ratio")),
    **_each("mean", RADIO_MEANS),
    **_each("count", RADIO_TELLS, suffix="_hours"),
}
_UPLINK_HOURLY = {
    **_each("mean", (*UPLINK_BUSY, *UPLINK_MEANS)),
    "speed_bits_per_second": "min(speed_bits_per_second)",
    "max_speed_bits_per_second": "max(max_speed_bits_per_second)",
}
_UPLINK = {
    **_busy(UPLINK_BUSY),
    **_each("mean", UPLINK_MEANS),
    "speed_bits_per_second": "median(speed_bits_per_second)",
    "max_speed_bits_per_second": "max(max_speed_bits_per_second)",
    **_each("count", UPLINK_TELLS, suffix="_hours"),
}
_CHECK_HOURLY = _each("mean", ("latency_seconds", *CHECK_SUMS))
_CHECKS_BY_HOURS = {
    **_busy(["latency_seconds"]),
    **_each("sum", CHECK_SUMS),
    **_each("count", CHECK_SUMS, suffix="_hours"),
}
_CHECKS = {"good_checks": "sum(is_ok)", **_each("count", CHECK_TELLS, suffix="_count")}
_MEASUREMENTS = {"checks": "count(throughput_bits_per_second)", "throughput": "sum(throughput_bits_per_second)"}


class EvidenceReader:
    """Asks about the hours that begin in a span."""

    def __init__(self, database: Database, since: datetime, until: datetime) -> None:
        self._database = database
        self._first_ms, self._end_ms = hours_between(milliseconds_from(since), milliseconds_from(until))

    def evidence(self, access_points: Sequence[str]) -> dict[str, Evidence]:
        """Of each access point."""
        told = spellings(access_points)
        gathered = Gathered()
        for names in alternatives(told):
            where = of_places(names, self._first_ms, self._end_ms)
            self._gather_usage(gathered, where)
            self._gather_radios(gathered, where)
            self._gather_uplinks(gathered, where)
            self._gather_checks(gathered, where)
        return gathered.parts(told).together()

    def hourly_throughput(self, access_points: Sequence[str]) -> dict[str, list[ActiveThroughput]]:
        """Of each access point."""
        told = spellings(access_points)
        values: Values = {}
        for names in alternatives(told):
            where = f"{of_places(names, self._first_ms, self._end_ms)} AND direction = 'download' AND is_ok = 1"
            query = select(_MEASUREMENTS, "wifi_probe", where, _HOURLY, "access_point")
            for tags, at, named in self._database.rows(query, _MEASUREMENTS):
                put(values, tags["access_point"], at, named)
        return by_access_point(values, told, throughputs)

    def _gather_usage(self, gathered: Gathered, where: str) -> None:
        hours = select(_USAGE_HOURLY, "wifi_report", where, _HOURLY, "access_point")
        for tags, figures in self._over(hours, _USAGE, "access_point"):
            of_report = gathered.of_report(tags)
            of_report |= figures
            if figures.get("uptime_hours"):
                of_report["starts"] = 0.0
        for tags, figures in self._over(hours, _STARTS, "access_point", such=f"least_uptime_seconds < {HOUR_SECONDS}"):
            gathered.of_report(tags).update(figures)

    def _gather_radios(self, gathered: Gathered, where: str) -> None:
        tags_of_radio = ("access_point", "radio", "band")
        hours = select(_RADIO_HOURLY, "wifi_radio", where, _HOURLY, *tags_of_radio)
        for tags, figures in self._over(hours, _RADIO, *tags_of_radio):
            gathered.of_radio(tags).update(figures, hours=_most_hours(figures, RADIO_TELLS))

    def _gather_uplinks(self, gathered: Gathered, where: str) -> None:
        tags_of_uplink = ("access_point", "interface")
        hours = select(_UPLINK_HOURLY, "wifi_interface", f"{where} AND role = 'uplink'", _HOURLY, *tags_of_uplink)
        for tags, figures in self._over(hours, _UPLINK, *tags_of_uplink):
            gathered.of_uplink(tags).update(figures, hours=_most_hours(figures, UPLINK_TELLS))

    def _gather_checks(self, gathered: Gathered, where: str) -> None:
        for tags, _, named in self._database.rows(select(_CHECKS, "wifi_probe", where, *_CHECK), _CHECKS):
            gathered.of_check(_as_told(tags)).update(_known(named))
        hours = select(_CHECK_HOURLY, "wifi_probe", where, _HOURLY, *_CHECK)
        for tags, figures in self._over(hours, _CHECKS_BY_HOURS, *_CHECK):
            gathered.of_check(tags).update(figures)

    def _over(self, hours: str, named: Mapping[str, str], *tags: str, such: str = "") -> Iterable[tuple[Tags, Figures]]:
        """Figures of the hours that are such."""
        where = between(self._first_ms, self._end_ms) + (f" AND {such}" if such else "")
        for told, _, values in self._database.rows(select(named, f"({hours})", where, *tags), named):
            yield _as_told(told), _known(values)


def _most_hours(figures: Figures, fields: Iterable[str]) -> float:
    return max(figures.get(f"{name}_hours", 0.0) for name in fields)


def _known(values: Mapping[str, float | None]) -> Figures:
    return {name: value for name, value in values.items() if value is not None}


def _as_told(tags: Tags) -> Tags:
    """Tags with backslashes as they were told, but for the access point: that is looked up by the engine's spelling."""
    return {key: value if key == "access_point" else value.replace("\\\\", "\\") for key, value in tags.items()}
