"""The trap receiver over real UDP: what becomes an event, what leaves no trace, and what is kept out."""

import logging
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from harness import FrozenClock, free_port
from pysnmp.proto.api import v2c
from trap_messages import (
    AP_DISASSOCIATED,
    AP_NAME,
    COLD_START,
    COMMUNITY,
    LINK_DOWN,
    LINK_UP,
    STATION_DISASSOCIATE,
    listening,
    v1_trap,
    v2c_message,
)

from agent.settings import check
from agent.snmp.traps.counts import TrapCounts
from agent.snmp.traps.listening import TrapError
from agent.snmp.traps.receiver import TrapReceiver
from agent.snmp.traps.settings import TrapSettings
from agent.wire import Device, Event, encode

UNKNOWN = "1.3.6.1.4.1.99999.7.0.42"


async def test_a_link_that_goes_down_names_the_place_and_the_interface(clock: FrozenClock) -> None:
    varbinds = {
        "1.3.6.1.2.1.2.2.1.1.3": 3,
        "1.3.6.1.2.1.2.2.1.7.3": 1,
        "1.3.6.1.2.1.2.2.1.8.3": 2,
        "1.3.6.1.2.1.31.1.1.1.1.3": "eth0",
    }
    async with listening(clock) as heard:
        event = await heard.event_of(v2c_message(LINK_DOWN, varbinds))
    assert event == Event(
        kind="link_down",
        occurred_at=clock.wall(),
        access_point="yeouido-017",
        subject="eth0",
        text="linkDown 1.3.6.1.6.3.1.1.5.3, ifAdminStatus 1, ifOperStatus 2",
    )


@pytest.mark.parametrize("place", [None, "yeouido-controller"])
async def test_a_controllers_trap_names_the_access_point_and_no_place(clock: FrozenClock, place: str | None) -> None:
    """Nor the controller's own: there the access point does not hang."""
    async with listening(clock, place=place) as heard:
        event = await heard.event_of(v2c_message(AP_DISASSOCIATED, {AP_NAME: "여의도-17"}))
    assert event == Event(
        kind="access_point_down",
        occurred_at=clock.wall(),
        device=Device(name="여의도-17"),
        subject="여의도-17",
        text="bsnAPDisassociated 1.3.6.1.4.1.14179.2.6.3.8",
    )


async def test_of_an_unknown_trap_the_identifier_is_kept_and_no_variable(clock: FrozenClock) -> None:
    varbinds = {f"{UNKNOWN}.1": "kim's phone", f"{UNKNOWN}.2": 5, AP_NAME: "lab"}
    async with listening(clock) as heard:
        event = await heard.event_of(v2c_message(UNKNOWN, varbinds))
    assert event == Event(kind="snmp_trap", occurred_at=clock.wall(), access_point="yeouido-017", text=UNKNOWN)


@pytest.mark.parametrize(
    ("generic", "specific", "enterprise", "kind"),
    [
        (0, 0, "1.3.6.1.4.1.8072.3.2.10", "cold_start"),
        (1, 0, "1.3.6.1.4.1.8072.3.2.10", "warm_start"),
        (2, 0, "1.3.6.1.4.1.8072.3.2.10", "link_down"),
        (3, 0, "1.3.6.1.4.1.8072.3.2.10", "link_up"),
        (4, 0, "1.3.6.1.4.1.8072.3.2.10", "authentication_failed"),
        (6, 4, "1.3.6.1.4.1.9.9.513", "access_point_up"),  # 1.3.6.1.4.1.9.9.513.0.4
    ],
)
async def test_version_1_is_translated(
    clock: FrozenClock, generic: int, specific: int, enterprise: str, kind: str
) -> None:
    async with listening(clock) as heard:
        event = await heard.event_of(v1_trap(enterprise, generic, specific))
    assert event.kind == kind


