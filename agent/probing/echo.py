"""Asks a host for echoes by ICMP and measures their way there and back.

For the probe `gateway`. The packets are those of RFC 792 and RFC 4443, section 4. Linux lets a process have a datagram
socket for echoes where `net.ipv4.ping_group_range` holds one of its groups, and a raw one with CAP_NET_RAW.
"""

import asyncio
import secrets
import socket
import struct
import time
from dataclasses import dataclass
from typing import TypeAlias

from agent.probing.together import together

_MAX_PACKET_BYTES = 2048
_HEADER = struct.Struct("!BBHHH")  # type, code, checksum, identifier, sequence number
_REQUEST_AND_REPLY = {socket.AF_INET: (8, 0), socket.AF_INET6: (128, 129)}
_PROTOCOL = {socket.AF_INET: socket.IPPROTO_ICMP, socket.AF_INET6: socket.IPPROTO_ICMPV6}

_SocketAddress: TypeAlias = tuple[str, int] | tuple[str, int, int, int]


class EchoNotPermitted(Exception):  # noqa: N818  # named after what it says
    """This process may have no socket for ICMP of either kind."""


@dataclass(frozen=True, slots=True)
class Echoes:
    """How many requests were due, and the seconds that each answered one took."""

    sent: int
    round_trips_seconds: tuple[float, ...]

    @property
    def loss_ratio(self) -> float:
        """The share of requests that nobody answered."""
        return 1 - len(self.round_trips_seconds) / self.sent


def socket_address(address: str, port: int = 0) -> tuple[socket.AddressFamily, _SocketAddress]:
    """The family of a numeric address, and it as sockets take it; raises OSError where its interface is unknown."""
    found = socket.getaddrinfo(address, port, type=socket.SOCK_DGRAM, flags=socket.AI_NUMERICHOST)
    family, _, _, _, place = found[0]
    return family, (place[0], place[1]) if family == socket.AF_INET else place  # type: ignore[return-value]  # IPv6's has four


async def ask_for_echoes(address: str, *, count: int, spacing_seconds: float, patience_seconds: float) -> Echoes:
    """Send `count` requests, and wait for answers until `patience_seconds` after the last.

    Raises EchoNotPermitted. A host that cannot be reached answers nothing.
    """
    try:
        family, place = socket_address(address)
    except OSError:
        return Echoes(count, ())
    with _open_socket(family) as asked:
        try:
            asked.connect(place)  # only what comes from there is received
        except OSError:
            return Echoes(count, ())
        series = EchoSeries(asked, family, count)
        try:
            async with asyncio.timeout((count - 1) * spacing_seconds + patience_seconds):
                await together(series.send(spacing_seconds), series.receive())
        except TimeoutError:
            pass  # what has not come by now is lost
        return Echoes(count, tuple(series.round_trips_seconds.values()))


def _open_socket(family: socket.AddressFamily) -> socket.socket:
    for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW):
        try:
            opened = socket.socket(family, kind, _PROTOCOL[family])
        except OSError:
            continue
        opened.settimeout(0)
        return opened
    raise EchoNotPermitted


class EchoSeries:
    """One series of requests over a connected socket. They carry a token of their own, by which their echoes are known.

    `round_trips_seconds` are those of the answered ones, by their sequence numbers.
    """

    def __init__(self, asked: socket.socket, family: socket.AddressFamily, count: int) -> None:
        self.round_trips_seconds: dict[int, float] = {}
        self._asked, self._family, self._count = asked, family, count
        self._token = secrets.token_bytes(16)
        self._identifier = secrets.randbelow(2**16)  # the kernel puts its own in its place on a datagram socket
        self._sent_at_seconds: dict[int, float] = {}

    async def send(self, spacing_seconds: float) -> None:
        """Send them all, one after the other."""
        for sequence in range(self._count):
            if sequence:
                await asyncio.sleep(spacing_seconds)
            request_type, _ = _REQUEST_AND_REPLY[self._family]
            packet = echo_packet(request_type, self._identifier, sequence, self._token)
            self._sent_at_seconds[sequence] = time.perf_counter()
            try:
                self._asked.send(packet)
            except OSError:
                continue  # no route, no neighbour, no buffer: lost, as it is further on

    async def receive(self) -> None:
        """Receive until all are answered, or routers have said of as many that they cannot be delivered."""
        loop, failures = asyncio.get_running_loop(), 0
        while len(self.round_trips_seconds) < self._count:
            try:
                packet = await loop.sock_recv(self._asked, _MAX_PACKET_BYTES)
            except OSError:  # a router's "unreachable" to one of the requests
                failures += 1
                if failures >= self._count:
                    return
                continue
            received_at_seconds = time.perf_counter()
            sequence = self._sequence_of(packet)
            if sequence is not None and sequence not in self.round_trips_seconds:
                self.round_trips_seconds[sequence] = received_at_seconds - self._sent_at_seconds[sequence]
            await asyncio.sleep(0)  # in a flood of packets, the time limit goes on

    def _sequence_of(self, packet: bytes) -> int | None:
        """Which request this is the echo of, if it is one."""
        if self._asked.type == socket.SOCK_RAW and self._family == socket.AF_INET:
            packet = packet[(packet[0] & 0x0F) * 4 :] if packet else b""  # behind the header of IPv4
        if len(packet) < _HEADER.size or packet[_HEADER.size :] != self._token:
            return None
        kind, _, _, _, sequence = _HEADER.unpack_from(packet)
        _, reply_type = _REQUEST_AND_REPLY[self._family]
        return int(sequence) if kind == reply_type and sequence in self._sent_at_seconds else None


def echo_packet(kind: int, identifier: int, sequence: int, payload: bytes) -> bytes:
    """An echo request or reply with its checksum. That of ICMPv6 is the kernel's to fill in (RFC 3542, section 3.1)."""
    header = _HEADER.pack(kind, 0, 0, identifier, sequence)
    return _HEADER.pack(kind, 0, internet_checksum(header + payload), identifier, sequence) + payload


def internet_checksum(data: bytes) -> int:
    """The checksum of RFC 1071."""
    padded = data + b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
