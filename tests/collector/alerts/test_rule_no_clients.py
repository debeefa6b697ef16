"""Places that nobody is connected to at an hour at which there are usually many."""

from math import nan

import pytest
from alert_cities import city, states

from collector.alerts.judging.verdicts import State
from collector.alerts.rules import no_clients

BAD, GOOD, BETWEEN, UNKNOWN = State.BAD, State.GOOD, State.BETWEEN, State.UNKNOWN


@pytest.mark.parametrize(
    ("clients", "usual", "expected"),
    [
        (0, 5, BAD),
        (0, 80, BAD),
        (0, 4.9, BETWEEN),
        (0, 0, BETWEEN),
        (1, 80, GOOD),
        (1, nan, GOOD),
        (0, nan, UNKNOWN),
        (nan, 80, UNKNOWN),
        (nan, nan, UNKNOWN),
    ],
)
def test_nobody_at_a_busy_hour_is_bad_and_at_a_quiet_one_says_nothing(
    clients: float, usual: float, expected: State
) -> None:
    seen = city({"park": 1}).place("park-001", clients=clients, usual_clients=usual)
    assert states(no_clients.judge(seen.snapshot(), no_clients.Settings())) == {"park-001": expected}


def test_it_is_told_how_many_there_usually_are() -> None:
    seen = city({"park": 2}).place("park", clients=0, usual_clients=17.6).silent("park-002")
    verdicts = no_clients.judge(seen.snapshot(), no_clients.Settings())
    assert states(verdicts) == {"park-001": BAD, "park-002": UNKNOWN}
    assert (verdicts.people(0), verdicts.values is not None and verdicts.values[0]) == (18, 0.0)
    assert verdicts.detail(0)["usual_clients"] == pytest.approx(17.6)


def test_what_is_busy_is_configuration() -> None:
    seen = city({"park": 1}).place("park-001", clients=0, usual_clients=5).snapshot()
    settings = no_clients.Settings.model_validate({"raise_above_usual": 6})
    assert states(no_clients.judge(seen, settings)) == {"park-001": BETWEEN}
