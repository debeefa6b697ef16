"""Sites on a map."""

from grafana_foundation_sdk.builders.common import FrameGeometrySource, MapLayerOptions
from grafana_foundation_sdk.builders.geomap import ControlsOptions, MapViewConfig, TooltipOptions
from grafana_foundation_sdk.builders.geomap import Panel as Geomap
from grafana_foundation_sdk.models.common import FrameGeometrySourceMode
from grafana_foundation_sdk.models.dashboard import GridPos
from grafana_foundation_sdk.models.geomap import TooltipMode

from dashboards.panels import Map
from dashboards.rendering.canvas import Canvas
from dashboards.rendering.colours import coloured_by_thresholds
from dashboards.rendering.every_panel import dressed
from dashboards.rendering.fields import colours, named
from dashboards.rendering.links import row_link
from dashboards.rendering.queries import table_targets
from dashboards.rendering.rows import ROW_UNIT, RowColumn, mappings, row_columns
from dashboards.rendering.transformations import one_table

_LEAST_PIXELS, _MOST_PIXELS = 4, 18


def map_of_sites(canvas: Canvas, panel: Map, place: GridPos) -> Geomap:
    """It begins with all sites in view. Raises ValueError where a column that it needs is not there."""
    columns = row_columns(canvas, panel)
    link = row_link(canvas, panel)
    built = (
        dressed(Geomap(), canvas, panel, place, columns[0].factor)
        .targets(table_targets(canvas, columns))
        .transformations(one_table(canvas, panel, panel.by, columns))
        .unit(ROW_UNIT)
        .mappings(mappings(canvas, panel.by))
        .data_links([] if link is None else [link])
        .color_scheme(coloured_by_thresholds())
        .view(MapViewConfig().id("fit").all_layers(all_layers=True).padding(5))
        .basemap(MapLayerOptions().type("default").name("Basemap"))
        .layers([_markers(canvas, panel, columns)])
        .controls(
            ControlsOptions()
            .show_zoom(show_zoom=True)
            .mouse_wheel_zoom(mouse_wheel_zoom=False)
            .show_attribution(show_attribution=True)
        )
        .tooltip(TooltipOptions().mode(TooltipMode.DETAILS))
    )
    for column in columns:
        if column.thresholds:
            built = built.with_override(named(column.heading), colours(panel, column))
    return built


def _markers(canvas: Canvas, panel: Map, columns: tuple[RowColumn, ...]) -> MapLayerOptions:
    """The layer of places. Fields are named by their headings, which they have when they come to it."""
    headings = {column.key: column.heading for column in columns}
    if missing := {"latitude", "longitude", panel.size, panel.colour} - headings.keys():
        raise ValueError(f"{panel.key} has no column {' and no '.join(sorted(missing))}")
    location = (
        FrameGeometrySource()
        .mode(FrameGeometrySourceMode.COORDS)
        .latitude(headings["latitude"])
        .longitude(headings["longitude"])
    )
    style = {
        "color": {"field": headings[panel.colour], "fixed": "dark-blue"},
        "opacity": 0.7,
        "size": {
            "field": headings[panel.size],
            "fixed": _LEAST_PIXELS,
            "min": _LEAST_PIXELS,
            "max": _MOST_PIXELS,
        },
        "symbol": {"fixed": "img/icons/marker/circle.svg", "mode": "fixed"},
    }
    layer = MapLayerOptions().type("markers").name(canvas.words(panel).title)
    return layer.location(location).config({"showLegend": True, "style": style})
