"""Gathers what sources, probes and traps tell at about one time, and puts it into the spool as frames.

A gateway that reads a site's access points one by one sends the site in a few frames, and its disk is asked to
synchronise a few times a second, not once for each access point. An agent of one source has nothing to wait for.
"""

import asyncio
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import chain

from agent.clock import Clock
from agent.spool import Spool
from agent.wire import AgentHealth, Event, Report, encode

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
HEALTH_EVERY_SECONDS = 60.0
"""So often the agent's health goes along with what is written anyway: some 150 bytes, and no write more."""
HEALTH_EARLY_SECONDS = 10.0
"""By so much it may go along early, and so long it waits for a frame to go along with: a reading of every minute is
never made quite a minute after the one before."""


class Framer:
    """Collects reports and events; `run` writes them."""

    def __init__(
        self,
        spool: Spool,
        clock: Clock,
        *,
        gather_seconds: float = 0.0,
        own_health: Callable[[], AgentHealth | None] = lambda: None,
    ) -> None:
        self._spool = spool
        self._clock = clock
        self._gather_seconds = gather_seconds
        self._own_health = own_health
        self._tells_health_at = -math.inf
        self._wrote_at = clock.monotonic()
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
        """Write what gathers, and where nothing does the agent's health, until cancelled. What is there then is
        `flush`'s to write."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._may_be_quiet_seconds()):
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
        for body in bodies(reports, events, self._health_if_due()):
            await self._spool.append(body)
        self._has_room.set()

    def _may_be_quiet_seconds(self) -> float:
        """How long nothing needs to be written: an agent whose sources all fail still tells that it is there."""
        quiet_until = self._wrote_at + HEALTH_EVERY_SECONDS + HEALTH_EARLY_SECONDS
        return max(0.0, quiet_until - self._clock.monotonic())

    def _health_if_due(self) -> AgentHealth | None:
        """The agent's health, once a minute where there is something to tell. Asked whenever something is written."""
        now = self._wrote_at = self._clock.monotonic()
        if now < self._tells_health_at - HEALTH_EARLY_SECONDS:
            return None
        health = self._own_health()
        if health is not None:
            self._tells_health_at = max(now, self._tells_health_at) + HEALTH_EVERY_SECONDS
        return health

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


def bodies(reports: Sequence[Report], events: Sequence[Event], health: AgentHealth | None = None) -> Iterator[bytes]:
    """The JSON bodies of the frames that hold these, each about MAX_BODY_BYTES at most unless a report is larger. The
    first one holds the health, and nothing else where there is nothing else."""
    told = b"" if health is None else b'"health":' + encode(health) + b","
    lists = chain(
        (b'"reports":[' + part + b"]" for part in _parts(reports)),
        (b'"events":[' + part + b"]" for part in _parts(events)),
    )
    for members in lists:
        yield b"{" + told + members + b"}"
        told = b""
    if told:
        yield b"{" + told[:-1] + b"}"


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
