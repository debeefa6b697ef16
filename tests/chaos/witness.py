"""Listens at the broker and remembers which frames passed and which were acknowledged: the history that a failed run is
explained by. It is told nothing while the broker is down, and nothing depends on it."""

import asyncio
import contextlib
import time
from collections import defaultdict
from datetime import UTC, datetime

from aiomqtt import Client, Message, MqttError

from agent.wire import DecodeError, decode_ack, decode_frame, unpack

Moment = tuple[float, str]


class Witness:
    """What passed the broker, frame by frame."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._sent: dict[tuple[str, str, int], list[Moment]] = defaultdict(list)
        self._acks: dict[tuple[str, str], list[tuple[int, int, Moment]]] = defaultdict(list)

    async def watch(self) -> None:
        """Listen until cancelled, whatever happens to the broker."""
        while True:
            with contextlib.suppress(MqttError):
                async with Client("127.0.0.1", self._port, identifier="witness") as client:
                    await client.subscribe("wifi/v1/+/+")
                    async for message in client.messages:
                        with contextlib.suppress(DecodeError):
                            self._note(message)
            await asyncio.sleep(0.2)

    def history(self, agent: str, boot_id: str, sequence: int) -> str:
        """What was seen of a frame, in order, in words."""
        moments = list(self._sent.get((agent, boot_id, sequence), []))
        for first, last, moment in self._acks.get((agent, boot_id), []):
            if first <= sequence <= last:
                moments.append(moment)
        told = [f"{datetime.fromtimestamp(at, UTC):%H:%M:%S.%f} {what}" for at, what in sorted(moments)]
        return "; ".join(told) or "never seen at the broker"

    def _note(self, message: Message) -> None:
        _, _, agent, kind = message.topic.value.split("/")
        payload = message.payload if isinstance(message.payload, bytes) else b""
        now = time.time()
        if kind == "ack":
            ack = decode_ack(payload)
            for word, spans in (("stored", ack.stored), ("refused", ack.refused)):
                for span in spans:
                    self._acks[agent, span.boot_id].append((span.first, span.last, (now, word)))
        elif kind in {"frame", "backlog"}:
            for document in [payload] if kind == "frame" else unpack(payload):
                frame = decode_frame(document).frame
                word = f"{kind}{' again' if frame.is_resent else ''}"
                self._sent[agent, frame.boot_id, frame.sequence].append((now, word))
