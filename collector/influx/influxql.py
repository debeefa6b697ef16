"""Reading InfluxDB, any version: InfluxQL is what all of them speak.

A backslash in a tag is written twice. Versions 1 and 2 keep both of them, version 3 one: both are asked for.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from collector.influx.answers import quote
from collector.influx.asking import Asker, alternatives
from collector.influx.buckets import HOUR_SECONDS, hours_between, instant, milliseconds_from
from collector.influx.series import kept
from collector.influx.tables import Values, by_access_point, hours, put, traffic_points
from collector.stores import HourlyUsage, StoreError, TrafficPoint

_MEANS = {
    "reports": "count(reports)",
    "download_bits_per_second": "mean(download_bits_per_second)",
    "upload_bits_per_second": "mean(upload_bits_per_second)",
    "clients": "mean(clients)",
}
_PEAKS = {
    "peak_download_bits_per_second": "max(download_bits_per_second)",
    "peak_upload_bits_per_second": "max(upload_bits_per_second)",
    "peak_clients": "max(clients)",
}
_BUSY = {"busy_ratio": "mean(busy_ratio)"}


class InfluxQLReader:
    """Asks in InfluxQL."""

    def __init__(self, asker: Asker, bucket: str) -> None:
        self._asker = asker
        self._bucket = bucket

    def traffic(
        self, access_points: Sequence[str], since: datetime, until: datetime, bucket_seconds: int
    ) -> list[TrafficPoint]:
        """Of all together: the engine adds up what fits into a question, and the sums are added here."""
        since_ms, until_ms, width_ms = milliseconds_from(since), milliseconds_from(until), bucket_seconds * 1000
        sums = {name: f"sum({name})" for name in _MEANS}
        start_ms = since_ms - since_ms % width_ms
        totals: dict[datetime, dict[str, float]] = {}
        for names in alternatives(_spellings(access_points)):
            inner = _select(_MEANS, "wifi_report", _where(names, since_ms, until_ms), width_ms, "access_point")
            query = _select(sums, f"({inner})", _between(start_ms, until_ms), width_ms)
            for _, at, values in self._ask(query, sums):
                total = totals.setdefault(at, {})
                for name, value in values.items():
                    if value is not None:
                        total[name] = total.get(name, 0.0) + value
        return traffic_points(totals)

    def traffic_by_access_point(
        self, access_points: Sequence[str], since: datetime, until: datetime, bucket_seconds: int
    ) -> dict[str, list[TrafficPoint]]:
        """Of each."""
        since_ms, until_ms = milliseconds_from(since), milliseconds_from(until)
        spellings = _spellings(access_points)
        values: Values = {}
        for names in alternatives(spellings):
            where = _where(names, since_ms, until_ms)
            query = _select(_MEANS, "wifi_report", where, bucket_seconds * 1000, "access_point")
            for tags, at, named in self._ask(query, _MEANS):
                put(values, tags["access_point"], at, named)
        return by_access_point(values, spellings, traffic_points)

    def hourly_usage(
        self, access_points: Sequence[str], since: datetime, until: datetime
    ) -> dict[str, list[HourlyUsage]]:
        """Hour by hour."""
        first, end = hours_between(milliseconds_from(since), milliseconds_from(until))
        spellings = _spellings(access_points)
        values: Values = {}
        for names in alternatives(spellings):
            where, width_ms = _where(names, first, end), HOUR_SECONDS * 1000
            of_reports = _select(_MEANS | _PEAKS, "wifi_report", where, width_ms, "access_point")
            for tags, at, named in self._ask(of_reports, _MEANS | _PEAKS):
                put(values, tags["access_point"], at, named)
            of_radios = _select(_BUSY, "wifi_radio", where, width_ms, "access_point", "radio", "band")
            for tags, at, named in self._ask(of_radios, _BUSY):
                access_point = tags["access_point"]
                busiest = values.get(access_point, {}).get(at, {}).get("busy_ratio", 0.0)
                ratio = named["busy_ratio"]
                put(values, access_point, at, {"busy_ratio": None if ratio is None else max(ratio, busiest)})
        return by_access_point(values, spellings, hours)

    def is_healthy(self) -> bool:
        """Whether it answers."""
        return self._asker.answers_well("/ping")

    def _ask(
        self, query: str, names: Mapping[str, str]
    ) -> Iterator[tuple[Mapping[str, str], datetime, dict[str, float | None]]]:
        """The rows of an answer: tags, the bucket's beginning, and values under these names."""
        answer = self._asker.ask("/query", {"db": self._bucket, "epoch": "ms", "q": query})
        for series in _series(answer):
            tags = series.get("tags", {})
            for at, *values in series["values"]:
                yield tags, instant(at), dict(zip(names, values, strict=True))


def _select(named: Mapping[str, str], source: str, where: str, width_ms: int, *tags: str) -> str:
    columns = ", ".join(f"{function} AS {name}" for name, function in named.items())
    groups = ", ".join([f"time({width_ms}ms)", *tags])
    return f"SELECT {columns} FROM {source} WHERE {where} GROUP BY {groups} fill(none)"  # noqa: S608  # of our own words; names are in a pattern


def _where(names: str, since_ms: int, until_ms: int) -> str:
    return f"access_point =~ /^(?:{names})$/ AND {_between(since_ms, until_ms)}"


def _between(since_ms: int, until_ms: int) -> str:
    return f"time >= {since_ms}ms AND time < {until_ms}ms"


def _spellings(access_points: Sequence[str]) -> dict[str, str]:
    """Whose name an engine's spelling is."""
    doubled = {kept(name).replace("\\", "\\\\"): name for name in access_points}
    return doubled | {kept(name): name for name in access_points}


def _series(answer: Any) -> list[Any]:  # JSON
    try:
        result = answer["results"][0]
        if "error" in result:
            words = quote(str(result["error"]).encode(), None)
            raise StoreError(f"the engine did not answer ({words}); check bucket", is_permanent=False)
        series = result.get("series", [])
    except (KeyError, IndexError, TypeError) as error:
        raise StoreError("the engine's answer is no answer to InfluxQL; check query_url", is_permanent=False) from error
    assert isinstance(series, list)  # noqa: S101  # so says the API
    return series
