"""The SNMP source: what it tells of devices that answer well, badly, in part or not at all, and that it recovers."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from harness import FrozenClock, free_port, write_agent
from pysnmp.proto.api import v2c
from scripted import Plain, ScriptedDevice, playing

from agent.config import load_configuration
from agent.settings import SettingsError, check
from agent.snmp.profiles import known_profiles
from agent.sources import SourceError
from agent.sources.snmp import IDENTIFY_SECONDS, Settings, SnmpSource
from agent.wire import Device, Interface, Report, System

DESCRIPTION, OBJECT_ID, UPTIME, NAME = (f"1.3.6.1.2.1.1.{n}.0" for n in (1, 2, 3, 5))
IF_ENTRY, IFX_ENTRY = "1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.31.1.1.1"
IN_OCTETS, OUT_OCTETS, IN_ERRORS, SPEED = f"{IF_ENTRY}.10.1", f"{IF_ENTRY}.16.1", f"{IF_ENTRY}.14.1", f"{IF_ENTRY}.5.1"
SECONDS = 60.0
SECRET = "a community that nobody sees"


def box(uptime_seconds: float = 1000.0, **counted: int) -> dict[str, Plain]:
    """A device that only the generic profile is for, with one interface; its counters are 32 bits wide."""
    counters = {"received": 0, "sent": 0, "errors": 0, **counted}
    return {
        DESCRIPTION: "Fictitious AP",
        OBJECT_ID: v2c.ObjectIdentifier("1.3.6.1.4.1.99999.1"),
        UPTIME: v2c.TimeTicks(int(uptime_seconds * 100)),
        NAME: "lab-ap",
        f"{IF_ENTRY}.2.1": "eth0",
        f"{IF_ENTRY}.3.1": 6,
        SPEED: v2c.Gauge32(1_000_000_000),
        f"{IF_ENTRY}.8.1": 1,
        IN_OCTETS: v2c.Counter32(counters["received"]),
        OUT_OCTETS: v2c.Counter32(counters["sent"]),
        IN_ERRORS: v2c.Counter32(counters["errors"]),
    }


def report(clock: FrozenClock, uptime_seconds: float, **rates: float | None) -> Report:
    """What the device's report is; without rates that of a first reading."""
    interval = rates.pop("interval_seconds", None)
    uplink = {"name": "eth0", "is_up": True, "speed_bits_per_second": 1e9, **rates}
    return Report(
        access_point="lab-001",
        observed_at=clock.wall(),
        interval_seconds=interval,
        device=Device(name="lab-ap"),
        system=System(uptime_seconds=uptime_seconds),
        uplink=Interface.model_validate({key: value for key, value in uplink.items() if value is not None}),
    )


@pytest.fixture
async def device() -> AsyncIterator[ScriptedDevice]:
    async with playing(box(), community=SECRET.encode()) as device:
        yield device


def source_of(device: ScriptedDevice, clock: FrozenClock, **table: object) -> SnmpSource:
    whole = {
        "kind": "snmp",
        "host": "127.0.0.1",
        "port": device.port,
        "community": SECRET,
        "access_point": "lab-001",
        "timeout_seconds": 0.1,
        "retries": 1,
        **table,
    }
    given = {key: value for key, value in whole.items() if value is not None}
    return SnmpSource(check(Settings, given, Path("agent.toml")), clock)


@pytest.fixture
def source(device: ScriptedDevice, clock: FrozenClock) -> SnmpSource:
    return source_of(device, clock)


async def failure_of(source: SnmpSource) -> SourceError:
    with pytest.raises(SourceError) as caught:
        await source.read()
    assert "127.0.0.1" in str(caught.value)
    assert SECRET not in repr(caught.value)
    return caught.value


async def recovers(source: SnmpSource, clock: FrozenClock) -> None:
    clock.advance(SECONDS)
    (told,) = await source.read()
    assert (told.device, told.system) == (Device(name="lab-ap"), System(uptime_seconds=1000.0))
    assert told.uplink
    assert told.uplink.name == "eth0"


# A device that answers


