"""Point in outline: on a small grid every point meets corners and edges, which is where such code goes wrong."""

from hypothesis import given
from hypothesis import strategies as st

from inventory.geometry import contains, site_at
from inventory.models import Site, SiteKind

GRID = st.integers(-3, 3).map(float)
POINTS = st.tuples(GRID, GRID)
RINGS = st.lists(POINTS, min_size=3, max_size=8)
ANYWHERE = st.tuples(st.floats(-3, 3), st.floats(-3, 3))

SQUARE = ((0.0, 0.0), (0.0, 2.0), (2.0, 2.0), (2.0, 0.0))


def site(id_: str, outline: tuple[tuple[float, float], ...]) -> Site:
    return Site(id=id_, kind=SiteKind.PARK, name_ko="공원", name_en="Park", district="중구", outline=outline)


@given(POINTS | ANYWHERE)
def test_a_square_has_its_south_and_west_edge_but_not_its_north_and_east_edge(point: tuple[float, float]) -> None:
    latitude, longitude = point
    assert contains(SQUARE, latitude, longitude) == (0 <= latitude < 2 and 0 <= longitude < 2)


def test_a_notch_is_outside() -> None:
    river_bend = ((0.0, 0.0), (0.0, 3.0), (3.0, 3.0), (3.0, 2.0), (1.0, 2.0), (1.0, 1.0), (3.0, 1.0), (3.0, 0.0))

    assert [contains(river_bend, 2.0, longitude) for longitude in (0.5, 1.5, 2.5)] == [True, False, True]


@given(RINGS, POINTS | ANYWHERE, st.integers(0, 7))
def test_neither_direction_nor_first_corner_matters(
    ring: list[tuple[float, float]], point: tuple[float, float], turn: int
) -> None:
    turned = ring[turn % len(ring) :] + ring[: turn % len(ring)]

    assert contains(ring, *point) == contains(turned, *point) == contains(turned[::-1], *point)


@given(RINGS, POINTS, ANYWHERE)
def test_a_point_on_a_common_edge_belongs_to_exactly_one_neighbour(
    ring: list[tuple[float, float]], corner: tuple[float, float], point: tuple[float, float]
) -> None:
    """Any ring falls into two by a cut from its first corner over another point to its second to last one."""
    left = [*ring[:-1], corner]
    right = [ring[-1], ring[0], corner, ring[-2]]

    for at in (corner, point, *ring):
        assert contains(ring, *at) == (contains(left, *at) != contains(right, *at))


@given(RINGS, st.floats(3.001, 90), st.floats(-180, 180))
def test_nothing_is_inside_that_is_north_of_every_corner(
    ring: list[tuple[float, float]], latitude: float, longitude: float
) -> None:
    assert not contains(ring, latitude, longitude)


def test_a_site_without_an_outline_has_no_points() -> None:
    assert not contains((), 0.0, 0.0)
    assert site_at([site("library", ())], 0.0, 0.0) is None


def test_a_point_finds_the_site_that_it_lies_in() -> None:
    east = site("east", tuple((latitude, longitude + 2) for latitude, longitude in SQUARE))
    west = site("west", SQUARE)

    assert site_at([west, east], 1.0, 1.0) is west
    assert site_at([west, east], 1.0, 2.0) is east
    assert site_at([west, east], 1.0, 4.0) is None
