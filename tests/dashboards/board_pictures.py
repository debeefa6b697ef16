"""Pictures of boards, for whoever has no Grafana at hand: a board's own JSON and real answers of VictoriaMetrics to its
queries, each panel drawn as what it is, on the board's own grid.

Grafana is not asked; what it would draw is drawn by Vega-Lite, without a browser. `make pictures` makes those in docs/.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any

import altair as alt
import vl_convert
from answered_panels import AnsweredPanel
from charts_in_time import lines, states
from charts_of_places import places
from charts_of_rows import LINE, SUBTLE, TEXT, bars, matrix, nothing, number, table
from grafana_boards import Asked, OpenBoard
from grafana_intervals import Span
from grafana_queries import Document
from grafana_sources import Series
from small_png import small_png
from value_texts import text_width

WIDTH = 1_400
_FONT = "Noto Sans CJK KR"
_FONTS = "/usr/share/fonts/opentype/noto"
"""Where Debian's fonts-noto-cjk has it."""
_MARGIN, _GAP = 16, 8
_COLUMN = (WIDTH - 2 * _MARGIN + _GAP) / 24
_ROW = 30
"""Pixels of Grafana's own grid, on a narrower screen."""
_HEAD = 92
_GROUND = "#f4f5f6"
_KOREA = timedelta(hours=9)
_CONFIG = {
    "font": _FONT,
    "background": "transparent",
    "view": {"stroke": None},
    "title": {"fontSize": 14, "color": TEXT, "anchor": "start", "offset": 8, "frame": "bounds"},
    "axis": {"labelFontSize": 12, "titleFontSize": 12, "labelColor": SUBTLE, "titleColor": SUBTLE, "gridColor": LINE,
             "domain": False, "ticks": False, "labelPadding": 6, "titleFontWeight": "normal"},
    "legend": {"labelFontSize": 12, "labelColor": TEXT, "symbolType": "stroke", "symbolStrokeWidth": 3, "offset": 6},
}  # fmt: skip
_DRAWN: Mapping[str, Callable[[AnsweredPanel], alt.Chart | alt.LayerChart]] = {
    "timeseries": lines,
    "state-timeline": states,
    "stat": number,
    "table": table,
    "barchart": bars,
    "geomap": places,
}


@dataclass(frozen=True, slots=True)
class PanelPicture:
    """A panel as a specification in Vega-Lite, and where it lies, in pixels."""

    specification: dict[str, Any]
    left: float
    top: float


def board_picture(opened: OpenBoard, span: Span) -> bytes:
    """A PNG, `WIDTH` pixels wide, of a board over VictoriaMetrics. Raises RefusedQueryError."""
    vl_convert.register_font_directory(_FONTS)
    panels = "".join(map(_framed, panel_pictures(opened, span)))
    height = _HEAD + _MARGIN + _ROW * max(each["gridPos"]["y"] + each["gridPos"]["h"] for each in _panels(opened))
    ground = f'<rect width="{WIDTH}" height="{height}" fill="{_GROUND}"/>'
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="{WIDTH}" '
        f'height="{height}" font-family="{_FONT}">{ground}{_head(opened, span)}{_headings(opened)}{panels}</svg>'
    )
    return small_png(vl_convert.svg_to_png(svg))


def panel_pictures(opened: OpenBoard, span: Span) -> Iterator[PanelPicture]:
    """All of a board, in order."""
    asked: dict[int, list[Asked]] = {}
    for each in opened.targets():
        asked.setdefault(each.panel["id"], []).append(each)
    marks = _instants(opened.ask(each) for each in opened.annotations())
    for document in _panels(opened):
        if document["type"] != "row":
            targets = asked[document["id"]]
            place = document["gridPos"]
            panel = AnsweredPanel(
                document,
                [opened.ask(each) for each in targets],
                span,
                max(getattr(each.request, "step_seconds", None) or 0.0 for each in targets),
                marks,
                round(place["w"] * _COLUMN - _GAP) - 20,
                place["h"] * _ROW - _GAP - 16,
            )
            yield PanelPicture(_specification(panel), _MARGIN + place["x"] * _COLUMN, _HEAD + place["y"] * _ROW)


