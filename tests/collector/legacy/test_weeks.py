"""From hours to weeks, and which hours are the peak."""

from datetime import UTC, datetime, timedelta

import pytest

from collector.legacy.weeks import WEEK, Windows, download, hour_of_week, peak_hours, weekly_values
from collector.stores import HourlyUsage

MONDAY = datetime(2026, 6, 1, tzinfo=UTC) - timedelta(hours=9)
"""Midnight in Korea."""


def hours(values: dict[int, float | None], weeks: int = 1, start: datetime = MONDAY) -> list[HourlyUsage]:
    """Of each week the hours by their place in it, with what was downloaded."""
    return [
        HourlyUsage(start + week * WEEK + timedelta(hours=at), 60, value, None, value, None, None, None, None)
        for week in range(weeks)
        for at, value in sorted(values.items())
    ]


def test_hours_of_the_week_are_those_of_korea() -> None:
    assert hour_of_week(MONDAY) == 0
    assert hour_of_week(MONDAY - timedelta(seconds=1)) == 167
    assert hour_of_week(MONDAY + timedelta(days=5, hours=20)) == 140


def test_the_peak_is_where_places_together_are_busiest() -> None:
    usage = [hours({10: 5.0, 11: 9.0, 12: None}, 2), hours({10: 5.0, 11: 1.0, 12: 50.0})]
    whole = (MONDAY, MONDAY + 2 * WEEK)
    assert peak_hours(usage, whole, download, hours=2) == {12, 11}
    assert peak_hours(usage, whole, download, hours=9) == {10, 11, 12}
    assert peak_hours(usage, (MONDAY, MONDAY + timedelta(hours=11)), download, hours=2) == {10}


def test_a_week_is_the_mean_of_its_peak_hours() -> None:
    of_place = [*hours({10: 4.0, 11: 8.0, 50: 99.0}), *hours({10: 1.0, 11: None}, start=MONDAY + WEEK)]
    window = (MONDAY, MONDAY + 2 * WEEK + timedelta(days=6))
    assert weekly_values(of_place, window, frozenset({10, 11}), download) == (6.0, 1.0)
    assert weekly_values(of_place, window, frozenset({10, 11, 12}), download) == (6.0, None)
    assert weekly_values([], window, frozenset({10}), download) == (None, None)
    assert weekly_values(of_place, window, frozenset(), download) == (None, None)


def test_what_is_left_over_of_a_week_does_not_count() -> None:
    of_place = hours({10: 4.0}, 3)
    assert weekly_values(of_place, (MONDAY, MONDAY + 2 * WEEK + timedelta(days=2)), frozenset({10}), download) == (
        4.0,
        4.0,
    )


def test_windows_follow_each_other() -> None:
    weeks = [MONDAY + number * WEEK for number in range(6)]
    Windows((weeks[0], weeks[1]), (weeks[1], weeks[3]), (weeks[4], weeks[5]))
    with pytest.raises(ValueError, match="must follow each other"):
        Windows((weeks[0], weeks[2]), (weeks[1], weeks[3]), (weeks[4], weeks[5]))
