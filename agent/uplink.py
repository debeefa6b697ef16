"""The uplink: publishes what the dispatch decides to send, and tells it what the collector acknowledges.

The only MQTT in the agent beside `agent.broker`. It connects for as long as it runs, says whether the agent is there,
and forgets a frame when the collector says that it is stored, never before.
"""

import asyncio
import contextlib
import logging
import random

from aiomqtt import Client, MqttError, Will

from agent.broker import BrokerError, Connector, publish, subscribe
from agent.clock import Clock
from agent.dispatch import Dispatch, UplinkSettings
from agent.health import Health
from agent.spool import Spool
from agent.wire import VERSION, DecodeError, Status, decode_ack, encode, topic_for

_logger = logging.getLogger(__name__)

_FAREWELL_SECONDS = 2.0


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
        self._random = random.Random()  # noqa: S311  # jitter, not a secret

    def wake(self) -> None:
        """There may be something to send."""
        self._wake.set()

    async def run(self) -> None:
        """Connect, send, and connect again with jittered back-off, until cancelled."""
        attempt = 0
        while True:
            try:
                async with self._connector.connect(self._will()) as client:
                    attempt = 0
                    await self._converse(client)
            except BrokerError as error:
                _logger.warning("uplink_disconnected problem=%r", str(error))
            finally:
                self._health.is_connected = False
            attempt += 1
            longest = min(self._settings.reconnect_at_most_seconds, 2.0 ** min(attempt, 16))
            await asyncio.sleep(self._random.uniform(0, longest))

    async def _converse(self, client: Client) -> None:
        """All that happens on one connection; ends with MqttError when it breaks, offline status sent when not."""
        self._dispatch.begin_anew()
        await subscribe(client, topic_for(self._agent, "ack"))
        await self._tell_status(client, is_online=True)
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
        """Listen and send until one of them fails. Not a TaskGroup: on Python 3.11 that lets a cancellation vanish
        which comes while a task of its own has just failed, as when broker and agent stop together."""
        tasks = [
            asyncio.create_task(self._listen(client), name="uplink acks"),
            asyncio.create_task(self._send(client), name="uplink frames"),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            task.result()

    async def _listen(self, client: Client) -> None:
        async for message in client.messages:
            payload = message.payload
            try:
                ack = decode_ack(payload if isinstance(payload, bytes) else b"")
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
