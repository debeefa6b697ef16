"""Asking one device: what comes of answers that are late, lost, too big, cut off, wrong, or without an end."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from harness import free_port
from pysnmp.proto.api import v2c
from scripted import Plain, ScriptedDevice, playing

from agent.snmp.client import MAX_ROWS, Client, DeviceError, Patience
from agent.snmp.credentials import Credentials
from agent.snmp.meaning import Raw

DESCRIPTION, UPTIME = "1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.3.0"
COLUMN, OTHER_COLUMN, NO_COLUMN = "1.3.6.1.4.1.99999.1.1", "1.3.6.1.4.1.99999.1.2", "1.3.6.1.4.1.99999.1.3"
MISSING = [f"1.3.6.1.4.1.99999.9.{number}.0" for number in range(1, 31)]
ROWS: dict[str, Raw] = {f"{COLUMN}.{row}": row * 7 for row in range(1, 61)}
OBJECTS: dict[str, Plain] = {
    DESCRIPTION: "Fictitious AP",
    UPTIME: v2c.TimeTicks(4200),
    **{oid: value for oid, value in ROWS.items() if isinstance(value, int)},
    **{f"{OTHER_COLUMN}.{row}": v2c.Counter64(2**40 + row) for row in range(1, 4)},
}
SYSTEM: dict[str, Raw] = {DESCRIPTION: b"Fictitious AP", UPTIME: 4200}
PATIENT_SECONDS = 10.0
"""Longer than a busy machine takes, so that nothing is asked again which has an answer."""
LOST_AFTER_SECONDS = 0.5

Asking = Callable[..., Client]


@pytest.fixture
async def device() -> AsyncIterator[ScriptedDevice]:
    async with playing(OBJECTS) as device:
        yield device


@pytest.fixture
def asking(device: ScriptedDevice) -> Asking:
    """A client of the device; `version`, and what else its patience is."""

    def ask(version: str = "2c", **patience: float) -> Client:
        credentials = Credentials(version=version, community="public")  # type: ignore[arg-type]
        told = {"timeout_seconds": PATIENT_SECONDS, "retries": 2, "max_varbinds": 40, **patience}
        return Client("127.0.0.1", device.port, credentials, Patience(**told))  # type: ignore[arg-type]

    return ask


async def walked(client: Client, column: str) -> dict[str, Raw]:
    return {oid: value async for oid, value in client.walk(column)}


# What is there, and what is not


@pytest.mark.parametrize("version", ["1", "2c"])
async def test_objects_that_are_not_there_are_absent(asking: Asking, version: str) -> None:
    wanted = [MISSING[0], DESCRIPTION, *list(ROWS)[:20], MISSING[1], UPTIME, *list(ROWS)[20:], MISSING[2]]
    assert await asking(version).get(wanted) == {**SYSTEM, **ROWS}


async def test_a_request_of_which_nothing_is_there_is_not_taken_for_a_refusal(
    asking: Asking, device: ScriptedDevice
) -> None:
    client = asking()
    await client.get([DESCRIPTION])
    device.forget()
    assert await client.get(MISSING) == {}
    assert device.asked == {"GET": 2}
    assert await client.get([*MISSING, UPTIME]) == {UPTIME: 4200}


@pytest.mark.parametrize("version", ["1", "2c"])
async def test_a_walk_yields_a_columns_rows_in_order_and_nothing_beside_them(asking: Asking, version: str) -> None:
    client = asking(version)
    assert list((await walked(client, COLUMN)).items()) == list(ROWS.items())
    assert await walked(client, OTHER_COLUMN) == {f"{OTHER_COLUMN}.{row}": 2**40 + row for row in range(1, 4)}
    assert await walked(client, NO_COLUMN) == {}


async def test_a_walk_takes_many_rows_to_a_request_by_version_2c_and_one_by_version_1(
    asking: Asking, device: ScriptedDevice
) -> None:
    await walked(asking(), COLUMN)
    assert device.asked == {"GETBULK": 3}
    device.forget()
    await walked(asking("1"), COLUMN)
    assert device.asked == {"GETNEXT": len(ROWS) + 1}


async def test_a_device_that_gives_one_row_at_a_time_is_walked_all_the_same(
    asking: Asking, device: ScriptedDevice
) -> None:
    device.rows_at_once = 1
    assert await walked(asking(), COLUMN) == ROWS


async def test_a_device_that_cannot_do_getbulk_is_walked_by_getnext_from_then_on(
    asking: Asking, device: ScriptedDevice
) -> None:
    device.answers_bulk = False
    client = asking()
    assert await walked(client, COLUMN) == ROWS
    assert device.asked == {"GETBULK": 1, "GETNEXT": len(ROWS) + 1}
    device.forget()
    assert await walked(client, COLUMN) == ROWS
    assert device.asked == {"GETNEXT": len(ROWS) + 1}


# Too much at once


async def test_requests_shrink_for_a_device_that_finds_its_answers_too_big(
    asking: Asking, device: ScriptedDevice
) -> None:
    device.most_varbinds = 12
    client = asking()
    assert await client.get(list(OBJECTS)) == await asking().get(list(OBJECTS))
    device.forget()
    await client.get(list(ROWS))
    assert device.asked == {"GET": 6}  # ten values to a request, and none refused


async def test_requests_shrink_for_a_device_that_says_nothing_where_they_are_too_many(
    asking: Asking, device: ScriptedDevice
) -> None:
    device.most_varbinds, device.says_too_big = 12, False
    client = asking(timeout_seconds=LOST_AFTER_SECONDS)
    await client.get([DESCRIPTION])
    assert await client.get(list(ROWS)) == ROWS
    device.forget()
    assert await client.get(list(ROWS)) == ROWS
    assert device.asked == {"GET": 8}


async def test_an_answer_longer_than_can_be_read_is_asked_for_in_parts(asking: Asking, device: ScriptedDevice) -> None:
    texts = {f"{NO_COLUMN}.{row}": f"{row} " + "x" * 250 for row in range(1, 41)}
    device.set(texts)
    client = asking()
    await client.get([DESCRIPTION])
    assert await client.get(list(texts)) == {oid: text.encode() for oid, text in texts.items()}


async def test_a_lost_packet_shrinks_nothing(asking: Asking, device: ScriptedDevice) -> None:
    client = asking(timeout_seconds=LOST_AFTER_SECONDS)
    await client.get([DESCRIPTION])
    device.drops = lambda number: number == 2
    assert await client.get(list(ROWS)) == ROWS
    device.forget()
    device.drops = lambda _: False
    await client.get(list(ROWS))
    assert device.asked == {"GET": 2}


async def test_an_object_that_the_device_cannot_read_costs_itself_alone(asking: Asking, device: ScriptedDevice) -> None:
    client = asking()
    await client.get([DESCRIPTION])
    device.fails_under = (f"{COLUMN}.33",)
    found = await client.get(list(ROWS))
    assert found == {oid: value for oid, value in ROWS.items() if oid != f"{COLUMN}.33"}
    device.fails_under = ()
    device.forget()
    await client.get(list(ROWS))
    assert device.asked == {"GET": 2}  # as many to a request as before


# Late and lost


@pytest.mark.parametrize("version", ["1", "2c"])
@pytest.mark.parametrize("lost", [1, 2, 4])
async def test_lost_requests_are_sent_again(asking: Asking, device: ScriptedDevice, version: str, lost: int) -> None:
    device.drops = lambda number: number == lost
    first, second, third = (asking(version, timeout_seconds=LOST_AFTER_SECONDS) for _ in range(3))
    assert await walked(first, COLUMN) == ROWS
    device.forget()
    assert await second.get(list(OBJECTS)) == await third.get(list(OBJECTS))


async def test_an_answer_that_comes_after_its_time_is_never_taken_for_the_next(
    asking: Asking, device: ScriptedDevice
) -> None:
    """The late answer and the next one are on the way at one time, and the late one arrives first."""
    client = asking(timeout_seconds=0.1, retries=0)
    device.delay_seconds = lambda number: 0.15 if number == 1 else 0.08
    with pytest.raises(DeviceError):
        await client.get([f"{COLUMN}.1"])
    assert await client.get([f"{COLUMN}.2"]) == {f"{COLUMN}.2": 14}


async def test_a_late_row_of_a_walk_is_never_taken_for_the_next(asking: Asking, device: ScriptedDevice) -> None:
    """A walk goes on at the same socket: the late answer to GETNEXT is there when it is asked again."""
    device.delay_seconds = lambda number: 0.14 if number == 3 else 0.06 if number == 4 else 0.0
    assert list(await walked(asking("1", timeout_seconds=0.1), COLUMN)) == list(ROWS)


async def test_a_device_that_falls_silent_is_given_up_after_its_attempts(
    asking: Asking, device: ScriptedDevice
) -> None:
    client = asking(timeout_seconds=0.05)
    await client.get([DESCRIPTION])
    device.forget()
    device.drops = lambda _: True
    with pytest.raises(DeviceError) as failure:
        await client.get(list(ROWS))
    assert str(failure.value) == "127.0.0.1: no answer within 0.05 s, asked 3 times; it answered before"
    assert failure.value.is_silent
    assert device.asked == {"GET": 3}
    device.drops = lambda _: False
    assert await client.get([DESCRIPTION]) == {DESCRIPTION: b"Fictitious AP"}


async def test_what_came_before_a_silence_is_not_lost(asking: Asking, device: ScriptedDevice) -> None:
    device.drops = lambda number: number > 1
    found: dict[str, Raw] = {}
    parts = asking(timeout_seconds=LOST_AFTER_SECONDS, retries=0).get_in_parts(list(ROWS))
    found |= await anext(parts)
    with pytest.raises(DeviceError, match="it answered before"):
        await anext(parts)
    assert found == dict(list(ROWS.items())[:40])


# Wrong answers


@pytest.mark.parametrize("switch", ["is_foreign_request_id", "is_foreign_community"])
async def test_an_answer_to_somebody_elses_request_is_none(asking: Asking, device: ScriptedDevice, switch: str) -> None:
    client = asking(timeout_seconds=0.05)
    setattr(device, switch, True)
    with pytest.raises(DeviceError, match=r"no answer within 0\.05 s, asked 3 times"):
        await client.get([DESCRIPTION])
    setattr(device, switch, False)
    assert await client.get([DESCRIPTION]) == {DESCRIPTION: b"Fictitious AP"}


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request", b"\0" * 60, b"\x30\x82\xff\xff", b"\xff" * 60_000])
async def test_garbage_is_told(asking: Asking, device: ScriptedDevice, answer: bytes) -> None:
    client = asking()
    device.answers = answer
    with pytest.raises(DeviceError, match=r"^127\.0\.0\.1: what answers is no SNMP, or is cut off: [a-z ]+$"):
        await client.get([DESCRIPTION])
    device.answers = None
    assert await client.get([DESCRIPTION]) == {DESCRIPTION: b"Fictitious AP"}


async def test_an_answer_that_is_cut_off_is_told_wherever_it_is_cut(asking: Asking, device: ScriptedDevice) -> None:
    """The library's decoder panics at some of them, which is no Exception and would end the agent."""
    for length in range(1, 60):
        device.truncates_to = length
        for version in ("1", "2c"):
            with pytest.raises(DeviceError, match=r"^127\.0\.0\.1: what answers is no SNMP, or is cut off: [a-z ]+$"):
                await asking(version).get([DESCRIPTION, UPTIME])
        with pytest.raises(DeviceError, match=r"^127\.0\.0\.1: what answers is no SNMP, or is cut off: [a-z ]+$"):
            await walked(asking(), COLUMN)
    device.truncates_to = None
    assert await asking().get([DESCRIPTION, UPTIME]) == SYSTEM