async def test_two_readings_tell_identity_health_and_traffic(
    source: SnmpSource, device: ScriptedDevice, clock: FrozenClock
) -> None:
    assert await source.read() == [report(clock, 1000.0)]
    clock.advance(SECONDS)
    device.set(box(1060.0, received=7_500_000, sent=750_000, errors=30))
    rates = {"rx_bits_per_second": 1e6, "tx_bits_per_second": 1e5, "rx_errors_per_second": 0.5}
    assert await source.read() == [report(clock, 1060.0, interval_seconds=SECONDS, **rates)]
    await source.close()


async def test_a_counter_of_32_bits_wraps(source: SnmpSource, device: ScriptedDevice, clock: FrozenClock) -> None:
    device.set(box(received=2**32 - 1_500_000))
    await source.read()
    clock.advance(SECONDS)
    device.set(box(1060.0, received=6_000_000))
    (told,) = await source.read()
    assert told.uplink
    assert told.uplink.rx_bits_per_second == 1e6


async def test_a_start_is_no_wrap(source: SnmpSource, device: ScriptedDevice, clock: FrozenClock) -> None:
    device.set(box(received=2**32 - 1_500_000, sent=500))
    await source.read()
    clock.advance(SECONDS)
    device.set(box(30.0, received=6_000_000, sent=1000))
    assert await source.read() == [report(clock, 30.0, interval_seconds=SECONDS)]
    clock.advance(SECONDS)
    device.set(box(90.0, received=13_500_000, sent=1000))
    (told,) = await source.read()
    assert told.uplink
    assert told.uplink.rx_bits_per_second == 1e6


# A device that does not


async def test_silence_is_told_and_the_next_reading_is_whole(
    source: SnmpSource, device: ScriptedDevice, clock: FrozenClock
) -> None:
    device.drops = lambda _: True
    failure = await failure_of(source)
    assert str(failure).startswith("127.0.0.1: no answer within 0.1 s, asked 2 times; is it up, does it allow this")
    assert (failure.reports, device.asked) == ((), {"GET": 2})
    device.drops = lambda _: False
    await recovers(source, clock)


async def test_silence_after_a_good_reading_is_told_and_repeats_no_old_values(
    source: SnmpSource, device: ScriptedDevice, clock: FrozenClock
) -> None:
    await source.read()
    device.drops = lambda _: True
    clock.advance(SECONDS)
    failure = await failure_of(source)
    assert str(failure) == "127.0.0.1: no answer within 0.1 s, asked 2 times; it answered before"
    assert failure.reports == ()
    device.drops = lambda _: False
    await recovers(source, clock)


async def test_a_device_that_stops_half_way_is_reported_as_far_as_it_came(
    device: ScriptedDevice, clock: FrozenClock
) -> None:
    source = source_of(device, clock, max_varbinds=4)
    await source.read()
    device.forget()
    device.drops = lambda number: number > 1
    clock.advance(SECONDS)
    failure = await failure_of(source)
    assert str(failure).endswith("it answered before; the report lacks what did not come")
    (told,) = failure.reports
    assert (told.device, told.system) == (Device(name="lab-ap"), System(uptime_seconds=1000.0))
    assert told.uplink is None or told.uplink.tx_errors_per_second is None
    device.drops = lambda _: False
    await recovers(source, clock)


async def test_a_walk_that_stops_half_way_begins_anew(
    source: SnmpSource, device: ScriptedDevice, clock: FrozenClock
) -> None:
    device.drops = lambda number: number > 4
    (told,) = (await failure_of(source)).reports
    assert told.system == System(uptime_seconds=1000.0)
    device.drops = lambda _: False
    await recovers(source, clock)
    clock.advance(SECONDS)
    device.forget()
    await source.read()
    assert set(device.asked) == {"GET"}


async def test_garbage_and_cut_answers_are_told(source: SnmpSource, device: ScriptedDevice, clock: FrozenClock) -> None:
    device.answers = b"HTTP/1.1 400 Bad Request"
    assert "what answers is no SNMP" in str(await failure_of(source))
    device.answers, device.truncates_to = None, 30
    assert "or is cut off" in str(await failure_of(source))
    device.truncates_to = None
    await recovers(source, clock)


