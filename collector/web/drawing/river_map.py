"""The river as a line and the parks beside it: where each mark and each label goes. Pure; drawn by the overview page.

North is up, and a kilometre is as long east as it is north. Labels are set so that none covers another label or a
park's mark; one that finds no room is left out, for the list below the map has every park anyway.
"""

import math
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from collector.web.city.summaries import SiteState, SiteSummary
from collector.web.drawing.geometry import Box
from collector.web.drawing.label_placement import place_labels

Coordinates = tuple[tuple[float, float], ...]
"""(latitude, longitude) pairs, WGS 84."""

_WIDE_LETTER_EM = 1.0
_LETTER_EM = 0.7
"""Widths of a Korean and of a Latin letter, on the generous side: the reader's typeface is not known here."""


_REACH = 1.4
"""How far a mark's corners may stick out of the circle of its size, about: room that labels keep clear of."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The drawing's size and letters, in its own units. `margin` keeps the marks away from its edges."""

    width: float
    height: float
    margin_x: float
    margin_y: float
    font_size: float
    line_height: float
    least_radius: float
    most_radius: float


@dataclass(frozen=True, slots=True)
class Label:
    """Lines of text in the middle of a box, and a leader from the mark where the box stands apart from it."""

    x: float
    baselines: tuple[float, ...]
    lines: tuple[str, ...]
    leader: str


@dataclass(frozen=True, slots=True)
class ParkMark:
    """A park on the map. `path` is the outline of its state's shape, so that state does not hang on colour alone."""

    park: SiteSummary
    state: SiteState
    path: str
    outline: str
    label: Label | None


@dataclass(frozen=True, slots=True)
class RiverMap:
    """The drawing: its size, the river's line, and the parks, the largest first so that none hides a smaller one."""

    frame: Frame
    river: str
    marks: tuple[ParkMark, ...]


@dataclass(frozen=True, slots=True)
class _Projection:
    scale: float
    shrink: float
    left: float
    top: float

    def __call__(self, latitude: float, longitude: float) -> tuple[float, float]:
        return self.left + longitude * self.shrink * self.scale, self.top - latitude * self.scale


def draw_river_map(
    parks: Sequence[SiteSummary], river: Coordinates, frame: Frame, lines_of: Callable[[SiteSummary], Sequence[str]]
) -> RiverMap:
    """Lay out the parks that have a position, each with the lines of text that `lines_of` gives for it."""
    project = _project(river, frame)
    most_clients = max((park.totals.clients.value or 0 for park in parks), default=0)
    placed = []
    for park in parks:
        if park.site.latitude is not None and park.site.longitude is not None:
            x, y = project(park.site.latitude, park.site.longitude)
            if 0 <= x <= frame.width and 0 <= y <= frame.height:
                placed.append((park, x, y, _radius(park, most_clients, frame)))
    placed.sort(key=lambda mark: (-mark[3], mark[0].site.id))
    texts = [tuple(lines_of(park)) for park, *_ in placed]
    boxes = place_labels(
        marks=tuple((x, y, radius * _REACH) for _, x, y, radius in placed),
        sizes=tuple(_text_size(lines, frame) for lines in texts),
        line=tuple(project(*corner) for corner in river),
        width=frame.width,
        height=frame.height,
    )
    marks = tuple(
        ParkMark(
            park=park,
            state=park.totals.state,
            path=shape_path(park.totals.state, x, y, radius),
            outline=_closed_path(project, park.site.outline),
            label=_label(box, lines, (x, y, radius), frame) if box else None,
        )
        for (park, x, y, radius), lines, box in zip(placed, texts, boxes, strict=True)
    )
    return RiverMap(frame, _open_path(project(*corner) for corner in river), marks)


def shape_path(state: SiteState, x: float, y: float, radius: float) -> str:
    """The same shapes as the small marks in lists: circle, triangle, diamond, ring (its hole is the style's work)."""
    if state is SiteState.SOME_SILENT:
        # An equilateral triangle of the circle's area, with its centre of gravity in the middle.
        reach = radius * 1.555
        corners = [
            (x + reach * math.sin(turn), y - reach * math.cos(turn)) for turn in (0, math.tau / 3, -math.tau / 3)
        ]
    elif state is SiteState.ALL_SILENT:
        reach = radius * 1.253
        corners = [(x, y - reach), (x + reach, y), (x, y + reach), (x - reach, y)]
    else:
        side = f"a{radius:.1f} {radius:.1f} 0 1 0"
        return f"M{x - radius:.1f} {y:.1f}{side} {2 * radius:.1f} 0{side} {-2 * radius:.1f} 0Z"
    return "M" + "L".join(f"{cx:.1f} {cy:.1f}" for cx, cy in corners) + "Z"


def _radius(park: SiteSummary, most_clients: float, frame: Frame) -> float:
    """The area, not the radius, grows with the clients; in steps that the eye can tell, so that labels keep still."""
    share = (park.totals.clients.value or 0) / most_clients if most_clients else 0.0
    return frame.least_radius + round((frame.most_radius - frame.least_radius) * math.sqrt(share) * 2) / 2


def _text_size(lines: Sequence[str], frame: Frame) -> tuple[float, float]:
    widest = max((_em(line) for line in lines), default=0.0)
    return widest * frame.font_size, len(lines) * frame.line_height


def _em(text: str) -> float:
    return sum(_WIDE_LETTER_EM if unicodedata.east_asian_width(letter) in "WF" else _LETTER_EM for letter in text)


def _label(box: Box, lines: tuple[str, ...], mark: tuple[float, float, float], frame: Frame) -> Label:
    x, y, radius = mark
    near_x, near_y = box.nearest(x, y)
    distance = math.hypot(near_x - x, near_y - y)
    leader = ""
    if distance > radius * 1.6 + frame.line_height / 3:
        share = radius * 1.3 / distance
        start = (x + (near_x - x) * share, y + (near_y - y) * share)
        leader = _open_path([start, (near_x, near_y)])
    first = box.top + frame.line_height * 0.78
    baselines = tuple(round(first + index * frame.line_height, 1) for index in range(len(lines)))
    return Label(round((box.left + box.right) / 2, 1), baselines, lines, leader)


@lru_cache(maxsize=8)
def _project(river: Coordinates, frame: Frame) -> _Projection:
    latitudes = [latitude for latitude, _ in river]
    longitudes = [longitude for _, longitude in river]
    shrink = math.cos(math.radians((min(latitudes) + max(latitudes)) / 2))
    span_x = (max(longitudes) - min(longitudes)) * shrink
    span_y = max(latitudes) - min(latitudes)
    scale = min((frame.width - 2 * frame.margin_x) / span_x, (frame.height - 2 * frame.margin_y) / span_y)
    left = (frame.width - span_x * scale) / 2 - min(longitudes) * shrink * scale
    top = (frame.height + span_y * scale) / 2 + min(latitudes) * scale
    return _Projection(scale, shrink, left, top)


def _closed_path(project: _Projection, outline: Coordinates) -> str:
    return _open_path(project(*corner) for corner in outline) + "Z" if outline else ""


def _open_path(points: Iterator[tuple[float, float]] | Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
