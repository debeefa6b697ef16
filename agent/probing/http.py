"""One request over HTTP/1.1 and its answer, with limits of our own and failures told apart.

For the probe `portal`; `throughput` takes its trust from here. h11 knows the protocol; the connection is asyncio's.
Nothing is followed, kept open, decompressed or tried again, and no proxy is used: a probe wants to see what is there.
Use:

    async with exchange(parse_web_address(url), timeout_seconds=9) as answer:
        async for chunk in answer.chunks(): ...
"""

import asyncio
import ssl
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import h11

from agent.probing.connecting import Timings, connect
from agent.probing.http_errors import (
    Closed,
    ConnectTimeout,
    DnsFailure,
    HttpError,
    Malformed,
    NoAnswer,
    Reset,
    SlowAnswer,
    TlsFailure,
    tls_error,
)
from agent.probing.web_address import WebAddress
from agent.threads import in_own_thread

_READ_BYTES = 64 * 1024
_MAX_HEAD_BYTES = 32 * 1024


class Answer:
    """The head of what was answered, and its body as it comes. Header names are lower-case."""

    def __init__(self, response: h11.Response, connection: "_Connection", timings: Timings) -> None:
        self.status = response.status_code
        self.headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers]
        self.timings = timings
        self._connection = connection

    def header(self, name: str) -> str | None:
        """The first value of a header."""
        return next((value for found, value in self.headers if found == name.lower()), None)

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """The body, in parts as they arrive; raises HttpError where it breaks off. It is to be read once."""
        while not isinstance(event := await self._connection.next_event(), h11.EndOfMessage):
            if isinstance(event, h11.Data):
                yield bytes(event.data)

    async def body(self, at_most_bytes: int) -> bytes:
        """The beginning of the body, or all of it where it is not longer."""
        body = b""
        async with aclosing(self.chunks()) as chunks:
            async for chunk in chunks:
                body += chunk
                if len(body) >= at_most_bytes:
                    break
        return body[:at_most_bytes]


@asynccontextmanager
async def exchange(
    address: WebAddress, *, timeout_seconds: float, ca_file: Path | None = None
) -> AsyncIterator[Answer]:
    """Ask for an address, and have the answer until the block ends; all of that, body and block, within the time.

    `ca_file` holds what https is to trust; without it that is the system's. Raises HttpError.
    """
    timings, connection = Timings(), None
    try:
        async with asyncio.timeout(timeout_seconds) as limit:
            tls = await in_own_thread(lambda: tls_context(ca_file), name="probe trust") if address.is_https else None
            reader, writer = await connect(address, tls, timings)
            try:
                connection = _Connection(reader, writer, address.authority)
                yield Answer(await connection.ask(address.path_and_query, timings), connection, timings)
            finally:
                writer.transport.abort()
    except TimeoutError as error:
        if not limit.expired():
            raise
        raise _out_of_time(address, timeout_seconds, timings, connection) from error


def tls_context(ca_file: Path | None = None) -> ssl.SSLContext:
    """What to trust: the certificates of a PEM file, or the system's. Blocks; raises TlsFailure where it cannot."""
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise TlsFailure(f"{ca_file or 'the trust of the system'} holds no certificates that can be read") from error


class _Connection:
    """What goes over one connection: h11 on this side, bytes on the other."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, place: str) -> None:
        self.received_bytes = 0
        self._reader, self._writer, self._place = reader, writer, place
        self._protocol = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MAX_HEAD_BYTES)

    async def ask(self, target: str, timings: Timings) -> h11.Response:
        loop = asyncio.get_running_loop()
        began = loop.time()
        headers = {"host": self._place, "user-agent": "hangang-wifi", "accept": "*/*", "connection": "close"}
        headers["accept-encoding"] = "identity"  # nothing is decompressed here
        await self._send(h11.Request(method="GET", target=target, headers=list(headers.items())))
        await self._send(h11.EndOfMessage())
        while not isinstance(event := await self.next_event(), h11.Response):
            pass  # 1xx: more is to come
        timings.answer_seconds = loop.time() - began
        return event

    async def next_event(self) -> h11.Event:
        """The next part of the answer; raises HttpError."""
        is_at_end = False
        try:
            while (event := self._protocol.next_event()) is h11.NEED_DATA:
                data = await self._reader.read(_READ_BYTES)
                self.received_bytes += len(data)
                is_at_end = not data
                self._protocol.receive_data(data)
        except h11.RemoteProtocolError as error:
            if is_at_end:
                raise Closed(f"{self._place} {self._broke_off('closes the connection')}") from error
            raise Malformed(f"{self._place} answers with what is no HTTP, or with a head of too many bytes") from error
        except OSError as error:
            raise self._failure(error) from error
        if isinstance(event, h11.Event):
            return event
        raise Malformed(f"{self._place} goes on after the end of its answer")

    async def _send(self, event: h11.Event) -> None:
        self._writer.write(self._protocol.send(event) or b"")
        try:
            await self._writer.drain()
        except OSError as error:
            raise self._failure(error) from error

    def _broke_off(self, how: str) -> str:
        return f"{how} in the middle of its answer" if self.received_bytes else f"{how} without an answer"

    def _failure(self, error: OSError) -> HttpError:
        if isinstance(error, ssl.SSLError):
            return tls_error(error, self._place)
        return Reset(
            f"{self._place} {self._broke_off('tears down the connection')}; something on the way may forbid it"
        )


def _out_of_time(
    address: WebAddress, timeout_seconds: float, timings: Timings, connection: _Connection | None
) -> HttpError:
    place, limit = address.authority, f"within {timeout_seconds:g} s"
    if timings.resolve_seconds is None:
        return DnsFailure(f"the name {address.host} has no address {limit}; the resolvers may not answer")
    if timings.connect_seconds is None:
        return ConnectTimeout(f"{place} does not answer attempts to connect {limit}; a firewall may swallow them")
    if address.is_https and timings.tls_seconds is None:
        return NoAnswer(f"{place} accepts the connection and ends no TLS handshake {limit}")
    if connection is None or not connection.received_bytes:
        return NoAnswer(f"{place} accepts the connection and answers nothing {limit}")
    return SlowAnswer(f"{place} ends no answer {limit}; {connection.received_bytes} bytes came")
