"""The few packets of MQTT 3.1.1 that the load generator needs, made and read by hand: a client library costs more per
message than what it is to measure. Pure; used by `load`."""

PUBLISH = 0x30
_CONNECT, _SUBSCRIBE, _PUBLISH_QOS_1, _RETAINED = 0x10, 0x82, 0x32, 0x01
_CLEAN_SESSION, _RETAINED_WILL_QOS_1 = 0x02, 0x2C


def connect(client_id: str) -> bytes:
    """CONNECT with a clean session and no keep-alive."""
    return _packet(_CONNECT, _text("MQTT") + bytes([4, _CLEAN_SESSION, 0, 0]) + _text(client_id))


def connect_with_will(client_id: str, topic: str, payload: bytes) -> bytes:
    """The same with a last will at QoS 1, which the broker is to retain."""
    flags = _CLEAN_SESSION | _RETAINED_WILL_QOS_1
    will = _text(topic) + len(payload).to_bytes(2) + payload
    return _packet(_CONNECT, _text("MQTT") + bytes([4, flags, 0, 0]) + _text(client_id) + will)


def subscribe(topic: str, qos: int) -> bytes:
    """SUBSCRIBE to one topic."""
    return _packet(_SUBSCRIBE, b"\x00\x01" + _text(topic) + bytes([qos]))


def publish_head(topic: str, payload_bytes: int) -> bytes:
    """What of a PUBLISH at QoS 1 comes before its packet identifier, which two bytes and the payload follow."""
    name = _text(topic)
    return bytes([_PUBLISH_QOS_1]) + _length(len(name) + 2 + payload_bytes) + name


def publish(topic: str, payload: bytes, packet_id: int, *, is_retained: bool = False) -> bytes:
    """A whole PUBLISH at QoS 1."""
    packet = publish_head(topic, len(payload)) + packet_id.to_bytes(2) + payload
    return bytes([packet[0] | _RETAINED]) + packet[1:] if is_retained else packet


class Incoming:
    """Cuts a stream of bytes into packets, however it was torn."""

    def __init__(self) -> None:
        self._rest = b""

    def packets(self, received: bytes) -> list[tuple[int, bytes]]:
        """The packets that are whole now: each one's first byte without its flags, and its body."""
        data = self._rest + received if self._rest else received
        found: list[tuple[int, bytes]] = []
        start, end = 0, len(data)
        while end - start >= 2:
            size, shift, at = 0, 0, start + 1
            while at < end and data[at] & 0x80:
                size |= (data[at] & 0x7F) << shift
                shift += 7
                at += 1
            if at >= end:
                break
            size |= data[at] << shift
            at += 1
            if end - at < size:
                break
            found.append((data[start] & 0xF0, data[at : at + size]))
            start = at + size
        self._rest = data[start:]
        return found


def topic_and_payload(publish_qos_0: bytes) -> tuple[bytes, bytes]:
    """The two parts of a PUBLISH at QoS 0."""
    size = int.from_bytes(publish_qos_0[:2])
    return publish_qos_0[2 : 2 + size], publish_qos_0[2 + size :]


def _packet(first: int, body: bytes) -> bytes:
    return bytes([first]) + _length(len(body)) + body


def _text(text: str) -> bytes:
    encoded = text.encode()
    return len(encoded).to_bytes(2) + encoded


def _length(number: int) -> bytes:
    encoded = bytearray()
    while True:
        number, digit = divmod(number, 128)
        encoded.append(digit | (0x80 if number else 0))
        if not number:
            return bytes(encoded)
