"""What places usually have at an hour of the week."""

from datetime import UTC, datetime, timedelta

from collector.alerts.looking.usual import UsualHour, hour_of, same_hour_before, usual_clients
from collector.korean_time import KST


def test_the_hours_are_the_same_of_the_four_weeks_before() -> None:
    begins_at = hour_of(datetime(2026, 7, 15, 18, 42, 7, 3, tzinfo=KST))
    assert begins_at == datetime(2026, 7, 15, 18, tzinfo=KST)
    assert [hour.strftime("%a %m-%d %H:%M") for hour in same_hour_before(begins_at)] == [
        "Wed 07-08 18:00",
        "Wed 07-01 18:00",
        "Wed 06-24 18:00",
        "Wed 06-17 18:00",
    ]


def test_the_median_is_usual_where_three_weeks_of_four_are_known() -> None:
    weeks = [
        {"a": 10.0, "b": 4.0, "c": 8.0},
        {"a": 12.0, "b": 0.0, "c": 9.0},
        {"a": 500.0, "b": 5.0},
        {"a": 11.0},
    ]
    assert usual_clients(weeks) == {"a": 11.5, "b": 4.0}
    assert usual_clients([{}, {}, {}, {}]) == {}


def test_an_hour_begins_with_its_first_instant_and_ends_before_the_next() -> None:
    begins_at = datetime(2026, 7, 15, 9, tzinfo=UTC)
    hour = UsualHour(begins_at, {})
    beside = [timedelta(microseconds=-1), timedelta(0), timedelta(minutes=59, seconds=59), timedelta(hours=1)]
    assert [hour.is_now(begins_at + by) for by in beside] == [False, True, True, False]
