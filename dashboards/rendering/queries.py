"""What a panel asks its data source: targets for Prometheus, which VictoriaMetrics answers likewise, and for InfluxDB.

In a table, Grafana's data source for Prometheus calls the values of a target `Value #A` by the target's letter, or
`Value` where there is one target only; that for InfluxDB calls them as the statement does.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from grafana_foundation_sdk.builders.prometheus import Dataquery as PrometheusTarget
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models.common import DataSourceRef
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from dashboards.influxql import influxql
from dashboards.panels import Panel
from dashboards.promql import promql
from dashboards.query import Query
from dashboards.rendering.canvas import Canvas
from dashboards.rendering.rows import RowColumn

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class InfluxQLQuery(Dataquery):
    """A target of the data source for InfluxDB, which the SDK has no model of."""

    ref_id: str
    query: str
    result_format: str
    alias: str
    datasource: DataSourceRef

    def to_json(self) -> dict[str, object]:
        """As the SDK's encoder asks for it."""
        return {
            "refId": self.ref_id,
            "query": self.query,
            "rawQuery": True,
            "resultFormat": self.result_format,
            "alias": self.alias,
            "datasource": self.datasource,
        }


@dataclass(frozen=True, slots=True)
class InfluxQLTarget(Builder[Dataquery]):
    """Its builder, which has nothing to build."""

    built: InfluxQLQuery

    def build(self) -> Dataquery:
        return self.built


Target = Builder[Dataquery]


def series_targets(canvas: Canvas, panel: Panel) -> list[Target]:
    """Of panels that show series: each query with its legend. Raises ValueError for a query of several series
    without one."""
    return [_series(canvas, panel, query, _letter(at)) for at, query in enumerate(panel.queries)]


def table_targets(canvas: Canvas, columns: tuple[RowColumn, ...]) -> list[Target]:
    """Of panels that show rows: a table for each column."""
    return [_table(canvas, column, _letter(at)) for at, column in enumerate(columns)]


def value_field(canvas: Canvas, columns: tuple[RowColumn, ...], column: RowColumn) -> str:
    """What Grafana calls the values of a column before they are renamed."""
    if canvas.engine == "influxdb":
        return column.key
    return "Value" if len(columns) == 1 else f"Value #{_letter(columns.index(column))}"


def legend(canvas: Canvas, panel: Panel, query: Query) -> str:
    """The legend of a query in the words of the data source: tags in its own way, phrases as they are."""
    if query.legend is None:
        if query.by:
            raise ValueError(f"{panel.key}: {query.of} has several series, and no legend that tells them apart")
        return canvas.words(panel).title
    tag = "[[tag_{}]]" if canvas.engine == "influxdb" else "{{{{{}}}}}"
    return _PLACEHOLDER.sub(_filler(canvas, panel, query, tag), query.legend)


def _filler(canvas: Canvas, panel: Panel, query: Query, tag: str) -> Callable[[re.Match[str]], str]:
    def filled(found: re.Match[str]) -> str:
        return tag.format(found[1]) if found[1] in query.by else canvas.column_heading(panel, found[1])

    return filled


def _series(canvas: Canvas, panel: Panel, query: Query, letter: str) -> Target:
    name = legend(canvas, panel, query)
    if canvas.engine == "influxdb":
        return InfluxQLTarget(InfluxQLQuery(letter, influxql(query), "time_series", name, canvas.data_source))
    target = PrometheusTarget().ref_id(letter).datasource(canvas.data_source).expr(promql(query))
    target = target.format(PromQueryFormat.TIME_SERIES).legend_format(name)
    return target.range() if query.window == "interval" else target.instant()


def _table(canvas: Canvas, column: RowColumn, letter: str) -> Target:
    if canvas.engine == "influxdb":
        statement = influxql(column.query, column.key)
        return InfluxQLTarget(InfluxQLQuery(letter, statement, "table", "", canvas.data_source))
    target = PrometheusTarget().ref_id(letter).datasource(canvas.data_source).expr(promql(column.query))
    return target.format(PromQueryFormat.TABLE).legend_format("").instant()


def _letter(at: int) -> str:
    """Targets are told apart by letters."""
    return chr(ord("A") + at)
