"""The built-in parks against each other, against the river, and against the city's list of public access points."""

import csv
import re
from itertools import chain, combinations, pairwise
from operator import attrgetter
from pathlib import Path

import pytest

from inventory.geometry import Corner, contains, site_at
from inventory.models import Site, SiteKind
from inventory.reading import load_parks
from inventory.river import RIVER

PUBLIC_LIST = Path(__file__).resolve().parents[2].parent / "shared/data/seoul/seoul_public_wifi_2021-07.utf8.csv"
NORTH_BANK = {"ttukseom", "ichon", "mangwon", "nanji"}

PARKS = load_parks()


def ids(parks: tuple[Site, ...]) -> list[str]:
    return [park.id for park in parks]


def edges(outline: tuple[Corner, ...]) -> list[tuple[Corner, Corner]]:
    return list(pairwise(chain(outline, outline[:1])))


def turn(start: Corner, end: Corner, point: Corner) -> float:
    """Positive where the point is to the right of whoever walks from start to end, on a map with north above."""
    return (end[0] - start[0]) * (point[1] - start[1]) - (end[1] - start[1]) * (point[0] - start[0])


def cross(first: tuple[Corner, Corner], second: tuple[Corner, Corner]) -> bool:
    return (
        turn(*first, second[0]) * turn(*first, second[1]) <= 0
        and turn(*second, first[0]) * turn(*second, first[1]) <= 0
    )


def is_north_of_river(point: Corner) -> bool:
    """By the segments on the point's meridian. The river never doubles back, so there is exactly one."""
    (segment,) = [(east, west) for east, west in pairwise(RIVER) if west[1] <= point[1] < east[1]]
    return turn(*segment, point) > 0


def test_the_eleven_parks_come_in_river_order() -> None:
    assert [(park.id, park.name_ko, park.district) for park in PARKS] == [
        ("gwangnaru", "광나루한강공원", "강동구"),
        ("jamsil", "잠실한강공원", "송파구"),
        ("ttukseom", "뚝섬한강공원", "광진구"),
        ("jamwon", "잠원한강공원", "서초구"),
        ("banpo", "반포한강공원", "서초구"),
        ("ichon", "이촌한강공원", "용산구"),
        ("yeouido", "여의도한강공원", "영등포구"),
        ("yanghwa", "양화한강공원", "영등포구"),
        ("mangwon", "망원한강공원", "마포구"),
        ("nanji", "난지한강공원", "마포구"),
        ("gangseo", "강서한강공원", "강서구"),
    ]
    assert {park.kind for park in PARKS} == {SiteKind.PARK}


@pytest.mark.parametrize("park", PARKS, ids=attrgetter("id"))
def test_an_outline_is_a_simple_ring_around_the_parks_point(park: Site) -> None:
    assert park.latitude is not None
    assert park.longitude is not None
    assert 6 <= len(park.outline) <= 20
    assert contains(park.outline, park.latitude, park.longitude)
    ring = edges(park.outline)
    apart = [(a, b) for a, b in combinations(ring, 2) if not set(a) & set(b)]
    assert not [pair for pair in apart if cross(*pair)]


@pytest.mark.parametrize(("one", "other"), list(combinations(PARKS, 2)), ids=attrgetter("id"))
def test_outlines_do_not_overlap(one: Site, other: Site) -> None:
    assert not [(a, b) for a in edges(one.outline) for b in edges(other.outline) if cross(a, b)]
    assert not contains(one.outline, *other.outline[0])
    assert not contains(other.outline, *one.outline[0])


def test_the_river_flows_west_through_the_whole_city() -> None:
    longitudes = [longitude for _, longitude in RIVER]

    assert longitudes == sorted(longitudes, reverse=True)
    assert longitudes[0] > max(longitude for park in PARKS for _, longitude in park.outline)
    assert longitudes[-1] < min(longitude for park in PARKS for _, longitude in park.outline)


@pytest.mark.parametrize("park", PARKS, ids=attrgetter("id"))
def test_a_park_lies_on_its_own_bank(park: Site) -> None:
    assert park.latitude is not None
    assert park.longitude is not None
    corners = {is_north_of_river(corner) for corner in ((park.latitude, park.longitude), *park.outline)}

    assert corners == {park.id in NORTH_BANK}
    assert not [edge for edge in edges(park.outline) for reach in pairwise(RIVER) if cross(edge, reach)]


def test_access_points_named_after_a_park_lie_in_it() -> None:
    if not PUBLIC_LIST.exists():
        pytest.skip(f"the public list of access points is not here: {PUBLIC_LIST}")
    by_name = {park.name_ko.removesuffix("한강공원"): park for park in PARKS}
    names = "|".join(by_name)
    strict = re.compile(rf"({names})한강(?:공원|안내센터)|한강({names})공원")
    found: dict[str, list[str | None]] = {}
    with PUBLIC_LIST.open(encoding="utf-8-sig", newline="") as rows:
        for row in csv.DictReader(rows):
            match = strict.match(row["와이파이명"])
            if match:
                park = by_name[match[1] or match[2]]
                lies_in = site_at(PARKS, float(row["Y좌표"]), float(row["X좌표"]))
                found.setdefault(park.id, []).append(lies_in.id if lies_in else None)

    assert sorted(found) == sorted(ids(PARKS))
    for park_id, places in found.items():
        assert set(places) <= {park_id, None}, park_id
        assert places.count(park_id) >= 0.9 * len(places), park_id
