"""What every panel has, of whatever kind: words, unit, bounds, colours, data source, place and the least interval."""

from typing import TypeVar

from grafana_foundation_sdk.builders import barchart, geomap, stat, statetimeline, table, timeseries
from grafana_foundation_sdk.models.dashboard import GridPos, ValueMap, ValueMappingResult

from dashboards.metrics import Unit
from dashboards.panels import Panel, Threshold, Tone
from dashboards.rendering.canvas import Canvas
from dashboards.rendering.colours import multiplied, steps
from dashboards.rendering.units import GRAFANA_UNITS, unit_of

PanelBuilder = barchart.Panel | geomap.Panel | stat.Panel | statetimeline.Panel | table.Panel | timeseries.Panel
_Builder = TypeVar(
    "_Builder", barchart.Panel, geomap.Panel, stat.Panel, statetimeline.Panel, table.Panel, timeseries.Panel
)
MOST_POINTS = 300
"""Of a line, instead of one for every pixel: five minutes of a day, two hours of a month. A judgement of ours; engines
take the longer the more they tell."""
_OF_FLAGS: tuple[Tone, tuple[Threshold, ...]] = ("bad", (Threshold(1, "good"),))
"""Where a board does not say otherwise, that something is so is good."""


def dressed(builder: _Builder, canvas: Canvas, panel: Panel, place: GridPos, factor: float = 1) -> _Builder:
    """The panel with all that does not depend on its kind. `factor` is by what the values are multiplied that its
    bounds and thresholds speak of. Raises WordsError where a phrase is missing, ValueError for a panel that asks
    nothing."""
    if not panel.queries:
        raise ValueError(f"{panel.key} asks nothing")
    words = canvas.words(panel)
    unit = unit_of_panel(panel)
    builder = (
        builder.title(words.title)
        .description(words.description)
        .no_value(words.no_data)
        .unit(GRAFANA_UNITS[unit])
        .datasource(canvas.data_source)
        .interval(f"{max(query.interval_seconds_at_least for query in panel.queries)}s")
        .max_data_points(MOST_POINTS)
        .grid_pos(place)
        .thresholds(steps(*_tones(panel, unit, factor)))
        .mappings([flags(canvas)] if unit == "flag" else [])
    )
    if panel.decimals is not None:
        builder = builder.decimals(panel.decimals)
    if panel.least is not None:
        builder = builder.min(panel.least * factor)
    return builder if panel.most is None else builder.max(panel.most * factor)


def unit_of_panel(panel: Panel) -> Unit:
    """That which is given, or that of the first query."""
    return panel.unit or unit_of(panel.queries[0])


def flags(canvas: Canvas) -> ValueMap:
    """1 and 0 in words."""
    return value_map({"1": canvas.shared.flags["yes"], "0": canvas.shared.flags["no"]})


def value_map(words: dict[str, str]) -> ValueMap:
    """What is shown instead of these values; their colours stay."""
    return ValueMap(options={value: ValueMappingResult(text=text) for value, text in words.items()})


def _tones(panel: Panel, unit: Unit, factor: float) -> tuple[Tone, tuple[Threshold, ...]]:
    if unit == "flag" and not panel.thresholds:
        return _OF_FLAGS
    return panel.lowest, multiplied(panel.thresholds, factor)
