"""Lines over time."""

from grafana_foundation_sdk.builders.common import (
    GraphThresholdsStyleConfig,
    StackingConfig,
    VizLegendOptions,
    VizTooltipOptions,
)
from grafana_foundation_sdk.builders.timeseries import Panel as TimeSeries
from grafana_foundation_sdk.models.common import (
    GraphThresholdsStyleMode,
    LegendDisplayMode,
    LegendPlacement,
    SortOrder,
    StackingMode,
    TooltipDisplayMode,
    VisibilityMode,
)
from grafana_foundation_sdk.models.dashboard import GridPos

from dashboards.panels import Course
from dashboards.rendering.canvas import Canvas
from dashboards.rendering.colours import coloured_by_series
from dashboards.rendering.every_panel import dressed
from dashboards.rendering.links import series_link
from dashboards.rendering.queries import series_targets
from dashboards.rendering.transformations import series_in_words

_STACKED_FILL, _LINE_FILL = 40, 0


def course(canvas: Canvas, panel: Course, place: GridPos) -> TimeSeries:
    """A gap in the data is a gap in the line: what was not told was not like what lies beside it."""
    is_stacked = panel.stacking != "none"
    has_limits = bool(panel.thresholds) and panel.stacking == "none"
    link = series_link(canvas, panel)
    return (
        dressed(TimeSeries(), canvas, panel, place)
        .targets(series_targets(canvas, panel))
        .transformations(list(series_in_words(canvas, panel.lines)))
        .data_links([] if link is None else [link])
        .color_scheme(coloured_by_series())
        .line_width(1)
        .fill_opacity(_STACKED_FILL if is_stacked else _LINE_FILL)
        .show_points(VisibilityMode.AUTO)
        .span_nulls(span_nulls=False)
        .stacking(StackingConfig().mode(StackingMode(panel.stacking)).group("A"))
        .thresholds_style(
            GraphThresholdsStyleConfig().mode(
                GraphThresholdsStyleMode.DASHED if has_limits else GraphThresholdsStyleMode.OFF
            )
        )
        .legend(
            VizLegendOptions()
            .display_mode(LegendDisplayMode.LIST)
            .placement(LegendPlacement.BOTTOM)
            .show_legend(show_legend=True)
        )
        .tooltip(VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING))
    )
