"""Instants that are marked on every course in time, such as when a device was changed."""

from dataclasses import dataclass

from grafana_foundation_sdk.builders.dashboard import AnnotationQuery
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery

from dashboards.influxql import instants
from dashboards.panels import Annotation
from dashboards.promql import promql
from dashboards.rendering.canvas import Canvas
from dashboards.rendering.colours import COLOURS


@dataclass(frozen=True, slots=True)
class _Question(Builder[Dataquery], Dataquery):
    """Annotations are asked for in a form of their own, which the SDK has no models of."""

    told: dict[str, object]

    def build(self) -> Dataquery:
        return self

    def to_json(self) -> dict[str, object]:
        return self.told


def annotation(canvas: Canvas, each: Annotation) -> AnnotationQuery:
    """Raises ValueError for a query that is no course in time: its instants would not be known."""
    if each.query.window != "interval":
        raise ValueError(f"{each.key} marks instants, and its query tells of none")
    name = canvas.annotation_name(each.key)
    built = (
        AnnotationQuery().name(name).datasource(canvas.data_source).enable(enable=True).icon_color(COLOURS["neutral"])
    )
    if canvas.engine == "influxdb":
        return built.target(_Question(_of_influxdb(each, name)))
    question = promql(each.query)
    step = f"{each.query.interval_seconds_at_least}s"
    # Since Grafana 9 the question is the target's; before, the annotation's own.
    built = built.target(_Question({"expr": question, "interval": step, "refId": "Anno"})).expr(question).step(step)
    return built.title_format(f"{{{{{each.text_tag}}}}}").text_format(name).tag_keys("")


def _of_influxdb(each: Annotation, name: str) -> dict[str, object]:
    return {
        "query": instants(each.query, each.text_tag),
        "rawQuery": True,
        "refId": "Anno",
        "name": name,
        "queryType": "tags",
        "fromAnnotations": True,
        "textColumn": each.text_tag,
        "titleColumn": "",
        "tagsColumn": "",
        "timeEndColumn": "",
        "limit": 100,
        "matchAny": False,
        "tags": [],
        "type": "tags",
    }
