"""What every rule of places, sites and radios keeps to: nothing known is unknown, and nobody there is no trouble."""

import numpy as np
import pytest
from alert_cities import FIGURES, City, city, states
from hypothesis import given
from hypothesis import strategies as st

from collector.alerts.judging.verdicts import State
from collector.alerts.rules import rules
from collector.vital_signs import RADIO

KINDS = (
    "access_point_silent",
    "no_clients",
    "radio_silent",
    "reboot_loop",
    "site_outage",
    "uplink_down",
    "uplink_slow",
)
OF_SILENCE = {"access_point_silent", "site_outage"}


def judged(kind: str, seen: City) -> dict[str, State]:
    rule = rules()[kind]
    return states(rule.judge(seen.snapshot(), rule.settings()))


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_there_is_no_trouble(kind: str) -> None:
    assert judged(kind, city({})) == {}


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_never_heard_of_is_unknown(kind: str) -> None:
    seen = city({"park": 2}).never_seen("park")
    assert set(judged(kind, seen).values()) <= {State.UNKNOWN}


@pytest.mark.parametrize("kind", sorted(set(KINDS) - OF_SILENCE))
def test_what_reports_nothing_but_itself_is_unknown(kind: str) -> None:
    seen = city({"park": 2}).radio("park-001", "wlan0").radio("park-001", "wlan1")
    assert set(judged(kind, seen).values()) == {State.UNKNOWN}


@pytest.mark.parametrize("kind", sorted(set(KINDS) - OF_SILENCE))
@given(st.data())
def test_whatever_was_known_of_what_is_not_heard_of_is_judged_no_more(kind: str, data: st.DataObject) -> None:
    values = st.sampled_from([np.nan, 0.0, 0.5, 1.0, 3.0, 1e8, 1e9])
    seen = city({"park": 1}).place("park-001", **{name: data.draw(values) for name in FIGURES})
    for name in ("wlan0", "wlan1"):
        memory = {"worked_for_seconds": 60.0, "used_for_seconds": 60.0}
        figures = {field: data.draw(values) for field in RADIO.names or ()}
        seen.radio("park-001", name, is_reported=data.draw(st.booleans()), **memory, **figures)
    seen.silent("park-001") if data.draw(st.booleans()) else seen.not_known("park-001")
    assert set(judged(kind, seen).values()) == {State.UNKNOWN}


@pytest.mark.parametrize("kind", KINDS)
def test_every_default_has_its_source(kind: str) -> None:
    rule = rules()[kind]
    assert set(rule.sources) == set(rule.settings.model_fields) - {"is_enabled"}
    assert all(source.endswith(".") for source in rule.sources.values())


@pytest.mark.parametrize("kind", KINDS)
def test_everything_that_is_bad_can_be_told_of(kind: str) -> None:
    """Details are figures and words that are known, of a city in which everything is wrong."""
    seen = city({"park": 3}).silent("park-002", "park-003")
    seen.place("park-001", clients=0, usual_clients=20, uplink_is_up=0, restarts=9, uptime_seconds=5)
    seen.radio("park-001", "wlan0", is_up=0, worked_for_seconds=60).radio("park-001", "wlan1", is_up=1)
    if kind == "uplink_slow":
        seen.place("park-001", uplink_is_up=1, uplink_bits_per_second=1e8, best_uplink_bits_per_second=1e9)
    rule = rules()[kind]
    verdicts = rule.judge(seen.snapshot(), rule.settings())
    bad = np.flatnonzero(verdicts.states == State.BAD).tolist()
    assert bad
    for row in bad:
        told = verdicts.detail(row)
        assert all(isinstance(value, str | float) for value in told.values())
        assert not any(isinstance(value, float) and np.isnan(value) for value in told.values())
        assert verdicts.subjects.row(verdicts.subjects.subject(row).key) == row
        assert verdicts.people(row) is None or verdicts.people(row) >= 0  # type: ignore[operator]
