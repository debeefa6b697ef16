"""The probe of the resolvers: against real ones on loopback that lie, stall, refuse and talk nonsense."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
from checking import mistakes, results, without_times
from harness import FrozenClock, free_port

from agent.probes.dns import parse_resolvers

NAME = "park.example"

Answer = Callable[[dns.message.Message], dns.message.Message | bytes | None]


class _Resolver(asyncio.DatagramProtocol):
    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        answer = self._answer(dns.message.from_wire(data))
        if answer is not None:
            self._transport.sendto(answer if isinstance(answer, bytes) else answer.to_wire(), addr)


@contextlib.asynccontextmanager
async def resolving(answer: Answer, over_tcp: Answer | None = None) -> AsyncIterator[int]:
    """The port of a resolver on 127.0.0.1."""

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        (length,) = struct.unpack("!H", await reader.readexactly(2))
        assert over_tcp is not None
        told = over_tcp(dns.message.from_wire(await reader.readexactly(length)))
        wire = told if isinstance(told, bytes) else told.to_wire() if told else b""
        writer.write(struct.pack("!H", len(wire)) + wire)
        await writer.drain()
        await reader.read()
        writer.transport.abort()

    server = await asyncio.start_server(converse, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Resolver(answer), local_addr=("127.0.0.1", port))
    try:
        yield port
    finally:
        transport.close()
        server.close()
        await asyncio.sleep(0)


def addresses(*found: str, record: str = "A") -> Answer:
    def answer(query: dns.message.Message) -> dns.message.Message:
        response = dns.message.make_response(query)
        if found:
            response.answer.append(dns.rrset.from_text(query.question[0].name, 60, "IN", record, *found))
        return response

    return answer


def refusing(code: dns.rcode.Rcode) -> Answer:
    def answer(query: dns.message.Message) -> dns.message.Message:
        response = dns.message.make_response(query)
        response.set_rcode(code)
        return response

    return answer


def truthful(query: dns.message.Message) -> dns.message.Message | bytes | None:
    """Knows one name, and that there is no other."""
    known = query.question[0].name.to_text() == f"{NAME}."
    return addresses("192.0.2.7")(query) if known else refusing(dns.rcode.NXDOMAIN)(query)


async def told(
    answer: Answer, folder: Path, clock: FrozenClock, over_tcp: Answer | None = None, **keys: object
) -> dict[str, object]:
    async with resolving(answer, over_tcp) as port:
        table = {"kind": "dns", "name": NAME, "resolvers": ["127.0.0.1"], "port": port, "timeout_seconds": 30, **keys}
        (probe,) = await results(table, folder, clock)
    said = without_times(probe)
    assert (said.pop("kind"), said.pop("target"), said.pop("server")) == ("dns", NAME, "127.0.0.1")
    return said


WELL = {"is_ok": True, "outcome": "ok", "latency_seconds": "some", "loss_ratio": 0.0}


def trouble(outcome: str, failure: str) -> dict[str, object]:
    return {**WELL, "is_ok": False, "outcome": outcome, "failure": failure}


@pytest.mark.parametrize(
    ("answer", "keys", "expected"),
    [
        (truthful, {}, WELL),
        (truthful, {"must_not_exist": "example", "expected": ["198.51.100.1", "192.0.2.0/24"]}, WELL),
        (addresses("2001:db8::7", record="AAAA"), {"record": "AAAA", "expected": ["2001:db8::/32"]}, WELL),
        (
            refusing(dns.rcode.NXDOMAIN),
            {},
            trouble("nxdomain", f"127.0.0.1 answers NXDOMAIN for {NAME}; check the name and the resolver"),
        ),
        (
            refusing(dns.rcode.SERVFAIL),
            {},
            trouble("servfail", f"127.0.0.1 answers SERVFAIL for {NAME}; check the name and the resolver"),
        ),
        (
            refusing(dns.rcode.REFUSED),
            {},
            trouble("refused", f"127.0.0.1 answers REFUSED for {NAME}; check the name and the resolver"),
        ),
        (
            refusing(dns.rcode.NOTIMP),
            {},
            trouble("error", f"127.0.0.1 answers NOTIMP for {NAME}; check the name and the resolver"),
        ),
        (addresses(), {}, trouble("no_answer", f"127.0.0.1 knows {NAME}, and no A record of it; check the name")),
        (
            addresses("10.0.0.1", "10.0.0.2", "10.0.0.3", "192.0.2.7"),
            {"expected": ["192.0.2.7"]},
            trouble(
                "wrong_answer",
                f"127.0.0.1 answers 10.0.0.1, 10.0.0.2, … for {NAME}: it is not among the expected; the resolver may "
                "redirect, or the name has moved",
            ),
        ),
        (
            addresses("10.0.0.1"),
            {"must_not_exist": "example", "expected": ["192.0.2.7"]},
            trouble(
                "hijacked",
                "127.0.0.1 invents an address for a name under example that does not exist; it leads astray",
            ),
        ),
    ],
)
async def test_what_a_resolver_answers_is_judged(
    answer: Answer, keys: dict[str, object], expected: dict[str, object], tmp_path: Path, clock: FrozenClock
) -> None:
    assert await told(answer, tmp_path, clock, **keys) == expected


@pytest.mark.parametrize(
    "answer",
    [
        lambda query: query.to_wire()[:2] + b"\x81\x80nonsense",
        lambda query: addresses("192.0.2.1")(dns.message.make_query("other.example", "A", id=query.id)),
        lambda query: query.to_wire(),  # an echo of the question
    ],
)
async def test_nonsense_is_malformed(answer: Answer, tmp_path: Path, clock: FrozenClock) -> None:
    said = await told(answer, tmp_path, clock)
    assert (said["is_ok"], said["outcome"]) == (False, "malformed")


async def test_silence_is_a_timeout_and_one_lost_answer_is_not(tmp_path: Path, clock: FrozenClock) -> None:
    silent = await told(lambda _: None, tmp_path, clock, timeout_seconds=4, attempts=2)
    assert silent == {
        "is_ok": False,
        "outcome": "timeout",
        "failure": "127.0.0.1 does not answer by UDP within 1.8 s, asked 2 times; it may be down, or a firewall "
        "swallows its answers",
        "loss_ratio": 1.0,
    }
    asked: list[dns.message.Message] = []

    def losing_the_first(query: dns.message.Message) -> dns.message.Message | bytes | None:
        asked.append(query)
        return truthful(query) if len(asked) > 1 else None

    assert await told(losing_the_first, tmp_path, clock, timeout_seconds=4) == {**WELL, "loss_ratio": 0.5}


async def test_answers_to_other_questions_are_waited_out(tmp_path: Path, clock: FrozenClock) -> None:
    """A late answer, or one of somebody who guesses, has another id."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as resolver:
        resolver.bind(("127.0.0.1", 0))
        resolver.setblocking(False)
        table = {"kind": "dns", "name": NAME, "resolvers": ["127.0.0.1"], "port": resolver.getsockname()[1]}
        asking = asyncio.create_task(results({**table, "timeout_seconds": 30}, tmp_path, clock))
        wire, client = await asyncio.get_running_loop().sock_recvfrom(resolver, 4096)
        query = dns.message.from_wire(wire)
        right = addresses("192.0.2.7")(query)
        assert isinstance(right, dns.message.Message)
        resolver.sendto(bytes([wire[0] ^ 0xFF]) + right.to_wire()[1:], client)
        resolver.sendto(right.to_wire(), client)
        (probe,) = await asking
    assert (probe.is_ok, probe.outcome) == (True, "ok")


