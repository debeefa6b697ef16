"""Decides what an agent sends next, and keeps account of it; the uplink carries it.

Live frames go first, the newest first and each in a message of its own; at most `window_frames` of them are
unacknowledged at once. Older ones follow in bundles, the oldest first: one bundle is unacknowledged at a time, and
after each there is a pause, so that a city that reconnects does not starve the present. Together that is the flow
control end to end.
"""

import random
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import takewhile
from typing import Annotated, NamedTuple

from pydantic import Field

from agent.clock import Clock
from agent.health import Health
from agent.in_flight import InFlight
from agent.settings import SettingsModel
from agent.spool import Spool, SpooledFrame
from agent.wire import MAX_BUNDLE_FRAMES, VERSION, Ack, Frame, Kind, encode, pack

_BUNDLE_BYTES = 128 * 1024
"""What a bundle holds before it is compressed, unless one frame alone is larger: packing it is a moment's work even for
an access point, and a live frame that comes in that moment waits no longer."""


class UplinkSettings(SettingsModel):
    """The `[uplink]` table."""

    window_frames: Annotated[int, Field(ge=1, le=1000)] = 32
    ack_timeout_seconds: Annotated[float, Field(gt=0, le=3600)] = 30.0
    backlog_frames_per_second: Annotated[float, Field(gt=0, le=10_000)] = 20.0
    backlog_delay_seconds: Annotated[float, Field(ge=0, le=3600)] = 10.0
    bundle_frames: Annotated[int, Field(ge=1, le=MAX_BUNDLE_FRAMES)] = 100
    live_seconds: Annotated[float, Field(gt=0, le=3600)] = 30.0
    reconnect_at_most_seconds: Annotated[float, Field(gt=0, le=3600)] = 60.0


class Message(NamedTuple):
    """What is to be published on one of the agent's topics."""

    kind: Kind
    payload: bytes


