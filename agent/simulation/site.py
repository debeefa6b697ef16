"""A simulated site: access points that share their surroundings, their weather and the mood of the people there.

The entrance to the simulation: called by `agent.sources.simulated`, and by what makes history.
"""

import math
from collections.abc import Sequence
from datetime import datetime

from agent.simulation.access_point import AccessPoint, Conditions, SimulatedAccessPoint
from agent.simulation.noise import Noise
from agent.simulation.surroundings import Setting, surroundings_of
from agent.simulation.weather import weather_at
from agent.wire import Report

_OUTING_SECONDS = 3 * 3600.0


class Site:
    """A site of one seed. Reports are pure functions of instant and interval; sites of the same seed share weather."""

    def __init__(self, name: str, setting: Setting, access_points: Sequence[AccessPoint], *, seed: int = 0) -> None:
        self._surroundings = surroundings_of(setting, name)
        self._weather = Noise(seed, "weather")
        self._mood = Noise(seed, name, "outings")
        self._access_points = {
            place.id: SimulatedAccessPoint(place, seed=seed, site=name, surroundings=self._surroundings)
            for place in access_points
        }

    def report_at(self, access_point: str, instant: datetime, interval_seconds: float) -> Report | None:
        """One access point's report at an instant with a time zone, on the interval before it; None while it is
        silent. Raises KeyError for an access point of some other site."""
        return self._access_points[access_point].report_at(
            self._conditions(instant, interval_seconds), instant, interval_seconds
        )

    def reports_at(self, instant: datetime, interval_seconds: float) -> list[Report]:
        """The reports of all access points but the silent ones, in the order in which they were given."""
        conditions = self._conditions(instant, interval_seconds)
        reports = (place.report_at(conditions, instant, interval_seconds) for place in self._access_points.values())
        return [report for report in reports if report is not None]

    def _conditions(self, instant: datetime, interval_seconds: float) -> Conditions:
        seconds = instant.timestamp() - interval_seconds / 2
        weather = weather_at(self._weather, seconds)
        mood, *_ = self._mood.smooth(seconds, _OUTING_SECONDS)
        return Conditions(
            seconds,
            activity=self._surroundings.activity(seconds, weather) * math.exp(0.3 * mood),
            ambient_celsius=self._surroundings.ambient_celsius(weather),
        )
