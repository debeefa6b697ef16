"""One connection of a throughput test: heads through h11, bodies only counted.

The bodies do not pass through h11 or through asyncio's streams: each byte would be copied three times, and the
processor of an access point would be measured instead of its network. The bytes go into one buffer, again and again.
"""

import asyncio
import fcntl
import ssl
import struct
import termios
from collections.abc import Callable
from typing import cast

import h11

from agent.probing.http_errors import Closed, Malformed, Reset, tls_error

HEAD_BYTES = 8 * 1024
"""What may be read on one connection beside its body, and the most that is sent of a head."""
_MAX_HEAD_BYTES = HEAD_BYTES // 2
_BUFFER_BYTES = 256 * 1024
_HIGH_WATER_BYTES = 128 * 1024


class Wire(asyncio.BufferedProtocol):
    """What comes and goes over one connection.

    It reads HEAD_BYTES and `expected_bytes` altogether at most; where more comes, reading stops, and what else is on
    its way is left to the kernel's buffer. `on_moved` is called whenever something of a body came or left.
    """

    def __init__(self, place: str, on_moved: Callable[[], None], *, expected_bytes: int) -> None:
        self.received_bytes = 0
        self.sent_bytes = 0
        self.is_ended = False
        self._place = place
        self._on_moved = on_moved
        self._allowed_bytes = HEAD_BYTES + expected_bytes
        self._view = memoryview(bytearray(_BUFFER_BYTES))
        self._heads = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MAX_HEAD_BYTES)
        self._is_in_body = False
        self._wanted_bytes = 0
        self._arrived_bytes = 0
        self._error: Exception | None = None
        self._stirred = asyncio.Event()
        self._may_write = asyncio.Event()
        self._may_write.set()
        self._transport: asyncio.Transport

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection stands, TLS included."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=_HIGH_WATER_BYTES)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002  # the size is ours to choose
        """Room for what comes next: never for more than may still be read."""
        return self._view[: self._allowed_bytes - self.received_bytes]

    def buffer_updated(self, nbytes: int) -> None:
        """So many bytes have come."""
        self.received_bytes += nbytes
        if self._is_in_body:
            self._on_moved()
        else:
            self._heads.receive_data(bytes(self._view[:nbytes]))
        if self.received_bytes >= self._allowed_bytes:
            self._transport.pause_reading()
        if self.received_bytes >= self._wanted_bytes:
            self._stirred.set()

    def eof_received(self) -> bool:
        """The other side has said all."""
        self.is_ended = True
        self._stirred.set()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone; `exc` says why, unless somebody closed it."""
        self.is_ended = self.is_ended or exc is None
        self._error = exc
        self._stirred.set()
        self._may_write.set()

    def pause_writing(self) -> None:
        """Enough is waiting to be sent."""
        self._may_write.clear()

    def resume_writing(self) -> None:
        """There is room again."""
        self._may_write.set()
        self._on_moved()

    # What a stream calls

    def send_head(self, request: h11.Request) -> None:
        """Send a request's head. Its body, if it has one, goes by `send`."""
        self._transport.write(self._heads.send(request) or b"")

    async def send(self, block: memoryview) -> None:
        """Send a part of a body, once there is room for it. Raises HttpError."""
        await self._may_write.wait()
        self._raise_for_loss()
        if self.is_ended:
            raise Closed(f"{self._place} closes the connection before all was sent")
        self._transport.write(block)
        self.sent_bytes += len(block)
        self._on_moved()

    async def next_head(self) -> h11.Response | h11.InformationalResponse:
        """The next head that comes. Raises HttpError."""
        self._wanted_bytes = 0
        while True:
            try:
                event = self._heads.next_event()
            except h11.RemoteProtocolError as error:
                problem = "answers with what is no HTTP, or with a head of too many bytes"
                raise Malformed(f"{self._place} {problem}") from error
            if isinstance(event, h11.Response | h11.InformationalResponse):
                return event
            if self.is_ended and self._error is None:
                raise Closed(f"{self._place} closes the connection without an answer")
            await self._stir()

    def begin_body(self) -> int:
        """Only count from here on; how many bytes of the body have come along with the head."""
        self._is_in_body = True
        return len(self._heads.trailing_data[0])

    async def receive(self, until_bytes: int) -> None:
        """Wait until `received_bytes` is that many, or the other side has said all. Raises HttpError."""
        self._wanted_bytes = until_bytes
        while self.received_bytes < until_bytes and not (self.is_ended and self._error is None):
            await self._stir()

    def arrived_bytes(self) -> int:
        """How much of what was sent of the body has arrived: all but what waits here and what the other side's kernel
        has not acknowledged. Of a connection that is gone, what was known last."""
        if not self._transport.is_closing():
            connection = self._transport.get_extra_info("socket")
            waiting = struct.unpack("i", fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, bytes(4)))[0]
            arrived = self.sent_bytes - waiting - self._transport.get_write_buffer_size()
            self._arrived_bytes = max(self._arrived_bytes, arrived)
        return self._arrived_bytes

    def all_has_arrived(self) -> None:
        """The other side has confirmed the body."""
        self._arrived_bytes = self.sent_bytes

    def abort(self) -> None:
        """Be done with it: nothing more is read or sent."""
        self.arrived_bytes()
        self._transport.abort()

    async def _stir(self) -> None:
        self._raise_for_loss()
        self._stirred.clear()
        await self._stirred.wait()

    def _raise_for_loss(self) -> None:
        if isinstance(self._error, ssl.SSLError):
            raise tls_error(self._error, self._place) from self._error
        if self._error is not None:
            raise Reset(
                f"{self._place} tears down the connection in the middle of the test; something on the way may forbid it"
            ) from self._error
