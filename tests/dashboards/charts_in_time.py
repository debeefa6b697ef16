"""Panels over time as charts: lines, areas that are stacked, and bars of states. Pure."""

from collections.abc import Iterator, Sequence

import altair as alt
from answered_panels import AnsweredPanel
from value_texts import size_of, text_width

SERIES_COLOURS = ("#332288", "#CC6677", "#117733", "#88CCEE", "#882255", "#44AA99", "#999933", "#AA4499", "#DDCC77")
"""The scheme `muted` of Paul Tol's, which the colour-blind can tell apart; the palest is the last here."""
_DASHES: tuple[list[int], ...] = ([1, 0], [5, 3], [2, 2])
"""For series beyond as many as there are colours."""
NEUTRAL = "#256ef4"
KOREA_MILLISECONDS = 9 * 3_600_000
"""Vega knows UTC and the machine's own time. Time in Korea is told to it as UTC."""
_FONT_SIZE = 12
_LEGEND_SYMBOL = 34
"""Pixels beside the name of a series."""


def lines(panel: AnsweredPanel) -> alt.LayerChart:
    """Lines with their limits, or areas where they are stacked."""
    stacking = panel.defaults["custom"]["stacking"]["mode"]
    size, sign = (1.0, "") if stacking == "percent" else size_of(panel.unit, _reached(panel))
    rows = [
        {"series": point.series, "time": _told(point.seconds), "value": point.value, "lone": point.is_lone}
        for point in panel.points()
    ]
    y = alt.Y("shown:Q", title=None, axis=_axis(panel, sign), scale=_scale(panel, size, stacking))
    chart = (
        alt.Chart(alt.Data(values=rows))
        .transform_calculate(shown=f"datum.value === null ? null : datum.value / {size}")
        .encode(x=_time(panel), color=_colours(panel, "stroke" if stacking == "none" else "square"))
    )
    if stacking == "none":
        dashes = [_DASHES[at // len(SERIES_COLOURS) % len(_DASHES)] for at in range(len(panel.names()))]
        dash = alt.StrokeDash("series:N", scale=alt.Scale(domain=panel.names(), range=dashes), legend=None)
        drawn = [
            chart.mark_line(strokeWidth=1.4).encode(y=y, strokeDash=dash),
            chart.transform_filter("datum.lone").mark_point(filled=True, size=14).encode(y=y),
            *_limits(panel, size),
        ]
    else:
        stacked = y.stack("normalize" if stacking == "percent" else "zero")
        drawn = [chart.mark_area(opacity=0.75).encode(y=stacked)]
    return alt.layer(*drawn, *_marks(panel))


def states(panel: AnsweredPanel) -> alt.LayerChart:
    """A bar for each series. What a piece means is written on it where there is room."""
    names = panel.names()
    room = panel.width - 40 - max(text_width(name, _FONT_SIZE) for name in names)
    pixels_per_second = room / (panel.span.milliseconds / 1000)
    rows = []
    for piece in panel.pieces():
        text, length = panel.text(piece.value), (piece.until_seconds - piece.since_seconds) * pixels_per_second
        rows.append(
            {
                "series": piece.series,
                "since": _told(piece.since_seconds),
                "until": _told(piece.until_seconds),
                "middle": _told((piece.since_seconds + piece.until_seconds) / 2),
                "value": piece.value,
                "text": text if text_width(text, _FONT_SIZE) + 6 < length else "",
                "colour": panel.colour(piece.value),
            }
        )
    y = alt.Y("series:N", title=None, sort=names, axis=alt.Axis(grid=False, labelLimit=260, ticks=False, domain=False))
    chart = alt.Chart(alt.Data(values=rows)).encode(y=y)
    bars = chart.mark_bar(height=alt.RelativeBandSize(band=0.8), opacity=0.85, stroke="white", strokeWidth=1).encode(
        x=_time(panel, "since"), x2="until:T", color=alt.Color("colour:N", scale=None)
    )
    texts = chart.mark_text(color="white", fontSize=_FONT_SIZE - 1).encode(x=_time(panel, "middle"), text="text:N")
    return alt.layer(bars, texts, *_marks(panel))


def _reached(panel: AnsweredPanel) -> list[float]:
    return [point.value for point in panel.points() if point.value is not None]


def _told(seconds: float) -> float:
    return seconds * 1000 + KOREA_MILLISECONDS


def _time(panel: AnsweredPanel, field: str = "time") -> alt.X:
    ends = [each + KOREA_MILLISECONDS for each in (panel.span.since_milliseconds, panel.span.until_milliseconds)]
    days = panel.span.milliseconds / 86_400_000
    axis = alt.Axis(format="%m/%d" if days > 3 else "%H:%M", tickCount=max(4, panel.width // 110), labelOverlap=True)
    return alt.X(f"{field}:T", title=None, axis=axis, scale=alt.Scale(type="utc", domain=ends))


def _axis(panel: AnsweredPanel, sign: str) -> alt.Axis:
    told = f"format(datum.value, ',~f') + '{sign}'"
    if panel.defaults["custom"]["stacking"]["mode"] == "percent":
        told = "format(datum.value, '.0%')"
    whole = panel.defaults.get("decimals") == 0
    return alt.Axis(labelExpr=told, tickCount=5, tickMinStep=1 if whole else alt.Undefined)


def _scale(panel: AnsweredPanel, size: float, stacking: str) -> alt.Scale:
    """By the panel's own bounds, else by what is drawn; a line of one value has room above it."""
    if stacking == "percent":
        return alt.Scale(domain=[0, 1])
    least, most = (panel.defaults.get(bound) for bound in ("min", "max"))
    told: dict[str, float] = {}
    if least is not None:
        told["domainMin"] = least / size
    if most is not None:
        told["domainMax"] = most / size
    elif len(set(_reached(panel))) == 1:
        told["domainMax"] = max(_reached(panel)) / size + 1
    return alt.Scale(zero=False, nice=True, clamp=True, **told) if stacking == "none" else alt.Scale(nice=True, **told)


def _colours(panel: AnsweredPanel, symbol: str) -> alt.Color:
    names = panel.names()
    range_ = [SERIES_COLOURS[at % len(SERIES_COLOURS)] for at in range(len(names))]
    widest = max(text_width(name, _FONT_SIZE) for name in names) + _LEGEND_SYMBOL
    columns = max(1, int((panel.width - 30) / widest))
    legend = alt.Legend(
        title=None, orient="bottom", columns=columns, symbolLimit=4 * columns, labelLimit=400, symbolType=symbol
    )
    return alt.Color("series:N", sort=names, scale=alt.Scale(domain=names, range=range_), legend=legend)


def _limits(panel: AnsweredPanel, size: float) -> Iterator[alt.Chart]:
    """Only those that are within what is drawn: a limit far away would press the lines flat."""
    if panel.defaults["custom"]["thresholdsStyle"]["mode"] == "off":
        return
    reached = _reached(panel)
    least, most = panel.defaults.get("min", min(reached)), panel.defaults.get("max", max(reached))
    for step in panel.defaults["thresholds"]["steps"]:
        if step["value"] is not None and least <= step["value"] <= most:
            limit = alt.Chart(alt.Data(values=[{"limit": step["value"] / size}]))
            yield limit.mark_rule(color=step["color"], strokeDash=[6, 4]).encode(y=alt.Y("limit:Q", title=None))


def _marks(panel: AnsweredPanel) -> Sequence[alt.Chart]:
    """When something happened, such as a change of device."""
    if not panel.marks:
        return ()
    marks = alt.Chart(alt.Data(values=[{"time": _told(mark)} for mark in panel.marks]))
    return (marks.mark_rule(color=NEUTRAL, strokeDash=[2, 2]).encode(x=_time(panel)),)