async def test_a_device_that_loops_its_objects_is_reported_as_far_as_it_came(
    source: SnmpSource, device: ScriptedDevice, clock: FrozenClock
) -> None:
    device.set({f"{IF_ENTRY}.8.2": 1, f"{IF_ENTRY}.8.3": 1})
    device.successors = {f"{IF_ENTRY}.8.3": f"{IF_ENTRY}.8.2"}
    failure = await failure_of(source)
    assert f"a walk of {IF_ENTRY}.8 comes back to {IF_ENTRY}.8.2: the device loops its OIDs" in str(failure)
    assert [told.device for told in failure.reports] == [Device(name="lab-ap")]
    device.successors = {}
    await recovers(source, clock)


async def test_text_where_a_number_belongs_costs_its_field_and_is_told(
    source: SnmpSource, device: ScriptedDevice, clock: FrozenClock
) -> None:
    device.set({SPEED: "fast", f"{IF_ENTRY}.8.1": "up and down", f"{IF_ENTRY}.2.1": 17})
    failure = await failure_of(source)
    assert str(failure).startswith("127.0.0.1: values that the generic profile cannot use: interfaces.")
    assert "fast" not in str(failure)
    (told,) = failure.reports
    assert told.interfaces == (Interface(name="17"),)
    device.set(box())
    await recovers(source, clock)


async def test_text_that_is_no_number_in_a_counter_is_no_reading(
    source: SnmpSource, device: ScriptedDevice, clock: FrozenClock
) -> None:
    for text in ("nan", "inf", "-inf", "1e999", "many", ""):
        device.set({IN_OCTETS: text})
        try:
            (told,) = await source.read()
        except SourceError as failure:
            (told,) = failure.reports
        assert told.uplink
        assert told.uplink.rx_bits_per_second is None
        clock.advance(SECONDS)


async def test_too_big_and_missing_objects_are_no_failure(device: ScriptedDevice, clock: FrozenClock) -> None:
    device.most_varbinds = 3
    for version in ("1", "2c"):
        source = source_of(device, clock, version=version)
        assert await source.read() == [report(clock, 1000.0)]
        rates = dict.fromkeys(("rx_bits_per_second", "tx_bits_per_second", "rx_errors_per_second"), 0.0)
        clock.advance(SECONDS)
        assert await source.read() == [report(clock, 1000.0, interval_seconds=SECONDS, **rates)]


async def test_a_device_that_refuses_what_it_had_is_walked_again(
    source: SnmpSource, device: ScriptedDevice, clock: FrozenClock
) -> None:
    await source.read()
    device.fails_under = (IF_ENTRY,)
    clock.advance(SECONDS)
    (told,) = await source.read()
    assert (told.device, told.uplink) == (Device(name="lab-ap"), None)
    device.fails_under = ()
    await recovers(source, clock)


async def test_a_closed_port_and_an_unknown_name_are_told(clock: FrozenClock) -> None:
    port = free_port()
    table = {"kind": "snmp", "host": "127.0.0.1", "port": port, "community": SECRET}
    failure = await failure_of(SnmpSource(check(Settings, table, Path("agent.toml")), clock))
    assert str(failure) == f"127.0.0.1: port {port} is closed: switch SNMP on, or correct `port`"
    table["host"] = "no name at all.invalid"
    with pytest.raises(SourceError, match=r"no name at all\.invalid: the name is not known"):
        await SnmpSource(check(Settings, table, Path("agent.toml")), clock).read()


async def test_a_wrong_community_is_told_and_not_quoted(device: ScriptedDevice, clock: FrozenClock) -> None:
    source = source_of(device, clock, community="wrong-but-secret")
    failure = await failure_of(source)
    assert "is the community right? A wrong one gets no answer" in str(failure)
    assert "wrong-but-secret" not in f"{failure!r} {source._settings!r}"


