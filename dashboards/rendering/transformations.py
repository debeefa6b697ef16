"""What Grafana makes of the answers before it shows them. Only what it has had since version 8. Pure.

Tables of several targets are laid together by `merge`, which makes one row of those whose tags are the same; a join by
one field would lose rows that only a second tag tells apart. The time is taken away before: it is not the same in all
targets, and rows with unequal times are no same rows.
"""

from collections.abc import Iterable, Iterator

from grafana_foundation_sdk.models.dashboard import DataTransformerConfig

from dashboards.panels import Panel
from dashboards.query import Query
from dashboards.rendering.canvas import Canvas
from dashboards.rendering.queries import value_field
from dashboards.rendering.rows import RowColumn


def one_table(
    canvas: Canvas, panel: Panel, tags: tuple[str, ...], columns: tuple[RowColumn, ...]
) -> list[DataTransformerConfig]:
    """One table of all targets: first the tags, then the columns in their order, all with headings in words. Raises
    ValueError where a column lacks the first tag, which all rows have, or has one that the rows have not."""
    for column in columns:
        if tags[0] not in column.query.by or not set(column.query.by) <= set(tags):
            raise ValueError(f"{panel.key}: {column.key} is told apart by {column.query.by}, and rows by {tags}")
    fields = {tag: canvas.tag_heading(tag) for tag in tags}
    fields |= {value_field(canvas, columns, each): each.heading for each in columns}
    return [without_time(), DataTransformerConfig("merge", options={}), arranged(fields)]


def without_time() -> DataTransformerConfig:
    """All fields but the time."""
    return DataTransformerConfig("filterFieldsByName", options={"exclude": {"names": ["Time"]}})


def arranged(fields: dict[str, str]) -> DataTransformerConfig:
    """Fields in this order, with new names."""
    return DataTransformerConfig(
        "organize",
        options={
            "excludeByName": {},
            "indexByName": {name: at for at, name in enumerate(fields)},
            "renameByName": fields,
        },
    )


def sorted_by(field: str, *, falling: bool = False) -> DataTransformerConfig:
    """Rows in the order of a field."""
    return DataTransformerConfig("sortBy", options={"fields": {}, "sort": [{"field": field, "desc": falling}]})


def matrix(down: str, across: str, value: str) -> DataTransformerConfig:
    """A column for each value of `across`; what is not there stays empty, and is not 0."""
    options = {"columnField": across, "rowField": down, "valueField": value, "emptyValue": "null"}
    return DataTransformerConfig("groupingToMatrix", options=options)


def series_in_words(canvas: Canvas, queries: Iterable[Query]) -> Iterator[DataTransformerConfig]:
    """Series that are called by the value of one tag only, such as `park`, in words where there are some."""
    named = {query.legend[1:-1] for query in queries if query.legend and query.legend[1:-1] in query.by}
    for tag in sorted(named):
        for value, word in sorted(canvas.shared.values.get(tag, {}).items()):
            yield DataTransformerConfig("renameByRegex", options={"regex": f"^{value}$", "renamePattern": word})