class Dispatch:
    """One agent's. `now` is a reading of the clock's monotonic seconds."""

    def __init__(self, *, agent: str, settings: UplinkSettings, spool: Spool, clock: Clock, health: Health) -> None:
        self._agent = agent
        self._settings = settings
        self._spool = spool
        self._clock = clock
        self._health = health
        self._backlog_due = 0.0
        self._random = random.Random()  # noqa: S311  # jitter, not a secret
        self._in_flight = InFlight(ack_timeout_seconds=settings.ack_timeout_seconds, jitter=self._random)

    def begin_anew(self) -> None:
        """Nothing is on the way on a new connection. The backlog waits a little, each agent's for another time."""
        now = self._clock.monotonic()
        self._in_flight.begin_anew(now)
        delay = self._random.uniform(0, self._settings.backlog_delay_seconds)
        self._backlog_due = max(self._backlog_due, now + delay)

    async def heed(self, ack: Ack) -> int:
        """Forget what is stored or refused; how many frames were refused."""
        stored = await self._spool.forget(ack.stored)
        refused = await self._spool.forget(ack.refused)
        self._health.frames_stored += len(stored)
        self._health.frames_refused += len(refused)
        now = self._clock.monotonic()
        self._in_flight.acknowledge(stored | refused, now)
        is_greeting = not ack.stored and not ack.refused
        self._in_flight.hear(now, is_greeting=is_greeting, bundle_within_seconds=self._settings.backlog_delay_seconds)
        return len(refused)

    async def next(self, now: float) -> Message | None:
        """What to send now. It counts as sent before it is, for nobody can tell how far a publish came that failed."""
        frame = await self._due_again(now) or await self._new_and_live(now)
        if frame is not None:
            return Message("frame", self._depart_alone(frame, now))
        backlog = await self._backlog(now)
        return Message("backlog", self._depart_together(backlog, now)) if backlog else None

    def due_after(self, now: float) -> float | None:
        """When there may be something to send again, where there was nothing at `now`; None without a new frame or an
        Ack."""
        dues = [self._in_flight.next_due()]
        if self._backlog_due > now and not self._in_flight.has_bundle:
            dues.append(self._backlog_due)
        return min((due for due in dues if due is not None), default=None)

    async def _due_again(self, now: float) -> SpooledFrame | None:
        """A frame that was not acknowledged in time and is live all the same. The others are left to the backlog."""
        for frame_id in self._in_flight.expire(now):
            frame = await self._spool.frame(frame_id)
            if frame is not None and self._is_live(frame, now):
                return frame
            self._in_flight.release(frame_id)
        return None

    async def _new_and_live(self, now: float) -> SpooledFrame | None:
        if self._in_flight.alone >= self._settings.window_frames:
            return None
        newest = await self._spool.newest(leaving_out=self._in_flight.ids)
        return newest if newest is not None and self._is_live(newest, now) else None

    async def _backlog(self, now: float) -> list[SpooledFrame]:
        """The frames of the next bundle, where its time has come. A live one that waits for the window is none of
        them, until it is live no more."""
        if self._in_flight.has_bundle or now < self._backlog_due:
            return []
        oldest = await self._spool.oldest_together(
            leaving_out=self._in_flight.ids,
            at_most_frames=self._settings.bundle_frames,
            at_most_bytes=_BUNDLE_BYTES,
        )
        if oldest and self._is_live(oldest[0], now):
            self._backlog_due = self._live_until(oldest[0])
        return list(takewhile(lambda frame: not self._is_live(frame, now), oldest))

    def _is_live(self, frame: SpooledFrame, now: float) -> bool:
        return frame.epoch == self._clock.epoch and now < self._live_until(frame)

    def _live_until(self, frame: SpooledFrame) -> float:
        return frame.sampled_monotonic_seconds + self._settings.live_seconds

    def _depart_alone(self, frame: SpooledFrame, now: float) -> bytes:
        payload = self._encode(frame)
        self._count_sent([frame])
        self._in_flight.send_alone(frame.id, now)
        return payload

    def _depart_together(self, backlog: Sequence[SpooledFrame], now: float) -> bytes:
        """As many of them as a bundle holds; after it comes a pause that is the longer the more they are."""
        self._in_flight.forget_below(backlog[0].id)
        lines = [self._encode(backlog[0])]
        size = len(lines[0])
        for frame in backlog[1:]:
            line = self._encode(frame)
            size += 1 + len(line)
            if size > _BUNDLE_BYTES:
                break
            lines.append(line)
        sent = backlog[: len(lines)]
        self._count_sent(sent)
        self._health.bundles_sent += 1
        self._health.bundled_frames_sent += len(sent)
        self._in_flight.send_bundle([frame.id for frame in sent], now)
        pace = self._settings.backlog_frames_per_second
        self._backlog_due = now + len(sent) / pace * self._random.uniform(0.5, 1.5)
        return pack(lines)

    def _count_sent(self, frames: Sequence[SpooledFrame]) -> None:
        self._health.frames_sent += len(frames)
        self._health.frames_resent += sum(self._in_flight.was_sent(frame.id) for frame in frames)

    def _encode(self, frame: SpooledFrame) -> bytes:
        """The frame on the wire: a header of now, and the body as it was spooled."""
        is_same_epoch = frame.epoch == self._clock.epoch
        header = Frame(
            version=VERSION,
            agent=self._agent,
            boot_id=frame.boot_id,
            sequence=frame.sequence,
            is_resent=self._in_flight.was_sent(frame.id) or frame.boot_id != self._spool.boot_id,
            sent_at=self._clock.wall(),
            sent_monotonic_seconds=self._clock.monotonic() if is_same_epoch else None,
            sampled_at=datetime.fromtimestamp(frame.sampled_at, UTC),
            sampled_monotonic_seconds=frame.sampled_monotonic_seconds if is_same_epoch else None,
        )
        return encode(header)[:-1] + b"," + frame.body[1:]
