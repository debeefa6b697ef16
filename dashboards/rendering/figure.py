"""One number, large."""

from grafana_foundation_sdk.builders.common import ReduceDataOptions
from grafana_foundation_sdk.builders.stat import Panel as Stat
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    BigValueGraphMode,
    BigValueJustifyMode,
    BigValueTextMode,
    VizOrientation,
)
from grafana_foundation_sdk.models.dashboard import GridPos

from dashboards.panels import Figure
from dashboards.rendering.canvas import Canvas
from dashboards.rendering.colours import coloured_by_thresholds
from dashboards.rendering.every_panel import dressed
from dashboards.rendering.links import series_link
from dashboards.rendering.queries import series_targets
from dashboards.rendering.transformations import series_in_words


def figure(canvas: Canvas, panel: Figure, place: GridPos) -> Stat:
    """The last value of a course, with the course behind it, or the one value that was asked for."""
    has_course = panel.value is not None and panel.value.window == "interval"
    link = series_link(canvas, panel)
    return (
        dressed(Stat(), canvas, panel, place)
        .targets(series_targets(canvas, panel))
        .transformations(list(series_in_words(canvas, panel.queries)))
        .data_links([] if link is None else [link])
        .color_scheme(coloured_by_thresholds())
        .graph_mode(BigValueGraphMode.AREA if has_course else BigValueGraphMode.NONE)
        .color_mode(BigValueColorMode.VALUE)
        .justify_mode(BigValueJustifyMode.AUTO)
        .text_mode(BigValueTextMode.AUTO)
        .orientation(VizOrientation.AUTO)
        .reduce_options(ReduceDataOptions().values(values=False).calcs(["lastNotNull"]).fields(""))
    )
