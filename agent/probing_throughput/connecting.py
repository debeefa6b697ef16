"""Connects one stream of a throughput test, with a receive buffer of a known size. Called by its `stream`."""

import asyncio
import socket
import ssl
from collections.abc import Callable

from aiohappyeyeballs import AddrInfoType, SocketFactoryType, start_connection

from agent.probing.connecting import resolve
from agent.probing.http_errors import ConnectTimeout, DnsFailure, HttpError, NoAnswer, connect_error, tls_error
from agent.probing.web_address import WebAddress

_NEXT_ADDRESS_SECONDS = 0.25  # RFC 8305, section 5: the recommended Connection Attempt Delay


async def connect(
    address: WebAddress,
    protocol: asyncio.BaseProtocol,
    *,
    tls: ssl.SSLContext | None,
    within_seconds: float,
    receive_buffer_bytes: int,
    on_connected: Callable[[], None],
) -> None:
    """Resolve the host, connect, and agree on TLS where a context for it is given; all of it within the time.

    SO_RCVBUF is set before: the window that is offered to the other side is bounded from the beginning. `on_connected`
    is called once TCP is connected: from there on, something may come. Raises HttpError.
    """

    def bounded(found: AddrInfoType) -> socket.socket:
        made = socket.socket(*found[:3])
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer_bytes)
        return made

    doing = "resolving"
    try:
        async with asyncio.timeout(within_seconds) as limit:
            found = await resolve(address)
            doing = "connecting"
            connection = await _start(found, address, bounded)
            on_connected()
            doing = "shaking hands"
            await _begin(connection, address, protocol, tls)
    except TimeoutError as error:
        if not limit.expired():
            raise
        raise _out_of_time(doing, address, within_seconds) from error


async def _start(found: list[AddrInfoType], address: WebAddress, made_by: SocketFactoryType) -> socket.socket:
    try:
        return await start_connection(found, happy_eyeballs_delay=_NEXT_ADDRESS_SECONDS, socket_factory=made_by)
    except OSError as error:
        raise connect_error(error, address.authority) from error


async def _begin(
    connection: socket.socket, address: WebAddress, protocol: asyncio.BaseProtocol, tls: ssl.SSLContext | None
) -> None:
    host = address.host if tls else None
    try:
        await asyncio.get_running_loop().create_connection(
            lambda: protocol, sock=connection, ssl=tls, server_hostname=host
        )
    except OSError as error:
        raise tls_error(error, address.authority) from error


def _out_of_time(doing: str, address: WebAddress, within_seconds: float) -> HttpError:
    place, limit = address.authority, f"within {within_seconds:g} s"
    if doing == "resolving":
        return DnsFailure(f"the name {address.host} has no address {limit}; the resolvers may not answer")
    if doing == "connecting":
        return ConnectTimeout(f"{place} does not answer attempts to connect {limit}; a firewall may swallow them")
    return NoAnswer(f"{place} accepts the connection and ends no TLS handshake {limit}")
