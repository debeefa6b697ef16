"""Builds SNMP messages octet by octet with pysnmp, and sends them from a socket of the test's own."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from harness import FrozenClock, free_port
from pyasn1.codec.ber import encoder
from pyasn1.type import univ
from pysnmp.proto import rfc1902
from pysnmp.proto.api import v1, v2c

from agent.settings import check
from agent.snmp.traps.receiver import TrapReceiver
from agent.snmp.traps.settings import TrapSettings
from agent.wire import Event

COLD_START = "1.3.6.1.6.3.1.1.5.1"
LINK_DOWN = "1.3.6.1.6.3.1.1.5.3"
LINK_UP = "1.3.6.1.6.3.1.1.5.4"
AP_NAME = "1.3.6.1.4.1.14179.2.2.1.1.3.2.17.34.51.68.85"
AP_DISASSOCIATED = "1.3.6.1.4.1.14179.2.6.3.8"
STATION_DISASSOCIATE = "1.3.6.1.4.1.14179.2.6.3.1"
COMMUNITY = "fishing-boat"

Varbinds = Mapping[str, int | str | bytes]


def octets(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value


def typed(value: int | str | bytes) -> Any:
    return rfc1902.Integer32(value) if isinstance(value, int) else rfc1902.OctetString(octets(value))


def v2c_message(oid: str, varbinds: Varbinds | None = None, *, community: str = COMMUNITY, pdu: Any = None) -> bytes:
    """A trap, or another PDU of version 2c."""
    pdu = v2c.TrapPDU() if pdu is None else pdu
    v2c.apiPDU.set_defaults(pdu)
    content = [("1.3.6.1.2.1.1.3.0", rfc1902.TimeTicks(4200)), ("1.3.6.1.6.3.1.1.4.1.0", rfc1902.ObjectIdentifier(oid))]
    content += [(name, typed(value)) for name, value in (varbinds or {}).items()]
    v2c.apiPDU.set_varbinds(pdu, content)
    return wrapped(v2c, pdu, community)


def v1_trap(enterprise: str, generic: int, specific: int, varbinds: Varbinds | None = None) -> bytes:
    pdu = v1.TrapPDU()
    v1.apiTrapPDU.set_defaults(pdu)
    v1.apiTrapPDU.set_enterprise(pdu, enterprise)
    v1.apiTrapPDU.set_agent_address(pdu, "10.20.0.17")
    pdu.setComponentByPosition(2, generic, verifyConstraints=False)
    v1.apiTrapPDU.set_specific_trap(pdu, specific)
    v1.apiTrapPDU.set_varbinds(
        pdu,
        [
            (name, v1.Integer(value) if isinstance(value, int) else v1.OctetString(octets(value)))
            for name, value in (varbinds or {}).items()
        ],
    )
    return wrapped(v1, pdu, COMMUNITY)


def wrapped(version: Any, pdu: Any, community: str) -> bytes:
    message = version.Message()
    version.apiMessage.set_defaults(message)
    version.apiMessage.set_community(message, community.encode())
    version.apiMessage.set_pdu(message, pdu)
    encoded: bytes = encoder.encode(message)
    return encoded


def v3_unprotected_trap(oid: str, *, user: str, engine_id: bytes) -> bytes:
    """A trap of version 3 that is neither signed nor encrypted (RFC 3412, 6; RFC 3414, 2.4)."""
    pdu = v2c.TrapPDU()
    v2c.apiPDU.set_defaults(pdu)
    content = [("1.3.6.1.2.1.1.3.0", rfc1902.TimeTicks(1)), ("1.3.6.1.6.3.1.1.4.1.0", rfc1902.ObjectIdentifier(oid))]
    v2c.apiPDU.set_varbinds(pdu, content)
    security = sequence(
        octet_string(engine_id), integer(1), integer(1), octet_string(user.encode()), *[octet_string()] * 2
    )
    header = sequence(integer(7), integer(65507), octet_string(b"\x00"), integer(3))
    scoped = sequence(octet_string(engine_id), octet_string(), encoder.encode(pdu))
    return sequence(integer(3), header, octet_string(security), scoped)


def sequence(*parts: bytes) -> bytes:
    content = b"".join(parts)
    assert len(content) < 256
    return b"\x30\x81" + bytes([len(content)]) + content


def integer(number: int) -> bytes:
    encoded: bytes = encoder.encode(univ.Integer(number))
    return encoded


def octet_string(content: bytes = b"") -> bytes:
    encoded: bytes = encoder.encode(univ.OctetString(content))
    return encoded


class Listening:
    """A receiver that runs, its events in the order they came, and a socket to send it datagrams from."""

    def __init__(self, document: dict[str, Any], clock: FrozenClock, place_of: Callable[[str], str | None]) -> None:
        self.port = free_port()
        self.settings = check(TrapSettings, {"address": "127.0.0.1", "port": self.port, **document}, Path("agent.toml"))
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self.receiver = TrapReceiver(self.settings, self._events.put_nowait, place_of, clock)
        self.sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sender.bind(("127.0.0.1", 0))
        self.sender.setblocking(False)

    def send(self, *datagrams: bytes) -> None:
        for datagram in datagrams:
            self.sender.sendto(datagram, ("127.0.0.1", self.port))

    async def event(self) -> Event:
        """The next event."""
        async with asyncio.timeout(20):
            return await self._events.get()

    async def event_of(self, datagram: bytes) -> Event:
        self.send(datagram)
        return await self.event()

    async def events_until_cold_start(self) -> list[Event]:
        """Send a cold start, and take what came before it: datagrams do not overtake each other here."""
        self.send(v2c_message(COLD_START))
        events = []
        while (event := await self.event()).kind != "cold_start":
            events.append(event)
        return events

    async def answer(self) -> bytes:
        """The next datagram that the receiver sends back."""
        async with asyncio.timeout(20):
            return await asyncio.get_running_loop().sock_recv(self.sender, 65535)

    async def has_taken(self, datagrams: int) -> None:
        """Wait until the receiver has dealt with so many."""
        async with asyncio.timeout(20):
            while self.receiver.counts.received < datagrams:
                await asyncio.sleep(0)

    def rest(self) -> list[Event]:
        """The events that nobody has taken."""
        return [self._events.get_nowait() for _ in range(self._events.qsize())]


@asynccontextmanager
async def listening(
    clock: FrozenClock, document: dict[str, Any] | None = None, place: str | None = "yeouido-017"
) -> AsyncIterator[Listening]:
    """A receiver for COMMUNITY, or as told, that takes this machine for the place."""
    heard = Listening(
        document or {"communities": [COMMUNITY]}, clock, lambda address: place if address == "127.0.0.1" else None
    )
    running = asyncio.create_task(heard.receiver.run())
    try:
        bound = asyncio.create_task(heard.receiver.has_bound.wait())
        await asyncio.wait({running, bound}, return_when=asyncio.FIRST_COMPLETED)
        bound.cancel()
        if running.done():
            running.result()
        yield heard
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        heard.sender.close()
