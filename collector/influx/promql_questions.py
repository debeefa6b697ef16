"""The questions that evidence is made of, in PromQL: a figure of each hour of a series, and of the hours another.

The engine looks back from each step of a subquery, without the beginning of the hour and with its end. From a
millisecond earlier it sees the hour with its beginning and without its end: all that looks at points is offset by that.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from collector.evidence import BUSIEST
from collector.influx.buckets import HOUR_SECONDS
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
)


@dataclass(frozen=True, slots=True)
class Question:
    """A query at the end of the hours. What it tells of a series is known by `name`, or where that is None by the
    series' own name between these two."""

    query: str
    name: str | None = None
    prefix: str = ""
    suffix: str = ""

    def name_of(self, labels: Mapping[str, str]) -> str:
        """By what a figure of these labels is known."""
        if self.name is not None:
            return self.name
        _, _, field = labels["__name__"].split("_", 2)
        return f"{self.prefix}{field}{self.suffix}"


@dataclass(frozen=True, slots=True)
class Hours:
    """So many hours of the series of a measurement that these filters leave."""

    hours: int
    measurement: str
    filters: str

    def all_of(self, function: str, *fields: str) -> str:
        """A figure of all points."""
        return f"{function}_over_time({self._series(fields)}[{self.hours}h] offset 1ms) keep_metric_names"

    def each(self, function: str, *fields: str) -> str:
        """A figure of the points of each hour."""
        return f"{function}_over_time({self._series(fields)}[1h] offset 1ms) keep_metric_names"

    def over(self, function: str, hourly: str) -> str:
        """A figure of those figures."""
        return f"{function}_over_time(({hourly})[{self.hours}h:1h]) keep_metric_names"

    def quantile(self, quantile: float, hourly: str) -> str:
        """A quantile of those figures."""
        return f"quantile_over_time({quantile}, ({hourly})[{self.hours}h:1h]) keep_metric_names"

    def told(self, *fields: str) -> str:
        """In how many hours any of the fields was told."""
        return self.over("count", f"count({self.each('count', *fields)}) without (__name__)")

    def _series(self, fields: tuple[str, ...]) -> str:
        return f'{{__name__=~"{self.measurement}_({"|".join(fields)})",{self.filters}}}'


def usage_questions(reports: Hours) -> Iterator[Question]:
    """About `wifi_report`."""
    yield Question(reports.over("count", reports.each("count", "reports")), "hours")
    yield Question(reports.all_of("sum", "reports"), "reports")
    yield Question(reports.quantile(BUSIEST, reports.each("avg", *USAGE_BUSY)))
    yield Question(reports.all_of("max", *USAGE_PEAKS), prefix="peak_")
    yield Question(reports.quantile(BUSIEST, reports.each("max", "temperature_celsius")))
    least_uptime = reports.each("min", "uptime_seconds")
    yield Question(reports.over("sum", f"({least_uptime}) <bool {HOUR_SECONDS}"), "starts")


def radio_questions(radios: Hours) -> Iterator[Question]:
    """About `wifi_radio`."""
    yield Question(radios.told(*RADIO_TELLS), "hours")
    yield Question(radios.quantile(BUSIEST, radios.each("avg", *RADIO_BUSY)))
    yield Question(radios.over("avg", radios.each("avg", *RADIO_MEANS)))
    busy, rx, tx = (f"avg_over_time(wifi_radio_{share}_ratio{{of}}[1h] offset 1ms)" for share in ("busy", "rx", "tx"))
    foreign = radios.quantile(BUSIEST, f"{busy} - {rx} - {tx}")
    yield Question(f"WITH (of = {{{radios.filters}}}) {foreign}", "foreign_ratio")  # the names thrice would be too long


def uplink_questions(uplinks: Hours) -> Iterator[Question]:
    """About `wifi_interface`."""
    yield Question(uplinks.told(*UPLINK_TELLS), "hours")
    yield Question(uplinks.quantile(0.5, uplinks.each("min", "speed_bits_per_second")))
    yield Question(uplinks.all_of("max", "max_speed_bits_per_second"))
    yield Question(uplinks.quantile(BUSIEST, uplinks.each("avg", *UPLINK_BUSY)))
    yield Question(uplinks.over("avg", uplinks.each("avg", *UPLINK_MEANS)))


def check_questions(checks: Hours) -> Iterator[Question]:
    """About `wifi_probe`."""
    yield Question(checks.all_of("count", *CHECK_TELLS), suffix="_count")
    yield Question(checks.all_of("sum", "is_ok"), "good_checks")
    yield Question(checks.quantile(BUSIEST, checks.each("avg", "latency_seconds")))
    yield Question(checks.over("sum", checks.each("avg", *CHECK_SUMS)))
    yield Question(checks.over("count", checks.each("avg", *CHECK_SUMS)), suffix="_hours")
