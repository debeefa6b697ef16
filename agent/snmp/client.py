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

MAX_ROWS = 50_000
"""A column of the networks of 4,000 access points has as many. More is a device that has no end."""
_ROWS_AT_ONCE = 25
_MIN_VARBINDS = 8
_SHRUNK_SECONDS = 3600.0  # after so long as many values as are allowed are tried again: it may have been lost packets
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
_PANIC = "pyo3_runtime"  # where gufo's decoder gives up it raises what is no Exception, and would end the agent
_VERSIONS = {"1": SnmpVersion.v1, "2c": SnmpVersion.v2c, "3": SnmpVersion.v3}


class DeviceError(Exception):
    """A device could not be read. The message says why and what to look at, and quotes no secret.

    `is_silent` where no answer came at all, so that asking on would only wait longer; `is_cut_off` where one came that
    could not be read to its end.
    """

    def __init__(self, message: str, *, is_silent: bool = False, is_cut_off: bool = False) -> None:
        self.is_silent = is_silent
        self.is_cut_off = is_cut_off
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long and how often a device is asked, and for how many values at once."""

    timeout_seconds: float = 2.0
    retries: int = 2
    max_varbinds: int = 60


class Client:
    """One device. Its socket is opened with the first request and renewed after each silence."""

    def __init__(self, host: str, port: int, credentials: Credentials, patience: Patience) -> None:
        self._host = host
        self._port = port
        self._credentials = credentials
        self._patience = patience
        self._varbinds = patience.max_varbinds
        self._shrunk_at = 0.0
        self._session: SnmpSession | None = None
        self._heard_at = 0.0
        self._has_answered = False
        self._certain: str | None = None  # an object that it has
        self._is_bulk_known: bool | None = None if credentials.version != "1" else False
        self.varbinds_received = 0

    async def get(self, oids: Sequence[str]) -> dict[str, Raw]:
        """The values of these objects; those that the device does not have are absent."""
        found: dict[str, Raw] = {}
        async for part in self.get_in_parts(oids):
            found |= part
        return found

    async def get_in_parts(self, oids: Sequence[str]) -> AsyncIterator[Mapping[str, Raw]]:
        """What `get` gives, as it comes: what has been yielded is known even where the device then falls silent."""
        if asyncio.get_running_loop().time() - self._shrunk_at > _SHRUNK_SECONDS:
            self._varbinds = self._patience.max_varbinds
        position = 0
        while position < len(oids):
            part = oids[position : position + self._varbinds]
            yield await self._get_or_shrink(part) or await self._get_halves(part)
            position += len(part)

    async def walk(self, column: str) -> AsyncIterator[tuple[str, Raw]]:
        """Object and value of each row of a column, in the device's order.

        Raises DeviceError where the device repeats itself, which would never end, or has more than MAX_ROWS.
        """
        seen: set[str] = set()
        async for oid, value in self._rows(column):
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

    async def _rows(self, column: str) -> AsyncIterator[tuple[str, Raw]]:
        """The rows by GETBULK; by GETNEXT on a device of which only that brings any."""
        if self._is_bulk_known is not False:
            async for row in self._each(lambda session: session.getbulk(column)):
                self._is_bulk_known = True
                yield row
            if self._is_bulk_known:
                return
        async for row in self._each(lambda session: session.getnext(column)):
            self._is_bulk_known = False
            yield row

    async def _each(
        self, walk: Callable[[SnmpSession], AsyncIterator[tuple[str, Raw]]]
    ) -> AsyncIterator[tuple[str, Raw]]:
        """Row by row. What is not answered is asked again from the same row, and at the first row at a new socket: a
        user's device may have become another engine."""
        session = await self._open()
        rows, failures, has_begun = walk(session), 0, False
        while True:
            try:
                row = await self._ask(session, partial(_next_or_none, rows))
            except DeviceError as failure:
                failures += 1
                if not failure.is_silent or failures > self._patience.retries:
                    raise
                if not has_begun:
                    session = await self._open()
                    rows = walk(session)
                continue
            if row is None:
                return
            failures, has_begun = 0, True
            yield row

    async def _get_halves(self, oids: Sequence[str]) -> Mapping[str, Raw]:
        """What is there of objects of which a request brought nothing.

        Version 1 refuses the whole request for one object that is not there, and a device that cannot read one of them,
        or finds its answer too big for a packet, says as little: halves tell.
        """
        if len(oids) == 1 or await self._has_none_of(oids):
            return {}
        halves = oids[: len(oids) // 2], oids[len(oids) // 2 :]
        answers = [await self._get_or_shrink(half) for half in halves]
        if all(answers):  # there was nothing wrong but the size
            self._shrink_to(len(halves[1]))
        left, right = [answer or await self._get_halves(half) for answer, half in zip(answers, halves, strict=True)]
        return {**left, **right}

    async def _has_none_of(self, oids: Sequence[str]) -> bool:
        """Whether these objects are not there, rather than the request refused: asked for beside one that is there.

        Never so by version 1, where the one would be refused with the others.
        """
        if self._credentials.version == "1" or self._certain is None:
            return False
        return self._certain in await self._get_or_shrink([self._certain, *oids])

    def _shrink_to(self, varbinds: int) -> None:
        self._varbinds = min(self._varbinds, varbinds)
        self._shrunk_at = asyncio.get_running_loop().time()

    async def _get_or_shrink(self, oids: Sequence[str]) -> Mapping[str, Raw]:
        """One request, and again where it is not answered; the last time for fewer values where they are many: some
        devices say nothing where their answer would be too big."""
        is_smaller_left = self._has_answered and self._patience.retries > 0 and len(oids) > _MIN_VARBINDS
        for _ in range(self._patience.retries):
            try:
                return await self._get_once(oids)
            except DeviceError as failure:
                if failure.is_cut_off and is_smaller_left:
                    break  # an answer longer than gufo reads, of long texts: the same again would be cut off again
                if not failure.is_silent:
                    raise
        found = dict(await self._get_once(oids[:_MIN_VARBINDS] if is_smaller_left else oids))
        if is_smaller_left:
            self._shrink_to(_MIN_VARBINDS)
            for begin in range(_MIN_VARBINDS, len(oids), _MIN_VARBINDS):
                found |= await self._get_or_shrink(oids[begin : begin + _MIN_VARBINDS])
        return found

    async def _get_once(self, oids: Sequence[str]) -> Mapping[str, Raw]:
        session = await self._open()
        found = await self._ask(session, partial(session.get_many, oids))
        self.varbinds_received += len(found)
        self._certain = next(iter(found), self._certain)
        return found

    async def _open(self) -> SnmpSession:
        if self._session is None:
            self._session = await self._connect()
            await self._refresh(self._session)
        elif asyncio.get_running_loop().time() - self._heard_at > _FRESH_SECONDS:
            await self._refresh(self._session)
        return self._session

    async def _connect(self) -> SnmpSession:
        address = await self._address()
        credentials = self._credentials
        try:
            community = credentials.community_text()
            user = _user(credentials) if credentials.version == "3" else None
        except OSError as error:
            raise DeviceError(f"{self._host}: {error.filename} cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise DeviceError(f"{self._host}: the community is no text in UTF-8") from error
        try:
            # gufo's own time limit stands on asyncio.wait_for, which on Python 3.11 can swallow a cancellation:
            # None leaves it out, and `_ask` sets the limit.
            return SnmpSession(
                address,
                self._port,
                community=community,
                user=user,
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
        """Learn the engine's id and time, without which a user's requests are refused."""
        if self._credentials.version == "3":
            with self._in_words():
                await self._limited(session.refresh)

    async def _ask(self, session: SnmpSession, request: Callable[[], Awaitable[T]]) -> T:
        """One request under the time limit, its failure in words."""
        with self._in_words():
            try:
                answer = await self._limited(request)
            except SnmpAuthError:
                if not self._has_answered:
                    raise
                # It knows the user: its engine has started anew, or counts another time.
                await self._limited(session.refresh)
                answer = await self._limited(request)
        self._has_answered = True
        return answer

    async def _limited(self, request: Callable[[], Awaitable[T]]) -> T:
        async with asyncio.timeout(self._patience.timeout_seconds):
            answer = await request()
        self._heard_at = asyncio.get_running_loop().time()
        return answer

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except TimeoutError as error:
            told = self._silence(is_refused="refused" in str(error.__cause__))
            self.close()
            raise DeviceError(f"{self._host}: {told}", is_silent=True) from error
        except SnmpAuthError as error:
            self.close()
            message = "the SNMPv3 user, its protocols or its passphrases are not those of the device"
            raise DeviceError(f"{self._host}: {message}") from error
        except SnmpDecodeError as error:
            self.close()
            kind = str(error).partition(":")[0]  # behind a colon gufo quotes what was sent
            message = f"what answers is no SNMP, or is cut off: {kind}"
            raise DeviceError(f"{self._host}: {message}", is_cut_off=True) from error
        except SnmpEncodeError as error:
            raise DeviceError(f"{self._host}: the request does not fit into a packet; lower `max_varbinds`") from error
        except (SnmpError, OSError) as error:
            self.close()
            is_refused = "refused" in str(error)  # the answer to the request before, told to this one
            message = self._silence(is_refused=True) if is_refused else str(error) or type(error).__name__
            raise DeviceError(f"{self._host}: {message}", is_silent=is_refused) from error
        except BaseException as error:
            if type(error).__module__ != _PANIC:
                raise
            self.close()
            message = "what answers is no SNMP, or is cut off: no decoding"
            raise DeviceError(f"{self._host}: {message}", is_cut_off=True) from error

    def _silence(self, *, is_refused: bool) -> str:
        if is_refused:
            return f"port {self._port} is closed: switch SNMP on, or correct `port`"
        seconds, attempts = self._patience.timeout_seconds, 1 + self._patience.retries
        told = f"no answer within {seconds:g} s, asked {attempts} time{'s' if attempts > 1 else ''}"
        if self._has_answered:
            return f"{told}; it answered before"
        if self._credentials.version == "3" and self._session is not None and self._session.get_engine_id():
            return f"{told}, though it tells its engine's id; are the user's privacy protocol and passphrase right?"
        if self._credentials.version == "3":
            return f"{told}; is it up, does it allow this address, and does it speak SNMPv3?"
        return f"{told}; is it up, does it allow this address, and is the community right? A wrong one gets no answer"


async def _next_or_none(rows: AsyncIterator[tuple[str, Raw]]) -> tuple[str, Raw] | None:
    return await anext(rows, None)


def _user(keys: UserKeys) -> User:
    auth = _AUTH_KEYS[keys.auth](keys.auth_passphrase()) if keys.auth else None
    priv = _PRIV_KEYS[keys.priv](keys.priv_passphrase()) if keys.priv else None
    return User(keys.user or "", auth_key=auth, priv_key=priv)
