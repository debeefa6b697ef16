"""Hours of the week as people write them, in Korean Standard Time. Pure."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum

from collector.korean_time import KST

_DAY = 24 * 60
_WEEK = 7 * _DAY
_MONDAY = datetime(1970, 1, 5, tzinfo=KST)
"""Some Monday's beginning, from which weeks are counted."""
_REMEDY = 'write such as "Mon-Fri 09:00-18:00", "Sat,Sun 10:00-16:00" or "22:00-06:00"'
_CLOCK = r"(?:[01]\d|2[0-3]):[0-5]\d"
_TEXT = re.compile(rf"(?:(?P<days>[a-z,-]+)\s+)?(?P<begin>{_CLOCK})-(?P<end>{_CLOCK}|24:00)")


class Weekday(StrEnum):
    """A day of the week, in the week's order."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


WEEK = tuple(Weekday)


class HoursError(ValueError):
    """A text says no hours; the message names it and says how to write them."""


class Hours:
    """Times of the week, none of which belongs to the next as its end: 18:00 is not in 09:00-18:00. What passes
    midnight belongs to the day on which it begins: `Fri 22:00-06:00` lasts into Saturday."""

    def __init__(self, texts: Iterable[str]) -> None:
        """By several texts, all of which count; without any, always. Raises HoursError."""
        spans = [span for text in texts for span in _spans(text)] or [(0, _WEEK)]
        joined = _joined(spans)
        self._begins = [begin for begin, _ in joined]
        self._ends = [end for _, end in joined]

    def has(self, now: datetime) -> bool:
        """Whether an instant is in them."""
        return self._is_in(_minute_of_the_week(now))

    def next_opening(self, now: datetime) -> datetime:
        """The instant itself where it is in them, or else when they begin next."""
        minute = _minute_of_the_week(now)
        if self._is_in(minute):
            return now
        later = bisect_right(self._begins, minute)
        begin = self._begins[later] if later < len(self._begins) else self._begins[0] + _WEEK
        week = (now - _MONDAY) // timedelta(minutes=_WEEK)
        return _MONDAY + timedelta(minutes=week * _WEEK + begin)

    def _is_in(self, minute: int) -> bool:
        span = bisect_right(self._begins, minute) - 1
        return span >= 0 and minute < self._ends[span]


def _minute_of_the_week(instant: datetime) -> int:
    return int((instant.timestamp() - _MONDAY.timestamp()) // 60) % _WEEK


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """A text's times, in minutes of the week; an end may lie in the next week."""
    found = _TEXT.fullmatch(text.strip().lower())
    if found is None:
        raise HoursError(f"{text!r} are no hours; {_REMEDY}")
    begin, end = _minutes(found["begin"]), _minutes(found["end"])
    if begin == end:
        raise HoursError(f'{text!r} begins when it ends; write "00:00-24:00" for all day')
    length = (end - begin) % _DAY or _DAY
    for day in _days(text, found["days"]):
        yield day * _DAY + begin, day * _DAY + begin + length


def _minutes(clock: str) -> int:
    hour, minute = map(int, clock.split(":"))
    return hour * 60 + minute


def _days(text: str, days: str | None) -> Iterator[int]:
    """Days as numbers, Monday is 0. A range may pass Sunday: `Sat-Mon`."""
    for part in days.split(",") if days else ("mon-sun",):
        first, *last = part.split("-")
        if not {first, *last} <= {*WEEK} or len(last) > 1:
            raise HoursError(f"{text!r} has {part!r} for a day; write Mon, Tue, Wed, Thu, Fri, Sat, Sun or Mon-Fri")
        begin = WEEK.index(Weekday(first))
        length = (WEEK.index(Weekday(last[0])) - begin) % 7 if last else 0
        yield from ((begin + day) % 7 for day in range(length + 1))


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same times within one week, in order, where they meet or overlap as one."""
    within = [*spans]
    within += [(begin - _WEEK, end - _WEEK) for begin, end in within if end > _WEEK]
    joined: list[tuple[int, int]] = []
    for begin, end in sorted((max(begin, 0), min(end, _WEEK)) for begin, end in within):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((begin, end))
    return joined
