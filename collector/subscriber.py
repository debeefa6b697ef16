"""The only MQTT in the collector: hands frames and statuses to the pipeline, carries its acknowledgements back."""

import asyncio
import logging
import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

from aiomqtt import Client, Message, MqttError

from agent.broker import BrokerError, Connector, publish, subscribe
from agent.wire import Ack, encode, topic_for
from collector.metrics import Metrics

_RECONNECT_AT_MOST_SECONDS = 15.0
_logger = logging.getLogger(__name__)


class Receive(Protocol):
    """What the subscriber calls for each message."""

    def __call__(self, topic_name: str, payload: bytes, received_at: datetime, *, is_retained: bool) -> None:
        """Take one message in."""
        ...


class Subscriber:
    """Stays subscribed for as long as it runs. aiomqtt acknowledges to the broker on receipt: what is received and
    not stored yet is the agents' to send again, not the broker's."""

    def __init__(self, connector: Connector, metrics: Metrics, clock: Callable[[], datetime]) -> None:
        self._connector = connector
        self._metrics = metrics
        self._clock = clock
        self._client: Client | None = None
        self._random = random.Random()  # noqa: S311  # jitter, not a secret
        self.problem: str | None = "not connected to the broker yet"

    async def run(self, receive: Receive) -> None:
        """Receive until cancelled, connecting again with jittered back-off."""
        attempt = 0
        while True:
            try:
                async with self._connector.connect() as client:
                    for kind in ("status", "frame"):
                        await subscribe(client, topic_for("+", kind))
                    attempt = 0
                    self._note_connected(client)
                    async for message in client.messages:
                        self._hand_over(message, receive)
            except BrokerError as error:
                self._note_disconnected(str(error))
            finally:
                self._client = None
            attempt += 1
            longest = min(_RECONNECT_AT_MOST_SECONDS, 0.5 * 2.0 ** min(attempt, 16))
            await asyncio.sleep(self._random.uniform(0, longest))

    async def acknowledge(self, agent: str, ack: Ack) -> None:
        """Tell an agent. At most once: an acknowledgement that is lost costs one repeat, never a frame."""
        if self._client is None:
            return
        try:
            await publish(self._client, topic_for(agent, "ack"), encode(ack), qos=0)
        except MqttError as error:
            _logger.warning("ack_not_sent agent=%s error=%r", agent, str(error))

    def _hand_over(self, message: Message, receive: Receive) -> None:
        payload = message.payload
        if not isinstance(payload, bytes):
            payload = str(payload).encode()
        receive(message.topic.value, payload, self._clock(), is_retained=message.retain)

    def _note_connected(self, client: Client) -> None:
        self._client = client
        self.problem = None
        self._metrics.is_connected.set(1)
        _logger.info("subscriber_connected")

    def _note_disconnected(self, problem: str) -> None:
        self.problem = problem
        self._metrics.is_connected.set(0)
        _logger.warning("subscriber_disconnected problem=%r", problem)


def utc_now() -> datetime:
    """The collector's clock."""
    return datetime.now(UTC)
