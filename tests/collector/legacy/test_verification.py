"""Who is compared with whom, over which weeks, and what the radios can."""

from datetime import UTC, datetime, timedelta

import pytest

from collector.legacy.four_times import Capacity
from collector.legacy.verification import DeviceChange, Works, choose_sides, phy_change, place_change

START = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)
WORKS = Works(START, START + 14 * DAY)


def change(
    place: str, day: float, before: float | None = None, after: float | None = None, *, is_confirmed: bool = True
) -> DeviceChange:
    old, new = (None if rate is None else Capacity(rate, None, is_confirmed) for rate in (before, after))
    return DeviceChange(place, START + day * DAY, old, new)


def test_selection_before_and_after_do_not_touch() -> None:
    windows = WORKS.windows
    assert windows.selection == (START - 56 * DAY, START - 28 * DAY)
    assert windows.before == (START - 28 * DAY, START)
    assert windows.after == (START + 14 * DAY, START + 42 * DAY)


@pytest.mark.parametrize(
    ("end", "days", "words"),
    [(START, 28, "works end after they begin"), (START + DAY, 27, "fewer than 28 days")],
)
def test_works_that_cannot_be_measured_are_refused(end: datetime, days: int, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Works(START, end, days)


def test_replaced_is_where_one_device_came_during_the_works() -> None:
    kinds = dict.fromkeys(["a", "b", "c", "d", "e", "f", "g"], "library")
    changes = [
        change("a", 0),
        change("b", 13.9),
        change("c", 14),  # after the works: while it was to be measured
        change("d", -1),  # before them
        change("e", 3),
        change("e", 5),  # twice
        change("f", -29),  # long before
        change("z", 3),  # not of the inventory
    ]
    sides = choose_sides(kinds, changes, WORKS)
    assert sides.replaced == ("a", "b")
    assert sides.disturbed == ("c", "d", "e")
    assert sides.controls == ("f", "g")


def test_controls_are_of_the_kinds_that_were_replaced_and_of_bounded_number() -> None:
    kinds = {f"p-{number:03}": "park" for number in range(200)}
    kinds |= {f"l-{number:03}": "library" for number in range(200)} | {"s-1": "senior"}
    few = choose_sides(kinds, [change("p-000", 1), *(change(f"l-{number:03}", 2) for number in range(20))], WORKS)
    assert sum(place.startswith("p-") for place in few.controls) == 30
    assert sum(place.startswith("l-") for place in few.controls) == 60
    assert not any(place.startswith("s-") for place in few.controls)


def test_the_same_controls_are_drawn_whatever_the_order() -> None:
    kinds = {f"p-{number:03}": "park" for number in range(200)}
    turned = dict(reversed(kinds.items()))
    assert choose_sides(kinds, [change("p-000", 1)], WORKS) == choose_sides(turned, [change("p-000", 1)], WORKS)


def test_what_radios_can_is_counted_where_both_are_known() -> None:
    changes = [change("a", 1, 100.0, 800.0), change("b", 1, 100.0, 200.0, is_confirmed=False), change("c", 1, 100.0)]
    found = phy_change([*changes, change("z", 1, 1.0, 9.0)], ["a", "b", "c"])
    assert (found.known, found.reached, found.unconfirmed) == (2, 1, 1)
    assert found.ratio == pytest.approx(4.0)


def test_nothing_known_is_no_ratio() -> None:
    assert phy_change([change("a", 1)], ["a"]).ratio is None


def test_a_place_is_described_by_its_weeks() -> None:
    found = place_change("a", [1e6, None, 4e6], [8e6, 8e6])
    assert (found.before, found.after, found.ratio) == (pytest.approx(2e6), pytest.approx(8e6), pytest.approx(4.0))
    assert place_change("a", [None, 0.0], [1.0]).ratio is None
