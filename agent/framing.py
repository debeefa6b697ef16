"""Gathers what sources, probes and traps tell at about one time, and puts it into the spool as frames.

A gateway that reads a site's access points one by one sends the site in a few frames, and its disk is asked to
synchronise a few times a second, not once for each access point. An agent of one source has nothing to wait for.
"""

import asyncio
import math
from collections.abc import Iterator, Sequence

from agent.clock import Clock
from agent.spool import Spool
from agent.wire import Event, Report, encode

GATHER_SECONDS_PER_SOURCE = 0.01
GATHER_SECONDS_AT_MOST = 0.5
"""For so long a reading waits for those of the other sources: the longer, the more there are."""
MAX_BODY_BYTES = 256 * 1024
MAX_ITEMS = 500
"""Reports, or events, that a frame holds at most."""
MAX_PENDING = 4 * MAX_ITEMS
"""With so many reports waiting for the spool, who brings more waits with them."""
MAX_PENDING_EVENTS = 10 * MAX_ITEMS
"""Events that wait for it; what happens beside them is counted, and told as one event."""
LOSSES_TOLD_EVERY_SECONDS = 60.0
"""On a full disk each frame that tells of a loss costs another one."""


class Framer:
    """Collects reports and events; `run` writes them."""

    def __init__(self, spool: Spool, clock: Clock, *, gather_seconds: float = 0.0) -> None:
        self._spool = spool
        self._clock = clock
        self._gather_seconds = gather_seconds
        self._reports: list[Report] = []
        self._events: list[Event] = []
        self._events_dropped = 0
        self._frames_dropped = spool.dropped_frames
        self._tells_losses_from = -math.inf
        self._has_work = asyncio.Event()
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._writing: asyncio.Task[None] | None = None

    async def put(self, reports: Sequence[Report]) -> None:
        """Send these with the next frame, and wait while the spool is behind. They are kept whoever stops the waiting:
        what a source has read when the agent is told to stop is `flush`'s to write."""
        self._reports += reports
        if len(self._reports) >= MAX_PENDING:
            self._has_room.clear()
        if reports:
            self._has_work.set()
        await self._has_room.wait()

    def note(self, event: Event) -> None:
        """Send this with the next frame."""
        if len(self._events) >= MAX_PENDING_EVENTS:
            self._events_dropped += 1
        else:
            self._events.append(event)
        self._has_work.set()

    async def run(self) -> None:
        """Write what gathers, until cancelled. What is there then is `flush`'s to write."""
        while True:
            await self._has_work.wait()
            await asyncio.sleep(self._gather_seconds)
            await self.flush()

    async def flush(self) -> None:
        """Write what has gathered. When this returns it is on disk, or counted as dropped.

        Who cancels this cancels the waiting: what is being written is written, and the next flush waits for it.
        """
        if self._writing is not None and not self._writing.done():
            await asyncio.shield(self._writing)
        self._writing = asyncio.create_task(self._write(), name="framer writes")
        await asyncio.shield(self._writing)

    async def _write(self) -> None:
        self._has_work.clear()
        reports, self._reports = self._reports, []
        events, self._events = self._events, []
        if self._events_dropped:
            events.append(Event(kind="events_dropped", occurred_at=self._clock.wall(), count=self._events_dropped))
            self._events_dropped = 0
        events += self._losses()
        for body in bodies(reports, events):
            await self._spool.append(body)
        self._has_room.set()

    def _losses(self) -> Iterator[Event]:
        """What the spool has lost since it was last told, now and then."""
        now, dropped = self._clock.monotonic(), self._spool.dropped_frames
        if dropped > self._frames_dropped and now >= self._tells_losses_from:
            yield Event(kind="frames_dropped", occurred_at=self._clock.wall(), count=dropped - self._frames_dropped)
            self._frames_dropped = dropped
            self._tells_losses_from = now + LOSSES_TOLD_EVERY_SECONDS


def gather_seconds_for(sources: int) -> float:
    """How long an agent of so many sources gathers what goes into a frame."""
    return min(GATHER_SECONDS_AT_MOST, GATHER_SECONDS_PER_SOURCE * (sources - 1))


def bodies(reports: Sequence[Report], events: Sequence[Event]) -> Iterator[bytes]:
    """The JSON bodies of the frames that hold these, each below MAX_BODY_BYTES unless a single report is larger."""
    for part in _parts(reports):
        yield b'{"reports":[' + part + b"]}"
    for part in _parts(events):
        yield b'{"events":[' + part + b"]}"


def _parts(items: Sequence[Report] | Sequence[Event]) -> Iterator[bytes]:
    pending: list[bytes] = []
    size = 0
    for item in items:
        encoded = encode(item)
        if pending and (size + len(encoded) > MAX_BODY_BYTES or len(pending) >= MAX_ITEMS):
            yield b",".join(pending)
            pending, size = [], 0
        pending.append(encoded)
        size += len(encoded) + 1
    if pending:
        yield b",".join(pending)
