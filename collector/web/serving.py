"""How the pages are served: by uvicorn, which tells when it has begun. Made by `collector.main`."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator, Sequence

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 10.0
_MOST_CONNECTIONS = 800
"""More are told 503. A process may have 1,024 files open by itself, and the databases and the broker need some."""


class Server(uvicorn.Server):
    """uvicorn without its own signal handling, which would take Ctrl-C away from the rest of the process.

    Only of `proxies`, which are addresses or networks, it believes in `X-Forwarded-For` who asks, and in
    `X-Forwarded-Proto` whether they came over HTTPS. By itself uvicorn would believe everybody on this machine.
    """

    def __init__(
        self, application: ASGIApp, *, proxies: Sequence[str] = (), head_seconds: float = HEAD_SECONDS
    ) -> None:
        super().__init__(
            uvicorn.Config(
                application,
                http=type("Punctual", (_PunctualProtocol,), {"head_seconds": head_seconds}),
                ws="none",
                log_config=None,
                access_log=False,
                lifespan="on",
                limit_concurrency=_MOST_CONNECTIONS,
                timeout_graceful_shutdown=2,
                server_header=False,
                proxy_headers=bool(proxies),
                forwarded_allow_ips=list(proxies),
            )
        )
        self.has_started = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell who waits for it when the pages are served."""
        await super().startup(sockets)
        self.has_started.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the command."""
        yield


class _PunctualProtocol(H11Protocol):
    """uvicorn's HTTP, which hangs up on whoever begins a request and does not come to the end of its head: uvicorn
    alone would wait for it for ever. What is idle between two requests it closes itself."""

    head_seconds: float
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn's own is wider
        """Begin to look."""
        super().connection_made(transport)
        self._look_again()

    def connection_lost(self, exc: Exception | None) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def _look_again(self) -> None:
        self._timer = self.loop.call_later(self.head_seconds, self._look, self.cycle)

    def _look(self, cycle_before: object) -> None:
        """Where nothing is being answered now and nothing has begun since the last look, a head is what is missing."""
        is_waiting = self.cycle is None or self.cycle.response_complete
        if is_waiting and self.cycle is cycle_before:
            self.transport.abort()
            return
        self._look_again()
