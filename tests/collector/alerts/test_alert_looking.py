"""From readings to a snapshot: who is heard of, who is silent, and what is carried from one look to the next."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime, timedelta

import numpy as np
from alert_cities import LONG_AGO, NOON, inventory_of
from hypothesis import given
from hypothesis import strategies as st

from agent.wire import Device, Interface, Probe, Radio, Report, Status, System
from collector.alerts.judging.snapshot import AgentWord, CollectorHealth, Layout, Places, Snapshot, UnknownThing
from collector.alerts.looking.looking import Looking
from collector.alerts.looking.usual import UsualHour
from collector.fleet import UnknownDevice
from collector.readings import Presence, Reading

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
LAYOUT = Layout(inventory_of({"park": 3}))
NOBODY: Mapping[str, AgentWord] = {}


def reading(at: datetime, agent: str = "gw-park", **parts: object) -> Reading:
    return Reading.of(Report(observed_at=at, **parts), at, at, agent)  # type: ignore[arg-type]


def status(agent: str, *, is_online: bool) -> Status:
    return Status(version=1, agent=agent, boot_id="0123abcd", is_online=is_online, since=NOON)


def look(
    looking: Looking,
    readings: Mapping[str, Reading] = {},
    *statuses: Status,
    agents: Mapping[str, AgentWord] = NOBODY,
    listening_since: datetime | None = LONG_AGO,
    now: datetime = NOON,
) -> Snapshot:
    return looking.look(
        readings,
        {status.agent: status for status in statuses},
        {},
        agents=agents,
        collector=CollectorHealth(),
        listening_since=listening_since,
        now=now,
    )


def presence(seen: Snapshot) -> list[str]:
    """Heard, silent or unknown, in order of the places."""
    pairs = zip(seen.places.is_heard, seen.places.is_silent, strict=True)
    words = {(True, False): "heard", (False, True): "silent", (False, False): "unknown"}
    return [words[bool(is_heard), bool(is_silent)] for is_heard, is_silent in pairs]


def column(seen: Snapshot, name: str) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in getattr(seen.places, name)]


def test_reports_that_come_are_heard_and_overdue_ones_are_silence() -> None:
    readings = {
        "park-001": reading(NOON - 60 * SECOND, interval_seconds=5.0),
        "park-002": reading(NOON - 61 * SECOND, interval_seconds=5.0),
    }
    assert presence(look(Looking(LAYOUT), readings)) == ["heard", "silent", "unknown"]


@given(
    st.lists(
        st.builds(
            lambda age, interval, is_up, is_probe: (age, interval, is_up, is_probe),
            st.integers(-60_000, 2 * 86_400_000) | st.sampled_from([60_000, 60_001, 180_000, 180_001, 10_800_000]),
            st.none() | st.sampled_from([0.0, 1.0, 19.999, 20.0, 60.0, 3600.0, 3601.0, 86_400.0, 1e9]),
            st.sampled_from([None, True, False]),
            st.booleans(),
        ),
        max_size=3,
    )
)
def test_presence_is_that_of_a_reading_where_the_collector_has_listened_for_long(
    cases: list[tuple[int, float | None, bool | None, bool]],
) -> None:
    readings = {}
    for name, (age, interval, is_up, is_probe) in zip(LAYOUT.ids, cases, strict=False):
        at = NOON - timedelta(milliseconds=age)
        parts: dict[str, object] = {"probes": (Probe(kind="dns", is_ok=True),)} if is_probe else {"is_up": is_up}
        readings[name] = reading(at, interval_seconds=interval, **parts)
    seen = look(Looking(LAYOUT), readings, listening_since=NOON - timedelta(days=30))
    words = {Presence.REPORTING: "heard", Presence.SILENT: "silent", Presence.NEVER_SEEN: "unknown"}
    expected = [words[each.presence(NOON)] for each in readings.values()]
    assert presence(seen) == expected + ["unknown"] * (3 - len(expected))


def test_after_a_restart_nothing_is_silent_until_it_was_missed_again() -> None:
    looking = Looking(LAYOUT)
    readings = {
        "park-001": reading(NOON - HOUR, interval_seconds=60.0),
        "park-002": reading(NOON - HOUR, interval_seconds=60.0, is_up=False),
    }
    told = [
        presence(look(looking, readings, listening_since=NOON, now=NOON + seconds * SECOND))
        for seconds in (0, 180, 180.001)
    ]
    assert told == [["unknown"] * 3, ["unknown"] * 3, ["silent", "silent", "unknown"]]


def test_what_a_controller_says_now_counts_at_once() -> None:
    lost = {"park-001": reading(NOON, is_up=False)}
    assert presence(look(Looking(LAYOUT), lost, listening_since=NOON)) == ["silent", "unknown", "unknown"]


def test_nothing_follows_while_the_collector_hears_nothing() -> None:
    readings = {"park-001": reading(NOON), "park-002": reading(NOON - HOUR), "park-003": reading(NOON, is_up=False)}
    gone = status("park-002", is_online=False)
    seen = look(Looking(LAYOUT), readings, gone, listening_since=None)
    assert presence(seen) == ["heard", "unknown", "unknown"]
    assert not seen.places.has_said_goodbye.any()


def test_a_last_will_is_silence_at_once_where_the_agent_is_the_access_point() -> None:
    readings = {"park-001": reading(NOON, agent="park-001"), "park-002": reading(NOON, agent="gw-park")}
    wills = [status(agent, is_online=False) for agent in ("park-001", "park-002", "park-003", "gw-park", "elsewhere")]
    seen = look(Looking(LAYOUT), readings, *wills, listening_since=NOON)
    assert presence(seen) == ["silent", "heard", "silent"]
    assert seen.places.has_said_goodbye.tolist() == [True, False, True]


def test_who_went_before_the_collector_lost_its_connection_is_not_taken_to_be_back() -> None:
    readings = {"park-001": reading(NOON, agent="park-001")}
    seen = look(Looking(LAYOUT), readings, status("park-001", is_online=False), listening_since=None)
    assert (presence(seen)[0], seen.places.has_said_goodbye[0]) == ("unknown", False)


def test_an_agent_that_comes_back_is_no_longer_gone() -> None:
    looking, readings = Looking(LAYOUT), {"park-001": reading(NOON, agent="park-001")}
    told = [
        presence(look(looking, readings, status("park-001", is_online=is_online)))[0]
        for is_online in (True, False, True)
    ]
    assert told == ["heard", "silent", "heard"]


def test_the_figures_of_a_reading_are_in_its_row() -> None:
    full = reading(
        NOON - 5 * SECOND,
        clients=7,
        rx_bits_per_second=1e6,
        tx_bits_per_second=8e6,
        system=System(uptime_seconds=600.0, cpu_ratio=0.5, memory_used_ratio=0.25, temperature_celsius=40.0),
        uplink=Interface(name="eth0", is_up=True, speed_bits_per_second=1e8, is_full_duplex=False),
    )
    controller = reading(NOON, access_points=9)
    checked = reading(NOON, probes=(Probe(kind="dns", is_ok=True),))
    seen = look(Looking(LAYOUT), {"park-001": full, "park-002": controller, "park-003": checked})
    told = {field.name: getattr(seen.places, field.name).tolist() for field in fields(Places)}
    flags = {name: told.pop(name) for name in ("is_heard", "is_silent", "is_checked_only", "is_controller")}
    assert flags == {
        "is_heard": [True] * 3,
        "is_silent": [False] * 3,
        "is_checked_only": [False, False, True],
        "is_controller": [False, True, False],
    }
    first = {name: values[0] for name, values in told.items()}
    assert np.isnan([first.pop("best_uplink_bits_per_second"), first.pop("usual_clients")]).all()
    assert first == {
        "has_said_goodbye": False,
        "observed_at_seconds": NOON.timestamp() - 5,
        "clients": 7.0,
        "uptime_seconds": 600.0,
        "cpu_ratio": 0.5,
        "memory_used_ratio": 0.25,
        "temperature_celsius": 40.0,
        "uplink_is_up": 1.0,
        "uplink_bits_per_second": 1e8,
        "uplink_is_full_duplex": 0.0,
        "download_bits_per_second": 8e6,
        "upload_bits_per_second": 1e6,
        "restarts": 1.0,
    }
    others = {name: values[1:] for name, values in told.items() if name != "has_said_goodbye"}
    assert others.pop("observed_at_seconds") == [NOON.timestamp()] * 2
    assert all(np.isnan(values).all() for values in others.values())


def test_a_snapshot_stays_as_it_was_when_the_city_goes_on() -> None:
    looking = Looking(LAYOUT)
    before = look(looking, {"park-001": reading(NOON, clients=1)})
    after = look(looking, {"park-001": reading(NOON + SECOND, clients=2)}, now=NOON + SECOND)
    assert (column(before, "clients"), column(after, "clients")) == ([1.0, None, None], [2.0, None, None])
    assert column(before, "observed_at_seconds")[0] == NOON.timestamp()


def test_clients_are_those_of_when_it_was_last_heard_of() -> None:
    looking, readings = Looking(LAYOUT), {"park-001": reading(NOON, clients=40)}
    look(looking, readings)
    seen = look(looking, readings, now=NOON + HOUR)
    assert (presence(seen)[0], column(seen, "clients")[0]) == ("silent", 40.0)


def test_an_uplink_can_the_least_of_what_device_catalogue_and_port_can() -> None:
    layout = Layout(inventory_of({"park": 3}, port_bits_per_second=2_500_000_000))
    ports = {"park-001": 5e9, "park-002": 1e9}
    told = Interface(name="eth0", max_speed_bits_per_second=1e10)
    looking = Looking(layout, ports)
    seen = look(looking, {"park-001": reading(NOON, uplink=told), "park-002": reading(NOON, uplink=told)})
    assert column(seen, "best_uplink_bits_per_second") == [2.5e9, 1e9, 2.5e9]
    looking.learn_ports({"park-001": 1e8})
    assert column(look(looking), "best_uplink_bits_per_second") == [1e8, 2.5e9, 2.5e9]


def test_what_is_usual_counts_in_its_hour_only() -> None:
    looking = Looking(LAYOUT)
    looking.learn_usual(UsualHour(NOON, {"park-002": 12.5}))
    told = [
        column(look(looking, now=now), "usual_clients")[1]
        for now in (NOON - SECOND, NOON, NOON + HOUR - SECOND, NOON + HOUR)
    ]
    assert told == [None, 12.5, 12.5, None]


def test_starts_within_an_hour_are_counted_by_the_uptime() -> None:
    looking = Looking(LAYOUT)
    steps = [(0, 7200.0), (60, 30.0), (120, 90.0), (180, None), (240, 20.0), (300, 10.0)]
    counts = []
    for seconds, uptime in steps:
        now = NOON + seconds * SECOND
        told = {"park-001": reading(now, system=System(uptime_seconds=uptime))}
        counts.append(column(look(looking, told, now=now), "restarts")[0])
        assert column(look(looking, told, now=now), "restarts")[0] == counts[-1]
    assert counts == [0.0, 1.0, 1.0, 1.0, 2.0, 3.0]
    later = [column(look(looking, now=NOON + seconds * SECOND), "restarts")[0] for seconds in (3629, 3631, 3821, 3891)]
    assert later == [3.0, 2.0, 1.0, 0.0]


def test_two_who_tell_another_uptime_of_a_device_by_turns_tell_of_no_start() -> None:
    """As its own agent and its controller may: a device that had started anew would not have run before."""
    looking = Looking(LAYOUT)
    for seconds, uptime in [(0, 1200.0), (30, 900.0), (60, 1260.0), (90, 960.0), (120, 1320.0), (150, 1020.0)]:
        now = NOON + seconds * SECOND
        told = {"park-001": reading(now, system=System(uptime_seconds=uptime))}
        assert column(look(looking, told, now=now), "restarts")[0] == 1.0


def test_an_uptime_that_is_short_at_first_sight_tells_of_a_start() -> None:
    readings = {
        "park-001": reading(NOON, system=System(uptime_seconds=3599.0)),
        "park-002": reading(NOON, system=System(uptime_seconds=3600.0)),
    }
    assert column(look(Looking(LAYOUT), readings), "restarts") == [1.0, 0.0, None]


def test_agents_are_told_with_whether_they_are_connected() -> None:
    looking = Looking(LAYOUT)
    words = {"gw-a": AgentWord("gw-a", dropped=3), "gw-b": AgentWord("gw-b", foreign_reports=1)}
    online = status("gw-a", is_online=True), status("gw-c", is_online=False)
    assert look(looking, {}, *online, agents=words).agents == {
        "gw-a": AgentWord("gw-a", is_online=True, dropped=3),
        "gw-b": AgentWord("gw-b", foreign_reports=1),
        "gw-c": AgentWord("gw-c", is_online=False),
    }
    assert look(looking, {}, status("gw-a", is_online=False), agents={}).agents == {
        "gw-a": AgentWord("gw-a", is_online=False),
        "gw-c": AgentWord("gw-c", is_online=False),
    }


def test_unknown_devices_are_told_as_they_are() -> None:
    device = Device(serial="S-1")
    seen = Looking(LAYOUT).look(
        {},
        {},
        {"serial:S-1": UnknownDevice("serial:S-1", "gw-park", device, LONG_AGO, NOON)},
        agents={},
        collector=CollectorHealth(commit_delay_seconds=2.0),
        listening_since=LONG_AGO,
        now=NOON,
    )
    assert seen.unknown == {"serial:S-1": UnknownThing("serial:S-1", "gw-park", device, LONG_AGO, NOON)}
    assert (seen.collector, seen.listening_since) == (CollectorHealth(commit_delay_seconds=2.0), LONG_AGO)


def test_an_empty_inventory_is_looked_at_as_well() -> None:
    seen = look(Looking(Layout(inventory_of({}))), {"elsewhere": reading(NOON)})
    assert (len(seen.places.is_heard), len(seen.radios)) == (0, 0)


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(LAYOUT.ids),
            st.builds(
                lambda clients, cpu, radios, is_up: {
                    "clients": clients,
                    "is_up": is_up,
                    "system": System(cpu_ratio=cpu),
                    "radios": tuple(Radio(name=name, clients=clients) for name in radios),
                },
                st.none() | st.integers(0, 9),
                st.none() | st.floats(0, 1),
                st.sampled_from(["", "a", "ab"]),
                st.sampled_from([None, False]),
            ),
        ),
        max_size=8,
    )
)
def test_look_after_look_comes_to_what_one_look_at_the_end_sees(steps: list[dict[str, dict[str, object]]]) -> None:
    looking, readings = Looking(LAYOUT), dict[str, Reading]()
    seen = look(looking)
    for number, told in enumerate(steps):
        now = NOON + number * 40 * SECOND
        readings |= {name: reading(now, **parts) for name, parts in told.items()}
        seen = look(looking, readings, now=now)
    fresh = look(Looking(LAYOUT), readings, now=seen.now)
    for field in fields(Places):
        assert np.array_equal(getattr(seen.places, field.name), getattr(fresh.places, field.name), equal_nan=True)
    reported = [seen.radios.subject(row).key for row in np.flatnonzero(seen.radios.is_reported).tolist()]
    assert reported == [fresh.radios.subject(row).key for row in range(len(fresh.radios))]
