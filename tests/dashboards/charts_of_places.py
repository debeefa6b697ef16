"""The panel with a map as a chart: sites where they lie, over the river and its parks instead of tiles. Pure."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import altair as alt
from answered_panels import AnsweredPanel
from value_texts import text_width

from collector.web.drawing.label_placement import place_labels
from inventory.reading import load_parks
from inventory.river import RIVER

_RIVER, _PARK, _BANK, _TEXT, _LEADER = "#9ed2fa", "#d8eedd", "#a9dab4", "#1e2124", "#8a949e"
_TITLE_HEIGHT = 30
_MARGIN = 45
"""Pixels around the outermost sites."""
_LEAST_DEGREES = 0.02
"""Of latitude in view, where all sites lie close together."""
_FONT_SIZE, _LINE_HEIGHT = 11, 14
_SHRINK = math.cos(math.radians(37.54))
"""A degree of longitude in Seoul, in degrees of latitude."""

Rows = list[dict[str, object]]


@dataclass(frozen=True, slots=True)
class _View:
    """What is in sight, in degrees and in pixels. North is up, and a kilometre is as long east as it is north."""

    west: float
    north: float
    degrees_per_pixel: float
    width: float
    height: float

    @classmethod
    def of(cls, longitudes: Sequence[float], latitudes: Sequence[float], panel: AnsweredPanel) -> "_View":
        """All of these."""
        width, height = float(panel.width), float(panel.height - _TITLE_HEIGHT)
        across, up = (max(each) - min(each) for each in (longitudes, latitudes))
        scale = max(across * _SHRINK / (width - 2 * _MARGIN), max(up, _LEAST_DEGREES) / (height - 2 * _MARGIN))
        west = (max(longitudes) + min(longitudes) - width * scale / _SHRINK) / 2
        return cls(west, (max(latitudes) + min(latitudes) + height * scale) / 2, scale, width, height)

    def pixels(self, longitude: float, latitude: float) -> tuple[float, float]:
        """From the upper left."""
        across, down = (longitude - self.west) * _SHRINK, self.north - latitude
        return across / self.degrees_per_pixel, down / self.degrees_per_pixel

    def chart(self, rows: Rows) -> alt.Chart:
        """Of rows with `x` and `y`, in pixels."""
        across = alt.Scale(domain=[0, self.width], nice=False)
        down = alt.Scale(domain=[self.height, 0], nice=False)
        x, y = alt.X("x:Q", scale=across, axis=None), alt.Y("y:Q", scale=down, axis=None)
        return alt.Chart(alt.Data(values=rows)).encode(x=x, y=y)


def places(panel: AnsweredPanel) -> alt.LayerChart:
    """A circle for each site, as large and of that colour as the panel says."""
    frame, layer = panel.table(), panel.document["options"]["layers"][0]
    location, style = layer["location"], layer["config"]["style"]
    size, colour = style["size"], style["color"]["field"]
    longitudes, latitudes = frame[location["longitude"]], frame[location["latitude"]]
    view = _View.of(longitudes, latitudes, panel)
    largest = max(frame[size["field"]])
    rows: Rows = []
    for at, place in enumerate(zip(longitudes, latitudes, strict=True)):
        row = {heading: values[at] for heading, values in frame.items()}
        radius = size["min"] + (size["max"] - size["min"]) * row[size["field"]] / largest
        x, y = view.pixels(*place)
        seen = {"name": [*row.values()][1], "radius": radius, "colour": panel.colour(row[colour], colour)}
        rows.append({**row, **seen, "x": x, "y": y})
    circles = view.chart(rows).transform_calculate(area="PI * datum.radius * datum.radius")
    marks = circles.mark_circle(opacity=0.85, stroke="white").encode(
        size=alt.Size("area:Q", scale=None), color=alt.Color("colour:N", scale=None)
    )
    leaders, names = _names(view, rows)
    return alt.layer(*_ground(view), leaders, marks, names)


def _ground(view: _View) -> Iterator[alt.Chart]:
    """The river as far as it is in view, and the outlines of its parks."""
    river = [view.pixels(longitude, latitude) for latitude, longitude in RIVER]
    line: Rows = [{"at": at, "x": x, "y": y} for at, (x, y) in enumerate(river)]
    course = view.chart(line).mark_line(strokeWidth=10, color=_RIVER, strokeCap="round", strokeJoin="round", clip=True)
    yield course.encode(order="at:Q")
    outlines: Rows = []
    for park in load_parks():
        corners = (view.pixels(longitude, latitude) for latitude, longitude in park.outline)
        outlines += [{"park": park.id, "at": at, "x": x, "y": y} for at, (x, y) in enumerate(corners)]
    banks = view.chart(outlines).mark_line(filled=True, fill=_PARK, stroke=_BANK, strokeWidth=1, clip=True)
    yield banks.encode(order="at:Q", detail="park:N")


def _names(view: _View, rows: Rows) -> tuple[alt.Chart, alt.Chart]:
    """And the leaders to them. Placed as those on the collector's own map; a name that finds no room is left out."""
    boxes = place_labels(
        marks=tuple((row["x"], row["y"], row["radius"]) for row in rows),
        sizes=tuple((text_width(row["name"], _FONT_SIZE), _LINE_HEIGHT) for row in rows),
        line=tuple(view.pixels(longitude, latitude) for latitude, longitude in RIVER),
        width=view.width,
        height=view.height,
    )
    names: Rows = []
    leaders: Rows = []
    for row, box in zip(rows, boxes, strict=True):
        if box is not None:
            near_x, near_y = box.nearest(row["x"], row["y"])
            names.append({"label": row["name"], "x": (box.left + box.right) / 2, "y": (box.top + box.bottom) / 2})
            leaders.append({"x": row["x"], "y": row["y"], "x2": near_x, "y2": near_y})
    return (
        view.chart(leaders).mark_rule(color=_LEADER, strokeWidth=0.7).encode(x2="x2:Q", y2="y2:Q"),
        view.chart(names).mark_text(fontSize=_FONT_SIZE, color=_TEXT).encode(text="label:N"),
    )
