"""Maintenance: works that are known beforehand, once or every so often, of which nobody is to be alarmed. Pure.

Kept by the state database as JSON, made on pages and by the API.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal, NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from collector.alerts.holding.dates import Day, Instant
from collector.alerts.holding.hours import WEEK, Weekday
from collector.alerts.holding.matching import Restricted
from collector.alerts.holding.remarks import Remark, Title
from collector.korean_time import KST

LONGEST_WORKS = timedelta(days=366)
"""A judgement of ours: a park may be rebuilt for a year; what lasts longer is a year that was mistyped."""
_DAY = timedelta(days=1)


class Window(NamedTuple):
    """From one instant to another, which is not in it any more."""

    starts_at: datetime
    ends_at: datetime


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Once(_Document):
    """From one instant to another."""

    kind: Literal["once"] = "once"
    starts_at: Instant
    ends_at: Instant

    @field_validator("ends_at")
    @classmethod
    def _is_of_some_length(cls, ends_at: datetime, info: ValidationInfo) -> datetime:
        starts_at = info.data.get("starts_at")
        if starts_at is None:
            return ends_at  # which has been told
        if ends_at <= starts_at:
            raise ValueError("is not after starts_at; choose a later end")
        if ends_at - starts_at > LONGEST_WORKS:
            raise ValueError(f"is more than {LONGEST_WORKS.days} days after starts_at; choose an earlier end")
        return ends_at

    def window_at(self, now: datetime) -> Window | None:
        """The window that is under way."""
        return Window(self.starts_at, self.ends_at) if self.starts_at <= now < self.ends_at else None

    def next_window(self, now: datetime) -> Window | None:
        """The window that is to begin."""
        return Window(self.starts_at, self.ends_at) if now < self.starts_at else None


class Recurring(_Document):
    """On some days of the week from a time of the day, for so many minutes, also past midnight, in Korean Standard
    Time. The first window begins on `first_day` or later, the last one on `last_day` at the latest."""

    kind: Literal["recurring"] = "recurring"
    weekdays: Annotated[tuple[Weekday, ...], Field(min_length=1, max_length=len(Weekday))]
    from_time: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
    minutes: Annotated[int, Field(ge=1, le=24 * 60)]
    first_day: Day
    last_day: Day | None = None

    @field_validator("weekdays")
    @classmethod
    def _in_order(cls, weekdays: tuple[Weekday, ...]) -> tuple[Weekday, ...]:
        return tuple(day for day in WEEK if day in weekdays)

    @field_validator("last_day")
    @classmethod
    def _has_a_window(cls, last_day: date | None, info: ValidationInfo) -> date | None:
        first_day, weekdays = info.data.get("first_day"), info.data.get("weekdays")
        if last_day is None or first_day is None or weekdays is None:
            return last_day  # or it has been told
        if last_day < first_day:
            raise ValueError("is before first_day; choose a later day, or leave it out")
        if not any(WEEK[day.weekday()] in weekdays for day in _week_from(first_day) if day <= last_day):
            raise ValueError("comes before the first of the weekdays; choose a later day, or leave it out")
        return last_day

    def window_at(self, now: datetime) -> Window | None:
        """The window that is under way; two never overlap, as none is longer than a day."""
        today = now.astimezone(KST).date()
        windows = (self._window_of(day) for day in (today, today - _DAY))
        return next((each for each in windows if each is not None and each.starts_at <= now < each.ends_at), None)

    def next_window(self, now: datetime) -> Window | None:
        """The first window that begins later; None after the last one."""
        start = max(now.astimezone(KST).date(), self.first_day)
        windows = (self._window_of(day) for day in _week_from(start))
        return next((each for each in windows if each is not None and each.starts_at > now), None)

    def _window_of(self, day: date) -> Window | None:
        if WEEK[day.weekday()] not in self.weekdays or day < self.first_day:
            return None
        if self.last_day is not None and day > self.last_day:
            return None
        starts_at = datetime.combine(day, time.fromisoformat(self.from_time), KST)
        return Window(starts_at, starts_at + timedelta(minutes=self.minutes))


def _week_from(day: date) -> Iterator[date]:
    """Eight days: today's window may have begun already, and the next be that of a week later."""
    return (day + number * _DAY for number in range(8))


class Maintenance(_Document):
    """Holds back notices of alerts that its matcher has, whenever a window is under way. `by` is who made it, at
    `made_at`."""

    id: Annotated[str, Field(min_length=1)]
    name: Title
    matcher: Restricted
    when: Annotated[Once | Recurring, Field(discriminator="kind")]
    comment: Remark
    by: Annotated[str, Field(min_length=1)]
    made_at: AwareDatetime

    def window_at(self, now: datetime) -> Window | None:
        """The window that is under way; it began at or before this instant."""
        return self.when.window_at(now)

    def is_active(self, now: datetime) -> bool:
        """Whether it holds anything back now."""
        return self.window_at(now) is not None

    def next_window(self, now: datetime) -> Window | None:
        """The first window that begins after this instant; None where none will."""
        return self.when.next_window(now)

    def is_over(self, now: datetime) -> bool:
        """Whether it will not hold anything back any more."""
        return self.window_at(now) is None and self.next_window(now) is None
