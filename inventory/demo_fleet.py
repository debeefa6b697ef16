"""The demo's fleet: 700 simulated access points in the 11 Hangang parks and in 70 made-up facilities.

Called by `inventory.demo`. The numbers in the parks are those of Seoul's programme: 490 in all, of them 114 in Yeouido,
105 in Ttukseom and about 90 in Nanji (May 2023); that 210 hang in facilities is the demo's choice. Everything else is
assumed: the other parks share the rest as evenly as it goes, and facilities, positions and generations are invented.
Nothing is drawn by lot, so the fleet is always the same.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count, islice
from typing import Literal, TypedDict

from inventory.catalogue.entries import Poe
from inventory.districts import DISTRICTS, District
from inventory.geometry import Corner, contains
from inventory.models import AccessPoint, Site, SiteKind
from inventory.reading import load_parks
from inventory.wiring import Cable

Generation = Literal["wifi4", "wifi5", "wifi6", "wifi6e"]
"""The words of the agent's source of kind `simulated`."""


class _Wiring(TypedDict, total=False):
    """What a place is connected by, by the keys of an `AccessPoint`."""

    port_bits_per_second: int
    port_poe: Poe
    cable: Cable


_PARK_ACCESS_POINTS = 490
_COUNTED_PARKS = {"yeouido": 114, "ttukseom": 105, "nanji": 90}

# Of twenty access points in a park, fifteen are replaced already.
_PARK_GENERATIONS: tuple[Generation, ...] = (*("wifi4",) * 2, *("wifi5",) * 3, *("wifi6",) * 9, *("wifi6e",) * 6)
# Of ten facilities; each got all its devices in one year.
_FACILITY_GENERATIONS: tuple[Generation, ...] = (*("wifi4",) * 4, *("wifi5",) * 4, *("wifi6",) * 2)

_FACILITY_WIRING: Mapping[Generation, _Wiring] = {
    "wifi4": {"port_bits_per_second": 1_000_000_000, "port_poe": "802.3af", "cable": "cat5e"},
    "wifi5": {"port_bits_per_second": 1_000_000_000, "port_poe": "802.3at", "cable": "cat5e"},
}
"""Of a facility whose devices are of that generation; of the others, and of the parks, nobody has written it down."""
_WIRING_OF_PLACES: Mapping[str, _Wiring] = {
    "yeouido-017": {"port_bits_per_second": 100_000_000, "port_poe": "802.3at", "cable": "cat5e"},
    "gangnam-senior-01": {"port_bits_per_second": 100_000_000, "port_poe": "802.3af", "cable": "cat5"},
}
"""Why the uplinks of two places have negotiated 100 Mb/s (`inventory.demo`): old switches."""

_FACILITY_DISTANCE_DEGREES = 0.006
"""How far from the middle of its district a facility stands, each kind in a direction of its own."""


@dataclass(frozen=True, slots=True)
class DemoAccessPoint:
    """A place of the demo, and the device that hangs there at first."""

    place: AccessPoint
    generation: Generation
    serial: str


@dataclass(frozen=True, slots=True)
class DemoSite:
    """A site of the demo and its access points in order of their ids."""

    site: Site
    access_points: tuple[DemoAccessPoint, ...]


@dataclass(frozen=True, slots=True)
class _Facilities:
    """One kind of facility and how many access points each has."""

    kind: SiteKind
    name_ko: str
    name_en: str
    access_points: int


_FACILITIES = (
    _Facilities(SiteKind.LIBRARY, "도서관", "Library", 4),
    _Facilities(SiteKind.WELFARE, "종합복지관", "Welfare Centre", 4),
    _Facilities(SiteKind.SENIOR, "노인복지관", "Senior Centre", 2),
    _Facilities(SiteKind.DISABILITY, "장애인복지관", "Disability Centre", 3),
    _Facilities(SiteKind.CHILDREN, "지역아동센터", "Children's Centre", 2),
)


