"""Rules that measure one figure against a threshold: bad beyond one, good within another, unknown without a figure."""

from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from alert_cities import City, city, row_of, states

from collector.alerts.judging.verdicts import State, Verdicts
from collector.alerts.rules import (
    airtime_high,
    clients_over_capacity,
    cpu_high,
    memory_high,
    noise_high,
    retries_high,
    temperature_high,
    throughput_low,
)

NAN = float("nan")


@dataclass(frozen=True)
class Case:
    """A rule, the figure that it judges, with its default thresholds and what lies well on both sides of them."""

    rule: ModuleType
    figure: str
    raising: float
    clearing: float
    worst: float
    best: float

    @property
    def is_of_radios(self) -> bool:
        return self.rule.SCOPE == "radio"

    @property
    def step(self) -> float:
        """As much as takes a figure beyond a threshold on the bad side of it."""
        return (self.worst - self.raising) / 1000

    def key(self, number: int) -> str:
        return f"park-{number:03}/wlan0" if self.is_of_radios else f"park-{number:03}"

    def tell(self, told: City, number: int, value: float) -> City:
        """That this is the figure of the so manieth place."""
        place = f"park-{number:03}"
        if self.figure == "download":
            return told.check("throughput", place, is_ok=1.0, download_bits_per_second=value)
        if self.is_of_radios:
            return told.radio(place, "wlan0", **{self.figure: value})
        return told.place(place, **{self.figure: value})

    def judge(self, told: City, **settings: Any) -> Verdicts:
        verdicts: Verdicts = self.rule.judge(told.snapshot(), self.rule.Settings(**settings))
        return verdicts


CASES = [
    Case(airtime_high, "busy_ratio", 0.75, 0.65, 1.0, 0.0),
    Case(retries_high, "retry_ratio", 0.3, 0.2, 1.0, 0.0),
    Case(noise_high, "noise_dbm", -70.0, -75.0, -20.0, -95.0),
    Case(clients_over_capacity, "clients", 50.0, 40.0, 1050.0, 0.0),
    Case(cpu_high, "cpu_ratio", 0.9, 0.8, 1.0, 0.0),
    Case(memory_high, "memory_used_ratio", 0.95, 0.9, 1.0, 0.0),
    Case(temperature_high, "temperature_celsius", 90.0, 80.0, 150.0, -20.0),
    Case(throughput_low, "download", 30e6, 50e6, 0.0, 900e6),
]
each_rule = pytest.mark.parametrize("case", CASES, ids=[case.rule.__name__.rpartition(".")[2] for case in CASES])


@each_rule
def test_between_the_two_thresholds_what_was_goes_on(case: Case) -> None:
    at_raising, at_clearing = (float(np.float32(figure)) for figure in (case.raising, case.clearing))
    figures = {
        case.worst: State.BAD,
        case.raising + case.step: State.BAD,
        at_raising: State.BETWEEN,
        (case.raising + case.clearing) / 2: State.BETWEEN,
        case.clearing + case.step: State.BETWEEN,
        at_clearing: State.GOOD,
        case.best: State.GOOD,
        NAN: State.UNKNOWN,
    }
    told = city({"park": len(figures)})
    for number, figure in enumerate(figures, start=1):
        case.tell(told, number, figure)
    expected = {case.key(number): state for number, state in enumerate(figures.values(), start=1)}
    assert states(case.judge(told)) == expected


@each_rule
def test_a_figure_of_before_it_fell_silent_says_nothing(case: Case) -> None:
    told = case.tell(case.tell(city({"park": 2}), 1, case.worst), 2, case.best)
    told.silent("park-001").not_known("park-002")
    assert states(case.judge(told)) == {case.key(1): State.UNKNOWN, case.key(2): State.UNKNOWN}


@each_rule
def test_the_figure_and_its_threshold_are_told(case: Case) -> None:
    verdicts = case.judge(case.tell(city({"park": 1}).place("park", clients=7), 1, case.worst))
    assert verdicts.values is not None
    assert (verdicts.values.tolist(), verdicts.threshold) == ([case.worst], case.raising)


