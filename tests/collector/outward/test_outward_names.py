"""Names that lead where nobody may be called, at once or the next time they are asked for."""

import asyncio
import socket
from collections.abc import Sequence

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from receivers import SHORT_SECONDS, NameServer, call_to, receiving

from collector.outward.addresses import Network, parse_network
from collector.outward.call_errors import CallError
from collector.outward.calling import Caller
from collector.outward.gate import Gate
from collector.outward.names import FewAddresses, SystemNames

NEXT_DOOR: list[Network] = [parse_network("127.0.0.2/32")]
"""Stands for all that may be called; 127.0.0.1 may not."""
REMEDY = "name its network in allowed_networks of [alerts] if it is meant to be called"


async def failure(caller: Caller, port: int, host: str = "hooks.example") -> CallError:
    with pytest.raises(CallError) as caught:
        await caller.call(call_to(port, host=host))
    return caught.value


async def test_a_name_is_called_where_it_leads_to() -> None:
    async with receiving(host="127.0.0.2") as receiver, NameServer(["127.0.0.2"]).serving() as names:
        assert (
            await Caller(NEXT_DOOR, resolver=names).call(call_to(receiver.port, host="hooks.example"))
        ).status == 200
    assert f"Host: hooks.example:{receiver.port}\r\n".encode() in receiver.requests[0]


async def test_a_name_that_leads_elsewhere_the_next_time_is_judged_anew() -> None:
    name_server = NameServer(["127.0.0.2"], ["127.0.0.1"])
    async with receiving() as forbidden, name_server.serving() as names:
        caller = Caller(NEXT_DOOR, resolver=names)
        async with receiving(host="127.0.0.2") as receiver:
            assert (await caller.call(call_to(receiver.port, host="hooks.example"))).status == 200
            error = await failure(caller, forbidden.port)
            assert await receiver.visitors("127.0.0.2") == 1
        assert await forbidden.visitors() == 0
    place = f"http://hooks.example:{forbidden.port}"
    assert str(error) == f"{place} is not called: 127.0.0.1 is a loopback address; {REMEDY}"
    assert (error.is_permanent, error.is_maybe_received) == (False, False)
    assert name_server.questions == 4


async def test_one_question_is_one_answer() -> None:
    """Nobody asks again between the judgement and the connection: the second answer would be another."""
    name_server = NameServer(["127.0.0.2"], ["127.0.0.1"])
    async with receiving() as forbidden, name_server.serving() as names:
        with pytest.raises(CallError, match="cannot be connected to: connection refused"):
            await Caller(NEXT_DOOR, resolver=names).call(call_to(forbidden.port, host="hooks.example"))
        assert await forbidden.visitors() == 0
    assert name_server.questions == 2


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1", "127.0.0.2"], ["127.0.0.2", "127.0.0.1"], ["127.0.0.1", "127.0.0.2", "::1"], ["127.0.0.2", "::1"]],
)
async def test_of_several_addresses_those_are_called_that_may_be(addresses: Sequence[str]) -> None:
    async with NameServer(addresses).serving() as names, receiving(host="127.0.0.2") as receiver:
        assert (
            await Caller(NEXT_DOOR, resolver=names).call(call_to(receiver.port, host="hooks.example"))
        ).status == 200


@pytest.mark.parametrize("addresses", [["127.0.0.1", "127.0.0.2"], ["127.0.0.2", "127.0.0.1"]])
async def test_an_address_that_may_not_be_called_is_no_way_out(addresses: Sequence[str]) -> None:
    """Nothing listens at the one that may be called."""
    async with receiving() as forbidden, NameServer(addresses).serving() as names:
        error = await failure(Caller(NEXT_DOOR, resolver=names), forbidden.port)
        assert await forbidden.visitors() == 0
    assert "127.0.0.1 is a loopback address: not called" in str(error)
    assert not error.is_maybe_received


async def test_where_no_address_may_be_called_all_reasons_are_told() -> None:
    async with receiving() as forbidden, NameServer(["127.0.0.1", "10.9.8.7", "::1"]).serving() as names:
        error = await failure(Caller(NEXT_DOOR, resolver=names), forbidden.port)
        assert await forbidden.visitors() == 0
    for words in ("127.0.0.1 is a loopback", "10.9.8.7 is a private", "::1 is a loopback"):
        assert words in str(error)


