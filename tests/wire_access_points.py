"""Access points with an agent on each, as a broker sees them: a connection with a last will, a status, and reports.

Hundreds of them live in one process, and die as a power cut would have them: their connection is gone, and nothing was
said before.
"""

import contextlib
import secrets
import socket
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from bench.mqtt_packets import connect_with_will, publish

from agent.wire import Frame, Report, Status, encode, topic_for

_ACCEPTED = b"\x20\x02\x00\x00"


class WireAccessPoint:
    """One agent `name`, which reports of itself, or as a gateway of other `places`. Reports are due `interval_seconds`
    apart; how often they come is up to whoever plays it."""

    def __init__(
        self, broker_port: int, name: str, *, places: Iterable[str] = (), interval_seconds: float = 600.0
    ) -> None:
        self.name = name
        self._places = tuple(places) or (name,)
        self._port = broker_port
        self._interval_seconds = interval_seconds
        self._socket: socket.socket | None = None
        self._boot_id = ""
        self._sequence = 0

    def come(self) -> None:
        """Start: connect, say that it is here, and report once."""
        self._boot_id, self._sequence = secrets.token_hex(8), 0
        self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=10)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(
            connect_with_will(self.name, topic_for(self.name, "status"), self._status(is_online=False))
        )
        if self._socket.recv(len(_ACCEPTED)) != _ACCEPTED:
            raise ConnectionError("the broker refuses the connection")
        status = self._status(is_online=True)
        self._socket.sendall(publish(topic_for(self.name, "status"), status, 1, is_retained=True))
        self.report()

    def report(self, places: Iterable[str] = ()) -> None:
        """Report of these places, or of all."""
        assert self._socket is not None
        self._sequence += 1
        now = datetime.now(UTC)
        frame = Frame(
            version=1,
            agent=self.name,
            boot_id=self._boot_id,
            sequence=self._sequence,
            sent_at=now,
            sent_monotonic_seconds=time.monotonic(),
            sampled_at=now,
            sampled_monotonic_seconds=time.monotonic(),
            reports=tuple(
                Report(access_point=place, observed_at=now, interval_seconds=self._interval_seconds, clients=3)
                for place in tuple(places) or self._places
            ),
        )
        self._socket.sendall(publish(topic_for(self.name, "frame"), encode(frame), 1 + self._sequence % 60_000))

    def die(self) -> float:
        """Without a word; when, by the monotonic clock in seconds."""
        at = time.monotonic()
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        return at

    def _status(self, *, is_online: bool) -> bytes:
        return encode(
            Status(version=1, agent=self.name, boot_id=self._boot_id, is_online=is_online, since=datetime.now(UTC))
        )


@contextlib.contextmanager
def connected(
    broker_port: int, names: Iterable[str], *, interval_seconds: float = 600.0
) -> Iterator[dict[str, WireAccessPoint]]:
    """Access points of these names, by them, each with an agent of its own."""
    places = {name: WireAccessPoint(broker_port, name, interval_seconds=interval_seconds) for name in names}
    try:
        for place in places.values():
            place.come()
        yield places
    finally:
        for place in places.values():
            place.die()
