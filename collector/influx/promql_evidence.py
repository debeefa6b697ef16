"""Reading evidence and active throughput from VictoriaMetrics."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from collector.evidence import Evidence
from collector.influx.asking import Asker, alternatives
from collector.influx.buckets import HOUR_SECONDS, hours_between, instant, milliseconds_from
from collector.influx.evidence_figures import Figures, Gathered, Tags
from collector.influx.promql_questions import (
    Hours,
    Question,
    check_questions,
    radio_questions,
    uplink_questions,
    usage_questions,
)
from collector.influx.promql_series import just_before, quoted, seconds, series_of
from collector.influx.series import kept
from collector.influx.tables import Values, by_access_point, throughputs
from collector.stores import ActiveThroughput

_HOUR_MS = HOUR_SECONDS * 1000


class EvidenceReader:
    """Asks about the hours that begin in a span."""

    def __init__(self, asker: Asker, since: datetime, until: datetime) -> None:
        self._asker = asker
        self._first_ms, self._end_ms = hours_between(milliseconds_from(since), milliseconds_from(until))

    def evidence(self, access_points: Sequence[str]) -> dict[str, Evidence]:
        """Of each access point."""
        gathered = Gathered()
        for place in self._places(access_points):
            self._gather(usage_questions(self._hours("wifi_report", place)), gathered.of_report)
            self._gather(radio_questions(self._hours("wifi_radio", f'{place},nth=""')), gathered.of_radio)
            uplink = f'{place},role="uplink",nth=""'
            self._gather(uplink_questions(self._hours("wifi_interface", uplink)), gathered.of_uplink)
            self._gather(check_questions(self._hours("wifi_probe", place)), gathered.of_check)
        return gathered.parts({kept(name): name for name in access_points}).together()

    def hourly_throughput(self, access_points: Sequence[str]) -> dict[str, list[ActiveThroughput]]:
        """Of each access point. Measurements are few: their very points are asked for."""
        values: Values = {}
        for place in self._places(access_points):
            fields = '__name__=~"wifi_probe_(is_ok|throughput_bits_per_second)",direction="download"'
            query = f"{{{fields},{place}}}[{self._end_ms - self._first_ms}ms]"
            for access_point, at_ms, throughput in _good(self._ask(query, just_before(self._end_ms))):
                if at_ms >= self._first_ms:
                    hour = values.setdefault(access_point, {}).setdefault(instant(at_ms - at_ms % _HOUR_MS), {})
                    hour["checks"] = hour.get("checks", 0.0) + 1.0
                    hour["throughput"] = hour.get("throughput", 0.0) + throughput
        return by_access_point(values, {kept(name): name for name in access_points}, throughputs)

    def _places(self, access_points: Sequence[str]) -> Iterator[str]:
        """Filters that together leave these access points, each once, if there is an hour to ask about."""
        if self._first_ms < self._end_ms:
            for names in alternatives(map(kept, dict.fromkeys(access_points))):
                yield f"access_point=~{quoted(names)}"

    def _hours(self, measurement: str, filters: str) -> Hours:
        return Hours((self._end_ms - self._first_ms) // _HOUR_MS, measurement, filters)

    def _gather(self, questions: Iterable[Question], figures_of: Callable[[Tags], Figures]) -> None:
        for question in questions:
            for series in self._ask(question.query, seconds(self._end_ms)):
                labels = series["metric"]
                figures_of(labels)[question.name_of(labels)] = float(series["value"][1])

    def _ask(self, query: str, at: str) -> list[Any]:
        return series_of(self._asker.ask("/api/v1/query", {"query": query, "time": at, "nocache": "1"}))


def _good(answer: Iterable[Any]) -> Iterator[tuple[str, int, float]]:
    """Of the checks that went well and measured a throughput: the access point, the millisecond and that."""
    told: dict[str, dict[tuple[Any, ...], float]] = {"is_ok": {}, "throughput_bits_per_second": {}}
    for series in answer:
        labels = dict(series["metric"])
        by_check = told[labels.pop("__name__").removeprefix("wifi_probe_")]
        check = (labels["access_point"], tuple(sorted(labels.items())))
        by_check |= {(*check, round(at * 1000)): float(value) for at, value in series["values"]}
    for key, throughput in told["throughput_bits_per_second"].items():
        if told["is_ok"].get(key):
            access_point, _, at_ms = key
            yield access_point, at_ms, throughput
