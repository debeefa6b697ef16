"""How many people are at a place, by hour, day of the week and weather; 1 is a fine weekday's busiest hour.

Public holidays are left out: every week is an ordinary one. Called by `agent.simulation.site`.
"""

from agent.simulation.weather import DAY_SECONDS, KST_OFFSET_SECONDS, Weather

# Twenty-four hours that begin at five in the morning: what happens after midnight belongs to the evening before it.
Day = tuple[float, ...]
Week = tuple[Day, ...]
"""Seven days from Monday."""

_DAY_BEGINS_SECONDS = 5 * 3600

_RIVER_WEEKDAY: Day = (
    *(0.05, 0.10, 0.15, 0.17, 0.16, 0.18, 0.24),  # 5 to 11 o'clock: people who run or ride to work
    *(0.34, 0.34, 0.33, 0.36, 0.43, 0.56, 0.78),  # noon to 18
    *(0.95, 1.00, 0.92, 0.68, 0.38),  # 19 to 23
    *(0.18, 0.10, 0.06, 0.05, 0.05),  # 0 to 4
)
_RIVER_FRIDAY: Day = (*_RIVER_WEEKDAY[:12], 0.66, 0.98, 1.28, 1.45, 1.42, 1.15, 0.75, 0.40, 0.20, 0.10, 0.05, 0.05)
_RIVER_SATURDAY: Day = (
    *(0.05, 0.10, 0.17, 0.28, 0.38, 0.50, 0.64),
    *(0.82, 0.98, 1.12, 1.25, 1.36, 1.48, 1.65),
    *(1.78, 1.75, 1.55, 1.20, 0.75),
    *(0.40, 0.20, 0.10, 0.05, 0.05),
)
_RIVER_SUNDAY: Day = (
    *_RIVER_SATURDAY[:12],
    *(1.45, 1.50, 1.50, 1.36, 1.08, 0.72, 0.38, 0.18, 0.10, 0.06, 0.05, 0.05),
)
RIVERSIDE: Week = (*(_RIVER_WEEKDAY,) * 4, _RIVER_FRIDAY, _RIVER_SATURDAY, _RIVER_SUNDAY)

_PICNIC_TAIL: Day = (*(0.0,) * 15, 0.05, 0.10, 0.25, 0.35, 0.33, 0.25, 0.13, 0.05, 0.0)
"""Who stays by the river when the night is warm; on weekdays half of this."""
_PICNIC_NIGHTS = (4, 5)

# While a place is closed a few phones stay on the network: a guard's, a forgotten one.
_SHUT = 0.01
_CLOSED: Day = (_SHUT,) * 24
_OFFICE: Day = (
    *(_SHUT, _SHUT, _SHUT, 0.06, 0.55, 0.88, 0.95),
    *(0.80, 0.92, 1.00, 0.96, 0.86, 0.62, 0.10),
    *_CLOSED[14:],
)
_OFFICE_SATURDAY: Day = (*_CLOSED[:4], 0.25, 0.42, 0.45, 0.35, 0.08, *_CLOSED[9:])
_READING: Day = (
    *(_SHUT, _SHUT, _SHUT, 0.06, 0.45, 0.70, 0.78),
    *(0.74, 0.85, 0.95, 1.00, 0.98, 0.90, 0.80),
    *(0.78, 0.66, 0.42, 0.05),
    *_CLOSED[18:],
)
_READING_WEEKEND: Day = (
    *(_SHUT, _SHUT, _SHUT, _SHUT, 0.55, 0.85, 0.98),
    *(1.00, 1.12, 1.20, 1.15, 0.95, 0.55, 0.05),
    *_CLOSED[14:],
)
FACILITY: Week = (*(_OFFICE,) * 5, _OFFICE_SATURDAY, _CLOSED)
"""Open from 9 to 18 on weekdays and on Saturday morning."""
LIBRARY: Week = (*(_READING,) * 5, _READING_WEEKEND, _READING_WEEKEND)
"""Open until 22 on weekdays and until 18 at weekends."""


def riverside_activity(seconds: float, weather: Weather) -> float:
    """People in a park by the river, at an instant in seconds since 1970."""
    weekday, hour = _local_hour(seconds)
    warmth = min(max((weather.temperature_celsius - 12.0) / 8.0, 0.0), 1.0)
    tail = (1.0 if weekday in _PICNIC_NIGHTS else 0.5) * warmth * _between(_PICNIC_TAIL, hour)
    comfort = _comfort(weather.temperature_celsius)
    return (_between(RIVERSIDE[weekday], hour) + tail) * comfort * (1 - 0.8 * weather.rain_ratio)


def indoor_activity(week: Week, seconds: float, weather: Weather) -> float:
    """People in a facility with these hours; in heat and cold it is a shelter, too."""
    weekday, hour = _local_hour(seconds)
    return _between(week[weekday], hour) * (1.15 - 0.15 * _comfort(weather.temperature_celsius))


def _local_hour(seconds: float) -> tuple[int, float]:
    """The day of the week, 0 for Monday, and the hours since five in the morning, by Korean time."""
    day, second = divmod(seconds + KST_OFFSET_SECONDS - _DAY_BEGINS_SECONDS, DAY_SECONDS)
    return (int(day) + 3) % 7, second / 3600  # 1 January 1970 was a Thursday


def _between(day: Day, hour: float) -> float:
    whole = int(hour)
    part = hour - whole
    return day[whole] * (1 - part) + day[(whole + 1) % 24] * part


def _comfort(temperature_celsius: float) -> float:
    """How much of the crowd still wants to sit outdoors: all of it from 17 to 27 °C, a seventh at −5 °C."""
    if temperature_celsius < 17:
        return max(1 - (17 - temperature_celsius) * 0.039, 0.12)
    return max(1 - max(temperature_celsius - 27, 0.0) * 0.03, 0.6)
