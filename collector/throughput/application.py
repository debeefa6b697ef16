"""Serves downloads of random bytes and swallows uploads. An ASGI application, run by `collector.throughput.serving`.

- `GET /download?bytes=N` answers 200 with N bytes that no compression makes fewer;
- `POST /upload` or `PUT /upload`, with a Content-Length, answers 204 when all has come;
- 503 with Retry-After: as many tests are running as may;
- 400, 404, 405, 411, 413: the request is at fault, in words in the body.

Requests with the same `Throughput-Test` header (32 hexadecimal digits) are streams of one test. One without is a test
by itself. Every answer ends its connection. Nothing here looks at who asks. Time limits are the protocol's in
`serving`: it tears down what lasts too long, which shows here as a client that is gone.
"""

import asyncio
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs

from starlette.types import Receive, Scope, Send

from collector.throughput.admission import Admission

BLOCK_BYTES = 256 * 1024
_TEST = re.compile(r"[0-9a-f]{32}")
_METHODS = {"/download": ("GET",), "/upload": ("POST", "PUT")}


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """What the server lends out: tests that run at once, seconds of a connection, bytes of a stream."""

    tests_at_once: int
    seconds_at_most: float
    bytes_at_most: int


@dataclass(slots=True)
class Totals:
    """What was served since the start. Bytes are those of bodies."""

    streams: int = 0
    refused_streams: int = 0
    sent_bytes: int = 0
    received_bytes: int = 0


@dataclass(frozen=True, slots=True)
class _Order:
    """What a request asks for: a test, and how many bytes in which direction."""

    test: str
    path: str
    body_bytes: int


class _Refusal(Exception):  # noqa: N818  # an answer like any other
    def __init__(self, status: int, words: str, *headers: tuple[bytes, bytes]) -> None:
        super().__init__(words)
        self.status = status
        self.headers = headers


class ThroughputApplication:
    """The two resources, bounded."""

    def __init__(self, limits: ServerLimits) -> None:
        self.limits = limits
        self.totals = Totals()
        self._admission = Admission(limits.tests_at_once)
        self._retry_after = str(max(1, round(limits.seconds_at_most))).encode()  # by then all that run now have ended
        self._block = secrets.token_bytes(BLOCK_BYTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        try:
            order = self._understand(scope)
            if not self._admission.enter(order.test):
                self.totals.refused_streams += 1
                raise _Refusal(503, "as many tests are running as may", (b"retry-after", self._retry_after))  # noqa: TRY301  # told below
        except _Refusal as refusal:
            body = f"{refusal}\n".encode()
            await _answer(send, refusal.status, body, *refusal.headers)
            return
        try:
            self.totals.streams += 1
            if order.path == "/download":
                await self._download(order.body_bytes, receive, send)
            else:
                await self._upload(receive, send)
        finally:
            self._admission.leave(order.test)

    async def _download(self, body_bytes: int, receive: Receive, send: Send) -> None:
        gone = asyncio.create_task(_until_gone(receive), name="throughput client gone")
        try:
            headers = [(b"content-type", b"application/octet-stream"), (b"cache-control", b"no-store")]
            await _begin(send, 200, body_bytes, *headers)
            left = body_bytes
            while left and not gone.done():
                block = self._block if left >= BLOCK_BYTES else self._block[:left]
                left -= len(block)
                await send({"type": "http.response.body", "body": block, "more_body": left > 0})
                self.totals.sent_bytes += len(block)
                await asyncio.sleep(0)  # while the kernel takes it all at once, the others have a turn
        finally:
            gone.cancel()
            await asyncio.wait([gone])

    async def _upload(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            self.totals.received_bytes += len(message.get("body", b""))
            if not message.get("more_body", False):
                break
        await _answer(send, 204, b"")

    def _understand(self, scope: Scope) -> _Order:
        path, headers = scope["path"], dict(scope["headers"])
        if path not in _METHODS:
            raise _Refusal(404, "there are /download and /upload")
        if scope["method"] not in _METHODS[path]:
            allowed = ", ".join(_METHODS[path])
            raise _Refusal(405, f"{path} takes {allowed}", (b"allow", allowed.encode()))
        test = headers.get(b"throughput-test", secrets.token_hex(16).encode()).decode("latin-1")
        if not _TEST.fullmatch(test):
            raise _Refusal(400, "throughput-test must be 32 hexadecimal digits")
        body_bytes = _bytes_asked_for(scope["query_string"]) if path == "/download" else _bytes_announced(headers)
        if body_bytes > self.limits.bytes_at_most:
            raise _Refusal(413, f"a stream has at most {self.limits.bytes_at_most} bytes")
        return _Order(test, path, body_bytes)


def _bytes_asked_for(query: bytes) -> int:
    found = parse_qs(query.decode("latin-1")).get("bytes", [])
    if len(found) != 1 or not re.fullmatch(r"[0-9]{1,15}", found[0]) or int(found[0]) == 0:
        raise _Refusal(400, "say how many: /download?bytes=1000000")
    return int(found[0])


def _bytes_announced(headers: Mapping[bytes, bytes]) -> int:
    """The server below holds a client to it."""
    length = headers.get(b"content-length")
    if length is None:
        raise _Refusal(411, "say how many: Content-Length")
    return int(length)


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _begin(send: Send, status: int, length: int, *headers: tuple[bytes, bytes]) -> None:
    all_headers = [*headers, (b"connection", b"close")]
    if status != 204:
        all_headers.append((b"content-length", str(length).encode()))
    await send({"type": "http.response.start", "status": status, "headers": all_headers})


async def _answer(send: Send, status: int, body: bytes, *headers: tuple[bytes, bytes]) -> None:
    text = [(b"content-type", b"text/plain; charset=utf-8")] if body else []
    await _begin(send, status, len(body), *text, *headers)
    await send({"type": "http.response.body", "body": body})
