"""Runs the throughput server until it is told to stop. Called by the `hangang throughput-server` command."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable, Iterator

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from collector.throughput.admission import STREAMS_AT_MOST
from collector.throughput.application import ThroughputApplication

_HEAD_SECONDS = 10.0
_BACKLOG = 256
_SPARE_CONNECTIONS = 64  # for those that are told that it is full
_logger = logging.getLogger(__name__)


class ThroughputServerError(Exception):
    """The server cannot start. The message names the thing and the remedy, for a person."""


async def serve(
    application: ThroughputApplication,
    listener: socket.socket,
    *,
    stopped: asyncio.Event,
    on_ready: Callable[[], None],
) -> None:
    """Serve on a listening socket until `stopped` is set; connections that are still open are then torn down."""
    limits = application.limits
    config = uvicorn.Config(
        application,
        http=type("Punctual", (_PunctualProtocol,), {"seconds_at_most": limits.seconds_at_most}),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=limits.tests_at_once * STREAMS_AT_MOST + _SPARE_CONNECTIONS,
        timeout_graceful_shutdown=2,
    )
    server = _Server(config)
    server.on_ready = on_ready
    serving = asyncio.create_task(server.serve([listener]), name="throughput server")
    stopping = asyncio.create_task(stopped.wait(), name="throughput server stopped")
    try:
        await asyncio.wait([serving, stopping], return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        server.should_exit = True
        await serving
    totals = application.totals
    _logger.info(
        "throughput_server_stopped streams=%d refused_streams=%d sent_bytes=%d received_bytes=%d",
        totals.streams,
        totals.refused_streams,
        totals.sent_bytes,
        totals.received_bytes,
    )


def listen(address: str, port: int) -> socket.socket:
    """A listening socket; raises ThroughputServerError where there is none to be had."""
    listener = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((address, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        reason = error.strerror or error
        raise ThroughputServerError(f"port {port} on {address}: {reason}; choose another") from error
    return listener


class _Server(uvicorn.Server):
    """uvicorn without its own signal handling, which would take Ctrl-C away from the command."""

    on_ready: Callable[[], None]

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell who waits for it."""
        await super().startup(sockets)
        self.on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Tear down what is under way: whoever measures is told at once, and no task has to be cancelled."""
        for connection in list(self.server_state.connections):
            if isinstance(connection, _PunctualProtocol):
                connection.transport.abort()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the command."""
        yield


class _PunctualProtocol(H11Protocol):
    """uvicorn's HTTP with an end to everything: a head that does not come, a client that reads nothing or has lost its
    power, an answer that is never fetched. uvicorn alone would wait for each of them for ever."""

    seconds_at_most: float
    _timers: tuple[asyncio.TimerHandle, ...] = ()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as above
        """Start the clock."""
        super().connection_made(transport)
        head_seconds = min(_HEAD_SECONDS, self.seconds_at_most)
        self._timers = (
            self.loop.call_later(head_seconds, self._abort_without_request),
            self.loop.call_later(self.seconds_at_most, transport.abort),
        )

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        for timer in self._timers:
            timer.cancel()
        super().connection_lost(exc)

    def _abort_without_request(self) -> None:
        if self.cycle is None:
            self.transport.abort()
