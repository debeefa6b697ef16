"""One stream of a throughput test: it connects, asks for exactly its bytes or sends them, and parts.

Called by `agent.probing_throughput.transfer`. What a server is asked for:

- `GET {server}/download?bytes=N` is answered with 200 and a Content-Length of N;
- `POST {server}/upload` with a Content-Length of N and `Expect: 100-continue` is answered with 100, and with a status
  of success when all has come;
- 503 or 429 say that as many tests are running as may; Retry-After says when to ask again.

Streams of one test have the same `Throughput-Test` header, drawn for the test, so that they count as one.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

import h11

from agent.probing.http_errors import Closed, HttpError, Malformed, NoAnswer, SlowAnswer
from agent.probing.web_address import WebAddress
from agent.probing_throughput.connecting import connect
from agent.probing_throughput.wire import HEAD_BYTES, Wire

T = TypeVar("T")

HEADERS_ALLOWANCE_BYTES = 2 * HEAD_BYTES
"""What the heads of one stream, sent and received, are counted as."""
UPLOAD_RECEIVE_BUFFER_BYTES = 64 * 1024
_PROCESS_MARGIN_BYTES = 512 * 1024  # what TLS in this process takes from the kernel before it is asked for
PARTING_SECONDS = 1.0
"""How long a server may take to end a connection that has served."""


def margin_bytes(receive_buffer_bytes: int) -> int:
    """The most that may have come over the network on one connection without having been read.

    The kernel takes twice what SO_RCVBUF asks for, at most (socket(7)), and may let one segment, of up to 64 KiB, go
    beyond it.
    """
    return 2 * receive_buffer_bytes + 64 * 1024 + _PROCESS_MARGIN_BYTES


class Full(Exception):  # noqa: N818  # no mistake: the server's limit does its work
    """The server has as many tests as it takes; it may say after how many seconds to ask again."""

    def __init__(self, message: str, retry_after_seconds: float | None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class Rejected(HttpError):  # noqa: N818  # named after what happened, as its siblings are
    """The server answered with a status that is no success."""


@dataclass(frozen=True, slots=True)
class StreamPlan:
    """What one stream is to do: `body_bytes` in one direction, each wait for something to move at most
    `idle_seconds`. `tls` is for https."""

    address: WebAddress
    direction: Literal["download", "upload"]
    body_bytes: int
    idle_seconds: float
    receive_buffer_bytes: int
    tls: ssl.SSLContext | None
    test: str


class Stream:
    """Connect, begin, move, part: in that order, each at most once; `close` in any case."""

    def __init__(self, plan: StreamPlan, block: bytes, on_moved: Callable[[], None]) -> None:
        self._plan = plan
        self._block = memoryview(block)
        self._place = plan.address.authority
        self._is_download = plan.direction == "download"
        self._wire = Wire(self._place, on_moved, expected_bytes=plan.body_bytes if self._is_download else 0)
        self._head_bytes: int | None = None
        self._is_reached = False
        self._is_connected = False
        self._has_parted = False
        self.is_excessive = False

    @property
    def moved_bytes(self) -> int:
        """What of the body has come, or has arrived at the server."""
        if not self._is_connected or (self._is_download and self._head_bytes is None):
            return 0
        return self._body_received_bytes if self._is_download else self._wire.arrived_bytes()

    @property
    def has_heard(self) -> bool:
        """Whether the server has said anything."""
        return self._wire.received_bytes > 0

    @property
    def counted_bytes(self) -> int:
        """What the stream costs the budget: body and heads, and the margin too unless the server has ended the
        connection in good order, so that nothing else can have come."""
        if not self._is_reached:
            return 0
        body = self._body_received_bytes if self._is_download else self._wire.sent_bytes
        margin = 0 if self._has_parted else margin_bytes(self._plan.receive_buffer_bytes)
        return HEADERS_ALLOWANCE_BYTES + body + margin

    async def connect(self) -> None:
        """Resolve, connect, agree on TLS, all within `idle_seconds`. Raises HttpError."""
        plan = self._plan
        await connect(
            plan.address,
            self._wire,
            tls=plan.tls,
            within_seconds=plan.idle_seconds,
            receive_buffer_bytes=plan.receive_buffer_bytes,
            on_connected=self._reached,
        )
        self._is_connected = True

    def _reached(self) -> None:
        self._is_reached = True

    async def begin(self) -> None:
        """Send the request's head; of an upload, wait until the server wants the body, for `idle_seconds` at most.

        Raises HttpError and Full.
        """
        plan = self._plan
        path, _, query = plan.address.path_and_query.partition("?")
        target = f"{path.rstrip('/')}/{plan.direction}" + (f"?{query}" if query else "")
        if self._is_download:
            target += f"{'&' if query else '?'}bytes={plan.body_bytes}"
        headers = {"host": self._place, "user-agent": "hangang-wifi", "accept": "*/*", "connection": "close"}
        headers |= {"throughput-test": plan.test, "accept-encoding": "identity"}
        if not self._is_download:
            headers |= {"content-length": str(plan.body_bytes), "expect": "100-continue"}
        method = "GET" if self._is_download else "POST"
        self._wire.send_head(h11.Request(method=method, target=target, headers=list(headers.items())))
        if self._is_download:
            return
        try:
            async with asyncio.timeout(plan.idle_seconds) as limit:
                await self._may_upload()
        except TimeoutError as error:
            if not limit.expired():
                raise
            kind = SlowAnswer if self.has_heard else NoAnswer
            problem = f"does not say within {plan.idle_seconds:g} s whether it wants an upload"
            raise kind(f"{self._place} {problem}; it has to know Expect: 100-continue") from error

    async def _may_upload(self) -> None:
        while (answer := await self._wire.next_head()).status_code != 100:
            if isinstance(answer, h11.Response):
                self._judge(answer)
                raise Malformed(f"{self._place} confirms an upload that it has not got yet")

    async def move(self) -> None:
        """The body, to its end. Raises HttpError and Full."""
        await (self._download() if self._is_download else self._upload())

    async def part(self) -> None:
        """Wait for the server to end the connection, for a second: then it is certain that it sent nothing else.

        A download that is not at its end is left as it is.
        """
        if not self._is_connected or (self._head_bytes is not None and self._wire.received_bytes < self._all_bytes):
            return
        try:
            async with asyncio.timeout(PARTING_SECONDS):
                await self._wire.receive(self._all_bytes + 1)
        except (TimeoutError, HttpError):
            return
        self.is_excessive = self._wire.received_bytes > self._all_bytes
        self._has_parted = not self.is_excessive

    def close(self) -> None:
        """Be done with it, however far it came."""
        if self._is_connected:
            self._wire.abort()

    async def _download(self) -> None:
        answer = await self._final_answer()
        length = dict(answer.headers).get(b"content-length")
        if answer.status_code != 200 or length != str(self._plan.body_bytes).encode():
            raise Malformed(f"{self._place} does not answer with the {self._plan.body_bytes} bytes it was asked for")
        early = self._wire.begin_body()
        self._head_bytes = self._wire.received_bytes - early
        await self._unless_idle(lambda: self._wire.receive(self._all_bytes))
        if self._wire.received_bytes < self._all_bytes:
            raise Closed(f"{self._place} closes the connection in the middle of the test")

    async def _upload(self) -> None:
        left = self._plan.body_bytes
        while left:
            block = self._block[:left]
            await self._unless_idle(lambda block=block: self._wire.send(block))  # type: ignore[misc]
            left -= len(block)
            await asyncio.sleep(0)  # the kernel may take it all at once: the others have a turn
        await self._final_answer()
        self._wire.all_has_arrived()

    async def _final_answer(self) -> h11.Response:
        while not isinstance(answer := await self._unless_idle(self._wire.next_head), h11.Response):
            pass  # 1xx: more is to come
        self._judge(answer)
        return answer

    def _judge(self, answer: h11.Response) -> None:
        if answer.status_code in {429, 503}:
            after = dict(answer.headers).get(b"retry-after", b"")
            seconds = float(after) if after.isdigit() and len(after) < 8 else None
            raise Full(f"{self._place} has as many tests as it takes ({answer.status_code})", seconds)
        if not 200 <= answer.status_code < 300:
            raise Rejected(
                f"{self._place} answers {answer.status_code} to {self._plan.direction}; "
                f"is `server` the address of a throughput server that takes this many bytes?"
            )

    async def _unless_idle(self, step: Callable[[], Awaitable[T]]) -> T:
        """The step's result, however long it takes, as long as something moves. It may be begun again."""
        while True:
            before = self._motion
            try:
                async with asyncio.timeout(self._plan.idle_seconds) as limit:
                    return await step()
            except TimeoutError as error:
                if not limit.expired():
                    raise
                if self._motion == before:
                    raise NoAnswer(
                        f"{self._place} moves nothing for {self._plan.idle_seconds:g} s in the middle of the test"
                    ) from error

    @property
    def _motion(self) -> tuple[int, int]:
        return self._wire.received_bytes, self._wire.arrived_bytes()

    @property
    def _all_bytes(self) -> int:
        """What `received_bytes` of a good server comes to."""
        if self._is_download:
            return (self._head_bytes or 0) + self._plan.body_bytes
        return HEAD_BYTES - 1

    @property
    def _body_received_bytes(self) -> int:
        return min(self._wire.received_bytes - (self._head_bytes or 0), self._plan.body_bytes)
