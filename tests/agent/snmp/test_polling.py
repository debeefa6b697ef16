"""The poller walks a device once and then asks for what it found; a controller's access points are watched.

Played by a fictitious controller of two columns, read through the source, which is what calls the poller.
"""

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from harness import FrozenClock
from pysnmp.proto.api import v2c
from scripted import Plain, ScriptedDevice, playing

from agent.settings import check
from agent.snmp.polling import WALK_AGAIN_SECONDS, WALK_SECONDS
from agent.sources.snmp import IDENTIFY_SECONDS, Settings, SnmpSource
from agent.wire import Device, Interface, Report, System

SECONDS = WALK_AGAIN_SECONDS
DESCRIPTION, OBJECT_ID, UPTIME = (f"1.3.6.1.2.1.1.{n}.0" for n in (1, 2, 3))
ENTRY = "1.3.6.1.4.1.99999.2.1"
NAME, SERIAL, RUNNING, RECEIVED = (f"{ENTRY}.{column}" for column in (1, 2, 3, 4))
PROFILE = """
title = "A fictitious controller"
vendor = "Fictitious"
describes = "controller"
tables = { ap = "1.3.6.1.4.1.99999.2.1" }
[access_points]
rows = "ap"
[access_points.device]
name = { column = 1 }
serial = { column = 2 }
[access_points.system]
uptime_seconds = { column = 3 }
[access_points.uplink]
name = { const = "eth0" }
rx_bits_per_second = { column = 4, counter = 32, scale = 8 }
"""


def access_point(row: int, *, running: int = 1000, received: int = 0) -> dict[str, Plain]:
    return {
        f"{NAME}.{row}": f"ap-{row}",
        f"{SERIAL}.{row}": f"TEST{row:04}",
        f"{RUNNING}.{row}": running,
        f"{RECEIVED}.{row}": v2c.Counter32(received),
    }


SYSTEM: dict[str, Plain] = {
    DESCRIPTION: "Fictitious controller",
    OBJECT_ID: v2c.ObjectIdentifier("1.3.6.1.4.1.99999.2"),
    UPTIME: v2c.TimeTicks(4200),
    "1.3.6.1.4.1.99999.3.0": "behind the table",
}


@pytest.fixture
async def device() -> AsyncIterator[ScriptedDevice]:
    async with playing({**SYSTEM, **access_point(1), **access_point(2)}) as device:
        yield device


@pytest.fixture
def source(device: ScriptedDevice, clock: FrozenClock, tmp_path: Path) -> SnmpSource:
    (tmp_path / "controller.toml").write_text(PROFILE, encoding="utf-8")
    table = {"kind": "snmp", "host": "127.0.0.1", "port": device.port, "community": "public"}
    return SnmpSource(check(Settings, {**table, "profile_file": "controller.toml"}, tmp_path / "agent.toml"), clock)


async def reading(source: SnmpSource, device: ScriptedDevice, clock: FrozenClock) -> tuple[list[str], Counter[str]]:
    """The serials of the access points that a reading tells of, and what the device was asked for it."""
    device.forget()
    _, *reports = await source.read()
    clock.advance(SECONDS)
    return [str(report.device.serial) for report in reports if report.device], Counter(device.asked)


def told(clock: FrozenClock, row: int, uptime_seconds: float, rate: float | None = None) -> Report:
    uplink = Interface(name="eth0") if rate is None else Interface(name="eth0", rx_bits_per_second=rate)
    return Report(
        observed_at=clock.wall(),
        interval_seconds=SECONDS,
        device=Device(vendor="Fictitious", serial=f"TEST{row:04}", name=f"ap-{row}"),
        system=System(uptime_seconds=uptime_seconds),
        uplink=uplink,
    )


