"""Connects to an address of the web: name, TCP, TLS, each with its time and its own ways to fail.

For `agent.probing.http`. Of several addresses, those of the other family get their chance soon (RFC 8305), as they do
in a browser.
"""

import asyncio
import socket
import ssl
from dataclasses import dataclass

from aiohappyeyeballs import AddrInfoType, start_connection

from agent.probing.http_errors import DnsFailure, connect_error, tls_error
from agent.probing.web_address import WebAddress
from agent.threads import in_own_thread

_HANDSHAKE_SECONDS = 3600.0  # beyond every limit of an exchange, which is to be the first
_NEXT_ADDRESS_SECONDS = 0.25  # RFC 8305, section 5: the recommended Connection Attempt Delay


@dataclass(slots=True)
class Timings:
    """Seconds that each step took, absent for those that were not reached; `connect` is TCP alone.

    `answer_seconds` is from the beginning of the request to the end of the answer's head.
    """

    resolve_seconds: float | None = None
    connect_seconds: float | None = None
    tls_seconds: float | None = None
    answer_seconds: float | None = None


async def connect(
    address: WebAddress, tls: ssl.SSLContext | None, timings: Timings
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to an address, over `tls` where it is https, with its steps noted in `timings`; raises HttpError.

    There is no time limit: that is the caller's.
    """
    loop, place = asyncio.get_running_loop(), address.authority
    began = loop.time()
    found = await resolve(address)
    timings.resolve_seconds = loop.time() - began
    began = loop.time()
    try:
        connected = await start_connection(found, happy_eyeballs_delay=_NEXT_ADDRESS_SECONDS)
    except OSError as error:
        raise connect_error(error, place) from error
    timings.connect_seconds = loop.time() - began
    if not address.is_https:
        return await asyncio.open_connection(sock=connected)
    began = loop.time()
    try:
        streams = await asyncio.open_connection(
            sock=connected, ssl=tls, server_hostname=address.host, ssl_handshake_timeout=_HANDSHAKE_SECONDS
        )
    except OSError as error:
        raise tls_error(error, place) from error
    timings.tls_seconds = loop.time() - began
    return streams


async def resolve(address: WebAddress) -> list[AddrInfoType]:
    """The addresses to connect to; raises DnsFailure. A look-up cannot be stopped, so it has a thread of its own."""

    def look_up() -> list[AddrInfoType]:
        return [*socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)]

    try:
        return await in_own_thread(look_up, name="probe name look-up")
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it cannot be a name"
        raise DnsFailure(f"the name {address.host} has no address: {reason}; check the resolvers") from error
