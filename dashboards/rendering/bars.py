"""Bars side by side."""

from grafana_foundation_sdk.builders.barchart import Panel as BarChart
from grafana_foundation_sdk.builders.common import VizLegendOptions, VizTooltipOptions
from grafana_foundation_sdk.models.common import (
    LegendDisplayMode,
    LegendPlacement,
    SortOrder,
    StackingMode,
    TooltipDisplayMode,
    VisibilityMode,
    VizOrientation,
)
from grafana_foundation_sdk.models.dashboard import GridPos

from dashboards.panels import Bars
from dashboards.rendering.canvas import Canvas
from dashboards.rendering.colours import coloured_by_series, coloured_by_thresholds
from dashboards.rendering.every_panel import dressed
from dashboards.rendering.fields import colours, named
from dashboards.rendering.links import row_link
from dashboards.rendering.queries import table_targets
from dashboards.rendering.rows import ROW_UNIT, mappings, row_columns
from dashboards.rendering.transformations import one_table, sorted_by


def bars(canvas: Canvas, panel: Bars, place: GridPos) -> BarChart:
    """A bar's colour says what its value means where it is alone; of several columns, which column it is."""
    columns = row_columns(canvas, panel)
    link = row_link(canvas, panel)
    is_alone = len(panel.columns) == 1
    heading = canvas.tag_heading(panel.by)
    transformations = [*one_table(canvas, panel, (panel.by,), columns), sorted_by(heading)]
    built = (
        dressed(BarChart(), canvas, panel, place, columns[0].factor)
        .targets(table_targets(canvas, columns))
        .transformations(transformations)
        .unit(ROW_UNIT)
        .mappings(mappings(canvas, (panel.by,)))
        .data_links([] if link is None else [link])
        .color_scheme(coloured_by_thresholds() if is_alone else coloured_by_series())
        .x_field(heading)
        .orientation(VizOrientation.AUTO)
        .show_value(VisibilityMode.AUTO)
        .stacking(StackingMode.NONE)
        .legend(
            VizLegendOptions()
            .display_mode(LegendDisplayMode.LIST)
            .placement(LegendPlacement.BOTTOM)
            .show_legend(not is_alone)
        )
        .tooltip(VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.NONE))
    )
    for column in columns:
        if column.thresholds:
            built = built.with_override(named(column.heading), colours(panel, column))
    return built
