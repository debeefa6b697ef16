"""How far apart places of the city are, for who walks and for who drives. Pure; called by `rounds`."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from inventory.river import RIVER

EARTH_RADIUS_METRES = 6_371_008.8
"""The mean radius of WGS 84's ellipsoid (IUGG, R1)."""
BRIDGE_DETOUR_METRES = 2_000.0
"""What it costs to change to the other bank of the Han. A choice of ours and nothing measured: who drives does one bank
after the other, unless crossing over and back saves more than four kilometres."""

Distances = Sequence[Sequence[float]]
"""In metres, from each point to each, the same in both directions."""


class Position(NamedTuple):
    """Where something is, in degrees, WGS 84."""

    latitude: float
    longitude: float


def walking_distances(points: Sequence[Position]) -> Distances:
    """On great circles."""
    vectors = [_unit_vector(point) for point in points]
    return [[_arc_metres(one, other) for other in vectors] for one in vectors]


def driving_distances(points: Sequence[Position]) -> Distances:
    """On great circles, and over a bridge to the other bank."""
    is_north = [is_north_of_the_han(point) for point in points]
    return [
        [metres + (BRIDGE_DETOUR_METRES if is_north[one] is not is_north[other] else 0.0) for other, metres in row]
        for one, row in enumerate(map(enumerate, walking_distances(points)))
    ]


def is_north_of_the_han(point: Position) -> bool:
    """On which bank it is. Up and down the river from where its course is known, that goes on to the east and west."""
    upstream, downstream = RIVER[0], RIVER[-1]
    longitude = min(max(point.longitude, downstream[1]), upstream[1])
    for (east_latitude, east), (west_latitude, west) in pairwise(RIVER):
        if west <= longitude <= east:
            share = (longitude - west) / (east - west)
            return point.latitude > west_latitude + share * (east_latitude - west_latitude)
    raise AssertionError("the river's course runs from east to west")


def _unit_vector(point: Position) -> tuple[float, float, float]:
    latitude, longitude = math.radians(point.latitude), math.radians(point.longitude)
    return (
        math.cos(latitude) * math.cos(longitude),
        math.cos(latitude) * math.sin(longitude),
        math.sin(latitude),
    )


def _arc_metres(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    """From the chord between them, which is exact for places that are close to each other as well."""
    return 2 * EARTH_RADIUS_METRES * math.asin(min(1.0, math.dist(one, other) / 2))