async def test_the_specific_trap_of_version_1_follows_its_enterprise_and_a_zero(clock: FrozenClock) -> None:
    async with listening(clock) as heard:
        event = await heard.event_of(v1_trap("1.3.6.1.4.1.99999.7", 6, 42))
    assert event == Event(kind="snmp_trap", occurred_at=clock.wall(), access_point="yeouido-017", text=UNKNOWN)


async def test_an_inform_is_an_event_and_is_answered(clock: FrozenClock) -> None:
    async with listening(clock) as heard:
        event = await heard.event_of(v2c_message(LINK_UP, {"1.3.6.1.2.1.2.2.1.1.3": 3}, pdu=v2c.InformRequestPDU()))
        answer = await heard.answer()
    assert (event.kind, event.subject) == ("link_up", "interface 3")
    assert answer.startswith(b"\x30")
    assert COMMUNITY.encode() in answer  # the sender's own, by which it knows the answer


# What leaves no trace

SECRETS = {
    "mac": b"\xde\xad\xbe\xef\x00\x01",
    "mac text": b"de:ad:be:ef:00:01",
    "address": b"192.168.1.77",
    "user": b"kim@example.org",
    "host": b"kims-phone",
}
CLIENT_OBJECTS = [f"1.3.6.1.4.1.14179.2.6.2.{number}.0" for number in (34, 35, 36, 37, 43)]


def traces(events: list[Event], caplog: pytest.LogCaptureFixture) -> list[str]:
    """Which of the secrets stand in an event or in the log, in any of the ways in which octets are written."""
    text = "".join(encode(event).decode() for event in events) + caplog.text
    found = []
    for name, secret in {**SECRETS, "community": COMMUNITY.encode()}.items():
        ways = {secret.decode(errors="replace"), secret.hex(), secret.hex(":"), secret.hex(" "), repr(secret)[2:-1]}
        ways.add(".".join(str(octet) for octet in secret))
        found += [f"{name}: {way}" for way in ways if way.lower() in text.lower()]
    return found


async def test_a_trap_about_a_client_is_counted_and_leaves_no_trace(
    clock: FrozenClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    about_kim = dict(zip(CLIENT_OBJECTS, SECRETS.values(), strict=True))
    async with listening(clock) as heard:
        heard.send(v2c_message(STATION_DISASSOCIATE, {**about_kim, AP_NAME: "lab-001"}))
        assert await heard.events_until_cold_start() == []
        counts = heard.receiver.counts
    assert counts == TrapCounts(received=2, noted=1, clients=1)
    assert traces([], caplog) == []


@pytest.mark.parametrize("oid", [UNKNOWN, AP_DISASSOCIATED, LINK_DOWN, COLD_START])
async def test_what_a_trap_says_of_people_stays_out_of_any_event(
    clock: FrozenClock, caplog: pytest.LogCaptureFixture, oid: str
) -> None:
    caplog.set_level(logging.DEBUG)
    about_kim: dict[str, int | str | bytes] = dict(zip(CLIENT_OBJECTS, SECRETS.values(), strict=True))
    about_kim |= {"1.3.6.1.2.1.31.1.1.1.1.9": "<pppoe-kim>", "1.3.6.1.2.1.2.2.1.2.9": SECRETS["mac text"]}
    # Instances can be addresses as well.
    about_kim["1.3.6.1.4.1.14179.2.1.4.1.1.222.173.190.239.0.1"] = 1
    async with listening(clock) as heard:
        event = await heard.event_of(v2c_message(oid, about_kim))
    assert event.subject is None
    assert traces([event], caplog) == []
    assert "kim" not in encode(event).decode()


# What is kept out


async def test_a_wrong_community_is_counted_and_logged_without_being_quoted(
    clock: FrozenClock, caplog: pytest.LogCaptureFixture
) -> None:
    async with listening(clock) as heard:
        heard.send(*[v2c_message(COLD_START, community="public-guess") for _ in range(3)])
        assert await heard.events_until_cold_start() == []
        counts = heard.receiver.counts
    assert counts == TrapCounts(received=4, noted=1, unauthorised=3)
    assert "traps_refused" in caplog.text
    assert "public-guess" not in caplog.text


GARBAGE = {
    "empty": b"",
    "text": b"GET / HTTP/1.1\r\n\r\n",
    "cut off": v2c_message(LINK_DOWN)[:-9],
    "length beyond the end": b"\x30\x84\xff\xff\xff\xff",
    "deeply nested": b"\x30\x80" * 3000,
    "larger than any": v2c_message(LINK_DOWN, {f"{UNKNOWN}.{number}": "x" * 100 for number in range(100)}),
    "version 9": b"\x30\x0b\x02\x01\x09\x04\x00\xa7\x04\x02\x00\x02\x00",
    "no variables": v2c_message("1.3").replace(b"\x06\x0a\x2b\x06\x01\x06\x03\x01\x01\x04\x01\x00", b"\x06\x01\x2b"),
    "a generic trap of 9": v1_trap("1.3.6.1.4.1.8072", 9, 0),
    "a request": v2c_message(LINK_DOWN, pdu=v2c.GetRequestPDU()),
    "a response": v2c_message(LINK_DOWN, pdu=v2c.ResponsePDU()),
}


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE)
async def test_garbage_harms_nobody(clock: FrozenClock, caplog: pytest.LogCaptureFixture, garbage: bytes) -> None:
    caplog.set_level(logging.DEBUG)
    async with listening(clock) as heard:
        heard.send(garbage)
        assert await heard.events_until_cold_start() == []
        counts = heard.receiver.counts
    assert counts == TrapCounts(received=2, noted=1, malformed=1)
    assert COMMUNITY not in caplog.text
    assert [record.name for record in caplog.records if not record.name.startswith(("agent.", "asyncio"))] == []


