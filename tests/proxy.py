"""Networks that fail when told to: a TCP proxy that cuts, holds, slows and refuses, and one that knows HTTP and answers
for the server behind it. Tests put one between two programs of which neither knows that it is there."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Self

_CHUNK_BYTES = 16 * 1024
_SLOW_STEPS_PER_SECOND = 20


class TcpProxy:
    """Forwards from a port of its own to a port here. What it does to connections holds for those there are and those
    to come, until `heal`."""

    def __init__(self, upstream_port: int) -> None:
        self.port = 0
        self.upstream_port = upstream_port
        self.connections = 0
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._flows = asyncio.Event()
        self._flows.set()
        self._bytes_per_second: float | None = None

    async def __aenter__(self) -> Self:
        await self._listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.refuse()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """Reset every connection, at both ends; new ones are welcome."""
        for writer in self._writers:
            writer.transport.abort()

    async def refuse(self) -> None:
        """Reset every connection, and refuse new ones."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self.cut()

    def hold(self) -> None:
        """Nothing flows and nothing closes, as when a cable is pulled; new connections get no answer."""
        self._flows.clear()

    def slow(self, bytes_per_second: float) -> None:
        """Let so many bytes a second through, in each direction of each connection."""
        self._bytes_per_second = bytes_per_second

    async def heal(self) -> None:
        """Work as a network should. What was held goes on its way."""
        self._bytes_per_second = None
        self._flows.set()
        if self._server is None:
            await self._listen()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self.connections += 1
        with contextlib.suppress(OSError, EOFError, asyncio.CancelledError):  # the server would tell of a cancellation
            async with self._held_open(writer):
                await self._serve(reader, writer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until one end closes it."""
        await self._flows.wait()
        async with self._upstream() as (upstream_reader, upstream_writer):
            pumps = [
                asyncio.create_task(self._pump(reader, upstream_writer)),
                asyncio.create_task(self._pump(upstream_reader, writer)),
            ]
            try:
                await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for pump in pumps:
                    pump.cancel()
                await asyncio.gather(*pumps, return_exceptions=True)

    @contextlib.asynccontextmanager
    async def _upstream(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.upstream_port)
        async with self._held_open(writer):
            yield reader, writer

    @contextlib.asynccontextmanager
    async def _held_open(self, writer: asyncio.StreamWriter) -> AsyncIterator[None]:
        """Known to `cut` meanwhile, and closed at the end."""
        self._writers.add(writer)
        try:
            yield
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(_CHUNK_BYTES):
            await self._pass(data, writer)

    async def _pass(self, data: bytes, writer: asyncio.StreamWriter) -> None:
        """Write as fast as the network is just now."""
        while data:
            await self._flows.wait()
            speed = self._bytes_per_second
            step = len(data) if speed is None else max(1, int(speed / _SLOW_STEPS_PER_SECOND))
            writer.write(data[:step])
            await writer.drain()
            data = data[step:]
            if speed is not None:
                await asyncio.sleep(step / speed)


class HttpProxy(TcpProxy):
    """Forwards HTTP/1.1, a whole message at a time, and can answer in the server's place.

    A request that `fail` answers never reaches the server. With `lose_answers` it does, and is carried out there, but
    whoever asked sees the connection break. A request that comes while `hold` is in force gets no answer until `heal`.
    """

    def __init__(self, upstream_port: int) -> None:
        super().__init__(upstream_port)
        self.requests_failed = 0
        self.answers_lost = 0
        self._answer: bytes | None = None
        self._loses_answers = False

    def fail(self, status: int, **headers: str) -> None:
        """Answer every request with this status. An underscore in a header's name stands for a hyphen."""
        lines = [f"HTTP/1.1 {status} Told To Fail", "Content-Length: 0"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self._answer = "\r\n".join([*lines, "", ""]).encode()

    def lose_answers(self) -> None:
        """Pass requests on, wait for their answers, and break the connection instead of delivering them."""
        self._loses_answers = True

    async def heal(self) -> None:
        """Work as a network should, with the server's own answers."""
        self._answer = None
        self._loses_answers = False
        await super().heal()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while request := await _read_message(reader):
            await self._flows.wait()
            if self._answer is not None:
                self.requests_failed += 1
                await self._pass(self._answer, writer)
                continue
            async with self._upstream() as (upstream_reader, upstream_writer):
                await self._pass(request, upstream_writer)
                answer = await _read_message(upstream_reader)
            if self._loses_answers or not answer:
                self.answers_lost += 1
                writer.transport.abort()
                return
            await self._pass(answer, writer)


async def _read_message(reader: asyncio.StreamReader) -> bytes:
    """One request, or one answer to a request other than HEAD, as it came; empty at the end of the connection."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""
    first, *lines = head.decode("latin-1").lower().split("\r\n")
    headers = dict(line.split(":", 1) for line in lines if line)
    if "chunked" in headers.get("transfer-encoding", ""):
        return head + await _read_chunks(reader)
    if "content-length" in headers:
        return head + await reader.readexactly(int(headers["content-length"]))
    has_body = first.startswith("http/") and first.split(" ")[1] not in {"204", "304"}
    return head + (await reader.read() if has_body else b"")


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    parts = []
    while True:
        size = await reader.readuntil(b"\r\n")
        parts += [size, await reader.readexactly(int(size.split(b";")[0], 16) + 2)]
        if parts[-1] == b"\r\n":
            return b"".join(parts)
