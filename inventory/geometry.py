"""Which site a point lies in. Pure; called by `inventory.demo`, and by whatever knows a position and not its park.

Outlines are a few kilometres long, far from the poles and from the 180th meridian, so that latitude and
longitude serve as plane coordinates.
"""

from collections.abc import Iterable, Sequence
from itertools import chain, pairwise

from inventory.models import Site

Corner = tuple[float, float]
"""Latitude and longitude in degrees, WGS 84."""


def contains(outline: Sequence[Corner], latitude: float, longitude: float) -> bool:
    """Whether the point lies within the closed ring, whose first corner is not repeated; an empty one has no inside.

    Counts the edges that a ray to the east crosses (even-odd rule). A point on a southern or western edge is inside
    and one on a northern or eastern edge outside, so that of two outlines with an edge in common exactly one has it.
    """
    is_inside = False
    for corner, next_corner in pairwise(chain(outline, outline[:1])):
        # From south to north whichever way the ring runs: neighbours then compute the same crossing, to the last bit.
        southern, northern = (corner, next_corner) if corner < next_corner else (next_corner, corner)
        (south, south_longitude), (north, north_longitude) = southern, northern
        if south <= latitude < north:
            crossing = south_longitude + (north_longitude - south_longitude) * ((latitude - south) / (north - south))
            if longitude < crossing:
                is_inside = not is_inside
    return is_inside


def site_at(sites: Iterable[Site], latitude: float, longitude: float) -> Site | None:
    """The first site whose outline has the point; None where no outline does. A site without an outline has none."""
    return next((site for site in sites if contains(site.outline, latitude, longitude)), None)
