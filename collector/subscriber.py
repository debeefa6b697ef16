"""The only MQTT in the collector: hands frames and statuses to the pipeline, carries its acknowledgements back."""

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Protocol

from aiomqtt import Client, MqttError

from agent.broker import BrokerError, BrokerSettings, Connector, publish, subscribe
from agent.wire import Ack, Certificate, Kind, encode, topic_for
from collector.metrics import Metrics
from collector.mqtt import HighRateClient, publish_all

_RECONNECT_AT_MOST_SECONDS = 15.0
_SHARED_KINDS: tuple[Kind, ...] = ("frame", "backlog")
_ACKS_AT_ONCE = 200
_logger = logging.getLogger(__name__)


class Receive(Protocol):
    """What the subscriber calls for each message."""

    def __call__(self, topic_name: str, payload: bytes, received_at: datetime, *, is_retained: bool) -> None:
        """Take one message in."""
        ...


class Subscriber:
    """Stays subscribed for as long as it runs. aiomqtt acknowledges to the broker on receipt: what is received and
    not stored yet is the agents' to send again, not the broker's.

    Collectors that come by one `share_name` share frames and backlog among them; every one of them hears all statuses.
    The name is a secret, and is never told.
    """

    def __init__(
        self,
        settings: BrokerSettings,
        receive: Receive,
        metrics: Metrics,
        clock: Callable[[], datetime],
        *,
        name: str,
        share_name: str | None = None,
    ) -> None:
        if (
            settings.protocol == "auto"
        ):  # nothing here needs version 5, whose properties cost as much as a frame's decoding
            settings = settings.model_copy(update={"protocol": "3.1.1"})
        self._connector = Connector(settings, f"hangang-{name}", new_client=partial(HighRateClient, self._hand_over))
        self._receive = receive
        self._metrics = metrics
        self._clock = clock
        shared = "" if share_name is None else f"$share/{share_name}/"
        self._take_renewal: Callable[[str, bytes], None] | None = None
        self._shared = shared
        self._topics = (topic_for("+", "status"), *(shared + topic_for("+", kind) for kind in _SHARED_KINDS))
        self._client: Client | None = None
        self._random = random.Random()  # noqa: S311  # jitter, not a secret
        self.problem: str | None = "not connected to the broker yet"
        self.connected_since: datetime | None = None
        """Since when everything that is published is received; None while it is not."""

    def hand_renewals_to(self, take: Callable[[str, bytes], None]) -> None:
        """Hear agents who ask for a new certificate as well, and call this with each request's topic and content. To be
        called before `run`."""
        self._take_renewal = take
        self._topics += (self._shared + topic_for("+", "renewal"),)

    async def run(self) -> None:
        """Receive until cancelled, connecting again with jittered back-off."""
        attempt = 0
        while True:
            try:
                async with self._connector.connect() as client:
                    for topic in self._topics:
                        await subscribe(client, topic)
                    attempt = 0
                    self._note_connected(client)
                    async for _ in client.messages:
                        pass  # they go another way; this ends when the connection does
            except BrokerError as error:
                self._note_disconnected(str(error))
            finally:
                self._client = None
            attempt += 1
            longest = min(_RECONNECT_AT_MOST_SECONDS, 0.5 * 2.0 ** min(attempt, 16))
            await asyncio.sleep(self._random.uniform(0, longest))

    async def acknowledge(self, acks: Sequence[tuple[str, Ack]]) -> None:
        """Tell agents. At most once: an acknowledgement that is lost costs one repeat, never a frame."""
        for start in range(0, len(acks), _ACKS_AT_ONCE):
            if self._client is None:
                return
            some = acks[start : start + _ACKS_AT_ONCE]
            try:
                await publish_all(self._client, [(topic_for(agent, "ack"), encode(ack)) for agent, ack in some])
            except MqttError as error:
                _logger.warning("acks_not_sent agents=%d error=%r", len(acks) - start, str(error))
                return
            await asyncio.sleep(0)

    async def send_certificate(self, agent: str, certificate: Certificate) -> None:
        """Answer an agent. An answer that is lost is asked for again."""
        if self._client is None:
            return
        try:
            await publish(self._client, topic_for(agent, "certificate"), encode(certificate), qos=1)
        except MqttError as error:
            _logger.warning("certificate_not_sent agent=%s error=%r", agent, str(error))

    def _hand_over(self, topic: str, payload: bytes, *, is_retained: bool) -> None:
        if self._take_renewal is not None and topic.endswith("/renewal"):
            if not is_retained:  # a request that lies at the broker was answered long ago
                self._take_renewal(topic, payload)
            return
        self._receive(topic, payload, self._clock(), is_retained=is_retained)

    def _note_connected(self, client: Client) -> None:
        self._client = client
        self.problem = None
        self.connected_since = self._clock()
        self._metrics.is_connected.set(1)
        _logger.info("subscriber_connected")

    def _note_disconnected(self, problem: str) -> None:
        self.problem = problem
        self.connected_since = None
        self._metrics.is_connected.set(0)
        _logger.warning("subscriber_disconnected problem=%r", problem)


def utc_now() -> datetime:
    """The collector's clock."""
    return datetime.now(UTC)
