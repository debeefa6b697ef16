"""Rules about the collector itself: whether it keeps up, and the one that always fires."""

from typing import Any

import pytest
from alert_cities import city, states

from collector.alerts.alert import Severity, Subject
from collector.alerts.judging.verdicts import State
from collector.alerts.rules import collector_behind, watchdog

NAN = float("nan")


def behind(settings: collector_behind.Settings | None = None, **health: Any) -> State:
    told = city({"park": 1}).collector(**health)
    return states(collector_behind.judge(told.snapshot(), settings or collector_behind.Settings()))[""]


@pytest.mark.parametrize(
    ("health", "state"),
    [
        ({}, State.GOOD),
        ({"commit_delay_seconds": 5.0, "pending_frames": 10_000}, State.GOOD),
        ({"commit_delay_seconds": 5.1}, State.BETWEEN),
        ({"commit_delay_seconds": 30.0}, State.BETWEEN),
        ({"commit_delay_seconds": 30.1}, State.BAD),
        ({"deferred_frames": 1}, State.BAD),
        ({"problems": ("the store is away",)}, State.BAD),
        ({"commit_delay_seconds": NAN}, State.UNKNOWN),
        ({"commit_delay_seconds": NAN, "problems": ("the store is away",)}, State.BAD),
        ({"commit_delay_seconds": NAN, "deferred_frames": 1}, State.BAD),
    ],
)
def test_the_collector_is_behind_where_anything_waits_too_long_is_put_off_or_held_up(
    health: dict[str, Any], state: State
) -> None:
    assert behind(**health) is state


def test_how_many_frames_may_be_put_off_is_a_setting() -> None:
    settings = collector_behind.Settings(raise_above_deferred=10)
    assert [behind(settings, deferred_frames=count) for count in (10, 11)] == [State.GOOD, State.BAD]


def test_it_is_told_how_long_how_many_and_why() -> None:
    told = city({}).collector(
        commit_delay_seconds=45.0, pending_frames=900, deferred_frames=3, problems=("the store is away", "disk full")
    )
    verdicts = collector_behind.judge(told.snapshot(), collector_behind.Settings())
    assert verdicts.values is not None
    assert (verdicts.subjects.subject(0), verdicts.values.tolist(), verdicts.threshold) == (Subject(""), [45.0], 30.0)
    assert verdicts.detail(0) == {
        "pending_frames": 900.0,
        "deferred_frames": 3.0,
        "problems": "the store is away; disk full",
    }
    calm = collector_behind.judge(city({}).snapshot(), collector_behind.Settings())
    assert calm.detail(0) == {"pending_frames": 0.0, "deferred_frames": 0.0}


def test_what_makes_every_other_alert_doubtful_gets_somebody_up() -> None:
    assert collector_behind.Settings().severity is Severity.CRITICAL


def test_the_watchdog_fires_whatever_is() -> None:
    settings = watchdog.Settings()
    assert (settings.severity, settings.raise_after_seconds) == (Severity.INFO, 0.0)
    for told in (city({}), city({"park": 2}).never_seen("park"), city({"park": 1}).listening_since(None)):
        verdicts = watchdog.judge(told.snapshot(), settings)
        assert states(verdicts) == {"": State.BAD}
        assert verdicts.subjects.is_known("")
