"""Radios from one look to the next: which there are, which are left out, when each last worked."""

from datetime import datetime, timedelta

import numpy as np
from alert_cities import LONG_AGO, NOON, inventory_of
from hypothesis import given
from hypothesis import strategies as st

from agent.wire import Device, Probe, Radio, Report
from collector.alerts.judging.snapshot import CollectorHealth, Layout, Radios
from collector.alerts.looking.looking import Looking
from collector.readings import Reading

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


class Watched:
    """Looks at a park of two access points; what a place has told stays until it tells something else."""

    def __init__(self) -> None:
        self._looking = Looking(Layout(inventory_of({"park": 2})))
        self._readings: dict[str, Reading] = {}

    def tell(self, place: str, at: datetime, *radios: Radio, serial: str | None = None, **parts: object) -> Radios:
        report = Report(observed_at=at, radios=radios, device=Device(serial=serial), **parts)  # type: ignore[arg-type]
        self._readings[place] = Reading.of(report, at, at, "gw")
        return self.look(at)

    def look(self, now: datetime) -> Radios:
        return self._looking.look(
            self._readings, {}, {}, agents={}, collector=CollectorHealth(), listening_since=LONG_AGO, now=now
        ).radios

    def recall(self, place: str, radio: str, worked_at: datetime) -> None:
        self._looking.recall(place, radio, worked_at)


def radio(name: str, **figures: object) -> Radio:
    return Radio(name=name, **figures)  # type: ignore[arg-type]


def rows(radios: Radios, field: str = "clients") -> dict[str, float | None]:
    """A column by the radios' keys; of a radio that is left out its figures are absent."""
    values = zip(range(len(radios)), radios[field].tolist(), strict=True)
    return {radios.subject(row).key: None if np.isnan(value) else value for row, value in values}


def memory(radios: Radios, key: str) -> tuple[bool, float | None, float | None]:
    """Whether it is reported, and how many seconds after noon it was last at work and in use."""
    row = radios.row(key)
    assert row is not None
    instants = radios.worked_at_seconds[row], radios.used_at_seconds[row]
    worked, used = (None if np.isnan(at) else float(at) - NOON.timestamp() for at in instants)
    return bool(radios.is_reported[row]), worked, used


def test_radios_are_in_the_rows_of_their_places() -> None:
    watched = Watched()
    watched.tell("park-002", NOON, radio("wlan0", clients=1), radio("wlan1", clients=2))
    seen = watched.tell("park-001", NOON, radio("wlan0", clients=3))
    assert rows(seen) == {"park-001/wlan0": 3.0, "park-002/wlan0": 1.0, "park-002/wlan1": 2.0}
    assert seen.place.tolist() == [0, 1, 1]
    assert [seen.row("park-002/wlan1"), seen.row("park-001/wlan1"), seen.row("lab-1/wlan0")] == [2, None, None]


def test_figures_follow_their_names_when_the_order_changes() -> None:
    watched = Watched()
    watched.tell("park-001", NOON, radio("wlan0", clients=1), radio("wlan1", clients=2))
    seen = watched.tell("park-001", NOON + SECOND, radio("wlan1", clients=4), radio("wlan0", clients=3))
    assert rows(seen) == {"park-001/wlan0": 3.0, "park-001/wlan1": 4.0}


def test_a_radio_that_is_left_out_stays_without_figures() -> None:
    watched = Watched()
    watched.tell("park-001", NOON, radio("wlan0", clients=1), radio("wlan1", clients=2))
    seen = watched.tell("park-001", NOON + SECOND, radio("wlan1", clients=5))
    assert rows(seen) == {"park-001/wlan0": None, "park-001/wlan1": 5.0}
    assert memory(seen, "park-001/wlan0") == (False, 0.0, 0.0)
    assert seen.is_known("park-001/wlan0")
    back = watched.tell("park-001", NOON + 2 * SECOND, radio("wlan0", clients=0), radio("wlan1", clients=5))
    assert memory(back, "park-001/wlan0") == (True, 0.0, 0.0)


def test_a_report_without_any_radio_takes_none_away() -> None:
    watched = Watched()
    watched.tell("park-001", NOON, radio("wlan0", clients=1), radio("wlan1", is_up=False))
    seen = watched.tell("park-001", NOON + SECOND)
    assert rows(seen) == {"park-001/wlan0": None, "park-001/wlan1": None}


def test_a_radio_that_never_worked_and_is_left_out_is_forgotten() -> None:
    watched = Watched()
    watched.tell("park-001", NOON, radio("wlan0", is_up=False), radio("wlan1", clients=2))
    seen = watched.tell("park-001", NOON + SECOND, radio("wlan1", clients=2))
    assert (rows(seen), seen.is_known("park-001/wlan0")) == ({"park-001/wlan1": 2.0}, False)


def test_a_radio_that_is_left_out_for_a_week_is_forgotten() -> None:
    watched = Watched()
    watched.tell("park-001", NOON, radio("wlan0", clients=1), radio("wlan1", clients=2))
    known = []
    for seconds in range(0, 7 * 86_400 + 1801, 1800):
        seen = watched.tell("park-001", NOON + seconds * SECOND, radio("wlan1", clients=2), interval_seconds=1800.0)
        known.append(seen.is_known("park-001/wlan0"))
    assert known == [True] * (7 * 48 + 1) + [False]


