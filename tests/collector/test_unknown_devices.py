"""What is known in memory: unknown devices leave, each agent's its own."""

from datetime import UTC, datetime, timedelta

from agent.wire import Device
from collector.fleet import MAX_UNKNOWN_DEVICES_PER_AGENT, Fleet, UnknownDevice

NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DEVICE = Device(serial="X")


def test_an_agent_that_makes_names_up_loses_its_own_and_nobody_elses() -> None:
    fleet = Fleet()
    fleet.remember_unknown("unknown/gw-good/A", "gw-good", DEVICE, NOW)
    for number in range(MAX_UNKNOWN_DEVICES_PER_AGENT):
        fleet.remember_unknown(f"unknown/gw-bad/{number}", "gw-bad", DEVICE, NOW + number * SECOND)
    fleet.remember_unknown("unknown/gw-bad/0", "gw-bad", DEVICE, NOW + 1000 * SECOND)
    fleet.remember_unknown("unknown/gw-bad/new", "gw-bad", DEVICE, NOW + 1001 * SECOND)
    kept = {f"unknown/gw-bad/{number}" for number in range(MAX_UNKNOWN_DEVICES_PER_AGENT) if number != 1}
    assert fleet.unknown_devices.keys() == {"unknown/gw-good/A", "unknown/gw-bad/new", *kept}


def test_a_device_that_is_seen_again_keeps_when_it_was_seen_first() -> None:
    fleet = Fleet()
    fleet.remember_unknown("unknown/gw/X", "gw", DEVICE, NOW)
    again = fleet.remember_unknown("unknown/gw/X", "gw", DEVICE, NOW + SECOND)
    assert again == UnknownDevice("unknown/gw/X", "gw", Device(serial="X"), NOW, NOW + SECOND)
    assert fleet.unknown_devices == {"unknown/gw/X": again}


def test_a_device_that_another_agent_tells_of_is_no_longer_among_the_firsts() -> None:
    fleet = Fleet()
    fleet.remember_unknown("pole-17", "gw-a", DEVICE, NOW)
    fleet.remember_unknown("pole-17", "gw-b", DEVICE, NOW)
    fleet.forget_unknown(["pole-17"])
    for number in range(MAX_UNKNOWN_DEVICES_PER_AGENT + 1):
        fleet.remember_unknown(f"unknown/gw-a/{number}", "gw-a", DEVICE, NOW + number * SECOND)
    assert len(fleet.unknown_devices) == MAX_UNKNOWN_DEVICES_PER_AGENT


def test_a_fleet_that_is_loaded_keeps_the_devices_seen_last_in_whatever_order_they_come() -> None:
    loaded = [
        UnknownDevice(f"{number}", "gw", Device(), NOW, NOW + number * SECOND)
        for number in reversed(range(MAX_UNKNOWN_DEVICES_PER_AGENT + 3))
    ]
    fleet = Fleet(unknown=loaded)
    assert fleet.unknown_devices == {device.key: device for device in loaded[:-3]}
