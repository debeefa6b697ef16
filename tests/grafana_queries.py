"""What Grafana makes of a board before it asks: chosen values are put in, the interval is worked out. Pure.

Grafana itself is not asked. The rules are those of its versions 10 to 12, by their sources: `rangeutil.ts` (intervals),
`escaping.ts` and `promlib/models/query.go` of the data source for Prometheus, `datasource.ts` and `models/query.go` of
that for InfluxDB, `template_srv.ts` (variables).
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from grafana_intervals import (
    Span,
    duration_milliseconds,
    duration_text,
    interval_milliseconds,
    safe_interval_milliseconds,
)

Document = Mapping[str, Any]
PIXELS_OF_A_BOARD = 1_860
"""On a screen that is 1920 pixels wide. Grafana asks for as many points as a panel has pixels."""
SCRAPE_MILLISECONDS = 15_000
"""What the data source for Prometheus takes for the interval of points where it is not told."""
_ALL = "$__all"
_VARIABLE = re.compile(r"\$(\w+)|\[\[(\w+?)\]\]|\$\{(\w+)(?::(\w+))?\}")


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of a board, as its reader has set it. `custom_all` stands for all values, where the board says so."""

    name: str
    values: tuple[str, ...]
    is_multiple: bool = False
    has_all: bool = False
    is_all: bool = False
    custom_all: str | None = None


Variables = Mapping[str, Variable]


@dataclass(frozen=True, slots=True)
class PrometheusRequest:
    """An instant query has neither a beginning nor a step."""

    expression: str
    end_seconds: float
    legend: str
    start_seconds: float | None = None
    step_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class InfluxQLRequest:
    """`interval_seconds` is what was put in for `$__interval`."""

    statement: str
    alias: str
    interval_seconds: float


def panels_of(board: Document) -> Iterator[Document]:
    """All panels with queries, also those in rows that are folded."""
    for panel in board["panels"]:
        if panel["type"] == "row":
            yield from panel.get("panels", ())
        else:
            yield panel


def variables_of(board: Document) -> Iterator[Document]:
    """Those that a data source fills, in their order."""
    return (each for each in board["templating"]["list"] if each["type"] == "query")


def question_of(holder: Document) -> str:
    """What fills a variable: a text, or an object around one."""
    question = holder["query"]
    return question if isinstance(question, str) else question["query"]


def chosen_first(variable: Document, options: tuple[str, ...]) -> Variable:
    """As it is when the board opens: all, if that can be chosen, or the first option. Sorted as the board says."""
    ordered = tuple(sorted(options)) if variable.get("sort") else options
    has_all, multiple = bool(variable.get("includeAll")), bool(variable.get("multi"))
    return Variable(
        variable["name"],
        ordered if has_all else ordered[:1],
        is_multiple=multiple,
        has_all=has_all,
        is_all=has_all,
        custom_all=variable.get("allValue") or None,
    )


def prometheus_text(text: str, variables: Variables, span: Span) -> str:
    """With all but the data source's own variables put in."""
    return _replaced(text, variables, span, _prometheus_value)


def influxql_text(text: str, variables: Variables, span: Span) -> str:
    """Likewise."""
    return _replaced(text, variables, span, _influxql_value)


def prometheus_request(target: Document, panel: Document, variables: Variables, span: Span) -> PrometheusRequest:
    """What is sent for one target of a panel."""
    least = target.get("interval") or None
    asked = _interval(panel, span, least or f"{SCRAPE_MILLISECONDS}ms")
    step = max(asked, safe_interval_milliseconds(span))
    scrape = duration_milliseconds(least) if least else SCRAPE_MILLISECONDS
    range_seconds = round(span.milliseconds / 1000)
    expression = prometheus_text(target["expr"], variables, span)
    for name, value in (
        ("interval_ms", str(step)),
        ("interval", duration_text(step)),
        ("range_ms", str(span.milliseconds)),
        ("range_s", str(range_seconds)),
        ("range", f"{range_seconds}s"),
        ("rate_interval", f"{max(asked + scrape, 4 * scrape)}ms"),
    ):
        expression = expression.replace(f"$__{name}", value).replace(f"${{__{name}}}", value)
    legend = target.get("legendFormat", "")
    if target.get("instant"):
        return PrometheusRequest(expression, span.until_milliseconds / 1000, legend)
    start, end = (instant // step * step / 1000 for instant in (span.since_milliseconds, span.until_milliseconds))
    return PrometheusRequest(expression, end, legend, start, step / 1000)


def influxql_request(target: Document, panel: Document, variables: Variables, span: Span) -> InfluxQLRequest:
    """What is sent for one target of a panel."""
    interval = _interval(panel, span, None)
    filtered = f"time >= {span.since_milliseconds}ms and time <= {span.until_milliseconds}ms"
    statement = influxql_text(target["query"], variables, span).replace("$timeFilter", filtered)
    for name in ("$interval", "$__interval"):
        statement = statement.replace(f"{name}_ms", str(interval)).replace(name, duration_text(interval))
    return InfluxQLRequest(statement, target.get("alias", ""), interval / 1000)


def _interval(panel: Document, span: Span, otherwise: str | None) -> int:
    points = panel.get("maxDataPoints") or PIXELS_OF_A_BOARD * panel["gridPos"]["w"] // 24
    least = panel.get("interval") or otherwise
    return interval_milliseconds(span, points=points, least_milliseconds=duration_milliseconds(least) if least else 1)


def _replaced(text: str, variables: Variables, span: Span, value_of: Callable[[Variable], str]) -> str:
    ends = {"__from": str(span.since_milliseconds), "__to": str(span.until_milliseconds)}

    def value(found: re.Match[str]) -> str:
        name = found[1] or found[2] or found[3]
        if name in ends:
            return ends[name]
        variable = variables.get(name)
        if variable is None:  # the data source's own, or nobody's
            return found[0]
        if variable.is_all and variable.custom_all is not None:
            return variable.custom_all  # as it is
        return value_of(variable)

    return _VARIABLE.sub(value, text)


def _prometheus_value(variable: Variable) -> str:
    """Alternatives of a regular expression within double quotes, so that each escape is escaped once more."""
    if not variable.is_multiple and not variable.has_all:
        return variable.values[0].replace("\\", "\\\\").replace("'", "\\\\'")
    escaped = [re.sub(r"[$^*{}\[\]+?.()|]", r"\\\\\g<0>", each.replace("\\", r"\\\\")) for each in variable.values]
    return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"


def _influxql_value(variable: Variable) -> str:
    """Alternatives of a regular expression between slashes, also where it is one."""
    escaped = [re.sub(r"[\\^$*+?.()|\[\]{}/]", r"\\\g<0>", each) for each in variable.values]
    return f"({'|'.join(escaped)})" if variable.is_multiple else escaped[0]