async def test_a_community_file_that_has_gone_is_told_and_one_that_changes_is_read(
    device: ScriptedDevice, clock: FrozenClock, tmp_path: Path
) -> None:
    key = tmp_path / "snmp.key"
    key.write_text(f"{SECRET}\n", encoding="utf-8")
    source = source_of(device, clock, community=None, community_file=str(key))
    assert await source.read() == [report(clock, 1000.0)]
    key.unlink()
    assert f"{key} cannot be read" in str(await failure_of(source))
    key.write_bytes(b"\xb0\xf8\xc0\xaf")
    assert "the community is no text in UTF-8" in str(await failure_of(source))
    device.community = b"another"
    key.write_text("another", encoding="utf-8")
    await recovers(source, clock)


# Another device at the same address


async def test_a_device_that_has_been_replaced_begins_anew_under_the_profile_that_is_for_it(
    source: SnmpSource, device: ScriptedDevice, clock: FrozenClock
) -> None:
    device.set(box(received=1_000))
    await source.read()
    mikrotik = v2c.ObjectIdentifier("1.3.6.1.4.1.14988.1")
    device.set({**box(received=2**31), OBJECT_ID: mikrotik, DESCRIPTION: "RouterOS RB"})
    clock.advance(IDENTIFY_SECONDS)
    (told,) = await source.read()
    assert told.device
    assert told.device.vendor == "MikroTik"
    assert told.interval_seconds is None
    assert all(each.rx_bits_per_second is None for each in (told.uplink, *told.interfaces) if each)


