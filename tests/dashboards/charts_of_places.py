"""The panel with a map as a chart: sites where they lie, over the river and its parks instead of tiles. Pure."""

import math
from collections.abc import Iterator

import altair as alt
from answered_panels import AnsweredPanel

from inventory.reading import load_parks
from inventory.river import RIVER

_RIVER, _PARK, _TEXT = "#9ed2fa", "#d8eedd", "#1e2124"
_TITLE_HEIGHT = 50
_MARGIN_PIXELS = 40
_LEAST_DEGREES = 0.02
_NAMED_SITES = 15
"""More names would cover each other."""


def places(panel: AnsweredPanel) -> alt.LayerChart:
    """A circle for each site, as large and of that colour as the panel says."""
    frame, layer = panel.table(), panel.document["options"]["layers"][0]
    location, style = layer["location"], layer["config"]["style"]
    sizes, colours = style["size"], style["color"]["field"]
    largest = max(value for value in frame[sizes["field"]] if isinstance(value, float))
    rows = []
    for at, size in enumerate(frame[sizes["field"]]):
        row = {heading: values[at] for heading, values in frame.items()}
        radius = sizes["min"] + (sizes["max"] - sizes["min"]) * (size or 0) / largest
        rows.append(
            {
                **row,
                "longitude": row[location["longitude"]],
                "latitude": row[location["latitude"]],
                "name": list(row.values())[1],
                "area": math.pi * radius**2,
                "colour": panel.colour(row[colours] or 0.0, colours),
            }
        )
    circles = _chart(panel, rows)
    marks = circles.mark_circle(opacity=0.8, stroke="white").encode(
        size=alt.Size("area:Q", scale=None), color=alt.Color("colour:N", scale=None)
    )
    names = circles.mark_text(dy=-20, fontSize=12, color=_TEXT, stroke="white", strokeWidth=0).encode(text="name:N")
    river = [{"at": at, "latitude": latitude, "longitude": longitude} for at, (latitude, longitude) in enumerate(RIVER)]
    course = _chart(panel, river).mark_line(strokeWidth=9, color=_RIVER, strokeCap="round", strokeJoin="round", clip=True)
    parks = _chart(panel, list(_outlines())).mark_line(filled=True, fill=_PARK, stroke="#7ec88e", strokeWidth=1, clip=True)
    drawn = [course.encode(order="at:Q"), parks.encode(order="at:Q", detail="park:N"), marks]
    return alt.layer(*drawn, names) if len(rows) <= _NAMED_SITES else alt.layer(*drawn)


def _outlines() -> Iterator[dict[str, object]]:
    for park in load_parks():
        for at, (latitude, longitude) in enumerate(park.outline):
            yield {"park": park.id, "at": at, "latitude": latitude, "longitude": longitude}


def _chart(panel: AnsweredPanel, rows: list[dict[str, object]]) -> alt.Chart:
    """North is up, and a kilometre is as long east as it is north; the whole river is in view."""
    shrink = math.cos(math.radians(37.54))
    latitudes, longitudes = zip(*RIVER, strict=True)
    middle = ((min(longitudes) + max(longitudes)) / 2, (min(latitudes) + max(latitudes)) / 2)
    across = (max(longitudes) - min(longitudes)) * (1 + 2 * _MARGIN)
    up = across * shrink * (panel.height - _TITLE_HEIGHT) / panel.width
    x = alt.Scale(domain=[middle[0] - across / 2, middle[0] + across / 2], nice=False)
    y = alt.Scale(domain=[middle[1] - up / 2, middle[1] + up / 2], nice=False)
    return alt.Chart(alt.Data(values=rows)).encode(
        x=alt.X("longitude:Q", scale=x, axis=None), y=alt.Y("latitude:Q", scale=y, axis=None)
    )