async def test_an_answer_that_was_cut_is_asked_for_over_tcp(tmp_path: Path, clock: FrozenClock) -> None:
    def cut(query: dns.message.Message) -> dns.message.Message:
        response = dns.message.make_response(query)
        response.flags |= dns.flags.TC
        return response

    def cut_within_a_record(query: dns.message.Message) -> bytes:
        response = addresses("192.0.2.7")(query)
        assert isinstance(response, dns.message.Message)
        response.flags |= dns.flags.TC
        return response.to_wire()[:-2]

    assert await told(cut, tmp_path, clock, truthful) == WELL
    assert await told(cut_within_a_record, tmp_path, clock, truthful) == WELL
    assert (await told(cut, tmp_path, clock, lambda _: b""))["outcome"] == "malformed"


async def test_a_resolver_that_cuts_its_answer_and_refuses_tcp_is_told(tmp_path: Path, clock: FrozenClock) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as resolver:
        resolver.bind(("127.0.0.1", free_port()))
        resolver.setblocking(False)
        table = {"kind": "dns", "name": NAME, "resolvers": ["127.0.0.1"], "port": resolver.getsockname()[1]}
        asking = asyncio.create_task(results(table, tmp_path, clock))
        wire, client = await asyncio.get_running_loop().sock_recvfrom(resolver, 4096)
        resolver.sendto(wire[:2] + b"\x83\x80" + wire[4:], client)
        (probe,) = await asking
    assert (probe.outcome, probe.failure) == (
        "unreachable",
        "127.0.0.1 cannot be reached by TCP: connection refused; and by UDP its answer is cut",
    )


async def test_where_nothing_listens_it_is_unreachable(tmp_path: Path, clock: FrozenClock) -> None:
    table = {"kind": "dns", "name": NAME, "resolvers": ["127.0.0.1", "::1"], "port": free_port()}
    probes = await results(table, tmp_path, clock)
    assert [(probe.server, probe.is_ok, probe.outcome) for probe in probes] == [
        ("127.0.0.1", False, "unreachable"),
        ("::1", False, "unreachable"),
    ]
    reason = "connection refused; nothing may listen there, or no route"
    assert probes[0].failure == f"127.0.0.1 cannot be reached by UDP: {reason}"


async def test_the_resolvers_are_those_of_the_system(tmp_path: Path, clock: FrozenClock) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "resolv.conf").write_text("search example\nnameserver 127.0.0.1\n")
    async with resolving(truthful) as port:
        table = {"kind": "dns", "name": NAME, "root": str(tmp_path), "port": port}
        assert [(probe.server, probe.outcome) for probe in await results(table, tmp_path, clock)] == [
            ("127.0.0.1", "ok")
        ]
    (tmp_path / "etc" / "resolv.conf").unlink()
    (probe,) = await results(table, tmp_path, clock)
    assert (probe.is_ok, probe.outcome, probe.server) == (False, "no_resolver", None)


def test_of_resolv_conf_the_first_three_addresses_count() -> None:
    text = "# nameserver 192.0.2.9\n  nameserver\t192.0.2.1 # first\nnameserver fe80::1%eth0\nnameserver me\n"
    assert parse_resolvers(f"{text}nameserver 192.0.2.3\nnameserver 192.0.2.4\n") == (
        "192.0.2.1",
        "fe80::1%eth0",
        "192.0.2.3",
    )


def test_settings_that_cannot_be_meant_are_refused() -> None:
    table = {"kind": "dns", "name": f"{'a' * 64}.example", "resolvers": ["ns.example"], "expected": ["192.0.2.1/24"]}
    assert mistakes(table) == [
        "name: must be the name of a domain",
        "resolvers[0]: must be an address of IPv4 or IPv6",
        "expected[0]: must be an address or a network such as 203.0.113.0/24",
    ]
