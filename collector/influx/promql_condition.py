"""Reading the condition of one access point from VictoriaMetrics: a question for each figure of its measurements, in
buckets, and one for the reports themselves."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from collector.condition import Condition
from collector.influx.asking import Asker
from collector.influx.buckets import Windows, instant, milliseconds_from, windows_of
from collector.influx.condition_figures import (
    HEARD,
    RADIO_MEANS,
    UPLINK_MEANS,
    USAGE_MEANS,
    Figures,
    GatheredCondition,
    Tags,
)
from collector.influx.promql_series import just_before, points_of, quoted, range_fields
from collector.influx.series import kept

_FiguresOf = Callable[[Tags, datetime], Figures]


class ConditionReader:
    """Asks about one access point over a span, its beginning included and its end not."""

    def __init__(self, asker: Asker, access_point: str, since: datetime, until: datetime) -> None:
        self._asker = asker
        self._place = f"access_point={quoted(kept(access_point))}"
        self._since_ms, self._until_ms = milliseconds_from(since), milliseconds_from(until)

    def condition(self, bucket_seconds: int) -> Condition:
        """In buckets. Raises StoreError."""
        gathered = GatheredCondition()
        for windows in windows_of(self._since_ms, self._until_ms, bucket_seconds * 1000):
            self._gather(gathered, windows)
        if self._since_ms < self._until_ms:
            for field, at_ms, value in self._reports():
                gathered.heard[instant(at_ms)][field] = value
        return gathered.together()

    def _gather(self, gathered: GatheredCondition, windows: Windows) -> None:
        def usage(_: Tags, at: datetime) -> Figures:
            return gathered.usage[at]

        self._put(windows, "sum", ("wifi_report", ""), ("reports",), usage)
        self._put(windows, "avg", ("wifi_report", ""), USAGE_MEANS, usage)
        self._put(windows, "avg", ("wifi_radio", ',nth=""'), RADIO_MEANS, gathered.of_radio)
        uplink = ("wifi_interface", ',role="uplink",nth=""')
        self._put(windows, "min", uplink, ("speed_bits_per_second",), gathered.of_uplink)
        self._put(windows, "avg", uplink, UPLINK_MEANS, gathered.of_uplink)
        checks = ("wifi_probe", "")
        self._put(windows, "sum", checks, ("is_ok",), gathered.of_checks, name="good_checks")
        self._put(windows, "count", checks, ("is_ok",), gathered.of_checks, name="known_checks")
        self._put(windows, "avg", checks, ("latency_seconds",), gathered.of_checks)

    def _put(
        self,
        windows: Windows,
        function: str,
        source: tuple[str, str],
        fields: Sequence[str],
        figures_of: _FiguresOf,
        *,
        name: str | None = None,
    ) -> None:
        """Put a figure of each field's points into every bucket, under the field's name or another. A source is a
        measurement, and what its series have in common beside the place."""
        measurement, filters = source
        series = f"{self._series(measurement, fields, filters)}[{windows.width_ms}ms]"
        query = f"{function}_over_time({series}) keep_metric_names"
        answer = self._asker.ask("/api/v1/query_range", range_fields(query, windows))
        for labels, at_ms, value in points_of(answer):
            known_as = name or labels["__name__"].removeprefix(f"{measurement}_")
            figures_of(labels, windows.bucket_of(at_ms + 1))[known_as] = value

    def _reports(self) -> Iterator[tuple[str, int, float]]:
        """Of each report's own fields the name, the millisecond and the value."""
        query = f"{self._series('wifi_report', HEARD, '')}[{self._until_ms - self._since_ms}ms]"
        at = just_before(self._until_ms)
        answer = self._asker.ask("/api/v1/query", {"query": query, "time": at, "nocache": "1"})
        for labels, at_ms, value in points_of(answer):
            if at_ms >= self._since_ms:
                yield labels["__name__"].removeprefix("wifi_report_"), at_ms, value

    def _series(self, measurement: str, fields: Sequence[str], filters: str) -> str:
        return f'{{__name__=~"{measurement}_({"|".join(fields)})",{self._place}{filters}}}'