async def test_an_answer_of_a_hundred_addresses_is_cut_short() -> None:
    addresses = [f"10.0.0.{n}" for n in range(1, 20)] + [f"fd00::{n}" for n in range(1, 20)]
    async with NameServer(addresses).serving() as names:
        found = await FewAddresses(names).resolve("hooks.example", 80)
    hosts = {each["host"] for each in found}
    assert len(hosts & set(addresses[:19])) == len(hosts & set(addresses[19:])) == len(found) / 2 == 4


async def test_a_name_without_addresses_is_told_and_may_get_some() -> None:
    async with NameServer([]).serving() as names:
        error = await failure(Caller(NEXT_DOOR, resolver=names), 80)
    assert str(error).startswith("http://hooks.example is not found: name servers know no address; check the name")
    assert (error.is_permanent, error.is_maybe_received) == (False, False)


class Answering(AbstractResolver):
    """Says whatever it is told to, as a resolver could that somebody puts in the place of the system's."""

    def __init__(self, host: str) -> None:
        self._host = host

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        return [ResolveResult(hostname=host, host=self._host, port=port, family=family, proto=0, flags=0)]

    async def close(self) -> None:
        """Nothing is held open."""


@pytest.mark.parametrize(
    "host", ["localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "::1%lo", "::ffff:7f00:1"]
)
async def test_an_answer_that_is_no_plain_address_is_not_connected_to(host: str) -> None:
    async with receiving() as forbidden:
        error = await failure(Caller(NEXT_DOOR, resolver=Answering(host)), forbidden.port)
        assert await forbidden.visitors() == 0
    assert f"is not called: {host} is " in str(error)


@pytest.mark.parametrize("host", ["localhost", "localhost.", "127.1", "2130706433", "0x7f000001", "127.0.0.1", "[::1]"])
async def test_no_spelling_of_this_machine_is_called(host: str) -> None:
    async with receiving() as forbidden:
        error = await failure(Caller(), forbidden.port, host)
        assert await forbidden.visitors() == 0
    assert error.is_permanent


async def test_the_system_is_asked_and_its_answer_judged() -> None:
    found = await SystemNames().resolve("localhost", 80)
    assert {each["host"] for each in found} <= {"127.0.0.1", "::1"}
    async with receiving() as receiver:
        allowed = [parse_network("127.0.0.0/8"), parse_network("::1/128")]
        assert (await Caller(allowed).call(call_to(receiver.port, host="localhost"))).status == 200


@pytest.mark.parametrize("host", ["a..b", f"{'a' * 64}.example"])
async def test_what_cannot_be_a_name_has_no_address(host: str) -> None:
    error = await failure(Caller(), 80, host)
    assert str(error).startswith(f"http://{host} is not found: ")
    assert not error.is_maybe_received


async def test_look_ups_that_nobody_answers_do_not_pile_up() -> None:
    names = SystemNames()
    waiting = [asyncio.create_task(names.resolve("a..b", 80)) for _ in range(40)]
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert [str(each) for each in outcomes].count("too many look-ups wait for name servers already") == 8
    assert names._waiting == 0


async def test_a_name_server_that_says_nothing_is_not_waited_for() -> None:
    class Silent(Answering):
        async def resolve(self, *_: object, **__: object) -> list[ResolveResult]:
            await asyncio.Event().wait()
            return []

    for caller, call in (
        (Caller(NEXT_DOOR, resolver=Silent("")), call_to(80, host="hooks.example", seconds=SHORT_SECONDS)),
        (Caller(NEXT_DOOR, resolver=Silent(""), connect_timeout_seconds=SHORT_SECONDS), call_to(80, host="a.example")),
    ):
        with pytest.raises(CallError, match=r"cannot be connected to within 0\.4 s") as caught:
            await caller.call(call)
        assert not caught.value.is_maybe_received


def test_a_gate_makes_no_socket_for_what_may_not_be_called() -> None:
    gate = Gate(NEXT_DOOR)
    for host in ("127.0.0.1", "10.0.0.1"):
        with pytest.raises(OSError, match=f"{host} is a "):
            gate.open((socket.AF_INET, socket.SOCK_STREAM, 0, "", (host, 80)))
    assert not gate.has_opened
    assert list(gate.refusals) == ["127.0.0.1 is a loopback address", "10.0.0.1 is a private address (RFC 1918)"]
    with gate.open((socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.2", 80))):
        assert gate.has_opened
    gate.shut()
    with pytest.raises(OSError, match="no more calls are made"):
        gate.open((socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.2", 80)))
