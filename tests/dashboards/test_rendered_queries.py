"""Every question of every board, as text: it can be read by the engine, and asks for a span of time only."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import promql_parser
import pytest
from all_documents import NAMES, Document, document, panels_in
from grafana_intervals import Span
from grafana_queries import Variable, influxql_request, prometheus_request

every_document = pytest.mark.parametrize("name", NAMES)
SPAN = Span.before(datetime(2026, 11, 28, tzinfo=UTC), timedelta(hours=24))
CHOSEN = {
    name: Variable(name, values, is_multiple=True)
    for name, values in {
        "kind": ("park", "library"),
        "site": ("yeouido-park", "ttukseom"),
        "access_point": ("yeouido-001", "yeouido-002"),
        "band": ("2.4", "5"),
    }.items()
}
_BOUNDED = re.compile(r"time > \d+ms - \d+s AND time <= \d+ms|time >= \d+ms and time <= \d+ms")


def targets(told: Document) -> Iterator[tuple[Document, Document]]:
    return ((panel, target) for panel in panels_in(told) for target in panel["targets"])


@every_document
def test_every_expression_is_promql(name: str) -> None:
    told = document(name)
    for panel, target in targets(told):
        if target["datasource"]["type"] == "prometheus":
            expression = prometheus_request(target, panel, CHOSEN, SPAN).expression
            assert "$" not in expression
            promql_parser.parse(expression)
            selectors = re.findall(r"\w+(?:\{[^}]*\})?\[[^]]+\]", expression)
            assert selectors, "a series without a window is looked back for by five minutes, whatever it is"
    for each in told["annotations"]["list"]:
        if "expr" in each:
            promql_parser.parse(each["expr"].replace("$__interval", "60s"))


@every_document
def test_rates_are_of_counters_and_counters_in_rates(name: str) -> None:
    """The linter's rules of rate() and `_total`: we have no counters, and ask for no rate."""
    for _, target in targets(document(name)):
        if target["datasource"]["type"] == "prometheus":
            assert not re.search(r"\b(?:rate|irate|increase)\(|_total\b", target["expr"])


@every_document
def test_every_statement_is_whole_and_bounded_by_time(name: str) -> None:
    told = document(name)
    for panel, target in targets(told):
        if target["datasource"]["type"] == "influxdb":
            statement = influxql_request(target, panel, CHOSEN, SPAN).statement
            unquoted = re.sub(r"'[^']*'|\"[^\"]*\"|/\^(?:\\.|[^/\\])*\$/", "", statement)
            assert "$" not in unquoted
            assert unquoted.count("(") == unquoted.count(")")
            assert not set("'\"") & set(unquoted)
            assert statement.count("SELECT") == statement.count("FROM") == len(_BOUNDED.findall(statement))
    for each in told["annotations"]["list"]:
        if "query" in each["target"]:
            assert "$timeFilter" in each["target"]["query"]


@every_document
def test_what_is_asked_fits_what_is_shown(name: str) -> None:
    """A row has one value for each column, and a course a value for each interval."""
    for panel, target in targets(document(name)):
        is_of_rows = panel["type"] in {"table", "barchart", "geomap"}
        is_of_time = panel["type"] in {"timeseries", "state-timeline"}
        if target["datasource"]["type"] == "prometheus":
            assert target["format"] == ("table" if is_of_rows else "time_series")
            assert target.get("instant", False) is not target.get("range", False)
            assert not (is_of_rows and target.get("range"))
            assert not (is_of_time and target.get("instant"))
        else:
            assert target["resultFormat"] == ("table" if is_of_rows else "time_series")
            assert ("time($__interval)" in target["query"]) is not is_of_rows or panel["type"] == "stat"
