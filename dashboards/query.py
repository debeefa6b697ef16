"""A question to an engine of time series, as a panel asks it: one metric, put together along time and across series.
Pure; `promql` and `influxql` write it down for an engine.
"""

from dataclasses import dataclass
from typing import Literal

from dashboards.metrics import Metric, metric

Along = Literal["mean", "min", "max", "sum", "last", "count"]
"""What of a series' points in a window is taken."""
Across = Literal["mean", "min", "max", "sum", "count"]
"""What of those of several series is taken."""
Window = Literal["interval", "now", "range"]
"""`interval` asks for a course in time, a value for every interval of the panel; `now` for one value, of the last
minutes; `range` for one value, of all the time that is shown."""
NOW_WINDOWS = 3
"""A value counts as present for so many times as often as it is written."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Only series whose tag is this. A value that begins with $ is a variable of the board, of which several values may
    be chosen."""

    tag: str
    value: str

    @property
    def is_variable(self) -> bool:
        """Whether the reader of the board chooses it."""
        return self.value.startswith("$")


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked. `by` are the tags by which series stay apart: across the others they are put together, by sum if
    nothing else is said.

    `divided_by` is another field of the same measurement, put together in the same way, that the result is divided by:
    the mean of a quantity that is kept as sum and count, a share of a whole. `times` is what the result is multiplied
    by. `legend` is a series' name, with tags in braces, such as `{radio} {band} GHz`; what is in braces and no tag is
    the key of a phrase, among the panel's `columns`. Of a column it is not needed.

    Raises ValueError for a tag or a field that the metric does not have.
    """

    of: str
    along: Along = "mean"
    across: Across = "sum"
    by: tuple[str, ...] = ()
    where: tuple[Filter, ...] = ()
    divided_by: str | None = None
    times: float = 1.0
    window: Window = "interval"
    legend: str | None = None

    def __post_init__(self) -> None:
        try:
            found = metric(self.of)
        except KeyError as error:
            raise ValueError(f"{self.of} is no metric; docs/metric-reference.md lists them") from error
        for tag in (*self.by, *(each.tag for each in self.where)):
            if tag not in found.tags:
                raise ValueError(f"{self.of} has no tag {tag}; it has {', '.join(found.tags)}")
        if self.divided_by is not None and self.divider is None:
            raise ValueError(f"{found.measurement} has no field {self.divided_by}")

    @property
    def metric(self) -> Metric:
        """What it is about."""
        return metric(self.of)

    @property
    def divider(self) -> Metric | None:
        """What it is divided by; None also where there is no such field."""
        if self.divided_by is None:
            return None
        try:
            return metric(f"{self.metric.measurement}.{self.divided_by}")
        except KeyError:
            return None

    @property
    def interval_seconds_at_least(self) -> int:
        """A shorter interval would be without a point now and then: a report may come a little late."""
        every = self.metric.every_seconds
        return every if self.metric.measurement.startswith(("wifi_site", "wifi_kind")) and every > 60 else 2 * every

    @property
    def now_seconds(self) -> int:
        """How old a value of the window `now` may be."""
        return NOW_WINDOWS * self.metric.every_seconds

    @property
    def is_simple(self) -> bool:
        """Whether putting together along time and across series is one step: no series is put together with another,
        or in what order makes no difference."""
        return set(self.by) == set(self.metric.tags) or (
            self.along == self.across and self.along in {"sum", "min", "max"}
        )
