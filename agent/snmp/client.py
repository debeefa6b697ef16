"""Asks one device by SNMP. The only place that knows gufo-snmp; called by the poller, the matching and the discovery.

Failures are told in words here, once: `DeviceError` says what happened, whether the device is alive, and what to do.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_address
from typing import TypeVar, cast

from gufo.snmp import (
    Aes128Key,
    Aes192Key,
    Aes256Key,
    DesKey,
    Md5Key,
    Sha1Key,
    Sha224Key,
    Sha256Key,
    Sha384Key,
    Sha512Key,
    SnmpAuthError,
    SnmpDecodeError,
    SnmpEncodeError,
    SnmpError,
    SnmpVersion,
    User,
)
from gufo.snmp.aio import SnmpSession

from agent.snmp.credentials import Credentials, UserKeys
from agent.snmp.meaning import Raw

T = TypeVar("T")

MAX_ROWS = 20_000
"""As many as ten access points' worth of rows on the largest controller there is; more is a device that loops."""
_ROWS_AT_ONCE = 25
_MIN_VARBINDS = 8
_FRESH_SECONDS = 120.0  # gufo: after 150 s without a request the engine's time has to be learned anew
_AUTH_KEYS = {
    "md5": Md5Key,
    "sha1": Sha1Key,
    "sha224": Sha224Key,
    "sha256": Sha256Key,
    "sha384": Sha384Key,
    "sha512": Sha512Key,
}
_PRIV_KEYS = {"des": DesKey, "aes128": Aes128Key, "aes192": Aes192Key, "aes256": Aes256Key}
_VERSIONS = {"1": SnmpVersion.v1, "2c": SnmpVersion.v2c, "3": SnmpVersion.v3}