def _specification(panel: AnsweredPanel) -> dict[str, Any]:
    draw = nothing if panel.is_empty else matrix if _is_matrix(panel.document) else _DRAWN[panel.document["type"]]
    chart = draw(panel).properties(
        title=panel.title,
        width=panel.width,
        height=panel.height,
        autosize=alt.AutoSizeParams(type="fit", contains="padding"),
        padding=0,
    )
    specification: dict[str, Any] = chart.to_dict()
    return specification


def _is_matrix(panel: Document) -> bool:
    return any(each["id"] == "groupingToMatrix" for each in panel.get("transformations", ()))


def _panels(opened: OpenBoard) -> Sequence[Document]:
    panels: Sequence[Document] = opened.document["panels"]
    return panels


def _instants(answers: Iterator[list[Series]]) -> tuple[float, ...]:
    return tuple(sorted({seconds for answer in answers for series in answer for seconds in series.points}))


def _framed(picture: PanelPicture) -> str:
    """The panel in a frame. Names within drawings are made different, since all come into one document."""
    told = picture.specification
    svg = vl_convert.vegalite_to_svg(told, config=_CONFIG, allowed_base_urls=[])
    own = f"{picture.left:.0f}-{picture.top:.0f}-"
    svg = re.sub(r'(id="|url\(#|href="#)', rf"\g<1>{own}", svg)
    inner = svg.replace("<svg ", f'<svg x="{picture.left + 10:.1f}" y="{picture.top + 8:.1f}" ', 1)
    frame = f'x="{picture.left:.1f}" y="{picture.top:.1f}" width="{told["width"] + 20}" height="{told["height"] + 16}"'
    return f'<rect {frame} rx="3" fill="white" stroke="{LINE}"/>{inner}'


def _head(opened: OpenBoard, span: Span) -> str:
    """Title, what it is for, and what is chosen."""
    title, description = opened.document["title"], opened.document["description"]
    written = [
        _text(title, _MARGIN, 34, 'font-size="22" font-weight="bold"'),
        _text(description, _MARGIN + text_width(title, 22) + 20, 34, f'font-size="13" fill="{SUBTLE}"'),
        *_chosen(opened),
        _text(_told(span), WIDTH - _MARGIN, 72, f'font-size="13" fill="{TEXT}" text-anchor="end"'),
    ]
    return "".join(written)


def _chosen(opened: OpenBoard) -> Iterator[str]:
    left = float(_MARGIN)
    for each in opened.document["templating"]["list"]:
        if each["name"] in opened.variables:
            variable = opened.variables[each["name"]]
            told = "All" if variable.is_all else ", ".join(variable.values)
            label, value = text_width(each["label"], 13) + 16, text_width(told, 13) + 16
            frame = f'x="{left:.1f}" y="54" width="{label + value:.1f}" height="28"'
            yield f'<rect {frame} rx="2" fill="white" stroke="{LINE}"/>'
            yield _text(each["label"], left + 8, 72, f'font-size="13" fill="{SUBTLE}"')
            yield _text(told, left + label + 4, 72, 'font-size="13" font-weight="bold"')
            left += label + value + 10


def _told(span: Span) -> str:
    since, until = (
        (datetime.fromtimestamp(each / 1000, UTC) + _KOREA).strftime("%Y-%m-%d %H:%M")
        for each in (span.since_milliseconds, span.until_milliseconds)
    )
    return f"{since} – {until} KST"


def _headings(opened: OpenBoard) -> str:
    rows = (each for each in _panels(opened) if each["type"] == "row")
    return "".join(
        _text(each["title"], _MARGIN + 2, _HEAD + each["gridPos"]["y"] * _ROW + 19, 'font-size="15" font-weight="bold"')
        for each in rows
    )


def _text(text: str, x: float, y: float, style: str) -> str:
    return f'<text x="{x:.1f}" y="{y}" {style}>{escape(text)}</text>'
