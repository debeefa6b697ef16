"""What the meter makes of bytes and times."""

import pytest

from agent.probing_throughput.meter import Measured, Meter


class Test:
    """A test of at most 1000 bytes and 10 seconds."""

    __test__ = False

    def __init__(self) -> None:
        self.moved = 0
        self.meter = Meter(lambda: self.moved, bytes_at_most=1000, seconds_at_most=10, warm_up_ratio=0.2)

    def at(self, seconds: float, moved: int) -> None:
        self.moved = moved
        self.meter.look(seconds)


@pytest.fixture
def test() -> Test:
    return Test()


def test_the_rate_is_of_what_moved_after_the_warm_up(test: Test) -> None:
    test.meter.begin(100.0)
    for seconds, moved in ((100.5, 100), (101.0, 250), (102.0, 600), (103.0, 1000)):
        test.at(seconds, moved)
    assert test.meter.measured(103.0) == Measured(1000, 3.0, 750 * 8 / 2.0)


def test_on_a_slow_link_the_warm_up_ends_by_time(test: Test) -> None:
    test.meter.begin(100.0)
    for seconds, moved in ((101.0, 10), (102.5, 20), (106.0, 50)):
        test.at(seconds, moved)
    assert test.meter.measured(110.0) == Measured(50, 10.0, 30 * 8 / 7.5)


@pytest.mark.parametrize(("moved", "rate"), [(499, None), (500, (500 - 300) * 8 / 1.0)])
def test_what_breaks_off_before_half_has_no_rate(test: Test, moved: int, rate: float | None) -> None:
    test.meter.begin(100.0)
    test.at(101.0, 300)
    test.at(102.0, moved)
    assert test.meter.measured(102.0) == Measured(moved, 2.0, rate)


def test_nothing_after_the_warm_up_is_no_rate_of_zero(test: Test) -> None:
    test.meter.begin(100.0)
    test.at(101.0, 300)
    assert test.meter.measured(110.0) == Measured(300, 10.0, None)


def test_what_has_not_begun_measured_nothing(test: Test) -> None:
    test.meter.look(100.0)
    assert test.meter.measured(101.0) is None