async def test_a_device_is_walked_once_and_then_asked_for_what_it_has(
    source: SnmpSource, device: ScriptedDevice, clock: FrozenClock
) -> None:
    """Of the access points one column is walked each time, so that a new one is seen."""
    assert await reading(source, device, clock) == (["TEST0001", "TEST0002"], {"GET": 2, "GETBULK": 4})
    for _ in range(int(WALK_SECONDS // SECONDS) - 1):
        assert await reading(source, device, clock) == (["TEST0001", "TEST0002"], {"GET": 1, "GETBULK": 1})
    _, asked = await reading(source, device, clock)
    assert asked == {"GET": 2, "GETBULK": 4}
    assert WALK_SECONDS == IDENTIFY_SECONDS


async def test_a_new_access_point_is_whole_at_the_next_reading(
    source: SnmpSource, device: ScriptedDevice, clock: FrozenClock
) -> None:
    await reading(source, device, clock)
    device.set(access_point(3, running=10))
    serials, _ = await reading(source, device, clock)
    assert serials == ["TEST0001", "TEST0002", "TEST0003"]
    _, asked = await reading(source, device, clock)
    assert asked == {"GET": 1, "GETBULK": 1}


async def test_a_new_access_point_is_left_out_until_a_walk_may_tell_who_it_is(
    source: SnmpSource, device: ScriptedDevice, clock: FrozenClock
) -> None:
    await source.read()
    device.set(access_point(3, running=10))
    clock.advance(WALK_AGAIN_SECONDS / 2)
    assert len(await source.read()) == 3
    clock.advance(WALK_AGAIN_SECONDS / 2)
    assert len(await source.read()) == 4


async def test_an_access_point_that_is_gone_is_reported_no_more(
    source: SnmpSource, device: ScriptedDevice, clock: FrozenClock
) -> None:
    await reading(source, device, clock)
    device.remove(*(f"{ENTRY}.{column}.2" for column in range(1, 5)))
    assert (await reading(source, device, clock))[0] == ["TEST0001"]


async def test_what_has_gone_leads_to_a_walk_but_not_more_often_than_a_minute(
    source: SnmpSource, device: ScriptedDevice, clock: FrozenClock
) -> None:
    await reading(source, device, clock)
    device.remove(RUNNING)
    device.forget()
    await source.read()
    clock.advance(WALK_AGAIN_SECONDS / 2)
    await source.read()  # this one walks: a minute and a half after the first
    assert device.asked["GETBULK"] == 2 + 4
    device.remove(RECEIVED)
    for _ in range(3):
        device.forget()
        clock.advance(WALK_AGAIN_SECONDS / 4)
        await source.read()
        assert device.asked["GETBULK"] == 1
    device.forget()
    clock.advance(WALK_AGAIN_SECONDS / 4)
    assert [told.system for told in await source.read()] == [None, None, None]
    assert device.asked["GETBULK"] == 1 + 4


async def test_an_access_point_that_starts_anew_alone_is_told_from_one_whose_counter_wraps(
    source: SnmpSource, device: ScriptedDevice, clock: FrozenClock
) -> None:
    top = 2**32 - 750_000
    device.set({**access_point(1, received=top), **access_point(2, received=top)})
    await source.read()
    clock.advance(SECONDS)
    device.set({**access_point(1, running=1060, received=0), **access_point(2, running=20, received=0)})
    assert (await source.read())[1:] == [told(clock, 1, 1060.0, 1e5), told(clock, 2, 20.0)]
    clock.advance(SECONDS)
    device.set({**access_point(1, running=1120), **access_point(2, running=80, received=750_000)})
    assert (await source.read())[1:] == [told(clock, 1, 1120.0, 0.0), told(clock, 2, 80.0, 1e5)]


async def test_the_controllers_start_is_not_that_of_its_access_points(
    source: SnmpSource, device: ScriptedDevice, clock: FrozenClock
) -> None:
    await source.read()
    clock.advance(SECONDS)
    device.set({UPTIME: v2c.TimeTicks(100), **access_point(1, running=1060, received=750_000)})
    assert (await source.read())[1] == told(clock, 1, 1060.0, 1e5)


async def test_requests_are_fewer_values_for_a_device_that_refuses_many_and_stay_so(
    source: SnmpSource, device: ScriptedDevice, clock: FrozenClock
) -> None:
    device.set({oid: value for row in range(1, 11) for oid, value in access_point(row).items()})
    await reading(source, device, clock)
    device.most_varbinds = 10
    serials, first = await reading(source, device, clock)
    assert len(serials) == 10
    serials, later = await reading(source, device, clock)
    assert len(serials) == 10
    assert later["GET"] < first["GET"]
    assert max(len(oids) for _, oids in device.requests) <= 10


async def test_an_answer_with_objects_that_nobody_asked_for_is_left_out(
    source: SnmpSource, device: ScriptedDevice, clock: FrozenClock
) -> None:
    await source.read()
    clock.advance(SECONDS)
    device.answers_for = {f"{SERIAL}.1": f"{SERIAL}.9"}
    device.set({f"{SERIAL}.9": "TEST0009"})
    _, first, second = await source.read()
    assert first.device == Device(vendor="Fictitious", name="ap-1")
    assert second.device == Device(vendor="Fictitious", name="ap-2", serial="TEST0002")
