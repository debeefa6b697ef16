"""Plain sockets to a broker, for generators that are to cost little: what publishes, and what hears of the storing."""

import socket
from collections.abc import Iterator

from mqtt_packets import PUBLISH, Incoming, connect, subscribe, topic_and_payload

_ACCEPTED = b"\x20\x02\x00\x00"
_PUBACK_BYTES = 4
_RECEIVED_AT_ONCE_BYTES = 1_048_576


class Connection:
    """One socket to the broker. What it does not take at once is in `unsent`, and goes with the next `send`."""

    def __init__(self, port: int, client_id: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(connect(client_id))
        if self._socket.recv(len(_ACCEPTED)) != _ACCEPTED:
            raise ConnectionError("the broker refuses the connection")
        self._socket.setblocking(False)
        self.unsent = b""

    def send(self, data: bytes = b"") -> None:
        """Send as much as the broker takes."""
        data = self.unsent + data
        try:
            sent = self._socket.send(data)
        except BlockingIOError:
            sent = 0
        self.unsent = data[sent:]

    def receive(self) -> bytes:
        """What has come; empty where nothing has."""
        try:
            received = self._socket.recv(_RECEIVED_AT_ONCE_BYTES)
        except BlockingIOError:
            return b""
        if not received:
            raise ConnectionError("the broker has closed the connection")
        return received

    def close(self) -> None:
        """Let go of it."""
        self._socket.close()


class Sender(Connection):
    """A connection that publishes. All that comes back on it is PUBACKs, of four bytes each."""

    def __init__(self, port: int, client_id: str) -> None:
        super().__init__(port, client_id)
        self._published = 0
        self._puback_bytes = 0

    def next_packet_id(self) -> int:
        """The identifier of one more PUBLISH."""
        self._published += 1
        return self._published % 65_535 + 1

    def hear(self) -> int:
        """How many PUBACKs have come."""
        before = self._puback_bytes // _PUBACK_BYTES
        self._puback_bytes += len(self.receive())
        return self._puback_bytes // _PUBACK_BYTES - before

    @property
    def in_flight(self) -> int:
        """PUBLISHes without a PUBACK."""
        return self._published - self._puback_bytes // _PUBACK_BYTES


class Listener(Connection):
    """The connection that hears the collector's acknowledgements."""

    def __init__(self, port: int, client_id: str) -> None:
        super().__init__(port, client_id)
        self.send(subscribe("wifi/v1/+/ack", 0))
        self._incoming = Incoming()

    def acks(self) -> Iterator[tuple[bytes, bytes]]:
        """Topic and payload of each that has come."""
        for kind, body in self._incoming.packets(self.receive()):
            if kind == PUBLISH:
                yield topic_and_payload(body)
