"""What is chosen above a board: the data source, and kind of site, site, access point and band, each one of those that
the choice before it leaves."""

from collections.abc import Iterator

from grafana_foundation_sdk.builders.dashboard import ConstantVariable, DatasourceVariable, QueryVariable
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.dashboard import VariableModel, VariableOption, VariableRefresh, VariableSort

from dashboards.engines import DATA_SOURCE_TYPES, DATA_SOURCE_UIDS
from dashboards.influxql import tag_values
from dashboards.metrics import metric
from dashboards.panels import VariableName
from dashboards.promql import label_values
from dashboards.query import Filter
from dashboards.rendering.canvas import Canvas

_FILLED_FROM = {
    "kind": "wifi_site_state.access_points",
    "site": "wifi_site_state.access_points",
    "access_point": "wifi_place.access_points",
    "band": "wifi_radio.clients",
}
"""Whose tag the values are. What a variable is filled from is known now, so that what is gone cannot be chosen."""
_ANYTHING = ".*"
"""Stands for all where tags need not be listed: a city has more sites than a question ought to name."""


def variables(canvas: Canvas, pages_url: str) -> Iterator[Builder[VariableModel]]:
    """All of a board, in the order in which they are chosen, and the built-in pages' URL, which is not seen."""
    yield _data_source(canvas)
    for name in canvas.board.variables:
        yield _query(canvas, name)
    yield ConstantVariable("pages").label(canvas.shared.variables["pages"]).value(pages_url)


def _data_source(canvas: Canvas) -> DatasourceVariable:
    uid = DATA_SOURCE_UIDS[canvas.engine]
    variable = DatasourceVariable("datasource").label(canvas.shared.variables["datasource"])
    return variable.type(DATA_SOURCE_TYPES[canvas.engine]).current(VariableOption(text=uid, value=uid, selected=True))


def _query(canvas: Canvas, name: VariableName) -> QueryVariable:
    tag = name.removeprefix("one_")
    is_one = name != tag
    question = _question(canvas, tag)
    variable = (
        QueryVariable(tag)
        .label(canvas.shared.variables[tag])
        .datasource(canvas.data_source)
        .query(question)
        .refresh(_refresh(canvas))
        .sort(VariableSort.ALPHABETICAL_CASE_INSENSITIVE_ASC)
        .multi(not is_one)
        .include_all(not is_one)
    )
    if is_one:
        return variable
    variable = variable.current(VariableOption(text=["All"], value=["$__all"], selected=True))
    # Raw points tell of no site, so that all access points of a site are told by their names.
    return variable if tag == "access_point" else variable.all_value(_ANYTHING)


def _question(canvas: Canvas, tag: str) -> str:
    source = metric(_FILLED_FROM[tag])
    chosen = {name.removeprefix("one_") for name in canvas.board.variables}
    where = tuple(Filter(before, f"${before}") for before in _before(tag) if before in chosen and before in source.tags)
    if canvas.engine == "influxdb":
        return tag_values(source.measurement, tag, where)
    return label_values(source.prometheus_name, tag, where)


def _before(tag: str) -> tuple[str, ...]:
    order = ("kind", "site", "access_point", "band")
    return order[: order.index(tag)]


def _refresh(canvas: Canvas) -> VariableRefresh:
    """InfluxDB lists the values of a tag whatever the time, so that asking when the board opens is enough."""
    if canvas.engine == "influxdb":
        return VariableRefresh.ON_DASHBOARD_LOAD
    return VariableRefresh.ON_TIME_RANGE_CHANGED
