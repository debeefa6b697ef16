"""What happened at an access point in a day, and where it stands on the time axis: devices, starts, events, outages.
Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from operator import attrgetter

from collector.outages import Outage
from collector.state.devices import SeenDevice
from collector.state.events import PastEvent
from collector.web.drawing.place_day import PlaceDay

ALIKE_WITHIN = timedelta(minutes=10)
"""Events of one kind that follow each other so closely are one mark: a link that flaps would fill the drawing."""


class HappeningKind(StrEnum):
    """What kind of mark it gets."""

    DEVICE = "device"
    RESTART = "restart"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class Happening:
    """One mark, at `percent` of the axis. `times` is how often it happened from `at` to `until`; `event` is one of
    those. Of a device that was first seen there is also the one before it, if any."""

    kind: HappeningKind
    at: datetime
    until: datetime
    percent: float
    times: int = 1
    event: PastEvent | None = None
    device: SeenDevice | None = None
    before: SeenDevice | None = None


@dataclass(frozen=True, slots=True)
class OutageBand:
    """An outage, and where it lies on the axis, in per cent."""

    outage: Outage
    left: float
    width: float

    @property
    def seconds(self) -> float | None:
        """How long it took; None while it is not over."""
        until = self.outage.until
        return None if until is None else (until - self.outage.since).total_seconds()


def happenings_in(day: PlaceDay, devices: Sequence[SeenDevice], events: Sequence[PastEvent]) -> tuple[Happening, ...]:
    """All marks, oldest first."""
    marks = [*_of_devices(day, devices), *_of_restarts(day), *_of_events(day, events)]
    return tuple(sorted(marks, key=attrgetter("at")))


def outage_bands(day: PlaceDay) -> tuple[OutageBand, ...]:
    """Those that lie on the axis at least in part, oldest first."""
    bands = []
    for outage in day.outages:
        if outage.since < day.until:
            left = day.percent(outage.since)
            right = day.percent(outage.until or day.until)
            bands.append(OutageBand(outage, left, round(right - left, 2)))
    return tuple(bands)


def _of_devices(day: PlaceDay, devices: Sequence[SeenDevice]) -> list[Happening]:
    in_order = sorted(devices, key=attrgetter("first_seen"))
    befores = [None, *in_order[:-1]] if in_order else []
    return [
        Happening(
            HappeningKind.DEVICE,
            device.first_seen,
            device.first_seen,
            day.percent(device.first_seen),
            device=device,
            before=before,
        )
        for before, device in zip(befores, in_order, strict=True)
        if day.since <= device.first_seen < day.until
    ]


def _of_restarts(day: PlaceDay) -> list[Happening]:
    return [
        Happening(HappeningKind.RESTART, at, at, day.percent(at)) for at in day.restarts if day.since <= at < day.until
    ]


def _of_events(day: PlaceDay, events: Sequence[PastEvent]) -> list[Happening]:
    newest: dict[tuple[str, str | None], int] = {}
    marks: list[Happening] = []
    for event in sorted(events, key=attrgetter("occurred_at")):
        at = event.occurred_at
        if not day.since <= at < day.until:
            continue
        what, times = (event.kind, event.subject), event.count or 1
        known = newest.get(what)
        if known is not None and at - marks[known].until <= ALIKE_WITHIN:
            marks[known] = replace(marks[known], until=at, times=marks[known].times + times)
        else:
            newest[what] = len(marks)
            marks.append(Happening(HappeningKind.EVENT, at, at, day.percent(at), times, event=event))
    return marks
