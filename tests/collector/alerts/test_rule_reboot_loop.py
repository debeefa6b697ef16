"""Access points that start anew again and again."""

from math import nan

import pytest
from alert_cities import city, states

from collector.alerts.judging.verdicts import State
from collector.alerts.rules import reboot_loop

BAD, GOOD, BETWEEN, UNKNOWN = State.BAD, State.GOOD, State.BETWEEN, State.UNKNOWN


@pytest.mark.parametrize(
    ("restarts", "uptime", "expected"),
    [
        (3, 20, BAD),
        (4, 3599, BAD),
        (2, 20, BETWEEN),
        (0, 3599, BETWEEN),
        (0, 3600, GOOD),
        (3, 3600, GOOD),
        (nan, 20, UNKNOWN),
        (3, nan, UNKNOWN),
        (nan, nan, UNKNOWN),
    ],
)
def test_three_starts_within_an_hour_are_a_loop_until_it_has_run_for_an_hour(
    restarts: float, uptime: float, expected: State
) -> None:
    seen = city({"park": 1}).place("park-001", restarts=restarts, uptime_seconds=uptime)
    assert states(reboot_loop.judge(seen.snapshot(), reboot_loop.Settings())) == {"park-001": expected}


def test_a_loop_is_told_with_uptime_heat_and_people_and_goes_on_while_silent() -> None:
    seen = city({"park": 2}).place("park", restarts=5, uptime_seconds=30, temperature_celsius=81.5, clients=4)
    seen.silent("park-002")
    verdicts = reboot_loop.judge(seen.snapshot(), reboot_loop.Settings())
    assert states(verdicts) == {"park-001": BAD, "park-002": UNKNOWN}
    assert verdicts.detail(0) == {"uptime_seconds": 30.0, "temperature_celsius": 81.5}
    assert verdicts.values is not None
    assert (verdicts.values[0], verdicts.threshold, verdicts.people(0)) == (5.0, 3, 4)


def test_how_many_are_a_loop_is_configuration() -> None:
    seen = city({"park": 1}).place("park-001", restarts=3, uptime_seconds=30).snapshot()
    settings = reboot_loop.Settings.model_validate({"raise_at_least": 4, "clear_above_uptime_seconds": 7200})
    assert states(reboot_loop.judge(seen, settings)) == {"park-001": BETWEEN}
