from datetime import timedelta

import pytest
from web_city import NOW

from collector.quantities import humanise_rate
from collector.web.formatting import Formatter
from collector.web.language import Language, translator

KOREAN = Formatter(translator(Language.KOREAN), NOW)
ENGLISH = Formatter(translator(Language.ENGLISH), NOW)


@pytest.mark.parametrize(
    ("bits_per_second", "text"),
    [
        (0, "0 b/s"),
        (0.4, "0.4 b/s"),
        (999, "999 b/s"),
        (999.7, "1 kb/s"),
        (1_234_567, "1.23 Mb/s"),
        (100e6, "100 Mb/s"),
        (999_600_000, "1 Gb/s"),
        (2.5e9, "2.5 Gb/s"),
        (1e13, "10 Tb/s"),
        (2.5e17, "250,000 Tb/s"),
    ],
)
def test_a_rate_has_three_digits_and_a_unit(bits_per_second: float, text: str) -> None:
    assert humanise_rate(bits_per_second) == text


def test_what_is_not_known_stays_unknown_and_zero_stays_zero() -> None:
    numbers = [
        ENGLISH.rate,
        ENGLISH.count,
        ENGLISH.percent,
        ENGLISH.decimal,
        ENGLISH.per_second,
        ENGLISH.milliseconds,
        ENGLISH.duration,
    ]
    assert [number(None) for number in numbers] == [None] * 7
    assert [number(0) for number in numbers] == ["0 b/s", "0", "0%", "0", "0", "0 ms", "0 s"]
    assert ENGLISH.standard(None) is None


@pytest.mark.parametrize(
    ("elapsed", "korean", "english"),
    [
        (timedelta(seconds=-40), "방금", "just now"),
        (timedelta(seconds=9), "방금", "just now"),
        (timedelta(seconds=59), "59초 전", "59 s ago"),
        (timedelta(minutes=3, seconds=59), "3분 전", "3 min ago"),
        (timedelta(hours=23, minutes=59), "23시간 전", "23 h ago"),
        (timedelta(days=400), "400일 전", "400 d ago"),
    ],
)
def test_an_age_is_told_in_its_largest_unit(elapsed: timedelta, korean: str, english: str) -> None:
    assert (KOREAN.age(NOW - elapsed), ENGLISH.age(NOW - elapsed)) == (korean, english)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0초"), (59, "59초"), (60, "1분"), (3_661, "1시간 1분"), (93_784, "1일 2시간"), (86_405, "1일")],
)
def test_a_duration_is_told_in_two_units_at_most(seconds: float, text: str) -> None:
    assert KOREAN.duration(seconds) == text


def test_times_are_korean_and_the_exact_one_is_in_utc() -> None:
    assert KOREAN.exact(NOW) == "2026-05-23 19:04:05"
    assert KOREAN.minute(NOW) == "05-23 19:04"
    assert KOREAN.hour(NOW) == "19:04"
    assert KOREAN.iso(NOW) == "2026-05-23T10:04:05Z"


def test_units_and_names() -> None:
    assert ENGLISH.percent(0.004) == "0.4%"
    assert ENGLISH.percent(0.63) == "63%"
    assert ENGLISH.per_second(0.02) == "<0.1"
    assert ENGLISH.milliseconds(0.0021) == "2.1 ms"
    assert ENGLISH.decimal(-94, "dBm") == "-94 dBm"
    assert ENGLISH.count(12_345) == "12,345"
    assert ENGLISH.standard("802.11ax") == "Wi-Fi 6 (802.11ax)"
    assert ENGLISH.standard("802.11g") == "802.11g"
