"""Writing lines through influxdb-client: so many lines to a request, so many requests at once.

Lines come as texts of one or several that belong together, such as those of a report.

The client is handed bodies that are ready: it joins, compresses and repeats nothing. Whoever waits for age waits
before; whoever tries again does so outside, with all of it, since a point is the same point however often it comes.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from aiohttp import ClientError, ClientTimeout
from influxdb_client.client.influxdb_client_async import InfluxDBClientAsync
from influxdb_client.client.write_api_async import WriteApiAsync
from influxdb_client.domain.write_precision import WritePrecision
from influxdb_client.rest import ApiException

from collector.influx.answers import Answer, quote
from collector.influx.settings import InfluxSettings
from collector.stores import StoreError

_MILLISECONDS = cast("WritePrecision", WritePrecision.MS)
"""As fine as VictoriaMetrics keeps time."""
_MAX_BODY_BYTES = 1024 * 1024
"""What aiohttp sends in one piece without a warning."""


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A line that the engine does not take, alone as it is: its batch, the position of its text in that, and why."""

    batch: int
    position: int
    detail: str


@dataclass(frozen=True, slots=True)
class _Part:
    """Texts of a batch, and the position of each in it."""

    batch: int
    positions: Sequence[int]
    texts: Sequence[str]

    @property
    def is_one_line(self) -> bool:
        """Whether there is nothing left to halve."""
        return len(self.texts) == 1 and "\n" not in self.texts[0]

    def halves(self) -> "tuple[_Part, _Part]":
        """The same in two; of a single text its lines."""
        positions, texts = self.positions, self.texts
        if len(texts) == 1:
            texts = texts[0].split("\n")
            positions = [positions[0]] * len(texts)
        half = len(texts) // 2
        return _Part(self.batch, positions[:half], texts[:half]), _Part(self.batch, positions[half:], texts[half:])


class Writer:
    """Writes to one bucket. Opens its connections at the first write, in the loop that it is used in."""

    def __init__(self, settings: InfluxSettings, now: Callable[[], datetime]) -> None:
        self._settings = settings
        self._now = now
        self._turns = asyncio.Semaphore(settings.requests_at_once)
        self._client: InfluxDBClientAsync | None = None
        self._api: WriteApiAsync | None = None
        self._token: str | None = None

    async def write(self, batches: Iterable[Sequence[str]]) -> list[RefusedLine]:
        """Write all batches of texts, each made when its turn comes; what of them the engine refuses for good.

        Raises StoreError where all must be written again.
        """
        tasks: list[asyncio.Task[list[RefusedLine]]] = []
        try:
            for number, texts in enumerate(batches):
                name = f"store request {number}"
                part = _Part(number, range(len(texts)), texts)
                tasks.append(asyncio.create_task(self._write_part(part), name=name))
                await self._make_room(tasks)
            return [refused for task in tasks for refused in await task]
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def check(self) -> None:
        """Write nothing. Raises StoreError, permanent, where the engine is there and lets nobody write so; an engine
        that is away is not looked into."""
        try:
            answer = await self._post(b"")
        except StoreError:
            return
        if answer is not None and answer.is_misconfigured:
            raise answer.error(self._now(), is_permanent=True)

    async def close(self) -> None:
        """Let go of the connections."""
        if self._client is not None:
            await self._client.close()  # type: ignore[no-untyped-call]  # the client's
            self._client = self._api = None

    async def _make_room(self, tasks: Sequence[asyncio.Task[list[RefusedLine]]]) -> None:
        """Wait until another batch may be made, or one that is under way has failed; others have their turn."""
        running = [task for task in tasks if not task.done()]
        if len(running) >= self._settings.requests_at_once:
            await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        else:
            await asyncio.sleep(0)
        for task in tasks:
            if task.done():
                task.result()

    async def _write_part(self, part: "_Part") -> list[RefusedLine]:
        """Write a part of a batch as one request; in halves where that is too long, or the engine does not take it,
        until the line at fault is alone."""
        body = "\n".join(part.texts).encode()
        if len(body) <= _MAX_BODY_BYTES or part.is_one_line:
            answer = await self._post(body)
            if answer is None:
                return []
            if not answer.is_about_the_request:
                raise answer.error(self._now())
            if part.is_one_line:
                detail = f"the engine answered {answer.status} ({answer.words})"
                return [RefusedLine(part.batch, part.positions[0], detail)]
        return [refused for half in part.halves() for refused in await self._write_part(half)]

    async def _post(self, body: bytes) -> Answer | None:
        """One request; None where it was taken. Raises StoreError where there was no answer."""
        settings = self._settings
        async with self._turns:
            try:
                is_taken = await self._open().write(settings.bucket, settings.org, body, write_precision=_MILLISECONDS)
            except ApiException as error:
                return self._answer(error)
            except TimeoutError as error:
                message = f"{self._action}: no answer within {settings.timeout_seconds:g} s"
                raise StoreError(message, is_permanent=False) from error
            except (ClientError, OSError) as error:
                words = quote(str(error).encode(), self._token) or type(error).__name__
                raise StoreError(f"{self._action}: {words}", is_permanent=False) from error
        return None if is_taken else Answer(self._action, 200, b"", {}, self._token)

    @property
    def _action(self) -> str:
        return f"{self._settings.url} was not written"

    def _answer(self, error: ApiException) -> Answer:
        answer = Answer(self._action, error.status, error.body or b"", error.headers or {}, self._token)
        if answer.status in {401, 403}:
            self._read_token_anew()
        return answer

    def _open(self) -> WriteApiAsync:
        if self._api is None:
            settings = self._settings
            self._token = self._read_token()
            self._client = InfluxDBClientAsync(
                settings.url,
                self._token or "",
                settings.org,
                timeout=ClientTimeout(total=settings.timeout_seconds),
                connection_pool_maxsize=0,  # no bound: who waits for a turn here waits within no time limit
                allow_redirects=False,
            )
            self._api = self._client.write_api()
        return self._api

    def _read_token(self) -> str | None:
        try:
            return self._settings.token()
        except ValueError as error:
            raise StoreError(str(error), is_permanent=False) from error

    def _read_token_anew(self) -> None:
        """After the engine has refused it: the file may hold another by now."""
        self._token = self._read_token()
        if self._client is not None and self._token is not None:
            self._client.api_client.set_default_header("Authorization", f"Token {self._token}")  # type: ignore[no-untyped-call]  # the client's
