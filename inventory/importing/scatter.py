"""Sites whose access points lie far apart: perhaps several facilities of one name. Pure."""

import math
from collections.abc import Iterable, Iterator

from inventory.importing.drafting import Draft
from inventory.importing.positions import Position
from inventory.models import SiteKind

FAR_METRES = 1000.0
"""No facility is as long."""
_METRES_A_DEGREE = 111_195.0
"""Of latitude, on a sphere of the earth's mean radius."""


def scattered(drafts: Iterable[Draft]) -> Iterator[tuple[str, str, float]]:
    """Id, name and width in metres of each facility that is wider than that. Parks and streets may be."""
    positions: dict[str, list[Position]] = {}
    names: dict[str, str] = {}
    for draft in drafts:
        if draft.position is not None and draft.site.kind not in {SiteKind.PARK, SiteKind.OTHER}:
            positions.setdefault(draft.site.id, []).append(draft.position)
            names[draft.site.id] = draft.site.name
    for site, found in sorted(positions.items()):
        width = _width_metres(found)
        if width > FAR_METRES:
            yield site, names[site], width


def _width_metres(positions: list[Position]) -> float:
    """The diagonal of the box around them."""
    latitudes, longitudes = zip(*positions, strict=True)
    north_south = max(latitudes) - min(latitudes)
    east_west = (max(longitudes) - min(longitudes)) * math.cos(math.radians(latitudes[0]))
    return math.hypot(north_south, east_west) * _METRES_A_DEGREE
