"""Columns as rows of a table, a map or a bar chart show them: all values of a panel are plain numbers, and a column's
heading says its unit. Pure.

Grafana could give each column a unit of its own, and each tag, but not so that the published schema of dashboards takes
it: there, what an override sets is an object. So values are brought to the unit of the heading by the question itself.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from grafana_foundation_sdk.models.dashboard import (
    DashboardRegexMapOptions,
    DashboardSpecialValueMapOptions,
    RegexMap,
    SpecialValueMap,
    SpecialValueMatch,
    ValueMapping,
    ValueMappingResult,
)

from dashboards.metrics import Unit
from dashboards.panels import Bars, Column, Map, Panel, Table, Threshold
from dashboards.query import Query
from dashboards.rendering.canvas import Canvas
from dashboards.rendering.colours import multiplied
from dashboards.rendering.units import unit_of

ROW_UNIT = "locale"
"""Grafana's name for plain numbers, with digits in groups of three."""
NOTHING = "–"
"""Stands in a cell without a value, where the panel's own words for that would be too long."""
_UNITS: Mapping[Unit, tuple[float, str]] = {
    "ratio": (100, "%"),
    "seconds": (1, "s"),
    "bits_per_second": (1e-6, "Mb/s"),
    "bytes": (1e-6, "MB"),
    "per_second": (1, "1/s"),
    "dbm": (1, "dBm"),
    "celsius": (1, "°C"),
    "degrees": (1, "°"),
    "times": (1, "×"),
    "mhz": (1, "MHz"),
}
"""By what a value is multiplied, and how the result is told; what is not here is a number without a unit."""
_UPTIME = (1 / 3600, "h")


@dataclass(frozen=True, slots=True)
class RowColumn:
    """A column with its heading; its query and its thresholds in the unit that the heading says, and `factor` by which
    they are multiplied for that."""

    key: str
    heading: str
    query: Query
    thresholds: tuple[Threshold, ...]
    factor: float


def row_columns(canvas: Canvas, panel: Table | Bars | Map) -> tuple[RowColumn, ...]:
    """All columns of a panel. Raises ValueError where there is none, for one that is a course in time, and for one that
    is called as a tag is."""
    if not panel.columns:
        raise ValueError(f"{panel.key} has no column")
    return tuple(_row_column(canvas, panel, column) for column in panel.columns)


def in_row_units(query: Query) -> tuple[Query, float, str]:
    """The query in the unit of rows, by what it is multiplied for that, and the sign of the unit."""
    factor, sign = _UPTIME if query.metric.field == "uptime_seconds" else _UNITS.get(unit_of(query), (1, ""))
    return replace(query, times=query.times * factor), factor, sign


def mappings(canvas: Canvas, tags: Iterable[str]) -> list[ValueMapping]:
    """Words instead of values of tags, which are texts: a pattern leaves numbers alone."""
    nothing = DashboardSpecialValueMapOptions(match=SpecialValueMatch.NULL, result=ValueMappingResult(text=NOTHING))
    return [SpecialValueMap(options=nothing), *_words(canvas, tags)]


def _words(canvas: Canvas, tags: Iterable[str]) -> Iterator[ValueMapping]:
    for tag in tags:
        for value, word in sorted(canvas.shared.values.get(tag, {}).items()):
            result = ValueMappingResult(text=word)
            yield RegexMap(options=DashboardRegexMapOptions(pattern=f"^{value}$", result=result))


def _row_column(canvas: Canvas, panel: Panel, column: Column) -> RowColumn:
    if column.query.window == "interval":
        raise ValueError(f"{panel.key}: {column.key} is a course in time, and a row has one value")
    if column.key in column.query.by:
        raise ValueError(f"{panel.key}: {column.key} is a tag, and cannot name a column of values, too")
    query, factor, sign = in_row_units(column.query)
    heading = canvas.column_heading(panel, column.key)
    thresholds = multiplied(column.thresholds, factor)
    return RowColumn(column.key, f"{heading} ({sign})" if sign else heading, query, thresholds, factor)