@pytest.mark.parametrize("value", [v2c.NoSuchObject(), v2c.NoSuchInstance()], ids=["object", "instance"])
async def test_a_walk_that_is_answered_what_only_a_get_may_be_ends(
    asking: Asking, device: ScriptedDevice, value: v2c.NoSuchObject
) -> None:
    device.successor_values = {f"{COLUMN}.3": value}
    with pytest.raises(DeviceError, match="what answers is no SNMP"):
        await walked(asking("1"), COLUMN)
    assert list((await walked(asking(), COLUMN)).values()) == [7, 14, 21]
    device.successor_values = {}
    assert await walked(asking("1"), COLUMN) == ROWS


async def test_bytes_of_a_broken_answer_are_not_quoted(asking: Asking, device: ScriptedDevice) -> None:
    device.set({DESCRIPTION: "kim's phone"})
    answer = await raw_answer(device)
    device.answers = answer.replace(b"\x04\x0bkim", b"\x2f\x0bkim")  # a type that there is not
    assert device.answers != answer
    with pytest.raises(DeviceError) as failure:
        await asking().get([DESCRIPTION])
    assert str(failure.value) == "127.0.0.1: what answers is no SNMP, or is cut off: Unsupported tag"


async def raw_answer(device: ScriptedDevice) -> bytes:
    """What the device answers to a request of version 2c for its description, byte for byte."""
    request = bytes.fromhex("3029020101040670 75626c6963a01c02040000000102010002010030 0e300c06082b060102010101000500")
    answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    class Once(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, _addr: object) -> None:
            answer.set_result(data)

    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        Once, remote_addr=("127.0.0.1", device.port)
    )
    transport.sendto(request)
    try:
        async with asyncio.timeout(5):
            return await answer
    finally:
        transport.close()


