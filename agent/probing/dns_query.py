"""One question to one resolver, over UDP and, where the answer was cut, over TCP.

For the probe `dns`. dnspython knows the messages; the sockets are connected ones of our own, so that a closed port is
told apart from silence, and nobody but the resolver can answer.
"""

import asyncio
import os
import socket
import struct
from dataclasses import dataclass

import dns.exception
import dns.message

from agent.probing.echo import socket_address

_MAX_UDP_BYTES = 65535
_IS_CUT = 0x02  # TC, in the third byte of RFC 1035's header


class QueryError(Exception):
    """A resolver gave no answer that can be used. `outcome` is a word, the message tells it in words."""

    def __init__(self, outcome: str, message: str) -> None:
        super().__init__(message)
        self.outcome = outcome


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer, the seconds that it took from the attempt that it answers, and how many attempts it took."""

    message: dns.message.Message
    latency_seconds: float
    attempts: int


async def ask(
    query: dns.message.QueryMessage, resolver: str, *, port: int, attempts: int, patience_seconds: float
) -> Answered:
    """The resolver's answer to one of the attempts, each of which is given `patience_seconds`; raises QueryError.

    The outcomes of an error: timeout, unreachable, malformed.
    """
    loop = asyncio.get_running_loop()
    way = "UDP"
    for attempt in range(1, attempts + 1):
        began, way = loop.time(), "UDP"
        try:
            async with asyncio.timeout(patience_seconds) as limit:
                message = await _by_udp(query, resolver, port)
                if message is None:
                    way = "TCP"
                    message = await _by_tcp(query, resolver, port)
        except TimeoutError as error:
            if not limit.expired():
                raise _unreachable(error, resolver, way) from error
        except OSError as error:
            raise _unreachable(error, resolver, way) from error
        else:
            return Answered(message, loop.time() - began, attempt)
    heard = f"{resolver} does not answer by {way} within {patience_seconds:g} s, asked {attempts} times"
    cause = "it may be down, or" if way == "UDP" else "by UDP its answer is cut, and"
    raise QueryError("timeout", f"{heard}; {cause} a firewall swallows its answers")


async def _by_udp(query: dns.message.QueryMessage, resolver: str, port: int) -> dns.message.Message | None:
    """None where the answer was cut, wherever in it that was."""
    loop = asyncio.get_running_loop()
    wire = query.to_wire()
    family, place = socket_address(resolver, port)
    with socket.socket(family, socket.SOCK_DGRAM) as asked:
        asked.settimeout(0)
        asked.connect(place)
        await loop.sock_sendall(asked, wire)
        answer = b""
        while answer[:2] != wire[:2]:  # what is late, or a guess of somebody else, has another id
            answer = await loop.sock_recv(asked, _MAX_UDP_BYTES)
            await asyncio.sleep(0)  # in a flood of answers, the time limit goes on
    return None if answer[2:3] and answer[2] & _IS_CUT else _parse(answer, query, resolver)


async def _by_tcp(query: dns.message.QueryMessage, resolver: str, port: int) -> dns.message.Message:
    """RFC 7766: a message follows its length in two bytes."""
    loop = asyncio.get_running_loop()
    family, place = socket_address(resolver, port)
    connected = socket.socket(family, socket.SOCK_STREAM)
    try:
        connected.settimeout(0)
        await loop.sock_connect(connected, place)
        wire = query.to_wire()
        await loop.sock_sendall(connected, struct.pack("!H", len(wire)) + wire)
        (length,) = struct.unpack("!H", await _exactly(connected, 2, resolver))
        return _parse(await _exactly(connected, length, resolver), query, resolver)
    finally:
        connected.close()


async def _exactly(connected: socket.socket, length: int, resolver: str) -> bytes:
    received = b""
    while len(received) < length:
        part = await asyncio.get_running_loop().sock_recv(connected, length - len(received))
        if not part:
            raise QueryError("malformed", f"{resolver} closes the connection in the middle of its answer over TCP")
        received += part
    return received


def _parse(answer: bytes, query: dns.message.QueryMessage, resolver: str) -> dns.message.Message:
    try:
        message = dns.message.from_wire(answer, ignore_trailing=True)
    except (dns.exception.DNSException, ValueError, IndexError, struct.error) as error:
        raise QueryError(
            "malformed", f"{resolver} answers with what is no DNS; something may stand in between"
        ) from error
    if not query.is_response(message):
        raise QueryError("malformed", f"{resolver} answers another question; something may stand in between")
    return message


def _unreachable(error: OSError, resolver: str, way: str) -> QueryError:
    reason = os.strerror(error.errno).lower() if error.errno else "it cannot be addressed"
    cause = "nothing may listen there, or no route" if way == "UDP" else "and by UDP its answer is cut"
    return QueryError("unreachable", f"{resolver} cannot be reached by {way}: {reason}; {cause}")
