"""Calls a receiver once, and says what it answered. For whoever sends notices.

A call is a POST on a connection of its own. Nothing is followed (a redirect is an answer), kept open, decompressed or
tried again, no cookie is kept, and no proxy is used: it would connect to where nobody here looks. A connection that is
kept open may be closed by the other side just when the next request goes out, and then nobody knows whether that was
received; alerts are few, and each can have its own.

What an address says after its host, what is sent and what is answered is in no error and in no log.
"""

import asyncio
import contextlib
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
    TraceConfig,
)
from aiohttp.abc import AbstractResolver

from agent import __version__
from collector.outward.addresses import Network
from collector.outward.call_errors import CallError, out_of_time, unanswered, unconnected
from collector.outward.gate import Gate
from collector.outward.names import FewAddresses, SystemNames
from collector.outward.target import Target, check_message, target_of

# Judgements of ours: an answer to a webhook is a status, and some words for people to read.
_KEPT_BODY_BYTES = 4 * 1024
_READ_BODY_BYTES = 64 * 1024
_LINE_BYTES = 8 * 1024
_HEADERS = 64

_KEPT_HEADERS = ("retry-after",)
_SENT_HEADERS = {"User-Agent": f"hangang-wifi/{__version__}", "Accept": "*/*", "Accept-Encoding": "identity"}


@dataclass(frozen=True, slots=True)
class Call:
    """What is to be sent, and within what time all of it is to be over."""

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    timeout_seconds: float


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers` holds `retry-after` where there was one. `body` is the beginning, at most 4 kB, or less where the rest
    did not come in time: a receiver has answered when its status is here."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class Caller:
    """Calls receivers at public addresses and in the allowed networks.

    `connect_timeout_seconds` is for the name, the connection and TLS together. https is verified by the certificates
    that the system trusts, and by those of `ca_file` besides. `resolver` takes the place of the system's name servers.
    Reads certificates when it is made, which blocks; raises CallError where `ca_file` has none.
    """

    def __init__(
        self,
        allowed: Sequence[Network] = (),
        *,
        connect_timeout_seconds: float = 10.0,
        ca_file: Path | None = None,
        resolver: AbstractResolver | None = None,
    ) -> None:
        self._allowed = tuple(allowed)
        self._connect_timeout_seconds = connect_timeout_seconds
        self._tls = _trust(ca_file)
        self._names = FewAddresses(resolver or SystemNames())
        self._gates: set[Gate] = set()
        self._is_closed = False

    async def call(self, call: Call) -> Answer:
        """Send a message, and have the answer, of whatever status; raises CallError."""
        target = target_of(call.url, self._allowed)
        check_message(call.headers, call.body, target.origin)
        if self._is_closed:
            raise CallError(f"{target.origin} is not called: the collector ends")
        attempt = _Attempt(Gate(self._allowed))
        self._gates.add(attempt.gate)
        try:
            failure = await self._failure(call, target, attempt)
        finally:
            self._gates.discard(attempt.gate)
        if failure is not None and not attempt.status:
            # Outside of every except: what aiohttp raises quotes the URL, and a log would show it as the cause.
            raise failure
        return Answer(attempt.status, attempt.headers, bytes(attempt.body))

    async def aclose(self) -> None:
        """Call nobody any more, and cut off what is on its way."""
        self._is_closed = True
        for gate in self._gates:
            gate.shut()

    async def _failure(self, call: Call, target: Target, attempt: "_Attempt") -> CallError | None:
        """Make an attempt, and say what it failed with, be it after the status."""
        connect_seconds = min(self._connect_timeout_seconds, call.timeout_seconds)
        try:
            async with asyncio.timeout(call.timeout_seconds):
                await self._exchange(call, target, attempt, connect_seconds)
        except TimeoutError:
            seconds = call.timeout_seconds if attempt.is_connected else connect_seconds
            return out_of_time(target.origin, seconds, is_connected=attempt.is_connected)
        except ClientConnectorError as error:
            return unconnected(error, target.origin, attempt.gate)
        except (ClientError, OSError) as error:
            return unanswered(error, target.origin, is_connected=attempt.is_connected)
        return None

    async def _exchange(self, call: Call, target: Target, attempt: "_Attempt", connect_seconds: float) -> None:
        connector = TCPConnector(
            resolver=self._names,
            socket_factory=attempt.gate.open,
            ssl=self._tls,
            use_dns_cache=False,  # nor a look-up of its own that outlives the call
            force_close=True,
        )
        async with ClientSession(
            connector=connector,
            cookie_jar=DummyCookieJar(),
            trust_env=False,  # neither proxies nor .netrc
            auto_decompress=False,
            timeout=ClientTimeout(connect=connect_seconds),
            trace_configs=[attempt.trace()],
            max_line_size=_LINE_BYTES,
            max_field_size=_LINE_BYTES,
            max_headers=_HEADERS,
        ) as session:
            try:
                headers = {**_SENT_HEADERS, **call.headers}
                response = await session.post(target.url, data=call.body, headers=headers, allow_redirects=False)
                with contextlib.closing(response):
                    await attempt.take(response)
            finally:
                attempt.gate.shut()


@dataclass(slots=True)
class _Attempt:
    """What has come of a call so far. `status` is 0 until there is one."""

    gate: Gate
    is_connected: bool = False
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)

    def trace(self) -> TraceConfig:
        async def connected(*_: object) -> None:
            self.is_connected = True

        config = TraceConfig()
        config.on_connection_create_end.append(connected)
        return config

    async def take(self, response: ClientResponse) -> None:
        self.status = response.status
        self.headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
        read_bytes = 0
        async for chunk in response.content.iter_any():
            read_bytes += len(chunk)
            self.body += chunk[: _KEPT_BODY_BYTES - len(self.body)]
            if read_bytes >= _READ_BODY_BYTES:
                return


def _trust(ca_file: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    try:
        if ca_file is not None:
            context.load_verify_locations(cafile=ca_file)
    except OSError as error:
        raise CallError(f"{ca_file} holds no certificates that can be read", is_permanent=True) from error
    return context
