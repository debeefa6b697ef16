"""How many people a place usually has at an hour of the week. Pure; asked for by `collector.alerting.usual_clients`.

The same hour of the last four weeks, and of those the median, so that one festival or one week of works does not make
the usual; known only where at least three of the four weeks are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

WEEKS = 4
WEEKS_KNOWN_AT_LEAST = 3
HOUR = timedelta(hours=1)
_WEEK = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class UsualHour:
    """The clients that places usually have in the hour that begins at `begins_at`, by access point; one of which too
    little is known is not there."""

    begins_at: datetime
    clients: Mapping[str, float]

    def is_now(self, now: datetime) -> bool:
        """Whether this is the hour."""
        return self.begins_at <= now < self.begins_at + HOUR


def hour_of(instant: datetime) -> datetime:
    """When the hour of this instant began. Korea is whole hours away from UTC and keeps no summer time."""
    return instant.replace(minute=0, second=0, microsecond=0)


def same_hour_before(begins_at: datetime) -> tuple[datetime, ...]:
    """When the same hour of the week began in the last four weeks, the newest first."""
    return tuple(begins_at - week * _WEEK for week in range(1, WEEKS + 1))


def usual_clients(weeks: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The median for each access point, of the clients it had in each of the weeks."""
    of_each: dict[str, list[float]] = {}
    for week in weeks:
        for access_point, clients in week.items():
            of_each.setdefault(access_point, []).append(clients)
    return {name: median(known) for name, known in of_each.items() if len(known) >= WEEKS_KNOWN_AT_LEAST}
