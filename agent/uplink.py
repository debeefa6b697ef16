"""The uplink: publishes what the dispatch decides to send, and tells it what the collector acknowledges.

The only MQTT in the agent beside `agent.broker`. It connects for as long as it runs, says whether the agent is there,
and forgets a frame when the collector says that it is stored, never before.
"""

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass

from aiomqtt import Client, MqttError, Will

from agent.broker import BrokerError, ClientCertificate, Connector, publish, subscribe
from agent.clock import Clock
from agent.dispatch import Dispatch, UplinkSettings
from agent.health import Health
from agent.spool import Spool
from agent.wire import VERSION, DecodeError, Kind, Status, decode_ack, encode, topic_for

_logger = logging.getLogger(__name__)

_FAREWELL_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class _Trial:
    """Another certificate to connect with, and what comes of it."""

    certificate: ClientCertificate
    outcome: asyncio.Future[None]

    def end(self, error: BrokerError | None = None) -> None:
        """Tell whoever still waits for it."""
        if self.outcome.done():
            return
        if error is None:
            self.outcome.set_result(None)
        else:
            self.outcome.set_exception(error)


class Uplink:
    """Sends one agent's frames for as long as it runs."""

    def __init__(
        self, *, agent: str, software: str, settings: UplinkSettings, connector: Connector, spool: Spool, clock: Clock,
        health: Health,
    ) -> None:  # fmt: skip
        self._agent = agent
        self._software = software
        self._settings = settings
        self._connector = connector
        self._spool = spool
        self._clock = clock
        self._health = health
        self._dispatch = Dispatch(agent=agent, settings=settings, spool=spool, clock=clock, health=health)
        self._wake = asyncio.Event()
        self._anew = asyncio.Event()
        self._trial: _Trial | None = None
        self._client: Client | None = None
        self.connected = asyncio.Event()
        self.on_certificate: Callable[[bytes], None] | None = None
        self._random = random.Random()  # noqa: S311  # jitter, not a secret

    def wake(self) -> None:
        """There may be something to send."""
        self._wake.set()

    async def send(self, kind: Kind, payload: bytes) -> None:
        """Publish what is no frame; raises BrokerError."""
        if self._client is None:
            raise BrokerError("there is no connection to the broker")
        try:
            await publish(self._client, topic_for(self._agent, kind), payload, qos=1)
        except MqttError as error:
            raise BrokerError(str(error)) from error

    async def try_certificate(self, certificate: ClientCertificate) -> None:
        """Connect anew, once with another certificate than that of the settings. Raises BrokerError where the broker
        does not take it; the uplink then goes back to the other at once."""
        self._trial = _Trial(certificate, asyncio.get_running_loop().create_future())
        self._anew.set()
        await self._trial.outcome

    async def run(self) -> None:
        """Connect, send, and connect again with jittered back-off, until cancelled."""
        attempt = 0
        while True:
            trial, self._trial = self._trial, None
            self._anew.clear()
            try:
                async with self._connector.connect(self._will(), trial.certificate if trial else None) as client:
                    attempt = 0
                    if trial is not None:
                        trial.end()
                    await self._converse(client)
            except BrokerError as error:
                _logger.warning("uplink_disconnected problem=%r", str(error))
                if trial is not None and not trial.outcome.done():
                    trial.end(error)
                    continue
            finally:
                self._health.is_connected = False
                self.connected.clear()
                self._client = None
            attempt += 1
            longest = min(self._settings.reconnect_at_most_seconds, 2.0 ** min(attempt, 16))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._random.uniform(0, longest)):
                    await self._anew.wait()

    async def _converse(self, client: Client) -> None:
        """All that happens on one connection. Ends with MqttError when it breaks, with an offline status when it is
        cancelled, and without a word when it is to connect anew: it is back before anybody would miss it."""
        self._dispatch.begin_anew()
        await subscribe(client, topic_for(self._agent, "ack"))
        if self.on_certificate is not None:
            await subscribe(client, topic_for(self._agent, "certificate"))
        await self._tell_status(client, is_online=True)
        self._client = client
        self.connected.set()
        self._health.is_connected = True
        self._health.connections += 1
        _logger.info("uplink_connected backlog_frames=%d", self._spool.frames)
        try:
            await self._exchange(client)
        except asyncio.CancelledError:
            with contextlib.suppress(MqttError, TimeoutError):  # the last will says the same, a little later
                async with asyncio.timeout(_FAREWELL_SECONDS):
                    await self._tell_status(client, is_online=False)
            raise

    async def _exchange(self, client: Client) -> None:
        """Listen and send until one of them fails, or it is to connect anew. Not a TaskGroup: on Python 3.11 that lets
        a cancellation vanish which comes while a task of its own has just failed, as when broker and agent stop
        together."""
        tasks = [
            asyncio.create_task(self._listen(client), name="uplink acks"),
            asyncio.create_task(self._send(client), name="uplink frames"),
            asyncio.create_task(self._anew.wait(), name="uplink anew"),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            task.result()

    async def _listen(self, client: Client) -> None:
        certificate_topic = topic_for(self._agent, "certificate")
        async for message in client.messages:
            payload = message.payload if isinstance(message.payload, bytes) else b""
            if message.topic.value == certificate_topic:
                if self.on_certificate is not None:
                    self.on_certificate(payload)
                continue
            try:
                ack = decode_ack(payload)
            except DecodeError as error:
                _logger.warning("ack_unreadable problem=%r", str(error))
                continue
            refused = await self._dispatch.heed(ack)
            if refused:
                _logger.warning("frames_refused count=%d", refused)
            self._wake.set()

    async def _send(self, client: Client) -> None:
        while True:
            self._wake.clear()
            now = self._clock.monotonic()
            message = await self._dispatch.next(now)
            if message is None:
                await self._rest(now)
            else:
                await publish(client, topic_for(self._agent, message.kind), message.payload, qos=1)

    async def _rest(self, now: float) -> None:
        """Until something new is spooled or acknowledged, or something is due that was not at `now`."""
        due = self._dispatch.due_after(now)
        try:
            async with asyncio.timeout(None if due is None else max(0.0, due - self._clock.monotonic())):
                await self._wake.wait()
        except TimeoutError:
            return

    def _will(self) -> Will:
        return Will(topic_for(self._agent, "status"), self._status(is_online=False), qos=1, retain=True)

    async def _tell_status(self, client: Client, *, is_online: bool) -> None:
        payload = self._status(is_online=is_online)
        await publish(client, topic_for(self._agent, "status"), payload, qos=1, retain=True)

    def _status(self, *, is_online: bool) -> bytes:
        return encode(
            Status(
                version=VERSION,
                agent=self._agent,
                boot_id=self._spool.boot_id,
                is_online=is_online,
                since=self._clock.wall(),
                software=self._software,
            )
        )
