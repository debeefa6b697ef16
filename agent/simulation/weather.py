"""The weather of the simulated city, the same for every site: what keeps people away from the river, or draws them.

Called by `agent.simulation.site`.
"""

import math
from typing import NamedTuple

from agent.simulation.noise import Noise

KST_OFFSET_SECONDS = 9 * 3600
"""Korean time is UTC+9 all year."""
DAY_SECONDS = 86_400
_YEAR_DAYS = 365.2425

# The first harmonic of the monthly mean temperatures of Seoul (Korea Meteorological Administration, climate normals
# 1991 to 2020: January −2.0, July 25.3, August 26.1 °C). The threshold of rain is set so that it rains on about 7
# days of a winter month and 17 of July, where the same normals have 6 to 8 and 16.
_YEAR_CELSIUS = 12.8
_SEASON_CELSIUS = 13.7
_WARMEST_DAY = 203

_FRONT_SECONDS = 60 * 3600.0
_SHOWER_SECONDS = 5 * 3600.0


class Weather(NamedTuple):
    """Outdoors, in the shade. `rain_ratio` goes from 0, dry, to 1, pouring."""

    temperature_celsius: float
    rain_ratio: float


def weather_at(noise: Noise, seconds: float) -> Weather:
    """The weather at an instant in seconds since 1970, from the stream of noise that the city shares."""
    local = seconds + KST_OFFSET_SECONDS
    summer = math.cos(2 * math.pi * (local / DAY_SECONDS - _WARMEST_DAY) / _YEAR_DAYS)
    warmer, *_ = noise.smooth(seconds, _FRONT_SECONDS)
    _, wetter, *_ = noise.smooth(seconds, _SHOWER_SECONDS)
    # Rain is where the noise rises above a threshold that is lowest in the monsoon.
    rain_ratio = min(max(1.4 * (wetter - 1.72 + 0.66 * max(summer, 0.0) ** 2), 0.0), 1.0)
    # A day swings by 9 °C between its warmest hour, at 15 o'clock, and its coldest; less under clouds.
    swing = 4.5 * math.cos(2 * math.pi * (local / DAY_SECONDS - 15 / 24)) * (1 - 0.6 * rain_ratio)
    temperature = _YEAR_CELSIUS + _SEASON_CELSIUS * summer + swing + 2.5 * warmer - 2.0 * rain_ratio
    return Weather(temperature, rain_ratio)
