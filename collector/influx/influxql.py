"""Reading InfluxDB, any version: InfluxQL is what all of them speak."""

from collections.abc import Sequence
from datetime import datetime

from collector.condition import Condition
from collector.evidence import Evidence
from collector.figures.measurements import WINDOW_SECONDS
from collector.figures.windows import Tally
from collector.influx.asking import Asker, alternatives
from collector.influx.buckets import HOUR_SECONDS, hours_between, milliseconds_from
from collector.influx.influxql_condition import condition
from collector.influx.influxql_evidence import EvidenceReader
from collector.influx.influxql_series import Database, between, every, of_places, select, spellings
from collector.influx.influxql_windows import WindowReader
from collector.influx.tables import Values, by_access_point, hours, put, traffic_points
from collector.stores import ActiveThroughput, HourlyUsage, TrafficPoint

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
        self._database = Database(asker, bucket)

    def traffic(
        self, access_points: Sequence[str], since: datetime, until: datetime, bucket_seconds: int
    ) -> list[TrafficPoint]:
        """Of all together: the engine adds up what fits into a question, and the sums are added here."""
        since_ms, until_ms, width_ms = milliseconds_from(since), milliseconds_from(until), bucket_seconds * 1000
        sums = {name: f"sum({name})" for name in _MEANS}
        start_ms = since_ms - since_ms % width_ms
        totals: dict[datetime, dict[str, float]] = {}
        for names in alternatives(spellings(access_points)):
            inner = select(_MEANS, "wifi_report", of_places(names, since_ms, until_ms), every(width_ms), "access_point")
            query = select(sums, f"({inner})", between(start_ms, until_ms), every(width_ms))
            for _, at, values in self._database.rows(query, sums):
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
        told = spellings(access_points)
        values: Values = {}
        for names in alternatives(told):
            where = of_places(names, since_ms, until_ms)
            query = select(_MEANS, "wifi_report", where, every(bucket_seconds * 1000), "access_point")
            for tags, at, named in self._database.rows(query, _MEANS):
                put(values, tags["access_point"], at, named)
        return by_access_point(values, told, traffic_points)

    def hourly_usage(
        self, access_points: Sequence[str], since: datetime, until: datetime
    ) -> dict[str, list[HourlyUsage]]:
        """Hour by hour."""
        first, end = hours_between(milliseconds_from(since), milliseconds_from(until))
        told = spellings(access_points)
        values: Values = {}
        for names in alternatives(told):
            where, hourly = of_places(names, first, end), every(HOUR_SECONDS * 1000)
            of_reports = select(_MEANS | _PEAKS, "wifi_report", where, hourly, "access_point")
            for tags, at, named in self._database.rows(of_reports, _MEANS | _PEAKS):
                put(values, tags["access_point"], at, named)
            of_radios = select(_BUSY, "wifi_radio", where, hourly, "access_point", "radio", "band")
            for tags, at, named in self._database.rows(of_radios, _BUSY):
                access_point = tags["access_point"]
                busiest = values.get(access_point, {}).get(at, {}).get("busy_ratio", 0.0)
                ratio = named["busy_ratio"]
                put(values, access_point, at, {"busy_ratio": None if ratio is None else max(ratio, busiest)})
        return by_access_point(values, told, hours)

    def hourly_throughput(
        self, access_points: Sequence[str], since: datetime, until: datetime
    ) -> dict[str, list[ActiveThroughput]]:
        """Hour by hour."""
        return EvidenceReader(self._database, since, until).hourly_throughput(access_points)

    def evidence(self, access_points: Sequence[str], since: datetime, until: datetime) -> dict[str, Evidence]:
        """Of each."""
        return EvidenceReader(self._database, since, until).evidence(access_points)

    def condition(self, access_point: str, since: datetime, until: datetime, bucket_seconds: int) -> Condition:
        """Of one."""
        return condition(self._database, access_point, since, until, bucket_seconds)

    def site_windows(self, since: datetime, until: datetime, tally: Tally) -> None:
        """Of every access point."""
        WindowReader(self._database, tally, since, until, WINDOW_SECONDS).read()

    def is_healthy(self) -> bool:
        """Whether it answers."""
        return self._asker.answers_well("/ping")