@each_rule
def test_thresholds_are_settings(case: Case) -> None:
    raising, clearing, _ = case.rule.Settings.pairs[0]
    halfway = (case.raising + case.clearing) / 2
    told = case.tell(city({"park": 1}), 1, halfway)
    strict = int(case.clearing) if isinstance(case.rule.Settings().model_dump()[raising], int) else case.clearing
    assert states(case.judge(told, **{raising: strict, clearing: strict})) == {case.key(1): State.BAD}
    lenient = type(strict)(case.raising)
    assert states(case.judge(told, **{raising: lenient, clearing: lenient})) == {case.key(1): State.GOOD}


@each_rule
def test_where_there_is_nobody_nothing_is_judged(case: Case) -> None:
    assert states(case.judge(city({}))) == {}
    everybody = city({"park": 3}).never_seen("park")
    assert set(states(case.judge(everybody)).values()) <= {State.UNKNOWN}


@each_rule
def test_what_clears_lies_on_the_good_side_of_what_raises(case: Case) -> None:
    raising, clearing, is_more_worse = case.rule.Settings.pairs[0]
    assert list(case.rule.Settings.contradictions({})) == []
    (mistake,) = case.rule.Settings.contradictions({raising: 1, clearing: 2 if is_more_worse else 0})
    assert mistake[0] == (clearing,)


def test_a_radio_tells_its_channel_and_who_is_on_it() -> None:
    told = city({"park": 1})
    told.radio("park-001", "wlan0", busy_ratio=0.8, own_ratio=0.5, band=5, channel=36, clients=31)
    told.radio("park-001", "wlan1", busy_ratio=0.9)
    verdicts = airtime_high.judge(told.snapshot(), airtime_high.Settings())
    full, scarce = (row_of(verdicts, f"park-001/{name}") for name in ("wlan0", "wlan1"))
    assert verdicts.detail(full) == {"band": 5.0, "channel": 36.0, "own_ratio": 0.5, "clients": 31.0}
    assert (verdicts.detail(scarce), verdicts.people(full), verdicts.people(scarce)) == ({}, 31, None)


def test_a_radio_that_has_left_the_reports_is_neither_full_nor_free() -> None:
    told = city({"park": 1}).radio("park-001", "wlan0", is_reported=False).radio("park-001", "wlan1", busy_ratio=0.1)
    verdicts = airtime_high.judge(told.snapshot(), airtime_high.Settings())
    assert states(verdicts) == {"park-001/wlan0": State.UNKNOWN, "park-001/wlan1": State.GOOD}


def test_retries_of_a_radio_that_hardly_sends_say_nothing() -> None:
    told = city({"park": 1})
    for name, traffic in (("idle", 99_999.0), ("at-work", 100_000.0), ("uncounted", NAN)):
        told.radio("park-001", name, retry_ratio=0.5, traffic_bits_per_second=traffic)
    assert states(retries_high.judge(told.snapshot(), retries_high.Settings())) == {
        "park-001/idle": State.UNKNOWN,
        "park-001/at-work": State.BAD,
        "park-001/uncounted": State.BAD,
    }


def test_a_measurement_of_throughput_counts_for_as_long_as_the_next_may_take() -> None:
    told = city({"park": 3}).place("park", clients=2, uplink_bits_per_second=100e6)
    for number, age in enumerate((108_000, 108_001), start=1):
        told.check("throughput", f"park-{number:03}", is_ok=1, age_seconds=age, download_bits_per_second=1e6)
    told.check("throughput", "park-003", is_ok=0, failure="the server refuses the connection")
    verdicts = throughput_low.judge(told.snapshot(), throughput_low.Settings())
    assert states(verdicts) == {"park-001": State.BAD, "park-002": State.UNKNOWN, "park-003": State.UNKNOWN}
    measured_at = told.snapshot().now_seconds - 108_000
    assert verdicts.detail(0) == {"measured_at_seconds": measured_at, "uplink_bits_per_second": 100e6}
    assert verdicts.people(0) == 2