# Walks without an end


@pytest.mark.parametrize("version", ["1", "2c"])
@pytest.mark.parametrize("again", [5, 2], ids=["repeats", "goes back"])
async def test_a_device_that_loops_its_objects_is_told(
    asking: Asking, device: ScriptedDevice, version: str, again: int
) -> None:
    device.successors = {f"{COLUMN}.5": f"{COLUMN}.{again}"}
    with pytest.raises(DeviceError, match=f"a walk of {COLUMN} comes back to {COLUMN}.{again}: the device loops"):
        await walked(asking(version), COLUMN)


async def test_rows_without_an_end_are_given_up(asking: Asking, device: ScriptedDevice) -> None:
    device.endless_columns = (NO_COLUMN,)
    with pytest.raises(DeviceError, match=f"{NO_COLUMN} has more than {MAX_ROWS} rows; the walk was given up"):
        await walked(asking(), NO_COLUMN)


# Nobody there


async def test_a_closed_port_is_told_with_its_remedy() -> None:
    port = free_port()
    client = Client("127.0.0.1", port, Credentials(community="public"), Patience())
    for _ in range(2):
        with pytest.raises(DeviceError) as failure:
            await client.get([DESCRIPTION])
        assert str(failure.value) == f"127.0.0.1: port {port} is closed: switch SNMP on, or correct `port`"
        assert failure.value.is_silent


async def test_a_name_that_nobody_knows_is_told() -> None:
    client = Client("no name at all.invalid", 161, Credentials(community="public"), Patience())
    with pytest.raises(DeviceError, match=r"^no name at all\.invalid: the name is not known") as failure:
        await client.get([DESCRIPTION])
    assert failure.value.is_silent


async def test_a_name_is_looked_up(device: ScriptedDevice) -> None:
    client = Client("localhost", device.port, Credentials(community="public"), Patience())
    assert await client.get([UPTIME]) == {UPTIME: 4200}


async def test_a_wrong_community_is_told_without_quoting_it(device: ScriptedDevice) -> None:
    client = Client("127.0.0.1", device.port, Credentials(community="hunter2-hunter2"), Patience(0.05, 0))
    with pytest.raises(DeviceError, match="is the community right") as failure:
        await client.get([DESCRIPTION])
    assert "hunter2" not in repr(failure.value)


async def test_a_reading_that_is_cancelled_ends_at_once(asking: Asking, device: ScriptedDevice) -> None:
    device.drops = lambda _: True
    reading = asyncio.create_task(asking(timeout_seconds=60).get([DESCRIPTION]))
    while not device.requests:
        await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
