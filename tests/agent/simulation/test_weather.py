import statistics
from datetime import UTC, datetime, timedelta

from agent.simulation.noise import Noise
from agent.simulation.weather import Weather, weather_at

YEARS = 8


def weather_in(month: int) -> list[list[Weather]]:
    """Eight readings of each of 28 days in each of some years."""
    noise = Noise(0, "weather")
    days = [datetime(2015 + year, month, day, tzinfo=UTC) for year in range(YEARS) for day in range(1, 29)]
    return [[weather_at(noise, (day + timedelta(hours=hour)).timestamp()) for hour in range(0, 24, 3)] for day in days]


def mean_celsius(days: list[list[Weather]]) -> float:
    return statistics.mean(weather.temperature_celsius for day in days for weather in day)


def wet_days_a_month(days: list[list[Weather]]) -> float:
    return sum(any(weather.rain_ratio > 0 for weather in day) for day in days) / YEARS


def test_months_are_as_warm_and_as_wet_as_in_seoul() -> None:
    """Korea Meteorological Administration, climate normals 1991 to 2020: −2.0 °C and 6 days of rain in January, 25.3 °C
    and 16 days in July."""
    january, july = weather_in(1), weather_in(7)
    assert abs(mean_celsius(january) - -2.0) < 2.0
    assert abs(mean_celsius(july) - 25.3) < 2.0
    assert 4 < wet_days_a_month(january) < 9
    assert 13 < wet_days_a_month(july) < 20


def test_the_afternoon_is_the_warmest_part_of_the_day() -> None:
    by_hour = [statistics.mean(day[position].temperature_celsius for day in weather_in(5)) for position in range(8)]
    assert by_hour.index(max(by_hour)) == 2, "6 o'clock UTC is 15 o'clock in Seoul"
    assert 7 < max(by_hour) - min(by_hour) < 10


def test_rain_is_a_share() -> None:
    rain = [weather.rain_ratio for day in weather_in(8) for weather in day]
    assert (min(rain), max(rain)) == (0.0, 1.0)
