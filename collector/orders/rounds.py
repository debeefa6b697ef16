"""In which order a technician goes round: from site to site by car, and on foot within a site. Pure.

Both are short open paths, not shortest ones: nobody waits for those, and who is on the way knows the streets better.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from collector.orders.distances import Distances, Position, driving_distances, walking_distances
from collector.orders.short_path import short_path
from inventory.importing.floors import read_floor
from inventory.models import AccessPoint


def natural_key(text: str) -> list[tuple[int, str]]:
    """Sorts `ap-9` before `ap-10`, as people count."""
    return [(int(digits or 0), letters) for digits, letters in re.findall(r"(\d+)|(\D+)", text)]


def position_of(place: AccessPoint) -> Position | None:
    """Where an access point hangs, as far as the inventory knows."""
    if place.latitude is None or place.longitude is None:
        return None
    return Position(place.latitude, place.longitude)


def is_walked_by_floor(place: AccessPoint) -> bool:
    """Whether people find it by its floor, and not on a map."""
    return place.placement == "indoor" or (place.placement is None and place.floor is not None)


def walking_order(places: Iterable[AccessPoint]) -> list[AccessPoint]:
    """The access points of one site: those outdoors on a short way, then those indoors floor by floor from below, then
    those that have no position. What has no place on the way is in natural order of ids, floors that cannot be read
    after the others."""
    listed = sorted(places, key=lambda place: (natural_key(place.id), place.id))
    indoors = [place for place in listed if is_walked_by_floor(place)]
    outdoors = [place for place in listed if not is_walked_by_floor(place)]
    on_the_way = [(place, position) for place in outdoors if (position := position_of(place)) is not None]
    path = short_path(walking_distances([position for _, position in on_the_way]))
    return [
        *(on_the_way[at][0] for at in path),
        *sorted(indoors, key=_by_floor),
        *(place for place in outdoors if position_of(place) is None),
    ]


def driving_order(sites: Mapping[str, Position | None], depot: Position | None = None) -> list[str]:
    """The sites by their ids: from the depot, else from the end that makes the way shortest. Those without a position
    come last, in natural order."""
    listed = sorted(sites, key=lambda site: (natural_key(site), site))
    on_the_way = [(site, position) for site in listed if (position := sites[site]) is not None]
    positions = [position for _, position in on_the_way]
    path = _from_depot(positions, depot) if depot else short_path(driving_distances(positions))
    return [*(on_the_way[at][0] for at in path), *(site for site in listed if sites[site] is None)]


def middle_of(positions: Sequence[Position]) -> Position | None:
    """The mean of positions that are a walk apart; None of none."""
    if not positions:
        return None
    return Position(
        sum(position.latitude for position in positions) / len(positions),
        sum(position.longitude for position in positions) / len(positions),
    )


def _from_depot(positions: Sequence[Position], depot: Position) -> list[int]:
    distances: Distances = driving_distances([depot, *positions])
    return [at - 1 for at in short_path(distances, start=0) if at != 0]


def _by_floor(place: AccessPoint) -> tuple[bool, int, str]:
    """Floors by height; the order of ids stays within a floor, as sorting is stable."""
    floor = read_floor(place.floor)[0] if place.floor else None
    if floor is None:
        return True, 0, place.floor or ""
    return False, -int(floor[1:]) if floor.startswith("B") else int(floor), ""
