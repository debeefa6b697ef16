"""Panels of single values and of rows as charts: a number, a table, a matrix, bars. Pure."""

from collections.abc import Iterator, Mapping, Sequence

import altair as alt
from answered_panels import AnsweredPanel, natural
from charts_in_time import SERIES_COLOURS
from grafana_transformations import Frame, Value
from value_texts import text_width, value_text, wrapped

_FONT_SIZE = 12
_ROW_HEIGHT = 25
_TITLE_HEIGHT = 30
_CELL_SPACE = 22
TEXT, SUBTLE, LINE = "#1e2124", "#58616a", "#e6e8ea"
_X = alt.X("x:Q", scale=None, axis=None)
_Y = alt.Y("y:Q", scale=None, axis=None)
"""In pixels."""


def nothing(panel: AnsweredPanel) -> alt.Chart:
    """What the panel says where there is no data."""
    text = list(wrapped(panel.defaults["noValue"], panel.width - 40, _FONT_SIZE))
    return alt.Chart(alt.Data(values=[{}])).mark_text(text=text, color=SUBTLE, fontSize=_FONT_SIZE)


def number(panel: AnsweredPanel) -> alt.Chart:
    """The last value, large, in the colour of what it means."""
    value = [*panel.answers[0][0].points.values()][-1]
    rows = [{"value": value, "text": value_text(value, panel.unit, panel.defaults.get("decimals"))}]
    chart = alt.Chart(alt.Data(values=rows))
    return chart.mark_text(fontSize=34, fontWeight="bold", color=panel.colour(value)).encode(text="text:N")


def table(panel: AnsweredPanel) -> alt.LayerChart:
    """As many rows as there is room for, in the panel's order. Tags are at the left of their columns, values at the
    right."""
    frame = _in_order(panel, panel.table())
    shown = int((panel.height - _TITLE_HEIGHT) / _ROW_HEIGHT) - 1
    texts = {heading: [panel.text(value) for value in values[:shown]] for heading, values in frame.items()}
    edges = _edges(texts, panel.width)
    cells = [cell for heading in frame for cell in _cells(panel, heading, frame[heading][:shown], edges[heading])]
    rules = [{"y": (at + 1) * _ROW_HEIGHT} for at in range(max(map(len, texts.values())))]
    lines = alt.Chart(alt.Data(values=rules)).mark_rule(color=LINE).encode(y=_Y)
    written = alt.Chart(alt.Data(values=cells)).encode(
        x=_X, y=_Y, text="text:N", color=alt.Color("colour:N", scale=None)
    )
    sides = (
        written.transform_filter(f"datum.side === '{side}'").mark_text(align=side, fontSize=_FONT_SIZE)
        for side in ("left", "right")
    )
    return alt.layer(lines, *sides)


def matrix(panel: AnsweredPanel) -> alt.LayerChart:
    """A cell for each value, in the colour of what it means."""
    frame = panel.table()
    corner, *columns = frame
    downs = [panel.text(value) for value in frame[corner]]
    rows = [
        {"down": down, "across": column, "value": value, "text": panel.text(value), "colour": panel.colour(value)}
        for column in columns
        for down, value in zip(downs, frame[column], strict=True)
        if isinstance(value, float)
    ]
    colour = alt.Color("colour:N", scale=None)
    if panel.is_graded:
        colour = alt.Color("value:Q", scale=alt.Scale(scheme="blues"), legend=None)
    above = alt.Axis(orient="top", labelAngle=0, grid=False)
    beside = alt.Axis(grid=False, titleAngle=0, titleAlign="right", titleX=-6, titleY=-12)
    chart = alt.Chart(alt.Data(values=rows)).encode(
        x=alt.X("across:N", sort=columns, title=None, axis=above),
        y=alt.Y("down:N", sort=downs, title=corner, axis=beside),
    )
    return alt.layer(
        chart.mark_rect(stroke="white", opacity=0.85).encode(color=colour),
        chart.mark_text(color="black" if panel.is_graded else "white", fontSize=_FONT_SIZE).encode(text="text:N"),
    )


