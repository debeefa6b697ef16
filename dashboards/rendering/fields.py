"""What is shown otherwise in one column than in the others: its colours."""

from grafana_foundation_sdk.models.common import TableColorTextCellOptions
from grafana_foundation_sdk.models.dashboard import DynamicConfigValue, MatcherConfig

from dashboards.panels import Panel
from dashboards.rendering.colours import coloured_by_thresholds, steps
from dashboards.rendering.rows import RowColumn


def named(heading: str) -> MatcherConfig:
    """The column with this heading."""
    return MatcherConfig("byNames", options={"mode": "include", "names": [heading]})


def colours(panel: Panel, column: RowColumn) -> list[DynamicConfigValue]:
    """What its values mean, by its own thresholds."""
    return [
        DynamicConfigValue("thresholds", steps(panel.lowest, column.thresholds).build()),
        DynamicConfigValue("color", coloured_by_thresholds().build()),
    ]


def coloured_text() -> DynamicConfigValue:
    """In a table: the number itself is in that colour."""
    return DynamicConfigValue("custom.cellOptions", TableColorTextCellOptions())


def plain_text() -> DynamicConfigValue:
    """In a table whose cells are coloured: no colour, since it is no value."""
    return DynamicConfigValue("custom.cellOptions", {"type": "auto"})
