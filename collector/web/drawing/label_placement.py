"""Finds room for labels around marks, so that none covers another, a mark or a leader. Pure; used by the river map.

A leader is the straight line from a mark to the nearest point of its label.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from heapq import heapify, heappop, heappush
from itertools import pairwise

from collector.web.drawing.geometry import Box, Circle, Point, Segment, cross, meets

_DIRECTIONS = 16
_STEPS_OUT = (0.0, 0.5, 1.0, 1.7, 2.6, 4.0)
"""How far a label may stand from its mark, in heights of the label."""
_GAP = 3.0
_ROUNDS = 8
_COST_OF_NONE = 1e6


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a label could stand, and what speaks against it."""

    cost: float
    box: Box
    leader: Segment

    def clashes_with(self, other: "_Place") -> bool:
        return (
            self.box.overlaps(other.box)
            or self.box.is_crossed_by(other.leader)
            or other.box.is_crossed_by(self.leader)
            or cross(self.leader, other.leader)
        )


class _Choices:
    """The places of one label, found once and gone through as often as needed."""

    def __init__(self, places: Iterator[_Place]) -> None:
        self._found: list[_Place] = []
        self._more = places

    def __iter__(self) -> Iterator[_Place]:
        yield from self._found
        for place in self._more:
            self._found.append(place)
            yield place


@lru_cache(maxsize=64)
def place_labels(
    *, marks: tuple[Circle, ...], sizes: tuple[Point, ...], line: tuple[Point, ...], width: float, height: float
) -> tuple[Box | None, ...]:
    """A box of its size for each mark, within the drawing, clear of all marks, boxes and leaders; None where no room is
    left. Near its mark is better than far, below or above better than beside, and a label lies on its mark's side of
    the `line` and off it where it can.

    Whoever comes first gets the best place, so several orders are tried, each beginning with whoever fared worst.
    That takes some milliseconds, so the answers to the newest questions are kept.
    """
    edge = Box(0, 0, width, height)
    choices = [_Choices(_places(index, marks, size, edge, line)) for index, size in enumerate(sizes)]
    order = list(range(len(marks)))
    best: list[_Place | None] = []
    least_cost = math.inf
    for _ in range(_ROUNDS):
        chosen = _choose(order, choices)
        costs = [place.cost if place else _COST_OF_NONE for place in chosen]
        if sum(costs) < least_cost:
            best, least_cost = chosen, sum(costs)
        order.sort(key=lambda index: -costs[index])
    return tuple(place.box if place else None for place in best)


def _choose(order: Sequence[int], choices: Sequence[_Choices]) -> list[_Place | None]:
    """One after the other takes the best place that is still free."""
    chosen: list[_Place | None] = [None] * len(choices)
    taken: list[_Place] = []
    for index in order:
        place = next((place for place in choices[index] if not any(place.clashes_with(other) for other in taken)), None)
        if place is not None:
            chosen[index] = place
            taken.append(place)
    return chosen


def _places(index: int, marks: Sequence[Circle], size: Point, edge: Box, line: Sequence[Point]) -> Iterator[_Place]:
    """The places for one label that are clear of the marks, the best first; the geometry is done as far as asked."""
    mark = marks[index]
    reach = math.hypot(*size) + mark[2] + _GAP + _STEPS_OUT[-1] * size[1]
    # A leader begins in its own mark, and cannot help passing through one that lies over that.
    apart = [other for other in marks if math.dist(other[:2], mark[:2]) > other[2]]
    near = [piece for piece in pairwise(line) if meets(piece, (*mark[:2], reach))]
    waiting: list[tuple[float, int, Box, _Place | None]] = [
        (cost, number, box, None) for number, (cost, box) in enumerate(_candidates(mark, size)) if box.is_within(edge)
    ]
    heapify(waiting)
    while waiting:
        cost, number, box, place = heappop(waiting)
        if place is not None:
            yield place
            continue
        leader = (mark[:2], box.nearest(*mark[:2]))
        if not any(box.touches(other) for other in marks) and not any(meets(leader, other) for other in apart):
            cost += size[1] * _conflict(box, leader, near)
            heappush(waiting, (cost, number, box, _Place(cost, box, leader)))


def _conflict(box: Box, leader: Segment, pieces: Sequence[Segment]) -> float:
    """How much a label is at odds with the line: by lying on it, and by standing on its other side."""
    is_on_it = any(box.is_crossed_by(piece) for piece in pieces)
    is_across = any(cross(leader, piece) for piece in pieces)
    return (1.5 if is_on_it else 0.0) + (2.0 if is_across else 0.0)


def _candidates(mark: Circle, size: Point) -> Iterator[tuple[float, Box]]:
    """Boxes all around the mark, ever farther out, each with the cost of its place."""
    x, y, radius = mark
    half_width, half_height = size[0] / 2, size[1] / 2
    for step in _STEPS_OUT:
        away = step * size[1]
        for direction in range(_DIRECTIONS):
            turn = math.tau * direction / _DIRECTIONS
            across, down = math.sin(turn), math.cos(turn)
            # How far the box's middle must move in this direction for the box to clear the mark.
            to_edge = min(
                half_width / abs(across) if abs(across) > 1e-9 else math.inf,
                half_height / abs(down) if abs(down) > 1e-9 else math.inf,
            )
            reach = radius + _GAP + away + to_edge
            left, top = x + across * reach - half_width, y + down * reach - half_height
            yield away + abs(across) * size[1] * 0.5, Box(left, top, left + size[0], top + size[1])