def demo_fleet() -> list[DemoSite]:
    """The parks in river order, then the facilities by district."""
    serials = (f"SIM-{number:04d}" for number in count(1))
    parks = load_parks()
    sizes = _park_sizes([park.id for park in parks])
    fleet = [_park(park, sizes[park.id], serials) for park in parks]
    for number, (site, size) in enumerate(_facilities()):
        fleet.append(_facility(site, size, _FACILITY_GENERATIONS[number * 3 % 10], serials))
    return fleet


def _park_sizes(parks: list[str]) -> dict[str, int]:
    """Access points in each park; what does not divide evenly goes to those upstream."""
    others = [park for park in parks if park not in _COUNTED_PARKS]
    each, more = divmod(_PARK_ACCESS_POINTS - sum(_COUNTED_PARKS.values()), len(others))
    return _COUNTED_PARKS | {park: each + (position < more) for position, park in enumerate(others)}


def _park(site: Site, size: int, serials: Iterator[str]) -> DemoSite:
    corners = islice(_spread(site.outline), size)
    return DemoSite(
        site,
        tuple(
            DemoAccessPoint(
                _place(f"{site.id}-{number:03d}", site, latitude=latitude, longitude=longitude),
                _PARK_GENERATIONS[number * 7 % 20],
                next(serials),
            )
            for number, (latitude, longitude) in enumerate(corners, start=1)
        ),
    )


def _spread(outline: tuple[Corner, ...]) -> Iterator[Corner]:
    """Points that fill an outline evenly, without end: the R2 sequence over its bounding box, as far as inside.

    Source: M. Roberts, "The Unreasonable Effectiveness of Quasirandom Sequences", 2018.
    """
    plastic = 1.32471795724474602596
    south, west = (min(values) for values in zip(*outline, strict=True))
    north, east = (max(values) for values in zip(*outline, strict=True))
    for number in count(1):
        latitude = round(south + (north - south) * ((0.5 + number / plastic) % 1), 6)
        longitude = round(west + (east - west) * ((0.5 + number / plastic**2) % 1), 6)
        if contains(outline, latitude, longitude):
            yield latitude, longitude


def _facilities() -> Iterator[tuple[Site, int]]:
    """Three facilities in most districts and two in five of them, fourteen of each kind in all."""
    for position, district in enumerate(DISTRICTS):
        for turn in range(2 if position % 6 == 0 else 3):
            direction = (position + turn) % len(_FACILITIES)
            facilities = _FACILITIES[direction]
            yield _site(district, facilities, direction), facilities.access_points


def _site(district: District, facilities: _Facilities, direction: int) -> Site:
    angle = 2 * math.pi * direction / len(_FACILITIES)
    return Site(
        id=f"{district.name_en.lower()}-{facilities.kind}",
        kind=facilities.kind,
        name_ko=f"{district.name_ko} {facilities.name_ko}(모의)",
        name_en=f"{district.name_en} {facilities.name_en} (simulated)",
        district=district.name_ko,
        latitude=round(district.latitude + _FACILITY_DISTANCE_DEGREES * math.cos(angle), 4),
        longitude=round(district.longitude + _FACILITY_DISTANCE_DEGREES * math.sin(angle), 4),
    )


def _facility(site: Site, size: int, generation: Generation, serials: Iterator[str]) -> DemoSite:
    return DemoSite(
        site,
        tuple(
            DemoAccessPoint(
                _place(f"{site.id}-{number:02d}", site, _FACILITY_WIRING.get(generation, {})),
                generation,
                next(serials),
            )
            for number in range(1, size + 1)
        ),
    )


def _place(
    id_: str,
    site: Site,
    wiring: _Wiring | None = None,
    *,
    latitude: float | None = None,
    longitude: float | None = None,
) -> AccessPoint:
    """The place, wired like the others of its site where nothing else is known of it."""
    wired = _WIRING_OF_PLACES.get(id_, wiring or {})
    return AccessPoint(id=id_, site=site.id, latitude=latitude, longitude=longitude, **wired)
