"""The way round: nobody is sent past a place, nor twice, nor a longer way than a simple rule would find."""

import random
from collections.abc import Callable
from itertools import pairwise, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.orders.distances import (
    BRIDGE_DETOUR_METRES,
    Position,
    driving_distances,
    is_north_of_the_han,
    walking_distances,
)
from collector.orders.rounds import driving_order, natural_key, walking_order
from collector.orders.short_path import MOST_STARTS, length_metres, nearest_neighbours, short_path
from inventory.models import AccessPoint
from inventory.reading import load_parks

AT_MOST_LONGER_THAN_SHORTEST = 1.25
"""Of seven places at most; docs/work-lists.md says so."""
SOUTH, NORTH = Position(37.5286, 126.9327), Position(37.5450, 126.9400)

in_seoul = st.builds(Position, st.floats(37.43, 37.70), st.floats(126.77, 127.18))
on_a_grid = st.builds(
    lambda north, east: Position(37.52 + north * 0.0005, 126.93 + east * 0.0005), st.integers(0, 4), st.integers(0, 4)
)
positions = st.one_of(in_seoul, on_a_grid)


def outdoor(name: str, position: Position | None) -> AccessPoint:
    at = {} if position is None else {"latitude": position.latitude, "longitude": position.longitude}
    return AccessPoint(id=name, site="park", placement="outdoor", **at)


def on_floor(name: str, floor: str | None) -> AccessPoint:
    return AccessPoint(id=name, site="library", placement="indoor", floor=floor)


def ids(places: list[AccessPoint]) -> list[str]:
    return [place.id for place in places]


# Distances


def test_a_degree_of_latitude_is_as_long_as_on_a_sphere_of_the_earths_mean_radius() -> None:
    assert walking_distances([Position(37.0, 127.0), Position(38.0, 127.0)])[0][1] == pytest.approx(
        111_195.08, abs=0.01
    )


@pytest.mark.parametrize(
    ("position", "is_north"),
    [
        (Position(37.5286, 126.9327), False),  # Yeouido's park
        (Position(37.5294, 127.0697), True),  # Ttukseom's
        (Position(37.5665, 126.9780), True),  # the city hall
        (Position(37.4979, 127.0276), False),  # Gangnam's station
        (Position(37.60, 127.30), True),  # up the river, beyond its known course
        (Position(37.55, 126.60), False),  # down the river
    ],
)
def test_the_bank_of_a_place_is_known(position: Position, is_north: bool) -> None:
    assert is_north_of_the_han(position) is is_north


def test_every_park_lies_on_the_bank_on_which_it_is() -> None:
    parks = {park.id: Position(park.latitude or 0.0, park.longitude or 0.0) for park in load_parks()}
    north = {name for name, position in parks.items() if is_north_of_the_han(position)}
    assert (len(parks), north) == (11, {"ttukseom", "ichon", "mangwon", "nanji"})


def test_the_other_bank_costs_the_bridge_and_the_same_bank_does_not() -> None:
    beside = Position(SOUTH.latitude - 0.01, SOUTH.longitude)
    walked, driven = (distances([SOUTH, NORTH, beside]) for distances in (walking_distances, driving_distances))
    assert driven[0][1] == walked[0][1] + BRIDGE_DETOUR_METRES
    assert (driven[0][2], driven[0][0]) == (walked[0][2], 0.0)


# Paths


