"""Reading VictoriaMetrics.

A rollup looks back from its instant, without the beginning of its window and with its end; a bucket has its beginning
and not its end. So every bucket is asked for one millisecond before it ends, which is as fine as points are kept.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from collector.condition import Condition
from collector.evidence import Evidence
from collector.figures.measurements import WINDOW_SECONDS
from collector.figures.windows import Tally
from collector.influx.asking import Asker, alternatives
from collector.influx.buckets import HOUR_SECONDS, Windows, hours_between, milliseconds_from, windows_of
from collector.influx.promql_condition import ConditionReader
from collector.influx.promql_evidence import EvidenceReader
from collector.influx.promql_series import points_of, quoted, range_fields
from collector.influx.promql_windows import WindowReader
from collector.influx.series import kept
from collector.influx.tables import Values, by_access_point, hours, put, traffic_points
from collector.stores import ActiveThroughput, HourlyUsage, TrafficPoint

_PREFIX = "wifi_report_"
_TRAFFIC = ("download_bits_per_second", "upload_bits_per_second", "clients")
_TOGETHER = ""
"""The access point that a sum over all of them belongs to."""


class PromQLReader:
    """Asks in PromQL as VictoriaMetrics extends it."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker

    def traffic(
        self, access_points: Sequence[str], since: datetime, until: datetime, bucket_seconds: int
    ) -> list[TrafficPoint]:
        """Of all together: the engine adds up what fits into a question, and the sums are added here."""
        totals: dict[datetime, dict[str, float]] = {}
        for windows in _buckets(since, until, bucket_seconds):
            for names in alternatives(map(kept, access_points)):
                query = f"sum({_rollup('avg', ('reports', *_TRAFFIC), names, windows)}) by (__name__)"
                part: Values = {}
                self._ask(query, windows, part)
                for at, values in part.get(_TOGETHER, {}).items():
                    total = totals.setdefault(at, {})
                    for name, value in values.items():
                        total[name] = total.get(name, 0.0) + value
        return traffic_points(totals)

    def traffic_by_access_point(
        self, access_points: Sequence[str], since: datetime, until: datetime, bucket_seconds: int
    ) -> dict[str, list[TrafficPoint]]:
        """Of each."""
        values: Values = {}
        for windows in _buckets(since, until, bucket_seconds):
            for names in alternatives(map(kept, access_points)):
                self._ask(_rollup("avg", ("reports", *_TRAFFIC), names, windows), windows, values)
        return by_access_point(values, {kept(name): name for name in access_points}, traffic_points)

    def hourly_usage(
        self, access_points: Sequence[str], since: datetime, until: datetime
    ) -> dict[str, list[HourlyUsage]]:
        """Hour by hour."""
        first, end = hours_between(milliseconds_from(since), milliseconds_from(until))
        values: Values = {}
        for windows in windows_of(first, end, HOUR_SECONDS * 1000):
            for names in alternatives(map(kept, access_points)):
                self._ask(_rollup("sum", ("reports",), names, windows), windows, values)
                self._ask(_rollup("avg", _TRAFFIC, names, windows), windows, values)
                self._ask(_rollup("max", _TRAFFIC, names, windows), windows, values, prefix="peak_")
                self._ask(_busiest(names, windows), windows, values, name="busy_ratio")
        return by_access_point(values, {kept(name): name for name in access_points}, hours)

    def hourly_throughput(
        self, access_points: Sequence[str], since: datetime, until: datetime
    ) -> dict[str, list[ActiveThroughput]]:
        """Hour by hour."""
        return EvidenceReader(self._asker, since, until).hourly_throughput(access_points)

    def evidence(self, access_points: Sequence[str], since: datetime, until: datetime) -> dict[str, Evidence]:
        """Of each."""
        return EvidenceReader(self._asker, since, until).evidence(access_points)

    def condition(self, access_point: str, since: datetime, until: datetime, bucket_seconds: int) -> Condition:
        """Of one."""
        return ConditionReader(self._asker, access_point, since, until).condition(bucket_seconds)

    def site_windows(self, since: datetime, until: datetime, tally: Tally) -> None:
        """Of every access point."""
        WindowReader(self._asker, tally, since, until, WINDOW_SECONDS).read()

    def is_healthy(self) -> bool:
        """Whether it answers questions."""
        return self._asker.answers_well("/api/v1/query?query=1")

    def _ask(self, query: str, windows: Windows, values: Values, *, prefix: str = "", name: str | None = None) -> None:
        """Put the answer into `values`, under the series' name after a prefix, or under a name of its own."""
        for labels, at_ms, value in points_of(self._asker.ask("/api/v1/query_range", range_fields(query, windows))):
            access_point = labels.get("access_point", _TOGETHER)
            known_as = name or prefix + labels["__name__"].removeprefix(_PREFIX)
            put(values, access_point, windows.bucket_of(at_ms + 1), {known_as: value})


def _buckets(since: datetime, until: datetime, bucket_seconds: int) -> Iterator[Windows]:
    return windows_of(milliseconds_from(since), milliseconds_from(until), bucket_seconds * 1000)


def _rollup(function: str, fields: Sequence[str], names: str, windows: Windows) -> str:
    series = f"{_PREFIX}({'|'.join(fields)})"
    selector = f'{{__name__=~"{series}",access_point=~{quoted(names)}}}'
    return f"{function}_over_time({selector}[{windows.width_ms}ms]) keep_metric_names"


def _busiest(names: str, windows: Windows) -> str:
    selector = f"wifi_radio_busy_ratio{{access_point=~{quoted(names)}}}"
    return f"max(avg_over_time({selector}[{windows.width_ms}ms])) by (access_point)"