class DeviceError(Exception):
    """A device could not be read. The message says why and what to look at, and quotes no secret.

    `is_silent` where no answer came at all, so that asking on would only wait longer.
    """

    def __init__(self, message: str, *, is_silent: bool = False) -> None:
        self.is_silent = is_silent
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long and how often a device is asked, and for how many values at once."""

    timeout_seconds: float = 2.0
    retries: int = 2
    max_varbinds: int = 40


class Client:
    """One device. Its socket is opened with the first request and renewed after each silence."""

    def __init__(self, host: str, port: int, credentials: Credentials, patience: Patience) -> None:
        self._host = host
        self._port = port
        self._credentials = credentials
        self._patience = patience
        self._varbinds = patience.max_varbinds
        self._session: SnmpSession | None = None
        self._answered_at = 0.0
        self.varbinds_received = 0

    async def get(self, oids: Sequence[str]) -> dict[str, Raw]:
        """The values of these objects; those that the device does not have are absent."""
        found: dict[str, Raw] = {}
        position = 0
        while position < len(oids):
            part = oids[position : position + self._varbinds]
            found |= await self._get_part(part)
            position += len(part)
        return found

    async def walk(self, column: str) -> AsyncIterator[tuple[str, Raw]]:
        """Object and value of each row of a column, in the device's order.

        Raises DeviceError where the device repeats itself, which would never end, or has more than MAX_ROWS.
        """
        seen: set[str] = set()
        rows = (await self._open()).fetch(column)
        while (row := await self._next(rows)) is not None:
            oid, value = row
            if oid in seen:
                raise DeviceError(f"{self._host}: a walk of {column} comes back to {oid}: the device loops its OIDs")
            seen.add(oid)
            if len(seen) > MAX_ROWS:
                raise DeviceError(f"{self._host}: {column} has more than {MAX_ROWS} rows; the walk was given up")
            self.varbinds_received += 1
            yield oid, value

    def rest(self) -> None:
        """Nothing will be asked for a while. A user's session is kept, since to begin one costs milliseconds of
        hashing; other sockets are let go: thousands of them would meet the limit of open files."""
        if self._credentials.version != "3":
            self.close()

    def close(self) -> None:
        """Let the socket go; the next request opens another."""
        self._session = None

    async def _get_part(self, oids: Sequence[str]) -> Mapping[str, Raw]:
        found = await self._get_or_shrink(oids)
        if not found and len(oids) > 1:
            # Version 1 refuses the whole request for one object that is not there, and a device that finds its
            # answer too big for a packet says as little: halves tell.
            half = len(oids) // 2
            return {**await self._get_part(oids[:half]), **await self._get_part(oids[half:])}
        return found

    async def _next(self, rows: AsyncIterator[tuple[str, Raw]]) -> tuple[str, Raw] | None:
        """The next row of a walk, None at its end. What is not answered is asked again from the same row."""
        attempts = 1 + self._patience.retries
        for attempt in range(1, attempts + 1):
            try:
                return await self._ask(partial(_next_or_none, rows))
            except DeviceError as failure:
                if not failure.is_silent or attempt == attempts:
                    raise
        raise AssertionError("the last attempt raises")  # pragma: no cover

    async def _get_or_shrink(self, oids: Sequence[str]) -> Mapping[str, Raw]:
        """One request; where it is not answered it goes again, for fewer values where they are many: some devices
        say nothing where their answer would be too big."""
        attempts = 1 + self._patience.retries
        for attempt in range(1, attempts + 1):
            try:
                session = await self._open()
                found = await self._ask(partial(session.get_many, oids))
            except DeviceError as failure:
                if not failure.is_silent or attempt == attempts:
                    raise
                self.close()
                if self._answered_at and len(oids) > _MIN_VARBINDS:
                    half = len(oids) // 2
                    self._varbinds = max(_MIN_VARBINDS, half)
                    return {**await self._get_or_shrink(oids[:half]), **await self._get_or_shrink(oids[half:])}
            else:
                self.varbinds_received += len(found)
                return found
        raise AssertionError("the last attempt raises")  # pragma: no cover

    async def _open(self) -> SnmpSession:
        loop = asyncio.get_running_loop()
        if self._session is None:
            self._session = await self._connect()
            await self._refresh(self._session)
        elif self._credentials.version == "3" and loop.time() - self._answered_at > _FRESH_SECONDS:
            await self._refresh(self._session)
        return self._session

    async def _connect(self) -> SnmpSession:
        address = await self._address()
        credentials = self._credentials
        try:
            # gufo's own time limit stands on asyncio.wait_for, which on Python 3.11 can swallow a cancellation:
            # None leaves it out, and `_ask` sets the limit.
            return SnmpSession(
                address,
                self._port,
                community=credentials.community_text(),
                user=_user(credentials) if credentials.version == "3" else None,
                version=_VERSIONS[credentials.version],
                timeout=cast("float", None),
                max_repetitions=_ROWS_AT_ONCE,
            )
        except OSError as error:
            raise DeviceError(f"{self._host}: {error.strerror or error}") from error

    async def _address(self) -> str:
        """The device's address. A name is looked up for each new socket: what it stands for may change."""
        try:
            return str(ip_address(self._host))
        except ValueError:
            pass
        try:
            async with asyncio.timeout(self._patience.timeout_seconds):
                found = await asyncio.get_running_loop().getaddrinfo(self._host, self._port, type=socket.SOCK_DGRAM)
        except TimeoutError as error:
            raise DeviceError(f"{self._host}: no name server answers for this name", is_silent=True) from error
        except OSError as error:
            raise DeviceError(f"{self._host}: the name is not known: {error.strerror}", is_silent=True) from error
        return str(found[0][4][0])

    async def _refresh(self, session: SnmpSession) -> None:
        if self._credentials.version == "3":
            await self._ask(session.refresh)

    async def _ask(self, request: Callable[[], Awaitable[T]]) -> T:
        """One request under the time limit, its failure in words."""
        with self._in_words():
            async with asyncio.timeout(self._patience.timeout_seconds):
                answer = await request()
        self._answered_at = asyncio.get_running_loop().time()
        return answer

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except TimeoutError as error:
            self.close()
            if "refused" in str(error.__cause__):
                message = f"port {self._port} is closed: switch SNMP on, or correct `port`"
                raise DeviceError(f"{self._host}: {message}", is_silent=True) from error
            raise DeviceError(f"{self._host}: {self._silence()}", is_silent=True) from error
        except SnmpAuthError as error:
            self.close()
            message = "the SNMPv3 user, its protocols or its passphrases are not those of the device"
            raise DeviceError(f"{self._host}: {message}") from error
        except SnmpDecodeError as error:
            self.close()
            raise DeviceError(f"{self._host}: what answers is no SNMP, or is cut off: {error}") from error
        except SnmpEncodeError as error:
            raise DeviceError(f"{self._host}: the request does not fit into a packet: {error}") from error
        except (SnmpError, OSError) as error:
            self.close()
            raise DeviceError(f"{self._host}: {error or type(error).__name__}") from error

    def _silence(self) -> str:
        seconds, attempts = self._patience.timeout_seconds, 1 + self._patience.retries
        told = f"no answer within {seconds:g} s, asked {attempts} times"
        if self._answered_at:
            return f"{told}; it answered before"
        if self._credentials.version == "3":
            return f"{told}; is it up, does it allow this address, does it know the user and its privacy passphrase?"
        return f"{told}; is it up, does it allow this address, and is the community right? A wrong one gets no answer"


async def _next_or_none(rows: AsyncIterator[tuple[str, Raw]]) -> tuple[str, Raw] | None:
    return await anext(rows, None)


def _user(keys: UserKeys) -> User:
    auth = _AUTH_KEYS[keys.auth](keys.auth_passphrase()) if keys.auth else None
    priv = _PRIV_KEYS[keys.priv](keys.priv_passphrase()) if keys.priv else None
    return User(keys.user or "", auth_key=auth, priv_key=priv)
