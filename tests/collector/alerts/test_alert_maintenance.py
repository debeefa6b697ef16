"""Maintenance: when its windows are, held against a clock that goes through every minute."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_alerts import MINUTE, NOW, kst
from pydantic import ValidationError

from collector.alerts.holding.hours import WEEK
from collector.alerts.holding.maintenance import LONGEST_WORKS, Maintenance, Once, Recurring, Window
from collector.alerts.holding.matching import Matcher
from collector.korean_time import KST

MICROSECOND = timedelta(microseconds=1)
FIRST_DAY = date(2026, 7, 1)


def maintenance(when: object, **fields: Any) -> Maintenance:
    made = {
        "id": "m-1",
        "name": "firmware",
        "matcher": Matcher(rules=("access_point_silent",)),
        "when": when,
        "comment": "the controller restarts them one by one",
        "by": "kim",
        "made_at": NOW,
    }
    return Maintenance.model_validate(made | fields)


def weekly(**fields: Any) -> Maintenance:
    """Wednesdays and Saturdays from two in the night, for two hours."""
    made = {"weekdays": ("sat", "wed"), "from_time": "02:00", "minutes": 120, "first_day": FIRST_DAY}
    return maintenance({"kind": "recurring"} | made | fields)


def test_once_has_its_start_and_not_its_end() -> None:
    window = Window(NOW, NOW + 90 * MINUTE)
    each = maintenance(Once(starts_at=window.starts_at, ends_at=window.ends_at))

    assert [
        (each.is_active(now), each.next_window(now), each.is_over(now))
        for now in (NOW - MICROSECOND, NOW, window.ends_at - MICROSECOND, window.ends_at)
    ] == [(False, window, False), (True, None, False), (True, None, False), (False, None, True)]


@pytest.mark.parametrize(
    ("now", "current", "following"),
    [
        ("2026-06-30 12:00", None, "2026-07-01 02:00"),
        ("2026-07-15 01:59", None, "2026-07-15 02:00"),
        ("2026-07-15 02:00", "2026-07-15 02:00", "2026-07-18 02:00"),
        ("2026-07-15 03:59", "2026-07-15 02:00", "2026-07-18 02:00"),
        ("2026-07-15 04:00", None, "2026-07-18 02:00"),
        ("2026-07-18 04:00", None, "2026-07-22 02:00"),
    ],
)
def test_weekdays_are_korean_ones(now: str, current: str | None, following: str) -> None:
    each = weekly()
    window = None if current is None else Window(kst(current), kst(current) + 120 * MINUTE)

    for instant in (kst(now), kst(now).astimezone(UTC)):
        assert each.window_at(instant) == window
        assert each.is_active(instant) is (window is not None)
        assert each.next_window(instant) == Window(kst(following), kst(following) + 120 * MINUTE)


def test_one_window_a_week_comes_again_after_a_week() -> None:
    each = weekly(weekdays=("wed",))

    following = each.next_window(kst("2026-07-15 02:00"))

    assert following is not None
    assert following.starts_at == kst("2026-07-22 02:00")


def test_the_last_window_begins_on_the_last_day_and_may_pass_midnight() -> None:
    each = weekly(from_time="23:00", last_day=date(2026, 7, 15))

    assert each.is_active(kst("2026-07-16 00:59"))
    assert not each.is_over(kst("2026-07-16 00:59"))
    assert each.next_window(kst("2026-07-15 23:00")) is None
    assert each.is_over(kst("2026-07-16 01:00"))


def test_a_window_of_a_day_each_day_leaves_no_gap() -> None:
    each = weekly(weekdays=[*WEEK], minutes=1440)

    assert each.window_at(kst("2026-07-16 01:59")) == Window(kst("2026-07-15 02:00"), kst("2026-07-16 02:00"))
    assert each.window_at(kst("2026-07-16 02:00")) == Window(kst("2026-07-16 02:00"), kst("2026-07-17 02:00"))


def starts_of(recurring: Recurring) -> list[datetime]:
    """When each window of six weeks begins, day by day in the calendar."""
    hour, minute = map(int, recurring.from_time.split(":"))
    return [
        datetime(day.year, day.month, day.day, hour, minute, tzinfo=KST)
        for day in (FIRST_DAY + timedelta(days=number) for number in range(-2, 40))
        if ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[day.weekday()] in recurring.weekdays
        and day >= recurring.first_day
        and (recurring.last_day is None or day <= recurring.last_day)
    ]


@settings(max_examples=25, deadline=None)
@given(
    weekdays=st.sets(st.sampled_from(WEEK), min_size=1),
    minute_of_day=st.integers(0, 1439),
    minutes=st.integers(1, 1440),
    first=st.integers(0, 5),
    lasts_days=st.none() | st.integers(7, 12),
)
def test_windows_are_those_that_a_calendar_gives(
    weekdays: set[Any], minute_of_day: int, minutes: int, first: int, lasts_days: int | None
) -> None:
    first_day = FIRST_DAY + timedelta(days=first)
    recurring = Recurring(
        weekdays=tuple(weekdays),
        from_time=f"{minute_of_day // 60:02}:{minute_of_day % 60:02}",
        minutes=minutes,
        first_day=first_day,
        last_day=None if lasts_days is None else first_day + timedelta(days=lasts_days),
    )
    starts = starts_of(recurring)
    covered = {start + number * MINUTE for start in starts for number in range(minutes)}
    clock = [kst("2026-06-30 00:00") + number * MINUTE for number in range(16 * 1440)]

    assert [now for now in clock if recurring.window_at(now) is not None] == [now for now in clock if now in covered]
    for start in starts:
        end = start + minutes * MINUTE
        assert recurring.window_at(start) == recurring.window_at(end - MICROSECOND) == Window(start, end)
    for now in clock[::173]:
        following = recurring.next_window(now)
        assert (following and following.starts_at) == next((start for start in starts if start > now), None)


@pytest.mark.parametrize(
    ("when", "place", "problem"),
    [
        ({"kind": "once", "starts_at": NOW, "ends_at": NOW}, ("once", "ends_at"), "is not after starts_at"),
        (
            {"kind": "once", "starts_at": NOW, "ends_at": NOW + LONGEST_WORKS + MINUTE},
            ("once", "ends_at"),
            "is more than 366 days after starts_at",
        ),
        ({"kind": "sometimes"}, (), "'once', 'recurring'"),
    ],
)
def test_a_mistake_of_one_window_is_told_at_its_key(when: dict[str, Any], place: tuple[str, ...], problem: str) -> None:
    with pytest.raises(ValidationError) as raised:
        maintenance(when)

    (mistake,) = raised.value.errors()
    assert mistake["loc"] == ("when", *place)
    assert problem in mistake["msg"]


@pytest.mark.parametrize(
    ("fields", "key", "problem"),
    [
        ({"weekdays": ()}, "weekdays", "at least 1"),
        ({"from_time": "24:00"}, "from_time", "pattern"),
        ({"from_time": "2:00"}, "from_time", "pattern"),
        ({"minutes": 0}, "minutes", "greater than or equal to 1"),
        ({"minutes": 1441}, "minutes", "less than or equal to 1440"),
        ({"last_day": date(2026, 6, 30)}, "last_day", "is before first_day; choose a later day, or leave it out"),
        (
            {"weekdays": ("mon",), "last_day": date(2026, 7, 5)},
            "last_day",
            "comes before the first of the weekdays; choose a later day, or leave it out",
        ),
    ],
)
def test_a_mistake_of_what_recurs_is_told_at_its_key(fields: dict[str, Any], key: str, problem: str) -> None:
    with pytest.raises(ValidationError) as raised:
        weekly(**fields)

    (mistake,) = raised.value.errors()
    assert mistake["loc"] == ("when", "recurring", key)
    assert problem in mistake["msg"]


def test_it_has_a_name_of_one_line_and_says_why() -> None:
    for fields in ({"name": " "}, {"name": "a\nb"}, {"comment": ""}, {"matcher": {}}):
        with pytest.raises(ValidationError):
            weekly(**fields)


def test_it_comes_back_from_json_as_it_was() -> None:
    for each in (weekly(last_day=date(2026, 12, 31)), maintenance(Once(starts_at=NOW, ends_at=NOW + MINUTE))):
        assert Maintenance.model_validate_json(each.model_dump_json()) == each
