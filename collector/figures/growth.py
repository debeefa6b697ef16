"""By how much a counter has grown since it was asked last, for figures that are counts of the minute before."""

from collections.abc import Mapping

from prometheus_client.registry import Collector

Labels = tuple[tuple[str, str], ...]


def values_of(metric: Collector, ending: str = "") -> dict[Labels, float]:
    """The values of a metric by their labels: of a counter with the ending `_total`, of a histogram with `_sum` or
    `_count`, of a gauge with none."""
    return {
        tuple(sample.labels.items()): sample.value
        for family in metric.collect()
        for sample in family.samples
        if sample.name == family.name + ending
    }


def known_means(values: Mapping[str, float | None]) -> dict[str, float | None]:
    """The same figures without the sums of what was not counted once: the mean of nothing is 0 to InfluxDB, as if it
    had taken no time, and no mean to PromQL. That nothing was counted stays told."""
    empty = [name.removesuffix("_count") for name, value in values.items() if name.endswith("_count") and not value]
    return {**values, **dict.fromkeys(f"{name}_sum" for name in empty)}


class Growth:
    """Of one counter, or of a sum or count of a histogram. What counts only begins to be there: it was 0 before."""

    def __init__(self, metric: Collector, ending: str = "_total") -> None:
        self._metric = metric
        self._ending = ending
        self._before: Mapping[Labels, float] = {}

    def by_labels(self) -> dict[Labels, float]:
        """By its labels; what has not grown is told as 0. To be asked once a time: it is the difference to the last."""
        now = values_of(self._metric, self._ending)
        before, self._before = self._before, now
        return {labels: value - before.get(labels, 0.0) for labels, value in now.items()}

    def total(self) -> float:
        """Of all labels together; likewise."""
        return sum(self.by_labels().values())