@given(st.lists(positions, max_size=30), st.booleans())
def test_a_path_has_every_point_once_and_is_no_longer_than_by_nearest_neighbours(
    points: list[Position], is_start_fixed: bool
) -> None:
    distances = driving_distances(points)
    start = 0 if is_start_fixed and points else None
    path = short_path(distances, start=start)
    assert sorted(path) == list(range(len(points)))
    if start is not None:
        assert path[0] == start
    starts = [0] if start is not None else range(0, len(points), -(-len(points) // MOST_STARTS) or 1)
    shortest = min((length_metres(distances, nearest_neighbours(distances, [first])) for first in starts), default=0.0)
    assert length_metres(distances, path) <= shortest + 1e-6


@settings(max_examples=300)
@given(st.lists(positions, min_size=2, max_size=7), st.booleans())
def test_of_few_points_a_path_is_hardly_longer_than_the_shortest_one(
    points: list[Position], is_start_fixed: bool
) -> None:
    distances = driving_distances(points)
    ways = (way for way in permutations(range(len(points))) if not is_start_fixed or way[0] == 0)
    shortest = min(length_metres(distances, way) for way in ways)
    found = length_metres(distances, short_path(distances, start=0 if is_start_fixed else None))
    assert found <= shortest * AT_MOST_LONGER_THAN_SHORTEST + 1e-6


def test_two_hundred_places_are_put_in_an_order_that_is_shorter_by_far_than_as_listed() -> None:
    draw = random.Random(7)
    points = [Position(draw.uniform(37.52, 37.54), draw.uniform(126.92, 126.95)) for _ in range(200)]
    distances = walking_distances(points)
    path = short_path(distances)
    assert sorted(path) == list(range(200))
    assert length_metres(distances, path) < length_metres(distances, range(200)) / 8


# Walking


def test_a_row_along_the_river_is_walked_from_end_to_end() -> None:
    row = [outdoor(f"ap-{number}", Position(37.52, 126.90 + number * 0.001)) for number in range(1, 12)]
    shuffled = random.Random(3).sample(row, len(row))
    assert ids(walking_order(shuffled)) == ids(row)


def test_floors_are_walked_from_below_and_a_floor_in_the_order_in_which_people_count() -> None:
    places = [
        on_floor("lib-1", "10"),
        on_floor("lib-2", "2"),
        on_floor("lib-3", "지하1층"),
        on_floor("lib-4", "B2"),
        on_floor("lib-10", "2"),
        on_floor("lib-9", "2F"),
        on_floor("lib-5", None),
        on_floor("lib-6", "별관"),
    ]
    walked = ids(walking_order(places))
    assert walked == ["lib-4", "lib-3", "lib-2", "lib-9", "lib-10", "lib-1", "lib-5", "lib-6"]


def test_outdoors_comes_before_indoors_and_what_has_no_position_last() -> None:
    places = [
        outdoor("ap-10", None),
        outdoor("ap-9", None),
        on_floor("lib-1", "1"),
        outdoor("ap-2", SOUTH),
        AccessPoint(id="lib-0", site="park", floor="3"),
    ]
    assert ids(walking_order(places)) == ["ap-2", "lib-1", "lib-0", "ap-9", "ap-10"]


@given(
    st.dictionaries(
        st.from_regex(r"[a-c]-[0-9]{1,3}", fullmatch=True), st.one_of(st.none(), positions), max_size=12
    ).flatmap(lambda found: st.permutations(list(found.items())).map(lambda pairs: (list(found.items()), pairs)))
)
def test_the_order_is_the_same_however_the_places_are_listed(
    listings: tuple[list[tuple[str, Position | None]], list[tuple[str, Position | None]]],
) -> None:
    first, other = ([outdoor(name, position) for name, position in listing] for listing in listings)
    assert ids(walking_order(first)) == ids(walking_order(other))
    assert driving_order(dict(listings[0]), SOUTH) == driving_order(dict(listings[1]), SOUTH)
    assert sorted(ids(walking_order(first))) == sorted(name for name, _ in listings[0])


# Driving


def test_driving_starts_at_the_site_nearest_to_the_depot() -> None:
    row = {f"site-{number}": Position(37.50, 127.00 + number * 0.01) for number in range(6)}
    assert driving_order(row, Position(37.50, 127.06)) == [f"site-{number}" for number in range(5, -1, -1)]
    assert driving_order(row) == [f"site-{number}" for number in range(6)]


def test_one_bank_is_done_before_the_other_where_the_river_is_narrower_than_the_way_along_it() -> None:
    sites = {
        f"{bank}-{number}": Position(position.latitude, 126.93 + number * 0.012)
        for bank, position in (("south", Position(37.5100, 0)), ("north", Position(37.5290, 0)))
        for number in range(3)
    }
    banks = [site.partition("-")[0] for site in driving_order(sites)]
    assert sum(one != other for one, other in pairwise(banks)) == 1


def test_sites_without_a_position_come_last_in_the_order_in_which_people_count() -> None:
    assert driving_order({"s-10": None, "s-9": None, "s-8": SOUTH}) == ["s-8", "s-9", "s-10"]


@pytest.mark.parametrize(
    "order", [lambda: walking_order([]), lambda: driving_order({}), lambda: driving_order({}, SOUTH)]
)
def test_nothing_to_do_is_no_way(order: Callable[[], list[object]]) -> None:
    assert order() == []


@given(st.lists(st.text(max_size=8), max_size=8))
def test_whatever_an_id_is_it_can_be_sorted(names: list[str]) -> None:
    assert sorted(sorted(names, key=natural_key)) == sorted(names)
