"""Asks the store how many people each place had at this hour of the last weeks. Blocks: called in a thread, once an
hour, by `usual_hours`."""

from collections.abc import Sequence
from datetime import datetime

from collector.alerts.looking.usual import HOUR, UsualHour, hour_of, same_hour_before, usual_clients
from collector.stores import Store

PLACES_AT_ONCE = 5_000
"""A store reads an hour of all places for a question about some: a few large questions cost least."""


class UsualClients:
    """Asks one store about these access points."""

    def __init__(self, store: Store, access_points: Sequence[str], *, at_once: int = PLACES_AT_ONCE) -> None:
        self._store = store
        self._at_once = at_once
        self._access_points = tuple(access_points)

    def ask(self, now: datetime) -> UsualHour:
        """What is usual in the hour of `now`. Raises StoreError where the engine does not answer."""
        begins_at = hour_of(now)
        weeks = [self._clients(hour) for hour in same_hour_before(begins_at)]
        return UsualHour(begins_at, usual_clients(weeks))

    def _clients(self, begins_at: datetime) -> dict[str, float]:
        """The mean over one hour, of those of which it is known."""
        found: dict[str, float] = {}
        for start in range(0, len(self._access_points), self._at_once):
            places = self._access_points[start : start + self._at_once]
            for access_point, hours in self._store.hourly_usage(places, begins_at, begins_at + HOUR).items():
                known = [hour.clients for hour in hours if hour.clients is not None]
                if known:
                    found[access_point] = known[0]
        return found
