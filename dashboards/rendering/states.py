"""A coloured bar over time for each series."""

from grafana_foundation_sdk.builders.common import VizLegendOptions, VizTooltipOptions
from grafana_foundation_sdk.builders.statetimeline import Panel as StateTimeline
from grafana_foundation_sdk.models.common import (
    LegendDisplayMode,
    LegendPlacement,
    SortOrder,
    TooltipDisplayMode,
    VisibilityMode,
)
from grafana_foundation_sdk.models.dashboard import GridPos

from dashboards.panels import States
from dashboards.rendering.canvas import Canvas
from dashboards.rendering.colours import coloured_by_thresholds
from dashboards.rendering.every_panel import dressed
from dashboards.rendering.links import series_link
from dashboards.rendering.queries import series_targets
from dashboards.rendering.transformations import series_in_words


def states(canvas: Canvas, panel: States, place: GridPos) -> StateTimeline:
    """Equal values beside each other are one piece, framed, so that a change shows also where the colour stays."""
    link = series_link(canvas, panel)
    return (
        dressed(StateTimeline(), canvas, panel, place)
        .targets(series_targets(canvas, panel))
        .transformations(list(series_in_words(canvas, panel.lines)))
        .data_links([] if link is None else [link])
        .color_scheme(coloured_by_thresholds())
        .merge_values(merge_values=True)
        .show_value(VisibilityMode.AUTO)
        .line_width(1)
        .fill_opacity(80)
        .span_nulls(span_nulls=False)
        .legend(
            VizLegendOptions()
            .display_mode(LegendDisplayMode.LIST)
            .placement(LegendPlacement.BOTTOM)
            .show_legend(show_legend=False)
        )
        .tooltip(VizTooltipOptions().mode(TooltipDisplayMode.SINGLE).sort(SortOrder.NONE))
    )
