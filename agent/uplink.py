"""The uplink: publishes spooled frames and forgets them when the collector says that they are stored.

At most `window_frames` are unacknowledged at once, which is the flow control end to end. Live frames go first, the
newest first; older ones follow, the oldest first, at a bounded rate, so that a city that reconnects does not starve
the present. What is not acknowledged in time is sent again, ever less often, until the collector is heard of again.
"""

import asyncio
import contextlib
import logging
import random
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from aiomqtt import Client, MqttError, Will
from pydantic import Field

from agent.broker import BrokerError, Connector, publish, subscribe
from agent.clock import Clock
from agent.health import Health
from agent.settings import SettingsModel
from agent.spool import Spool, SpooledFrame
from agent.wire import VERSION, DecodeError, Frame, Status, decode_ack, encode, topic_for

_logger = logging.getLogger(__name__)

_MAX_RESEND_SECONDS = 300.0
_FAREWELL_SECONDS = 2.0
_ON_THE_WAY_SECONDS = 2.0
"""What was sent a moment ago is not sent again because the collector is heard of: its Ack may be on the way."""


class UplinkSettings(SettingsModel):
    """The `[uplink]` table."""

    window_frames: Annotated[int, Field(ge=1, le=1000)] = 32
    ack_timeout_seconds: Annotated[float, Field(gt=0, le=3600)] = 30.0
    backlog_frames_per_second: Annotated[float, Field(gt=0, le=10_000)] = 20.0
    live_seconds: Annotated[float, Field(gt=0, le=3600)] = 30.0
    reconnect_at_most_seconds: Annotated[float, Field(gt=0, le=3600)] = 60.0


@dataclass(slots=True)
class _InFlight:
    """A frame that was sent and is not acknowledged: how often, when last, and when it is due again."""

    sends: int
    sent: float
    due: float


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
        self._in_flight: dict[int, _InFlight] = {}
        self._sent_before: set[int] = set()
        self._backlog_due = 0.0
        self._heard_at = 0.0
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
        await self._begin_anew()
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

    async def _begin_anew(self) -> None:
        """Nothing is on the way on a new connection; and what the spool has dropped need not be remembered."""
        self._in_flight.clear()
        oldest = await self._spool.oldest(leaving_out=())
        self._sent_before = {sent for sent in self._sent_before if oldest is not None and sent >= oldest.id}

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
            self._hear(is_greeting=not ack.stored and not ack.refused)
            stored = await self._spool.forget(ack.stored)
            refused = await self._spool.forget(ack.refused)
            if refused:
                _logger.warning("frames_refused count=%d", len(refused))
            self._health.frames_stored += len(stored)
            self._health.frames_refused += len(refused)
            for frame_id in stored | refused:
                self._in_flight.pop(frame_id, None)
                self._sent_before.discard(frame_id)
            self._wake.set()

    def _hear(self, *, is_greeting: bool) -> None:
        """The first word of a collector after a silence, or its greeting: what was sent before may have reached
        nobody, and goes again at once instead of at its turn."""
        now = self._clock.monotonic()
        if is_greeting or now - self._heard_at > self._settings.ack_timeout_seconds:
            for flight in self._in_flight.values():
                if now - flight.sent > _ON_THE_WAY_SECONDS:
                    flight.due = now + self._random.uniform(0, 1)
        self._heard_at = now

    async def _send(self, client: Client) -> None:
        while True:
            self._wake.clear()
            frame = await self._next()
            if frame is None:
                await self._rest()
                continue
            payload = self._encode(frame)
            self._note_sent(frame)  # before it is, for nobody can tell how far a publish came that failed
            await publish(client, topic_for(self._agent, "frame"), payload, qos=1)

    async def _next(self) -> SpooledFrame | None:
        """What to send now: what is due again, else the newest if it is live, else the oldest if its turn has come."""
        now = self._clock.monotonic()
        for frame_id, flight in list(self._in_flight.items()):
            if flight.due <= now:
                frame = await self._spool.frame(frame_id)
                if frame is not None:
                    return frame
                del self._in_flight[frame_id]
                self._sent_before.discard(frame_id)
        if len(self._in_flight) >= self._settings.window_frames:
            return None
        newest = await self._spool.newest(leaving_out=tuple(self._in_flight))
        if newest is None or self._is_live(newest, now):
            return newest
        if now < self._backlog_due:
            return None
        self._backlog_due = now + self._random.uniform(0.5, 1.5) / self._settings.backlog_frames_per_second
        return await self._spool.oldest(leaving_out=tuple(self._in_flight))

    def _is_live(self, frame: SpooledFrame, now: float) -> bool:
        age = now - frame.sampled_monotonic_seconds
        return frame.epoch == self._clock.epoch and age <= self._settings.live_seconds

    async def _rest(self) -> None:
        """Until something new is spooled or acknowledged, or something is due."""
        now = self._clock.monotonic()
        due = [flight.due for flight in self._in_flight.values()]
        if len(self._in_flight) < self._settings.window_frames and self._spool.frames > len(self._in_flight):
            due.append(self._backlog_due)
        try:
            async with asyncio.timeout(max(0.0, min(due) - now) if due else None):
                await self._wake.wait()
        except TimeoutError:
            return

    def _note_sent(self, frame: SpooledFrame) -> None:
        now = self._clock.monotonic()
        flight = self._in_flight.setdefault(frame.id, _InFlight(sends=0, sent=now, due=now))
        flight.sends += 1
        flight.sent = now
        wait = min(_MAX_RESEND_SECONDS, self._settings.ack_timeout_seconds * 2.0 ** min(flight.sends - 1, 16))
        flight.due = now + wait * self._random.uniform(1.0, 1.25)
        self._health.frames_sent += 1
        self._health.frames_resent += frame.id in self._sent_before
        self._sent_before.add(frame.id)

    def _encode(self, frame: SpooledFrame) -> bytes:
        """The frame on the wire: a header of now, and the body as it was spooled."""
        is_same_epoch = frame.epoch == self._clock.epoch
        header = Frame(
            version=VERSION,
            agent=self._agent,
            boot_id=frame.boot_id,
            sequence=frame.sequence,
            is_resent=frame.id in self._sent_before or frame.boot_id != self._spool.boot_id,
            sent_at=self._clock.wall(),
            sent_monotonic_seconds=self._clock.monotonic() if is_same_epoch else None,
            sampled_at=datetime.fromtimestamp(frame.sampled_at, UTC),
            sampled_monotonic_seconds=frame.sampled_monotonic_seconds if is_same_epoch else None,
        )
        return encode(header)[:-1] + b"," + frame.body[1:]

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
