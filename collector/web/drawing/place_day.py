"""The last day of one access point: what its page draws, and how it is asked for. Blocks; called in threads."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from collector.condition import ConditionPoint, HeardReport
from collector.outages import Outage, outages_in, restarts_in
from collector.readings import Reading
from collector.state.devices import devices_at
from collector.web.drawing.charts import Slots
from collector.web.services import Services

PointValue = Callable[[ConditionPoint], float | None]
"""What of a bucket is drawn."""


class NoDay(Enum):
    """Why there is no day to draw: its question is still under way, or the store does not answer."""

    UNDER_WAY = "under_way"
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True)
class PlaceDay:
    """The buckets from `since` until `until`, both whole multiples of the bucket, oldest first; and the outages and
    starts of the device since then, up to when the store was asked."""

    since: datetime
    until: datetime
    bucket_seconds: int
    points: tuple[ConditionPoint, ...]
    outages: tuple[Outage, ...]
    restarts: tuple[datetime, ...]

    @property
    def buckets(self) -> int:
        """How many there are."""
        return int((self.until - self.since).total_seconds()) // self.bucket_seconds

    @property
    def buckets_reported(self) -> int:
        """How many of them hold a report."""
        return sum(point.reports > 0 for point in self.points)

    def slots(self, value: PointValue) -> Slots:
        """One value a bucket."""
        slots: list[float | None] = [None] * self.buckets
        for point in self.points:
            slots[self.bucket_of(point.at)] = value(point)
        return slots

    def bucket_of(self, at: datetime) -> int:
        """The number of the bucket that an instant of the day lies in, from 0."""
        return int((at - self.since).total_seconds()) // self.bucket_seconds

    def percent(self, at: datetime) -> float:
        """Where an instant stands on the time axis, from 0 at its beginning to 100 at its end; at the end nearer to it
        where it lies beyond."""
        share = (at - self.since) / (self.until - self.since)
        return round(100 * min(max(share, 0.0), 1.0), 2)


def ask_place_day(
    services: Services, access_point: str, *, since: datetime, until: datetime, bucket_seconds: int
) -> PlaceDay:
    """Ask the store, up to now. Raises StoreError."""
    now = services.clock()
    condition = services.store.condition(access_point, since, max(now, until), bucket_seconds)
    newest = services.fleet.readings.get(access_point)
    was_known = newest is not None and newest.observed_at < since
    was_known = was_known or any(device.first_seen < since for device in devices_at(services.state, access_point))
    reports = _with_newest(condition.heard, newest)
    return PlaceDay(
        since=since,
        until=until,
        bucket_seconds=bucket_seconds,
        points=tuple(point for point in condition.points if since <= point.at < until),
        outages=outages_in(reports, since=since, now=now, was_known=was_known),
        restarts=restarts_in(condition.heard, since=since),
    )


def _with_newest(reports: Sequence[HeardReport], newest: Reading | None) -> Sequence[HeardReport]:
    """The store may be a little behind what the fleet has heard; an outage is none by that."""
    last_at = reports[-1].at if reports else None
    if newest is None or (last_at is not None and newest.observed_at <= last_at):
        return reports
    told = HeardReport(
        newest.observed_at, newest.interval_seconds, newest.is_up, tells_of_device=not newest.is_only_probes
    )
    return [*reports, told]