async def test_refusals_are_logged_once_a_minute(clock: FrozenClock, caplog: pytest.LogCaptureFixture) -> None:
    def lines() -> list[str]:
        return [record.getMessage() for record in caplog.records if "traps_refused" in record.getMessage()]

    async with listening(clock) as heard:
        heard.send(b"x")
        await heard.events_until_cold_start()
        heard.send(*[b"x"] * 20)
        await heard.events_until_cold_start()
        assert lines() == ["traps_refused unauthorised=0 malformed=1 defect=none"]
        clock.advance(60)
        await heard.events_until_cold_start()
    assert lines()[1:] == ["traps_refused unauthorised=0 malformed=20 defect=none"]


# Too much


async def test_who_says_too_much_is_cut_off_and_that_is_told_once_a_minute(clock: FrozenClock) -> None:
    async with listening(clock, {"communities": [COMMUNITY], "events_per_minute": 3}) as heard:
        heard.send(*[v2c_message(LINK_UP)] * 10)
        await heard.has_taken(10)
        clock.advance(60)
        heard.send(v2c_message(COLD_START))
        events = [await heard.event() for _ in range(5)]
        counts = heard.receiver.counts
    assert [event.kind for event in events] == ["link_up", "link_up", "link_up", "cold_start", "traps_dropped"]
    assert events[-1] == Event(
        kind="traps_dropped", occurred_at=clock.wall(), access_point="yeouido-017", subject="yeouido-017", count=7
    )
    assert counts == TrapCounts(received=11, noted=4, limited=7)


async def test_the_address_of_a_sender_that_is_no_place_is_not_told(clock: FrozenClock) -> None:
    async with listening(clock, {"communities": [COMMUNITY], "events_per_minute": 1}, place=None) as heard:
        heard.send(*[v2c_message(COLD_START)] * 4)
        await heard.has_taken(4)
        await heard.event()
        clock.advance(60)
        await heard.events_until_cold_start()
        assert await heard.event() == Event(kind="traps_dropped", occurred_at=clock.wall(), count=3)


async def test_what_was_dropped_is_told_at_the_end_as_well(clock: FrozenClock) -> None:
    async with listening(clock, {"communities": [COMMUNITY], "events_per_minute": 1}) as heard:
        heard.send(*[v2c_message(COLD_START)] * 4, v2c_message(LINK_UP, pdu=v2c.InformRequestPDU()))
        await heard.answer()
    assert [(event.kind, event.count) for event in heard.rest()] == [("cold_start", None), ("traps_dropped", 4)]


