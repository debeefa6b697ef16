"""Questions in PromQL, as Prometheus and VictoriaMetrics both read it. Pure.

Grafana puts in `$__interval`, `$__range` and the board's variables; several chosen values become alternatives of a
regular expression.

What is asked for every interval is asked a millisecond late, so that a window has its beginning and not its end, as in
InfluxQL: the collector's own figures lie on whole minutes, on the very edge, and Prometheus 2 counts both edges.
"""

from dashboards.metrics import Metric
from dashboards.query import Across, Along, Filter, Query

_ALONG: dict[Along, str] = {
    "mean": "avg_over_time",
    "min": "min_over_time",
    "max": "max_over_time",
    "sum": "sum_over_time",
    "last": "last_over_time",
    "count": "count_over_time",
}
_ACROSS: dict[Across, str] = {"mean": "avg", "min": "min", "max": "max", "sum": "sum", "count": "count"}


def promql(query: Query, window: str | None = None) -> str:
    """The expression that a panel's target has; with a window such as `15m`, the one that a rule has."""
    looks_back = f"[{window}]" if window else _window(query)
    text = _together(query, query.metric, looks_back)
    if query.divider is not None:
        text = f"{text} / {_together(query, query.divider, looks_back)}"
    return text if query.times == 1 else f"{text} * {query.times:g}"


def label_values(name: str, tag: str, where: tuple[Filter, ...]) -> str:
    """What fills a variable: the values of a tag of a metric, by its Prometheus name."""
    return f"label_values({name}{_matchers(where)}, {tag})"


def _together(query: Query, metric: Metric, window: str) -> str:
    series = f"{metric.prometheus_name}{_matchers(query.where)}"
    rollup = f"{_ALONG[query.along]}({series}{window})"
    by = f" by ({', '.join(query.by)})" if query.by else ""
    return f"{_ACROSS[query.across]}{by} ({rollup})"


def _window(query: Query) -> str:
    if query.window == "now":
        return f"[{query.now_seconds}s]"
    return "[$__range]" if query.window == "range" else "[$__interval] offset 1ms"


def _matchers(where: tuple[Filter, ...]) -> str:
    if not where:
        return ""
    told = (f'{each.tag}{"=~" if each.is_variable else "="}"{each.value}"' for each in where)
    return "{" + ",".join(told) + "}"
