"""Calls a receiver once, and says what it answered. For whoever sends notices.

A call is a POST on a connection of its own. Nothing is followed (a redirect is an answer), kept open, decompressed or
tried again, no cookie is kept, and no proxy is used: it would connect to where nobody here looks. A connection that is
kept open may be closed by the other side just when the next request goes out, and then nobody knows whether that was
received; alerts are few, and each can have its own.

What an address says after its host, what is sent and what is answered is in no error and in no log.
"""

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from collector.outward.addresses import Network
from collector.outward.call_errors import CallError
from collector.outward.gate import Gate
from collector.outward.target import check_message, target_of

if TYPE_CHECKING:  # a collector that calls nobody does without aiohttp
    from aiohttp.abc import AbstractResolver

    from collector.outward.client import Client


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
        resolver: "AbstractResolver | None" = None,
    ) -> None:
        self._allowed = tuple(allowed)
        self._connect_timeout_seconds = connect_timeout_seconds
        self._tls = _trust(ca_file)
        self._resolver = resolver
        self._client: Client | None = None
        self._loading = asyncio.Lock()
        self._gates: set[Gate] = set()
        self._is_closed = False

    async def call(self, call: Call) -> Answer:
        """Send a message, and have the answer, of whatever status; raises CallError.

        The time of the call begins when the client is loaded, which the first call waits for.
        """
        target = target_of(call.url, self._allowed)
        check_message(call.headers, call.body, target.origin)
        client = await self._loaded()
        if self._is_closed:
            raise CallError(f"{target.origin} is not called: the collector ends")
        gate = Gate(self._allowed)
        self._gates.add(gate)
        try:
            attempt = await client.post(
                target, headers=call.headers, body=call.body, timeout_seconds=call.timeout_seconds, gate=gate
            )
        finally:
            self._gates.discard(gate)
        if attempt.failure is not None and not attempt.status:
            # Outside of every except: what aiohttp raises quotes the URL, and a log would show it as the cause.
            raise attempt.failure
        return Answer(attempt.status, attempt.headers, bytes(attempt.body))

    async def prepare(self) -> None:
        """Load what calls are made with, which the first would wait for."""
        await self._loaded()

    async def aclose(self) -> None:
        """Call nobody any more, and cut off what is on its way."""
        self._is_closed = True
        for gate in self._gates:
            gate.shut()

    async def _loaded(self) -> "Client":
        async with self._loading:
            if self._client is None:
                client = await asyncio.to_thread(_load_client)
                self._client = client(self._tls, self._resolver, connect_timeout_seconds=self._connect_timeout_seconds)
            return self._client


def _load_client() -> "type[Client]":
    """Blocks for some tenths of a second, the first time."""
    from collector.outward.client import Client  # noqa: PLC0415  # a collector that calls nobody does not pay for it

    return Client


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