async def test_client_traps_do_not_use_up_what_a_controller_may_say(clock: FrozenClock) -> None:
    async with listening(clock, {"communities": [COMMUNITY], "events_per_minute": 1}) as heard:
        heard.send(*[v2c_message(STATION_DISASSOCIATE)] * 20)
        event = await heard.event_of(v2c_message(AP_DISASSOCIATED))
    assert event.kind == "access_point_down"


async def test_a_flood_is_not_even_opened_and_is_told_in_one_event(clock: FrozenClock) -> None:
    async with listening(clock, {"communities": [COMMUNITY]}) as heard:
        for sent in range(50, 501, 50):
            heard.send(*[b"x"] * 50)
            await heard.has_taken(sent)
        assert heard.receiver.counts == TrapCounts(received=500, malformed=200, unopened=300)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:  # whom the flood leaves a share
            other.bind(("127.0.0.2", 0))
            other.sendto(v2c_message(COLD_START), ("127.0.0.1", heard.port))
        assert (await heard.event()).kind == "cold_start"
        clock.advance(60)
        assert await heard.event() == Event(kind="traps_dropped", occurred_at=clock.wall(), count=300)
        assert (await heard.event_of(v2c_message(COLD_START))).kind == "cold_start"


# The port


def receiver_at(port: int, clock: FrozenClock, **document: Any) -> TrapReceiver:
    settings = check(
        TrapSettings, {"address": "127.0.0.1", "port": port, "communities": ["c"], **document}, Path("agent.toml")
    )
    return TrapReceiver(settings, lambda _: None, lambda _: None, clock)


async def test_a_port_that_is_taken_is_an_error_with_a_remedy(clock: FrozenClock) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(TrapError) as caught:
            await receiver_at(port, clock).run()
    assert str(caught.value) == (
        f"traps: UDP port {port} of 127.0.0.1: is taken; stop what receives traps there, such as snmptrapd, "
        "or choose another `port`"
    )


async def test_an_address_of_another_machine_is_an_error_with_a_remedy(clock: FrozenClock) -> None:
    with pytest.raises(TrapError, match="does not have the address; correct `address`"):
        await receiver_at(free_port(), clock, address="192.0.2.1").run()


async def test_after_the_end_the_port_is_free_again(clock: FrozenClock) -> None:
    async with listening(clock) as heard:
        port = heard.port
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as again:
        again.bind(("127.0.0.1", port))


async def test_ipv4_senders_are_known_by_their_ipv4_address_on_an_ipv6_socket(clock: FrozenClock) -> None:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("this machine has no IPv6")
    async with listening(clock, {"communities": [COMMUNITY], "address": "::"}) as heard:
        event = await heard.event_of(v2c_message(COLD_START))
    assert event.access_point == "yeouido-017"


async def test_a_secret_whose_file_has_gone_is_an_error_that_names_it(clock: FrozenClock, tmp_path: Path) -> None:
    file = tmp_path / "traps.communities"
    file.write_text("c\n")
    receiver = TrapReceiver(
        check(TrapSettings, {"port": free_port(), "address": "127.0.0.1", "communities_file": str(file)}, tmp_path),
        lambda _: None,
        lambda _: None,
        clock,
    )
    file.unlink()
    with pytest.raises(TrapError, match=r"traps\.communities cannot be read: No such file"):
        await receiver.run()


def test_pysnmp_is_imported_only_by_a_receiver_that_runs() -> None:
    code = (
        "import sys; from agent.snmp.traps.receiver import TrapReceiver;"
        "from agent.snmp.traps.settings import TrapSettings; from agent.clock import SystemClock;"
        "TrapReceiver(TrapSettings(communities=['c']), print, print, SystemClock());"
        "print(sorted(name for name in sys.modules if name.startswith(('pysnmp', 'pyasn1'))))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout == "[]\n"