def bars(panel: AnsweredPanel) -> alt.LayerChart:
    """Beside each other for each name, and for each column where there are several."""
    frame = panel.table()
    name = panel.document["options"]["xField"]
    columns = [heading for heading in frame if heading != name]
    names = [panel.text(value) for value in frame[name]]
    rows = [
        {
            "name": told,
            "column": column,
            "value": value,
            "text": panel.text(value),
            "colour": panel.colour(value, column),
        }
        for column in columns
        for told, value in zip(names, frame[column], strict=True)
        if isinstance(value, float)
    ]
    most = max((row["value"] for row in rows), default=0.0)
    is_whole = all(row["value"] == int(row["value"]) for row in rows)
    scale = alt.Scale(domainMin=0, domainMax=most * 1.12 or 1, nice=False)
    is_alone = len(columns) == 1
    axis = alt.Axis(labelExpr="format(datum.value, ',~f')", tickCount=4, tickMinStep=1 if is_whole else alt.Undefined)
    chart = alt.Chart(alt.Data(values=rows)).encode(
        x=alt.X("name:N", sort=names, title=None, axis=alt.Axis(labelAngle=0, grid=False)),
        y=alt.Y("value:Q", title=columns[0] if is_alone else None, axis=axis, scale=scale),
    )
    if is_alone:
        colour = alt.Color("colour:N", scale=None)
    else:
        chart = chart.encode(xOffset=alt.XOffset("column:N", sort=columns))
        palette = alt.Scale(domain=columns, range=list(SERIES_COLOURS[: len(columns)]))
        legend = alt.Legend(title=None, orient="bottom", columns=len(columns), labelLimit=400, symbolType="square")
        colour = alt.Color("column:N", sort=columns, scale=palette, legend=legend)
    return alt.layer(
        chart.mark_bar().encode(color=colour),
        chart.mark_text(baseline="bottom", dy=-2, fontSize=_FONT_SIZE - 1, color=TEXT).encode(text="text:N"),
    )


def _in_order(panel: AnsweredPanel, frame: Frame) -> Frame:
    for order in panel.document["options"].get("sortBy", ()):
        told = frame[order["displayName"]]
        falls = order["desc"]

        def key(at: int, told: Sequence[Value] = told, falls: bool = falls) -> tuple[bool, object]:
            value = told[at]
            if isinstance(value, float):
                return False, -value if falls else value
            return value is None, natural(value or "") if not falls else 0.0

        rows = sorted(range(len(told)), key=key)
        frame = {heading: [values[at] for at in rows] for heading, values in frame.items()}
    return frame


def _edges(texts: Mapping[str, Sequence[str]], width: int) -> dict[str, tuple[float, float]]:
    """From where to where each column goes: as wide as what is in it, and what is over is shared."""
    needed = {
        heading: max(text_width(text, _FONT_SIZE) for text in (heading, *column)) + _CELL_SPACE
        for heading, column in texts.items()
    }
    more = (width - 16 - sum(needed.values())) / len(needed)
    edges, left = {}, 0.0
    for heading, room in needed.items():
        edges[heading] = (left, left + room + more)
        left += room + more
    return edges


def _cells(
    panel: AnsweredPanel, heading: str, values: Sequence[Value], edge: tuple[float, float]
) -> Iterator[dict[str, object]]:
    """With the heading above them."""
    is_tag = any(isinstance(value, str) for value in values)
    place = {"x": edge[0] + 4 if is_tag else edge[1] - 8, "side": "left" if is_tag else "right"}
    yield {**place, "y": _ROW_HEIGHT / 2, "text": heading, "colour": SUBTLE}
    for at, value in enumerate(values):
        has_colour = isinstance(value, float) and panel.is_coloured(heading)
        yield {
            **place,
            "y": (at + 1.5) * _ROW_HEIGHT,
            "heading": heading,
            "value": value,
            "text": panel.text(value),
            "colour": panel.colour(value, heading) if has_colour else TEXT,
        }
