"""Hours of the week: what their texts mean, held against every minute of a week, and what is no such text."""

from datetime import UTC, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_alerts import MINUTE, kst

from collector.alerts.holding.hours import Hours, HoursError

MONDAY = kst("2026-07-13 00:00")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MICROSECOND = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("texts", "instants"),
    [
        ([], {"2026-07-13 00:00": True, "2026-07-19 23:59": True}),
        (
            ["Mon-Fri 09:00-18:00"],
            {
                "2026-07-15 08:59": False,
                "2026-07-15 09:00": True,
                "2026-07-15 17:59": True,
                "2026-07-15 18:00": False,
                "2026-07-18 12:00": False,
            },
        ),
        (["Sat,Sun 10:00-16:00"], {"2026-07-18 10:00": True, "2026-07-19 15:59": True, "2026-07-17 12:00": False}),
        (
            ["22:00-06:00"],
            {"2026-07-15 21:59": False, "2026-07-15 22:00": True, "2026-07-16 05:59": True, "2026-07-16 06:00": False},
        ),
        (
            ["Fri 22:00-06:00"],
            {"2026-07-17 05:00": False, "2026-07-17 22:00": True, "2026-07-18 05:59": True, "2026-07-18 22:00": False},
        ),
        (
            ["Sun 22:00-06:00"],
            {"2026-07-19 23:00": True, "2026-07-20 05:59": True, "2026-07-13 05:59": True, "2026-07-20 06:00": False},
        ),
        (["fri-mon 12:00-24:00"], {"2026-07-13 23:59": True, "2026-07-14 12:00": False, "2026-07-19 12:00": True}),
        (["22:00-00:00"], {"2026-07-15 23:59": True, "2026-07-15 00:00": False}),
        (["00:00-24:00"], {"2026-07-15 00:00": True, "2026-07-19 23:59": True}),
        (["Mon 09:00-10:00", "Mon 11:00-12:00"], {"2026-07-13 09:30": True, "2026-07-13 10:30": False}),
    ],
)
def test_texts_mean_korean_hours(texts: list[str], instants: dict[str, bool]) -> None:
    hours = Hours(texts)

    assert {instant: hours.has(kst(instant)) for instant in instants} == instants
    assert {instant: hours.has(kst(instant).astimezone(UTC)) for instant in instants} == instants


@pytest.mark.parametrize(
    ("texts", "now", "opens"),
    [
        ([], "2026-07-15 12:34", "2026-07-15 12:34"),
        (["Mon-Fri 09:00-18:00"], "2026-07-15 12:34", "2026-07-15 12:34"),
        (["Mon-Fri 09:00-18:00"], "2026-07-15 18:00", "2026-07-16 09:00"),
        (["Mon-Fri 09:00-18:00"], "2026-07-17 18:00", "2026-07-20 09:00"),
        (["Mon-Fri 09:00-18:00", "Sat,Sun 10:00-16:00"], "2026-07-17 18:00", "2026-07-18 10:00"),
        (["Wed 09:00-10:00"], "2026-07-15 10:00", "2026-07-22 09:00"),
    ],
)
def test_they_open_next(texts: list[str], now: str, opens: str) -> None:
    assert Hours(texts).next_opening(kst(now)) == kst(opens)


times = st.integers(0, 1439)
days = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=3)


def clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(days, times, times).filter(lambda each: each[1] != each[2]), min_size=1, max_size=3))
def test_they_have_the_minutes_that_a_calendar_gives(spans: list[tuple[list[tuple[int, int]], int, int]]) -> None:
    texts, had = [], set[int]()
    for ranges, begin, end in spans:
        named = ",".join(f"{DAYS[first]}-{DAYS[last]}" for first, last in ranges)
        texts.append(f"{named} {clock(begin)}-{clock(end)}".strip())
        on = set[int]()
        for first, last in ranges or [(0, 6)]:
            day = first
            on.add(day)
            while day != last:
                day = (day + 1) % 7
                on.add(day)
        for day in on:
            minute = day * 1440 + begin
            while minute % 1440 != end:
                had.add(minute % 10080)
                minute += 1
    hours = Hours(texts)

    assert {minute for minute in range(10080) if hours.has(MONDAY + minute * MINUTE)} == had
    assert {minute for minute in range(10080) if hours.has(MONDAY + (minute + 1) * MINUTE - MICROSECOND)} == had
    for minute in range(0, 10080, 97):
        later = minute
        while later % 10080 not in had:
            later += 1
        assert hours.next_opening(MONDAY + minute * MINUTE) == MONDAY + later * MINUTE


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("9-18", 'write such as "Mon-Fri 09:00-18:00"'),
        ("Mon-Fri 9:00-18:00", 'write such as "Mon-Fri 09:00-18:00"'),
        ("Mon-Fri", 'write such as "Mon-Fri 09:00-18:00"'),
        ("", 'write such as "Mon-Fri 09:00-18:00"'),
        ("24:00-06:00", 'write such as "Mon-Fri 09:00-18:00"'),
        ("09:00-25:00", 'write such as "Mon-Fri 09:00-18:00"'),
        ("09:00-24:01", 'write such as "Mon-Fri 09:00-18:00"'),
        ("09:00-18:60", 'write such as "Mon-Fri 09:00-18:00"'),
        ("Mon 09:00-12:00 13:00-18:00", 'write such as "Mon-Fri 09:00-18:00"'),
        ("09:00-09:00", 'write "00:00-24:00" for all day'),
        ("Monday 09:00-18:00", "has 'monday' for a day; write Mon"),
        ("Mon-Wed-Fri 09:00-18:00", "has 'mon-wed-fri' for a day; write Mon"),
        ("Mon, 09:00-18:00", "has '' for a day; write Mon"),
        ("Mon-Fr 09:00-18:00", "has 'mon-fr' for a day; write Mon"),
        ("월-금 09:00-18:00", 'write such as "Mon-Fri 09:00-18:00"'),
        ("Mon-Fri ٠٩:00-18:00", 'write such as "Mon-Fri 09:00-18:00"'),
    ],
)
def test_what_is_no_such_text_is_told_with_it_and_a_remedy(text: str, remedy: str) -> None:
    with pytest.raises(HoursError) as raised:
        Hours(["Mon-Fri 09:00-18:00", text])

    assert str(raised.value).startswith(repr(text))
    assert remedy in str(raised.value)
