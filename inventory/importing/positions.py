"""Positions as lists give them: missing, swapped, or elsewhere. Pure."""

import math
from dataclasses import dataclass
from typing import NamedTuple

from inventory.importing.remarks import Remark, noted, repaired


class Position(NamedTuple):
    """Degrees, WGS 84."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Area:
    """Where the positions of a list must lie, in degrees."""

    name: str
    south: float
    north: float
    west: float
    east: float

    def contains(self, position: Position) -> bool:
        """Whether it lies inside, or on the edge."""
        return self.south <= position.latitude <= self.north and self.west <= position.longitude <= self.east


SEOUL = Area("Seoul", south=37.4, north=37.72, west=126.7, east=127.2)


def read_position(latitude: str, longitude: str, area: Area | None) -> tuple[Position | None, list[Remark]]:
    """The position, None where it is missing (0.0 is) or none, and what there is to say of it.

    Latitude and longitude are swapped only where that, and nothing else, brings both into the area.
    """
    said = f"{latitude}, {longitude}"
    try:
        position = Position(float(latitude), float(longitude))
    except ValueError:
        is_empty = not f"{latitude}{longitude}".strip()
        return None, [noted("no position" if is_empty else f"no position: {said} are not two numbers")]
    if 0.0 in position:
        return None, [noted("no position: 0.0 stands for a missing one")]
    swapped = Position(position.longitude, position.latitude)
    if area is not None and not area.contains(position) and area.contains(swapped):
        return swapped, [repaired(f"latitude and longitude were swapped: {said}")]
    if not _is_on_earth(position):
        return None, [noted(f"no position: there is no place at {said}")]
    if area is not None and not area.contains(position):
        return position, [noted(f"the position {said} is outside {area.name}")]
    return position, []


def _is_on_earth(position: Position) -> bool:
    return all(map(math.isfinite, position)) and abs(position.latitude) <= 90 and abs(position.longitude) <= 180
