"""Packets of MQTT 5 made by hand, for what a client library would refuse to send or to read."""

import socket
import ssl

from attacked_broker import Attacked

_CONNECT, _PUBLISH_QOS_1, _PUBACK, _DISCONNECT = 0x10, 0x32, 0x40, 0xE0
_CHUNK_BYTES = 65_536


def text(value: str) -> bytes:
    """A string as MQTT has it."""
    return len(value).to_bytes(2) + value.encode()


def packet(first: int, body_bytes: int) -> bytes:
    """The head of a packet: its kind and how long it says that it is."""
    head = bytearray([first])
    while True:
        body_bytes, digit = divmod(body_bytes, 128)
        head.append(digit | (0x80 if body_bytes else 0))
        if not body_bytes:
            return bytes(head)


def connect(name: str) -> bytes:
    """CONNECT with a clean start."""
    body = text("MQTT") + bytes([5, 0x02, 0, 60, 0]) + text(name)
    return packet(_CONNECT, len(body)) + body


def answer_to(attacked: Attacked, name: str, topic: str, payload_bytes: int) -> int | None:
    """The broker's answer to a message of this size, as a reason code; None where it ends the connection instead. The
    message is sent as long as the broker listens, in small pieces."""
    context = attacked.enrolment._context(name)
    with (
        socket.create_connection(("127.0.0.1", attacked.port), 30) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as connection,
    ):
        connection.sendall(connect(name))
        assert connection.recv(64)[:1] == b"\x20"
        body = text(topic) + bytes([0, 1, 0])
        try:
            connection.sendall(packet(_PUBLISH_QOS_1, len(body) + payload_bytes) + body)
            for _ in range(min(payload_bytes, 2**21) // _CHUNK_BYTES):
                connection.sendall(b"x" * _CHUNK_BYTES)
            connection.sendall(b"x" * (payload_bytes % _CHUNK_BYTES))
            answer = connection.recv(64)
        except (ssl.SSLError, ConnectionError):
            return None
    if not answer or answer[0] == _DISCONNECT:
        return None
    assert answer[0] == _PUBACK, answer
    return answer[4] if answer[1] > 2 else 0


def is_let_in(attacked: Attacked, name: str | None) -> bool:
    """Whether the broker takes a connection with the certificate that lies under this name, or with none."""
    context = attacked.enrolment._context(name)
    try:
        with (
            socket.create_connection(("127.0.0.1", attacked.port), 10) as plain,
            context.wrap_socket(plain, server_hostname="127.0.0.1") as connection,
        ):
            connection.sendall(connect(name or "nobody"))
            answer = connection.recv(64)
    except (ssl.SSLError, ConnectionError):
        return False
    return answer[:1] == b"\x20" and answer[3] == 0
