"""The JSON of a dashboard, put together of its parts. Pure."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.builders.dashboard import Row as RowHeading
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import DashboardCursorSync, GridPos

from dashboards.engines import Engine, Language, board_uid
from dashboards.panels import (
    GRID_WIDTH,
    Bars,
    Board,
    Course,
    Figure,
    Map,
    Matrix,
    Panel,
    States,
    Table,
)
from dashboards.rendering.annotations import annotation
from dashboards.rendering.bars import bars
from dashboards.rendering.canvas import Canvas
from dashboards.rendering.course import course
from dashboards.rendering.every_panel import PanelBuilder
from dashboards.rendering.figure import figure
from dashboards.rendering.layout import HEADING_HEIGHT, below, places
from dashboards.rendering.links import links_of_board
from dashboards.rendering.map import map_of_sites
from dashboards.rendering.matrix import matrix_of_pairs
from dashboards.rendering.states import states
from dashboards.rendering.table import table
from dashboards.rendering.variables import variables
from dashboards.words import Words

TAG = "hangang"
TIME_ZONE = "Asia/Seoul"
"""Of the city, wherever the reader is: a busy hour is an hour there."""


def render(
    board: Board, engine: Engine, language: Language, pages_url: str, *, words: Words | None = None
) -> dict[str, Any]:
    """The JSON of a dashboard, the same for the same arguments. `pages_url` is where the built-in pages are, without a
    slash at its end. Raises WordsError where a phrase is missing, ValueError for a panel that cannot be drawn."""
    told = Words(language) if words is None else words
    canvas = Canvas(board, engine, language, told.board(board.key), told.shared)
    built = (
        Dashboard(canvas.phrases.title)
        .uid(board_uid(board.key, engine, language))
        .description(canvas.phrases.description)
        .tags([TAG, engine, language])
        .timezone(TIME_ZONE)
        .readonly()
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .time(f"now-{board.span}", "now")
        .refresh(board.refresh)
        .variables(list(variables(canvas, pages_url.rstrip("/"))))
        .annotations([annotation(canvas, each) for each in board.annotations])
        .links(list(links_of_board(canvas)))
    )
    for each in _panels(canvas):
        built = built.with_row(each) if isinstance(each, RowHeading) else built.with_panel(each)
    document: dict[str, Any] = _placed_above(json.loads(json.dumps(built.build(), cls=JSONEncoder)))
    return document


def _panels(canvas: Canvas) -> Iterator[PanelBuilder | RowHeading]:
    """Headings and panels with their places, numbered from 1."""
    number, top = 1, 0
    for row in canvas.board.rows:
        heading = RowHeading(canvas.row_heading(row.key)).id(number).collapsed(collapsed=False)
        yield heading.grid_pos(GridPos(x=0, y=top, w=GRID_WIDTH, h=HEADING_HEIGHT))
        taken = list(places(row.panels, top + HEADING_HEIGHT))
        for panel, place in zip(row.panels, taken, strict=True):
            number += 1
            yield _panel(canvas, panel, place).id(number)
        number, top = number + 1, below(taken, top + HEADING_HEIGHT)


def _panel(canvas: Canvas, panel: Panel, place: GridPos) -> PanelBuilder:
    drawn = _DRAWN.get(type(panel))
    if drawn is None:
        raise ValueError(f"{panel.key} is of a kind that nobody draws")
    return drawn(canvas, panel, place)


_DRAWN: Mapping[type[Panel], Callable[[Canvas, Any, GridPos], PanelBuilder]] = {
    Course: course,
    States: states,
    Figure: figure,
    Table: table,
    Bars: bars,
    Map: map_of_sites,
    Matrix: matrix_of_pairs,
}


def _placed_above(document: Any) -> Any:
    """The SDK puts links and annotations into a menu, where nobody sees them; without a word they are above a board."""
    if isinstance(document, list):
        return [_placed_above(each) for each in document]
    if isinstance(document, dict):
        return {key: _placed_above(value) for key, value in document.items() if (key, value) != _IN_A_MENU}
    return document


_IN_A_MENU = ("placement", "inControlsMenu")
