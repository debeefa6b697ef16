"""Where panels lie: from left to right on Grafana's grid of 24 columns, and on below where a line is full. Pure."""

from collections.abc import Iterable, Iterator

from grafana_foundation_sdk.models.dashboard import GridPos

from dashboards.panels import GRID_WIDTH, Panel

HEADING_HEIGHT = 1


def places(panels: Iterable[Panel], top: int) -> Iterator[GridPos]:
    """A place for each, the first at the left below `top`. A line is as high as the highest panel in it."""
    left, height = 0, 0
    for panel in panels:
        if left + panel.width > GRID_WIDTH:
            top, left, height = top + height, 0, 0
        yield GridPos(x=left, y=top, w=panel.width, h=panel.height)
        left, height = left + panel.width, max(height, panel.height)


def below(taken: Iterable[GridPos], top: int) -> int:
    """Where the next row may begin."""
    return max((place.y + place.h for place in taken), default=top)
