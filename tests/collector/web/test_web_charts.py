from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.stores import TrafficPoint
from collector.web.drawing.charts import Curve, Day, Peak, Trace, draw, hour_marks, scale_top, trace

SINCE = datetime(2026, 5, 22, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def day(*points: TrafficPoint, hours: int = 4) -> Day:
    return Day(SINCE, SINCE + hours * HOUR, 3600, points)


def point(hour: int, download: float | None, clients: float | None = None) -> TrafficPoint:
    return TrafficPoint(SINCE + hour * HOUR, download, None, clients)


def test_a_bucket_without_a_point_and_a_point_without_a_value_are_both_gaps() -> None:
    slots = day(point(0, 5.0), point(1, None), point(3, 0.0)).slots(lambda each: each.download_bits_per_second)
    assert slots == [5.0, None, None, 0.0]


def test_points_outside_the_day_are_left_out() -> None:
    assert day(point(-1, 1.0), point(4, 1.0)).slots(lambda each: each.download_bits_per_second) == [None] * 4


def test_a_line_breaks_at_gaps_and_never_falls_to_zero_there() -> None:
    slots = [1.0, 2.0, None, 4.0, None]
    assert trace(slots, 4.0, width=50, height=40) == Trace("M5 30L15 20M35 0h0", "M5 40L5 30L15 20L15 40Z")


def test_nothing_known_is_nothing_drawn() -> None:
    assert trace([None, None], 1.0) == trace([], 1.0) == Trace("", "")


def test_a_chart_has_one_scale_for_all_its_curves_and_knows_their_peaks() -> None:
    chart = draw(
        day(point(0, 30.0, 2.0), point(1, 70.0, 9.0), point(3, None, 9.0)),
        [lambda each: each.download_bits_per_second, lambda each: each.clients],
    )
    assert (chart.top, chart.buckets, chart.buckets_known) == (80.0, 4, 3)
    assert chart.curves == (
        Curve(Trace("M125 125L375 25", "M125 200L125 125L375 25L375 200Z"), Peak(SINCE + HOUR, 70.0)),
        Curve(Trace("M125 195L375 177.5M875 177.5h0", "M125 200L125 195L375 177.5L375 200Z"), Peak(SINCE + HOUR, 9.0)),
    )


def test_a_day_without_points_has_a_scale_and_no_peaks() -> None:
    chart = draw(day(), [lambda each: each.download_bits_per_second], least_top=1e6)
    assert (chart.top, chart.buckets_known, chart.curves) == (1e6, 0, (Curve(Trace("", ""), None),))


@given(st.lists(st.floats(0, 1e15), min_size=1))
def test_a_scale_holds_every_value_and_is_not_much_larger(values: list[float]) -> None:
    top = scale_top([values])
    highest = max(*values, 1.0)
    assert highest <= top <= 2 * highest * (1 + 1e-9)


@pytest.mark.parametrize(("highest", "top"), [(0, 1), (1, 1), (1.01, 1.2), (5e8, 6e8), (9.9e8, 1e9), (8.1, 10)])
def test_a_scale_ends_at_a_round_number(highest: float, top: float) -> None:
    assert scale_top([[highest, None]]) == pytest.approx(top)


def test_hours_are_those_of_korea_and_stay_off_the_edges() -> None:
    marks = hour_marks(SINCE, SINCE + 24 * HOUR)
    assert [(f"{mark.at:%H:%M}", mark.percent, mark.is_major) for mark in marks] == [
        ("21:00", 8.33, False),
        ("00:00", 20.83, True),
        ("03:00", 33.33, False),
        ("06:00", 45.83, True),
        ("09:00", 58.33, False),
        ("12:00", 70.83, True),
        ("15:00", 83.33, False),
        ("18:00", 95.83, True),
    ]
