"""What distinguishes a park by the river from a facility's rooms, as far as its access points can tell.

Called by `agent.simulation.site` and `agent.simulation.access_point`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Literal

from agent.simulation.crowd import FACILITY, LIBRARY, indoor_activity, riverside_activity
from agent.simulation.weather import Weather
from agent.wire import Band

Setting = Literal["riverside", "indoor"]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """`median_clients` are on the median access point at activity 1, each asking for `demand_bits_per_second` down.

    `popularity_log_deviation` is the standard deviation of the logarithm of an access point's popularity. (The
    logarithms of the gigabytes per access point that Seoul published for May to October 2021 have 1.3 outdoors and 1.6
    indoors over the whole city; within one site it has to be less.) `neighbours` says for each band which part of the
    airtime others use: always, and on top of that at activity 1.
    """

    median_clients: float
    popularity_log_deviation: float
    demand_bits_per_second: float
    neighbours: Mapping[Band, tuple[float, float]]
    ambient_celsius: Callable[[Weather], float]
    activity: Callable[[float, Weather], float]


def surroundings_of(setting: Setting, site: str) -> Surroundings:
    """The surroundings of a site. Indoors, one whose name contains `library` keeps a library's hours."""
    if setting == "riverside":
        return Surroundings(
            median_clients=12.0,
            popularity_log_deviation=1.05,
            demand_bits_per_second=0.32e6,
            neighbours=MappingProxyType({"2.4": (0.08, 0.17), "5": (0.02, 0.06), "6": (0.0, 0.01)}),
            ambient_celsius=_outdoors,
            activity=riverside_activity,
        )
    return Surroundings(
        median_clients=4.5,
        popularity_log_deviation=1.2,
        demand_bits_per_second=0.4e6,
        neighbours=MappingProxyType({"2.4": (0.16, 0.14), "5": (0.05, 0.06), "6": (0.0, 0.01)}),
        ambient_celsius=_indoors,
        activity=partial(indoor_activity, LIBRARY if "library" in site else FACILITY),
    )


def _outdoors(weather: Weather) -> float:
    return weather.temperature_celsius


def _indoors(weather: Weather) -> float:
    """Heated in winter, cooled in summer, and neither all the way."""
    return 23.0 + 0.12 * (weather.temperature_celsius - 12.0)
