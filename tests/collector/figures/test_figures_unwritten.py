"""What waits while the engine is away."""

from datetime import UTC, datetime

from collector.figures.figure import Figure
from collector.figures.measurements import ALERTS
from collector.figures.unwritten import Unwritten


def figures(*numbers: int) -> list[Figure]:
    return [Figure(ALERTS, {}, datetime(2026, 5, 2, tzinfo=UTC), {"firing": number}) for number in numbers]


def test_what_waits_is_taken_once_in_the_order_in_which_it_came() -> None:
    unwritten = Unwritten()
    unwritten.add("a", figures(1))
    unwritten.add("b", figures(9))
    unwritten.add("a", figures(2, 3))
    assert unwritten.sources == ["a", "b"]
    assert unwritten.take("a") == figures(1, 2, 3)
    assert unwritten.take("a") == ()
    assert unwritten.sources == ["b"]


def test_what_is_put_back_comes_before_what_came_since() -> None:
    unwritten = Unwritten()
    unwritten.add("a", figures(1))
    taken = unwritten.take("a")
    unwritten.add("a", figures(2))
    unwritten.put_back("a", taken)
    assert unwritten.take("a") == figures(1, 2)
    unwritten.put_back("a", taken)
    assert unwritten.take("a") == figures(1)


def test_the_oldest_goes_where_there_is_too_much_of_one_source() -> None:
    unwritten = Unwritten(kept_of_a_source=3)
    unwritten.add("a", figures(1, 2))
    unwritten.add("b", figures(9))
    unwritten.add("a", figures(3, 4))
    assert unwritten.take("a") == figures(2, 3, 4)
    assert unwritten.take("b") == figures(9)
    assert (unwritten.take_dropped("a"), unwritten.take_dropped("a"), unwritten.take_dropped("b")) == (1, 0, 0)


def test_what_comes_at_one_time_is_kept_whole() -> None:
    unwritten = Unwritten(kept_of_a_source=3)
    unwritten.add("a", figures(1))
    unwritten.add("a", figures(2, 3, 4, 5))
    assert unwritten.take("a") == figures(2, 3, 4, 5)


def test_a_source_without_figures_has_nothing_to_write() -> None:
    unwritten = Unwritten()
    unwritten.add("a", [])
    assert unwritten.sources == []
