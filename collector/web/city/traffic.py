"""The last day for the pages: asks the store, holds its answers, and lives with a store that does not answer."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from collector.stores import StoreError, TrafficPoint
from collector.web.city.held_answers import HeldAnswers
from collector.web.drawing.charts import Day
from collector.web.drawing.place_day import NoDay, PlaceDay, ask_place_day
from collector.web.services import Services

DAY = timedelta(days=1)
CHART_BUCKET_SECONDS = 600
SPARKLINE_BUCKET_SECONDS = 1800

_FRESH = timedelta(seconds=60)
_USABLE = timedelta(minutes=30)
_PATIENCE_SECONDS = 3.0
"""A page without its chart now is worth more than a whole page after the reader has left."""
_PLACE_USABLE = timedelta(minutes=3)
"""One access point's page tells since when something is wrong, so it is not to be old."""
_PLACE_PATIENCE_SECONDS = 0.5
"""To find one place among the raw points of a large city may take as long; the answer is there for whoever reloads."""


class DayTraffic:
    """The last day, up to the last bucket that is over: one that has just begun would show as a fall."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._days: HeldAnswers[str, Day] = HeldAnswers(services.clock, fresh=_FRESH, usable=_USABLE, max_answers=256)
        self._multiples: HeldAnswers[str, dict[str, Day]] = HeldAnswers(
            services.clock, fresh=_FRESH, usable=_USABLE, max_answers=32
        )
        self._places: HeldAnswers[str, PlaceDay] = HeldAnswers(
            services.clock, fresh=_FRESH, usable=_PLACE_USABLE, max_answers=32
        )

    async def of_city(self) -> Day | None:
        """All access points together; None where the store does not answer in time."""
        return await self._day("city", lambda: list(self._services.inventory.access_points))

    async def of_site(self, site_id: str) -> Day | None:
        """The access points of a site together."""
        return await self._day(f"site {site_id}", lambda: self._places_of(site_id))

    async def of_access_point(self, access_point: str) -> PlaceDay | NoDay:
        """One access point, with all that is drawn of it."""

        def ask() -> PlaceDay:
            since, until = last_day(self._services.clock(), CHART_BUCKET_SECONDS)
            return ask_place_day(
                self._services, access_point, since=since, until=until, bucket_seconds=CHART_BUCKET_SECONDS
            )

        try:
            return await self._places.get(access_point, ask, patience_seconds=_PLACE_PATIENCE_SECONDS)
        except TimeoutError:
            return NoDay.UNDER_WAY
        except StoreError:
            return NoDay.UNANSWERED

    async def of_each_in(self, site_id: str) -> dict[str, Day] | None:
        """Each access point of a site by itself, in longer buckets; one without a point is not in the answer."""

        def ask() -> dict[str, Day]:
            since, until = last_day(self._services.clock(), SPARKLINE_BUCKET_SECONDS)
            answer = self._services.store.traffic_by_access_point(
                self._places_of(site_id), since, until, SPARKLINE_BUCKET_SECONDS
            )
            return {
                access_point: Day(since, until, SPARKLINE_BUCKET_SECONDS, tuple(points))
                for access_point, points in answer.items()
            }

        try:
            return await self._multiples.get(site_id, ask, patience_seconds=_PATIENCE_SECONDS)
        except (StoreError, TimeoutError):
            return None

    async def close(self) -> None:
        """Let the questions end that are under way."""
        await self._days.close()
        await self._multiples.close()
        await self._places.close()

    async def _day(self, question: str, access_points: Callable[[], Sequence[str]]) -> Day | None:
        def ask() -> Day:
            since, until = last_day(self._services.clock(), CHART_BUCKET_SECONDS)
            places = access_points()
            points: list[TrafficPoint] = []
            if places:
                points = self._services.store.traffic(places, since, until, CHART_BUCKET_SECONDS)
            return Day(since, until, CHART_BUCKET_SECONDS, tuple(points))

        try:
            return await self._days.get(question, ask, patience_seconds=_PATIENCE_SECONDS)
        except (StoreError, TimeoutError):
            return None

    def _places_of(self, site_id: str) -> list[str]:
        return [place.id for place in self._services.inventory.access_points_of(site_id)]


def last_day(now: datetime, bucket_seconds: int) -> tuple[datetime, datetime]:
    """The day that ends with the last whole bucket before `now`."""
    until = datetime.fromtimestamp(int(now.timestamp()) // bucket_seconds * bucket_seconds, UTC)
    return until - DAY, until
