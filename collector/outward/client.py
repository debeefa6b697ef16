"""The client of HTTP that calls are made with, and what came of an attempt.

For `calling`, which loads it with the first call: aiohttp takes 9 MB and some tenths of a second, and a collector that
has nobody to call does without.
"""

import asyncio
import contextlib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field

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
from collector.outward.call_errors import CallError, out_of_time
from collector.outward.client_errors import unanswered, unconnected
from collector.outward.gate import Gate
from collector.outward.names import FewAddresses, SystemNames
from collector.outward.target import Target

# Judgements of ours: an answer to a webhook is a status, and some words for people to read.
_KEPT_BODY_BYTES = 4 * 1024
_READ_BODY_BYTES = 64 * 1024
_LINE_BYTES = 8 * 1024
_HEADERS = 64

_KEPT_HEADERS = ("retry-after",)
_SENT_HEADERS = {"User-Agent": f"hangang-wifi/{__version__}", "Accept": "*/*", "Accept-Encoding": "identity"}


@dataclass(slots=True)
class Attempt:
    """What has come of a call so far. `status` is 0 until there is one; a `failure` may come after it."""

    gate: Gate
    is_connected: bool = False
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)
    failure: CallError | None = None

    def trace(self) -> TraceConfig:
        """Notes when there is a connection."""

        async def connected(*_: object) -> None:
            self.is_connected = True

        config = TraceConfig()
        config.on_connection_create_end.append(connected)
        return config

    async def take(self, response: ClientResponse) -> None:
        """Read an answer as far as it is kept, or as anybody is to be listened to."""
        self.status = response.status
        self.headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
        read_bytes = 0
        async for chunk in response.content.iter_any():
            read_bytes += len(chunk)
            self.body += chunk[: _KEPT_BODY_BYTES - len(self.body)]
            if read_bytes >= _READ_BODY_BYTES:
                return


class Client:
    """Makes attempts, each on a connection of its own. `resolver` takes the place of the system's name servers."""

    def __init__(
        self, tls: ssl.SSLContext, resolver: AbstractResolver | None, *, connect_timeout_seconds: float
    ) -> None:
        self._tls = tls
        self._names = FewAddresses(resolver or SystemNames())
        self._connect_timeout_seconds = connect_timeout_seconds

    async def post(
        self, target: Target, *, headers: Mapping[str, str], body: bytes, timeout_seconds: float, gate: Gate
    ) -> Attempt:
        """Send a message through a gate, which is shut at the end, and say what came of it."""
        attempt = Attempt(gate)
        connect_seconds = min(self._connect_timeout_seconds, timeout_seconds)
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._exchange(
                    attempt, target, headers={**_SENT_HEADERS, **headers}, body=body, connect_seconds=connect_seconds
                )
        except TimeoutError:
            seconds = timeout_seconds if attempt.is_connected else connect_seconds
            attempt.failure = out_of_time(target.origin, seconds, is_connected=attempt.is_connected)
        except ClientConnectorError as error:
            attempt.failure = unconnected(error, target.origin, gate)
        except (ClientError, OSError) as error:
            attempt.failure = unanswered(error, target.origin, is_connected=attempt.is_connected)
        return attempt

    async def _exchange(
        self, attempt: Attempt, target: Target, *, headers: Mapping[str, str], body: bytes, connect_seconds: float
    ) -> None:
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
                response = await session.post(target.url, data=body, headers=headers, allow_redirects=False)
                with contextlib.closing(response):
                    await attempt.take(response)
            finally:
                attempt.gate.shut()
