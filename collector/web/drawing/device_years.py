"""The devices of a place over the years, drawn: a bar for each from its first sight to its last. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from collector.korean_time import KST
from collector.state.devices import SeenDevice

_MOST_TICKS = 5
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120, 240)
_DAYS = (1, 2, 5, 10)
_SHORTEST = timedelta(days=2)
"""A place that was first heard of an hour ago has an axis nevertheless."""
_DAYS_UP_TO = timedelta(days=50)
"""Longer axes have ticks at beginnings of months or years."""
_NARROWEST_PERCENT = 0.8
"""A bar is never so narrow that it cannot be seen."""


@dataclass(frozen=True, slots=True)
class DeviceBar:
    """A device, and where its time lies on the axis, in per cent of the width."""

    device: SeenDevice
    left: float
    width: float


@dataclass(frozen=True, slots=True)
class Tick:
    """A day in Korea at its midnight, and where it stands; `text` is `2026`, `2026-05` or `05-23`."""

    at: datetime
    percent: float
    text: str


@dataclass(frozen=True, slots=True)
class DeviceYears:
    """The bars as the devices come, and the ticks of their axis."""

    bars: tuple[DeviceBar, ...]
    ticks: tuple[Tick, ...]


def device_years(devices: Sequence[SeenDevice], now: datetime) -> DeviceYears:
    """All devices on one axis from the first sight of any of them until now."""
    if not devices:
        return DeviceYears((), ())
    since = min(*(device.first_seen for device in devices), now - _SHORTEST)
    span = now - since

    def percent(at: datetime) -> float:
        return round(100 * min(max((at - since) / span, 0.0), 1.0), 2)

    def bar(device: SeenDevice) -> DeviceBar:
        left = min(percent(device.first_seen), 100 - _NARROWEST_PERCENT)
        return DeviceBar(device, left, max(round(percent(device.last_seen) - left, 2), _NARROWEST_PERCENT))

    if span <= _DAYS_UP_TO:
        days, form = _days(since, now), "%m-%d"
    else:
        days = _beginnings_of_months(since, now)
        form = "%Y" if all(day.month == 1 for day in days) else "%Y-%m"
    ticks = tuple(Tick(day, percent(day), day.strftime(form)) for day in days if 4 <= percent(day) <= 96)
    return DeviceYears(tuple(map(bar, devices)), ticks)


def _days(since: datetime, until: datetime) -> list[datetime]:
    """Midnights in Korea, every so many days that there are not too many."""
    first = since.astimezone(KST).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    number = max((until - first) // timedelta(days=1) + 1, 0)
    step = next((step for step in _DAYS if number <= step * _MOST_TICKS), _DAYS[-1])
    return [first + timedelta(days=day) for day in range(0, number, step)]


def _beginnings_of_months(since: datetime, until: datetime) -> list[datetime]:
    """First days of months, every so many that there are not too many; counted from January."""
    first, last = since.astimezone(KST), until.astimezone(KST)
    months = range(
        first.year * 12 + first.month, last.year * 12 + last.month
    )  # of the first only its later part is there
    step = next((step for step in _MONTHS if len(months) <= step * _MOST_TICKS), _MONTHS[-1])
    return [datetime(month // 12, month % 12 + 1, 1, tzinfo=KST) for month in months if month % step == 0]
