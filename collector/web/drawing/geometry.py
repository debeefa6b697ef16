"""Boxes, circles and segments on a drawing, whose y grows downwards. Pure; used to place labels."""

import math
from dataclasses import dataclass

Point = tuple[float, float]
Circle = tuple[float, float, float]
Segment = tuple[Point, Point]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle; y grows downwards."""

    left: float
    top: float
    right: float
    bottom: float

    def nearest(self, x: float, y: float) -> Point:
        """The point of the box that is nearest to (x, y)."""
        return min(max(x, self.left), self.right), min(max(y, self.top), self.bottom)

    def is_within(self, other: "Box") -> bool:
        """Whether all of it lies in the other."""
        return (
            self.left >= other.left
            and self.right <= other.right
            and self.top >= other.top
            and self.bottom <= other.bottom
        )

    def overlaps(self, other: "Box") -> bool:
        """Whether they share more than an edge."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def touches(self, circle: Circle) -> bool:
        """Whether any of it lies within the circle."""
        x, y, radius = circle
        return math.dist(self.nearest(x, y), (x, y)) < radius

    def is_crossed_by(self, segment: Segment) -> bool:
        """Whether the segment runs through it (Liang and Barsky's clipping)."""
        (x, y), (end_x, end_y) = segment
        enters, leaves = 0.0, 1.0
        for start, way, low, high in ((x, end_x - x, self.left, self.right), (y, end_y - y, self.top, self.bottom)):
            if way == 0:
                if not low < start < high:
                    return False
                continue
            first, second = sorted(((low - start) / way, (high - start) / way))
            enters, leaves = max(enters, first), min(leaves, second)
        return enters < leaves


def meets(segment: Segment, circle: Circle) -> bool:
    """Whether the segment comes within the circle."""
    (x, y), (end_x, end_y) = segment
    middle_x, middle_y, radius = circle
    length_squared = (end_x - x) ** 2 + (end_y - y) ** 2
    along = ((middle_x - x) * (end_x - x) + (middle_y - y) * (end_y - y)) / length_squared if length_squared else 0.0
    along = min(max(along, 0.0), 1.0)
    return math.dist((x + along * (end_x - x), y + along * (end_y - y)), (middle_x, middle_y)) < radius


def cross(one: Segment, other: Segment) -> bool:
    """Whether two segments cross each other."""
    return _side(one, other[0]) * _side(one, other[1]) < 0 and _side(other, one[0]) * _side(other, one[1]) < 0


def _side(segment: Segment, point: Point) -> float:
    (x, y), (end_x, end_y) = segment
    return (end_x - x) * (point[1] - y) - (end_y - y) * (point[0] - x)
