"""The client of MQTT for thousands of messages a second: aiomqtt's, which reads and writes by the turn of the loop.

By itself it takes a turn of the loop and four system calls to read a message, and one more to confirm it, which costs
as much as all that is done with it. Used by `subscriber` alone. What it knows of aiomqtt 2 and paho-mqtt 2 beyond their
interfaces is in here.
"""

import threading
from collections.abc import Container, Iterable, Iterator, Sequence
from typing import Any, Protocol

import agent.light_mqtt  # noqa: F401  # isort: skip
from aiomqtt import Client, MqttCodeError
from paho.mqtt.client import MQTT_ERR_SUCCESS, MQTTMessage
from paho.mqtt.client import Client as PahoClient
from paho.mqtt.enums import MessageType

from agent.broker import publish

READ_AT_ONCE_BYTES = 64 * 1024
"""Some forty reports of an access point, and no more than all else in the loop may wait for."""
_TYPE = 0xF0
"""The bits of a packet's first byte that say what it is."""


class HandOver(Protocol):
    """What is called for each message, the moment it is read."""

    def __call__(self, topic: str, payload: bytes, *, is_retained: bool) -> None:
        """Take one message."""
        ...


class HighRateClient(Client):
    """Messages go to `hand_over` instead of into the client's own queue, whose reader costs more than all the rest of
    receiving; `messages` yields none, and ends when the connection does."""

    def __init__(self, hand_over: HandOver, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._hand_over = hand_over
        self._is_write_due = False
        self._is_socket_full = False
        self._loop_thread = threading.get_ident()
        inner: Any = self._client
        inner.disable_logger()  # which is asked several times a message; errors are raised as well
        inner._handle_on_message = self._take  # noqa: SLF001  # its own leaves a circle of objects for each message

    def _take(self, message: MQTTMessage) -> None:
        self._hand_over(message.topic, bytes(message.payload), is_retained=message.retain)

    def _on_socket_open(self, client: PahoClient, userdata: Any, sock: Any) -> None:
        read_ahead = ReadAhead(sock)
        client._sock = read_ahead  # noqa: SLF001
        super()._on_socket_open(client, userdata, read_ahead)

    def _on_socket_register_write(self, client: PahoClient, userdata: Any, sock: Any) -> None:
        """There is something to be written: the first packet since all was."""
        if threading.get_ident() != self._loop_thread:  # while it connects
            self._is_socket_full = True
            super()._on_socket_register_write(client, userdata, sock)
        elif not self._is_write_due:
            self._is_write_due = True
            self._loop.call_soon(self._write, client, userdata)

    def _on_socket_unregister_write(self, client: PahoClient, userdata: Any, sock: Any) -> None:
        if self._is_socket_full:
            self._is_socket_full = False
            super()._on_socket_unregister_write(client, userdata, sock)

    def _write(self, client: PahoClient, userdata: Any) -> None:
        """Write all that this turn has made; what the socket does not take now is written when it does."""
        self._is_write_due = False
        packets = client._out_packet  # noqa: SLF001
        together = [*_joined(packets, self._pending_publishes.keys())]
        packets.clear()
        packets.extend(together)
        try:
            client.loop_write()
        except Exception as error:  # noqa: BLE001  # as aiomqtt does: whoever uses the client is told
            if not self._disconnected.done():
                self._disconnected.set_exception(error)
        sock = client.socket()
        if sock is not None and client.want_write():
            self._is_socket_full = True
            super()._on_socket_register_write(client, userdata, sock)


class ReadAhead:
    """A socket that is asked once a turn of the loop, for all that has come, and tells of it bit by bit. Everything
    else is the socket's own."""

    def __init__(self, sock: Any) -> None:
        self._sock = sock
        self._read = b""
        self._at = 0
        self._has_asked = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def recv(self, size: int) -> bytes:
        """Up to so many bytes; none where the other side has closed. Raises BlockingIOError where there is nothing
        more in this turn, and what the socket raises."""
        at = self._at
        if at == len(self._read):
            if self._has_asked:
                raise BlockingIOError
            self._read, at = self._sock.recv(READ_AT_ONCE_BYTES), 0
            self._has_asked = True
        self._at = min(at + size, len(self._read))
        return self._read[at : self._at]

    def pending(self) -> int:
        """How many bytes were read and not told of yet. Asked by aiomqtt, which ends its turn where there are none:
        from then on the socket may be asked again."""
        left = len(self._read) - self._at
        if not left:
            self._has_asked = False
        return left


async def publish_all(client: Client, messages: Sequence[tuple[str, bytes]]) -> None:
    """Publish with QoS 0, for which nobody's word is waited for but the socket's, and that once for all. Raises
    MqttError."""
    for topic, payload in messages[:-1]:
        outcome = client._client.publish(topic, payload, qos=0).rc  # noqa: SLF001
        if outcome != MQTT_ERR_SUCCESS:
            raise MqttCodeError(outcome, "Could not publish message")
    for topic, payload in messages[-1:]:
        await publish(client, topic, payload, qos=0)


def _joined(packets: Iterable[Any], awaited: Container[int]) -> Iterator[Any]:
    """Paho's packets, each run of them as one that is written in one system call. One whose being written somebody
    waits for, as well as the end of the connection, ends its run."""
    run: list[Any] = []
    for packet in packets:
        run.append(packet)
        if packet["mid"] in awaited or packet["command"] & _TYPE == MessageType.DISCONNECT:
            yield _as_one(run)
            run = []
    if run:
        yield _as_one(run)


def _as_one(run: Sequence[Any]) -> Any:
    """The last of some packets, with what is left to write of those before it in front."""
    if len(run) == 1:
        return run[0]
    content = b"".join([packet["packet"][packet["pos"] :] for packet in run])
    return run[-1] | {"packet": content, "pos": 0, "to_process": len(content)}