async def test_the_same_device_is_asked_who_it_is_now_and_then_only(
    source: SnmpSource, device: ScriptedDevice, clock: FrozenClock
) -> None:
    await source.read()
    device.forget()
    for _ in range(int(IDENTIFY_SECONDS // SECONDS) - 1):
        clock.advance(SECONDS)
        await source.read()
    assert device.asked == {"GET": 9}
    clock.advance(SECONDS)
    (told,) = await source.read()
    assert told.interval_seconds == SECONDS
    assert ("GET", [DESCRIPTION, OBJECT_ID]) in device.requests


# Profiles of one's own

OWN_PROFILE = """
title = "A device of our own"
[[match]]
object_id = "1.3.6.1.4.1.99999"
[device]
name = { oid = "1.3.6.1.2.1.1.5.0", format = "own {}" }
"""


async def test_a_profile_of_ones_own_is_used(device: ScriptedDevice, clock: FrozenClock, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(OWN_PROFILE, encoding="utf-8")
    source = source_of(device, clock, profile_file=str(tmp_path / "own.toml"))
    assert await source.read() == [
        Report(access_point="lab-001", observed_at=clock.wall(), device=Device(name="own lab-ap"))
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("title = ", "own.toml: is not TOML: "),
        ('[device]\nname = { oid = "1.2.3" }', "own.toml: title: Field required"),
        (OWN_PROFILE + 'colour = { const = "red" }', "own.toml: profile: fields that no report has: device.colour"),
        (OWN_PROFILE + "serial = { }", "own.toml: device.serial: needs one of oid, column, index, const, first, sum"),
        (OWN_PROFILE + 'serial = { oid = "1.2.3", colour = 1 }', "own.toml: device.serial.colour: Extra inputs"),
        (OWN_PROFILE + 'serial = { oid = "1.2.3", pattern = "(" }', "own.toml: device.serial.pattern: is no regular"),
        (OWN_PROFILE + 'serial = { oid = "1.2.3", pattern = "a" }', "needs one group in parentheses"),
        (OWN_PROFILE + 'serial = { table = "if", column = 1 }', "tables that are not under [tables]: if"),
        ('extends = "no such"\ntitle = "x"', "own.toml: extends: 'no such' is no profile (there are: "),
        (None, "own.toml: cannot be read: No such file"),
    ],
)
def test_what_is_wrong_with_a_profile_of_ones_own_is_told_before_anything_starts(
    tmp_path: Path, text: str | None, problem: str
) -> None:
    if text is not None:
        (tmp_path / "own.toml").write_text(text, encoding="utf-8")
    tables = '[[sources]]\nkind = "snmp"\nhost = "10.20.0.17"\ncommunity = "x"\nprofile_file = "own.toml"\n'
    with pytest.raises(SettingsError) as caught:
        load_configuration(write_agent(tmp_path, "mqtt://127.0.0.1", sources=tables))
    (mistake,) = caught.value.mistakes
    assert mistake.key == "sources[0].profile_file"
    assert problem in mistake.problem


# Settings


def test_settings_say_all_mistakes(tmp_path: Path) -> None:
    wrong: Mapping[str, object] = {
        "kind": "snmp",
        "port": 0,
        "profile": "no such",
        "version": "3",
        "community": "public",
        "timeout_seconds": 0,
        "retries": 11,
        "max_varbinds": 0,
        "access_point": "Yeouido 17",
        "speed": 1,
    }
    with pytest.raises(SettingsError) as caught:
        check(Settings, wrong, tmp_path / "agent.toml")
    told = {mistake.key: mistake.problem for mistake in caught.value.mistakes}
    assert told.keys() == {"host", *wrong} - {"kind"}
    assert told["profile"] == f"unknown profile (there are: {', '.join(known_profiles())})"
    assert "public" not in str(caught.value)


def test_a_profile_and_a_profile_file_contradict_each_other(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(OWN_PROFILE, encoding="utf-8")
    table = {"kind": "snmp", "host": "ap", "community": "x", "profile": "generic", "profile_file": "own.toml"}
    with pytest.raises(SettingsError, match="profile: stands beside `profile_file`; keep one of them"):
        check(Settings, table, tmp_path / "agent.toml")


# The command


async def once(folder: Path, **table: object) -> tuple[int, list[dict[str, Any]], str]:
    """`hangang-agent once` in a process of its own: exit code, reports, stderr."""
    lines = "\n".join(f"{key} = {json.dumps(value)}" for key, value in {"kind": "snmp", **table}.items())
    path = write_agent(folder, "mqtt://127.0.0.1", sources=f"[[sources]]\n{lines}\n")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "agent.main", "once", "--config", str(path)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    assert SECRET not in out.decode() + err.decode()
    return process.returncode, [json.loads(line) for line in out.splitlines()], err.decode()


async def test_once_prints_the_second_reading(device: ScriptedDevice, tmp_path: Path) -> None:
    code, (told,), errors = await once(tmp_path, host="127.0.0.1", port=device.port, community=SECRET)
    assert (code, errors) == (0, "")
    assert told["device"] == {"name": "lab-ap"}
    assert told["uplink"]["rx_bits_per_second"] == 0.0
    assert told["interval_seconds"] >= 1.0


async def test_once_tells_a_device_that_nobody_is_at(tmp_path: Path) -> None:
    port = free_port()
    told = await once(tmp_path, host="127.0.0.1", port=port, community=SECRET)
    assert told == (1, [], f"snmp-0: 127.0.0.1: port {port} is closed: switch SNMP on, or correct `port`\n")


async def test_once_prints_what_came_and_tells_what_did_not(device: ScriptedDevice, tmp_path: Path) -> None:
    device.set({f"{IF_ENTRY}.8.2": 1, f"{IF_ENTRY}.8.3": 1})
    device.successors = {f"{IF_ENTRY}.8.3": f"{IF_ENTRY}.8.2"}
    code, (told,), errors = await once(tmp_path, host="127.0.0.1", port=device.port, community=SECRET)
    assert code == 1
    assert told["device"] == {"name": "lab-ap"}
    assert errors.startswith("snmp-0: 127.0.0.1: a walk of ")
    assert errors.endswith("the device loops its OIDs; the report lacks what did not come\n")


async def test_once_tells_a_wrong_community(device: ScriptedDevice, tmp_path: Path) -> None:
    table = {"host": "127.0.0.1", "port": device.port, "community": "hunter2-hunter2", "timeout_seconds": 0.1}
    code, reports, errors = await once(tmp_path, **table)
    assert (code, reports) == (1, [])
    assert "is the community right? A wrong one gets no answer" in errors
    assert "hunter2" not in errors