def test_a_new_name_says_that_the_device_was_set_up_anew() -> None:
    watched = Watched()
    watched.tell("park-001", NOON, radio("wlan0", clients=1), radio("wlan1", clients=2))
    seen = watched.tell("park-001", NOON + SECOND, radio("phy0", clients=3), radio("wlan1", clients=4))
    assert rows(seen) == {"park-001/phy0": 3.0, "park-001/wlan1": 4.0}
    assert memory(seen, "park-001/wlan1") == (True, 1.0, 1.0)


def test_another_device_begins_without_memory() -> None:
    watched = Watched()
    watched.tell("park-001", NOON, radio("wlan0", clients=1), radio("wlan1", clients=2), serial="S-1")
    seen = watched.tell("park-001", NOON + SECOND, radio("wlan0", is_up=False), serial="S-2")
    assert (rows(seen), memory(seen, "park-001/wlan0")) == ({"park-001/wlan0": None}, (True, None, None))


def test_a_serial_that_is_not_told_says_nothing_of_another_device() -> None:
    watched = Watched()
    watched.tell("park-001", NOON, radio("wlan0", clients=1), serial="S-1")
    watched.tell("park-001", NOON + SECOND, radio("wlan0", clients=0))
    seen = watched.tell("park-001", NOON + 2 * SECOND, radio("wlan0", clients=0), serial="S-1")
    assert memory(seen, "park-001/wlan0") == (True, 0.0, 0.0)


def test_work_is_to_be_up_or_in_use_and_never_while_down() -> None:
    watched = Watched()
    steps = [
        radio("wlan0"),
        radio("wlan0", is_up=True, clients=0),
        radio("wlan0", busy_ratio=0.1),
        radio("wlan0", is_up=False, busy_ratio=0.1),
        radio("wlan0", clients=0, busy_ratio=0.0),
    ]
    told = [
        memory(watched.tell("park-001", NOON + at * SECOND, told), "park-001/wlan0")[1:]
        for at, told in enumerate(steps)
    ]
    assert told == [(None, None), (1.0, None), (2.0, 2.0), (2.0, 2.0), (2.0, 2.0)]


def test_a_device_that_was_away_is_given_the_time_anew() -> None:
    watched = Watched()
    watched.tell("park-001", NOON, radio("wlan0", clients=1), radio("wlan1"))
    watched.look(NOON + 2 * DAY)
    seen = watched.tell("park-001", NOON + 2 * DAY, radio("wlan0", clients=0), radio("wlan1"))
    two_days = 2 * 86_400.0
    assert memory(seen, "park-001/wlan0") == (True, two_days, two_days)
    assert memory(seen, "park-001/wlan1") == (True, None, None)


def test_what_an_alert_recalls_is_watched_though_nobody_reports_it() -> None:
    watched = Watched()
    watched.recall("park-001", "wlan1", NOON - DAY)
    watched.recall("elsewhere", "wlan1", NOON - DAY)
    assert memory(watched.look(NOON), "park-001/wlan1") == (False, -86_400.0, None)
    seen = watched.tell("park-001", NOON, radio("wlan0", clients=1))
    assert rows(seen) == {"park-001/wlan0": 1.0, "park-001/wlan1": None}
    assert memory(seen, "park-001/wlan1") == (False, 0.0, None)


def test_a_name_that_is_told_twice_is_one_radio() -> None:
    watched = Watched()
    seen = watched.tell("park-001", NOON, radio("wlan0", clients=1), radio("wlan0", clients=2))
    assert rows(seen) == {"park-001/wlan0": 2.0}
    assert watched.tell("park-001", NOON + SECOND, radio("wlan0", clients=3)).is_reported.tolist() == [True]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["park-001", "park-002"]),
            st.lists(st.sampled_from("abcd"), max_size=4, unique=True),
            st.sampled_from([None, "S-1", "S-2"]),
        ),
        max_size=12,
    )
)
def test_whatever_devices_tell_their_newest_figures_are_in_their_rows(
    steps: list[tuple[str, list[str], str | None]],
) -> None:
    watched = Watched()
    newest: dict[str, dict[str, float]] = {}
    for number, (place, names, serial) in enumerate(steps):
        clients = {name: number * 10 + at for at, name in enumerate(names)}
        told = [radio(name, clients=count) for name, count in clients.items()]
        seen = watched.tell(place, NOON + number * SECOND, *told, serial=serial)
        newest[place] = {f"{place}/{name}": float(count) for name, count in clients.items()}
        known = {key: value for radios in newest.values() for key, value in radios.items()}
        assert {key: value for key, value in rows(seen).items() if value is not None} == known
        assert {key for key in rows(seen) if memory(seen, key)[0]} == known.keys()


def test_checks_alone_tell_of_no_radio() -> None:
    watched = Watched()
    seen = watched.tell("park-001", NOON, probes=(Probe(kind="dns", is_ok=True),))
    assert rows(seen) == {}
