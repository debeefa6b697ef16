"""Counters: what is growth, what is a wrap, what is a reset."""

from itertools import accumulate, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.rates import Counters, share

TOP = 2**32


def after(first: int, second: int, *, bits: int = 64, max_per_second: float | None = None) -> float | None:
    """The rate of a counter that went from one value to the other in 10 seconds."""
    counters = Counters()
    assert counters.rate("key", first, 100.0, bits=bits, max_per_second=max_per_second) is None
    return counters.rate("key", second, 110.0, bits=bits, max_per_second=max_per_second)


def test_growth_is_per_second_of_the_time_between() -> None:
    assert after(1_000, 6_000) == 500.0


def test_a_counter_that_stands_still_has_a_rate_of_zero_and_not_none() -> None:
    assert after(7, 7) == 0.0


@pytest.mark.parametrize(
    ("first", "second", "rate"),
    [
        (TOP - 1_000, 9_000, 1_000.0),
        (TOP - 1, 0, 0.1),
        (TOP * 3 // 4 + 1, 0, (TOP // 4 - 1) / 10),
        # Growth by a quarter of the range or more is as likely a reset.
        (TOP * 3 // 4, 0, None),
        (5_000, 200, None),
        (TOP - 1_000, TOP - 2_000, None),
        # What has counted beyond 32 bits does not wrap at 32.
        (TOP + 5, 3, None),
        (TOP - 5, TOP + 5, 1.0),
    ],
)
def test_a_32_bit_counter_wraps_from_near_the_top_to_near_the_bottom(
    first: int, second: int, rate: float | None
) -> None:
    assert after(first, second, bits=32) == rate


def test_the_same_step_of_a_64_bit_counter_is_a_reset() -> None:
    assert after(TOP - 1_000, 9_000, bits=64) is None


def test_a_64_bit_counter_wraps_at_its_own_top() -> None:
    assert after(2**64 - 10, 10, bits=64) == 2.0


def test_a_wrap_that_the_link_is_too_slow_for_is_a_reset() -> None:
    assert after(TOP - 1_000, 9_000, bits=32, max_per_second=1_000.0) == 1_000.0
    assert after(TOP - 1_000, 9_000, bits=32, max_per_second=999.0) is None


def test_growth_that_the_link_is_too_slow_for_is_not_believed() -> None:
    assert after(0, 10_000, max_per_second=1_000.0) == 1_000.0
    assert after(0, 10_001, max_per_second=1_000.0) is None


def test_after_a_reset_the_next_rate_counts_from_the_new_value() -> None:
    counters = Counters()
    readings = [(0.0, 900), (10.0, 40), (20.0, 90)]
    assert [counters.rate("key", value, at) for at, value in readings] == [None, None, 5.0]


def test_a_negative_value_is_no_reading_and_no_later_rate_spans_it() -> None:
    counters = Counters()
    readings = [(0.0, 10), (10.0, -5), (20.0, 30), (30.0, 40)]
    assert [counters.rate("key", value, at) for at, value in readings] == [None, None, None, 1.0]


def test_where_no_time_has_passed_nothing_that_was_counted_is_lost() -> None:
    counters = Counters()
    readings = [(0.0, 100), (0.0, 150), (10.0, 200)]
    assert [counters.rate("key", value, at) for at, value in readings] == [None, None, 10.0]


def test_time_that_goes_back_starts_anew() -> None:
    counters = Counters()
    readings = [(100.0, 100), (50.0, 200), (60.0, 300)]
    assert [counters.rate("key", value, at) for at, value in readings] == [None, None, 10.0]


def test_keys_do_not_mix() -> None:
    counters = Counters()
    counters.rate(("eth0", "rx"), 100, 0.0)
    counters.rate(("eth0", "tx"), 500, 0.0)
    assert counters.rate(("eth0", "tx"), 600, 10.0) == 10.0
    assert counters.rate(("eth0", "rx"), 120, 10.0) == 2.0


def test_delta_is_what_was_counted() -> None:
    counters = Counters()
    assert counters.delta("busy", 100, 0.0) is None
    assert counters.delta("busy", 130, 10.0) == 30
    assert counters.delta("busy", 20, 20.0) is None


def test_a_key_that_was_missing_from_a_reading_is_forgotten() -> None:
    counters = Counters()
    counters.rate("stays", 0, 0.0)
    counters.rate("goes", 0, 0.0)
    counters.forget_unseen()
    counters.rate("stays", 10, 10.0)
    counters.forget_unseen()
    assert counters.rate("stays", 20, 20.0) == 1.0
    assert counters.rate("goes", 20, 20.0) is None


@pytest.mark.parametrize(
    ("part", "whole", "ratio"),
    [(25, 100, 0.25), (0, 100, 0.0), (101, 100, 1.0), (5, 0, None), (None, 100, None), (5, None, None)],
)
def test_share_is_a_ratio_or_nothing(part: int | None, whole: int | None, ratio: float | None) -> None:
    assert share(part, whole) == ratio


steps = st.lists(st.tuples(st.integers(0, 2**40), st.floats(0.001, 86_400)), min_size=1, max_size=50)


@settings(deadline=None)  # a slow machine is no failure
@given(start=st.integers(0, 2**63), steps=steps, bits=st.sampled_from([32, 64]))
def test_the_rates_of_a_counter_that_never_falls_add_up_to_all_it_counted(
    start: int, steps: list[tuple[int, float]], bits: int
) -> None:
    values = list(accumulate((growth for growth, _ in steps), initial=start))
    times = list(accumulate((seconds for _, seconds in steps), initial=0.0))
    counters = Counters()
    rates = [counters.rate("key", value, at, bits=bits) for value, at in zip(values, times, strict=True)]
    assert rates[0] is None
    known = [rate for rate in rates if rate is not None]
    counted = sum(rate * (later - at) for rate, (at, later) in zip(known, pairwise(times), strict=True))
    assert counted == pytest.approx(values[-1] - start, rel=1e-9)


small_steps = st.lists(st.integers(0, TOP // 4 - 1), min_size=1, max_size=50)


@settings(deadline=None)  # a slow machine is no failure
@given(start=st.integers(0, TOP - 1), steps=small_steps)
def test_a_wrapping_counter_adds_up_like_one_that_does_not_wrap(start: int, steps: list[int]) -> None:
    counters = Counters()
    values = accumulate(steps, initial=start)
    deltas = [counters.delta("key", value % TOP, float(at), bits=32) for at, value in enumerate(values)]
    assert deltas == [None, *steps]
