"""A value for every pair of two tags, such as hour and weekday, as a table in colours."""

from grafana_foundation_sdk.builders.table import Panel as TablePanel
from grafana_foundation_sdk.models.common import TableCellBackgroundDisplayMode, TableColoredBackgroundCellOptions
from grafana_foundation_sdk.models.dashboard import DataTransformerConfig, GridPos

from dashboards.panels import Matrix
from dashboards.rendering.canvas import Canvas
from dashboards.rendering.colours import coloured_by_thresholds, graded
from dashboards.rendering.every_panel import dressed
from dashboards.rendering.fields import named, plain_text
from dashboards.rendering.links import panel_link
from dashboards.rendering.queries import table_targets, value_field
from dashboards.rendering.rows import ROW_UNIT, RowColumn, in_row_units, mappings
from dashboards.rendering.transformations import arranged, matrix, sorted_by, without_time

_BACKGROUND = TableColoredBackgroundCellOptions(mode=TableCellBackgroundDisplayMode.BASIC, apply_to_row=False)


def matrix_of_pairs(canvas: Canvas, panel: Matrix, place: GridPos) -> TablePanel:
    """The corner says the unit of all cells. Raises ValueError where `down` and `across` are not the tags of its query,
    or it is a course in time."""
    if panel.value is None or set(panel.value.by) != {panel.down, panel.across} or panel.value.window == "interval":
        raise ValueError(f"{panel.key} does not ask for one value for each {panel.down} and {panel.across}")
    query, factor, sign = in_row_units(panel.value)
    columns = (RowColumn("value", "", query, (), factor),)
    heading = canvas.tag_heading(panel.down)
    corner = f"{heading} ({sign})" if sign else heading
    built = (
        dressed(TablePanel(), canvas, panel, place, factor)
        .targets(table_targets(canvas, columns))
        .transformations(_transformations(canvas, panel, value_field(canvas, columns, columns[0]), corner))
        .unit(ROW_UNIT)
        .mappings(mappings(canvas, (panel.down,)))
        .color_scheme(graded() if panel.is_graded else coloured_by_thresholds())
        .cell_options(_BACKGROUND)
        .show_header(show_header=True)
        .with_override(named(corner), [plain_text()])
    )
    return built if panel.link is None else built.links([panel_link(canvas, panel.link, {})])


def _transformations(canvas: Canvas, panel: Matrix, value: str, corner: str) -> list[DataTransformerConfig]:
    """Columns come in the order in which their values first occur, so that rows are sorted before and after."""
    made = f"{panel.down}\\{panel.across}"
    headings = {made: corner, **canvas.shared.values.get(panel.across, {})}
    return [
        without_time(),
        sorted_by(panel.across),
        matrix(panel.down, panel.across, value),
        sorted_by(made),
        arranged(headings),
    ]
