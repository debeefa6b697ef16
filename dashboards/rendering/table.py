"""Rows with columns."""

from grafana_foundation_sdk.builders.common import TableSortByFieldState
from grafana_foundation_sdk.builders.table import Panel as TablePanel
from grafana_foundation_sdk.models.dashboard import GridPos

from dashboards.panels import Table
from dashboards.rendering.canvas import Canvas
from dashboards.rendering.every_panel import dressed
from dashboards.rendering.fields import coloured_text, colours, named
from dashboards.rendering.links import row_link
from dashboards.rendering.queries import table_targets
from dashboards.rendering.rows import ROW_UNIT, RowColumn, mappings, row_columns
from dashboards.rendering.transformations import one_table


def table(canvas: Canvas, panel: Table, place: GridPos) -> TablePanel:
    """Every cell leads down, each row to its own. Raises ValueError where `sorted_by` is no column."""
    columns = row_columns(canvas, panel)
    link = row_link(canvas, panel)
    built = (
        dressed(TablePanel(), canvas, panel, place, columns[0].factor)
        .targets(table_targets(canvas, columns))
        .transformations(one_table(canvas, panel, panel.by, columns))
        .unit(ROW_UNIT)
        .mappings(mappings(canvas, panel.by))
        .data_links([] if link is None else [link])
        .show_header(show_header=True)
        .filterable(filterable=True)
    )
    for column in columns:
        if column.thresholds:
            built = built.with_override(named(column.heading), [*colours(panel, column), coloured_text()])
    return built if panel.sorted_by is None else built.sort_by([_order(canvas, panel, columns)])


def _order(canvas: Canvas, panel: Table, columns: tuple[RowColumn, ...]) -> TableSortByFieldState:
    """Names rise, values fall: what is most is what is looked for."""
    key = panel.sorted_by
    if key in panel.by:
        return TableSortByFieldState().display_name(canvas.tag_heading(key)).desc(desc=False)
    for column in columns:
        if column.key == key:
            return TableSortByFieldState().display_name(column.heading).desc(desc=True)
    raise ValueError(f"{panel.key} is sorted by {key}, which is no column")
