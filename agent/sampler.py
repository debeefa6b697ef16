"""The sampler: reads each source on its own schedule and puts what it read into the spool as frames.

One source's failure, or its slowness, never stops another.
"""

import asyncio
import logging
import traceback
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agent.clock import Clock
from agent.health import Health, SourceHealth
from agent.sources import Source, SourceError, SourceSettings
from agent.spool import Spool
from agent.wire import Event, Report, encode

MAX_BODY_BYTES = 256 * 1024
MAX_REPORTS = 500
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ScheduledSource:
    """A source with its settings and the name that logs and metrics give it."""

    name: str
    settings: SourceSettings
    source: Source


class Sampler:
    """Reads sources for as long as it runs."""

    def __init__(self, sources: Sequence[ScheduledSource], spool: Spool, clock: Clock, health: Health) -> None:
        self._sources = sources
        self._spool = spool
        self._clock = clock
        self._health = health
        self._events: list[Event] = []
        for scheduled in sources:
            health.sources[scheduled.name] = SourceHealth()

    def note(self, event: Event) -> None:
        """Send this along with the next frame."""
        self._events.append(event)

    async def run(self) -> None:
        """Sample all sources until cancelled."""
        async with asyncio.TaskGroup() as group:
            for scheduled in self._sources:
                group.create_task(self._sample_on_schedule(scheduled), name=f"source {scheduled.name}")

    async def close(self) -> None:
        """Let the sources go."""
        for scheduled in self._sources:
            await scheduled.source.close()

    async def sample(self, scheduled: ScheduledSource) -> None:
        """Read one source once, and spool what it yields. A failure is counted and told, never raised."""
        health = self._health.sources[scheduled.name]
        began = self._clock.monotonic()
        reports: Sequence[Report] = ()
        try:
            async with asyncio.timeout(scheduled.settings.timeout_seconds):
                reports = await scheduled.source.read()
            self._tell_recovery(scheduled, health)
        except TimeoutError:
            self._tell_failure(scheduled, health, f"no answer within {scheduled.settings.timeout_seconds:g} s")
        except SourceError as error:
            self._tell_failure(scheduled, health, str(error))
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            self._tell_failure(scheduled, health, "it let a cancellation of its own escape")
        except Exception as error:  # noqa: BLE001  # the runner: a source's defect must not stop the others
            # Its text may quote what the device said, of people too; the type and the place are enough to mend it.
            place = traceback.format_tb(error.__traceback__)[-1].strip()
            _logger.error("source_defect source=%s error=%s at=%r", scheduled.name, type(error).__name__, place)  # noqa: TRY400  # see above
            self._tell_failure(scheduled, health, f"a defect: {type(error).__name__}")
        health.samples += 1
        health.last_duration_seconds = self._clock.monotonic() - began
        self._health.reports_sampled += len(reports)
        events, self._events = self._events, []
        for body in bodies(reports, events):
            await self._spool.append(body)

    async def _sample_on_schedule(self, scheduled: ScheduledSource) -> None:
        """Once at the start, so that rates come soon; then at a phase of the interval that is the source's own, so
        that a city's agents do not all speak in the same second. A reading that overruns skips its missed turns."""
        interval = scheduled.settings.interval_seconds
        loop = asyncio.get_running_loop()
        await self.sample(scheduled)
        phase = zlib.crc32(f"{self._spool.boot_id} {scheduled.name}".encode()) / 2**32
        turn = loop.time() + interval * (0.5 + phase / 2)
        while True:
            await asyncio.sleep(turn - loop.time())
            await self.sample(scheduled)
            missed = max(0.0, loop.time() - turn) // interval
            turn += interval * (1 + missed)

    def _tell_failure(self, scheduled: ScheduledSource, health: SourceHealth, problem: str) -> None:
        health.failures += 1
        if not health.is_failing:
            health.is_failing = True
            _logger.warning("source_failed source=%s problem=%r", scheduled.name, problem)
            self._note_source("source_failed", scheduled, problem)

    def _tell_recovery(self, scheduled: ScheduledSource, health: SourceHealth) -> None:
        if health.is_failing:
            health.is_failing = False
            _logger.info("source_recovered source=%s", scheduled.name)
            self._note_source("source_recovered", scheduled, None)

    def _note_source(self, kind: str, scheduled: ScheduledSource, problem: str | None) -> None:
        text = None if problem is None else "".join(c if c.isprintable() else " " for c in problem)[:500]
        self.note(Event(kind=kind, occurred_at=self._clock.wall(), subject=scheduled.name, text=text))


def bodies(reports: Sequence[Report], events: Sequence[Event]) -> Iterator[bytes]:
    """The JSON bodies of the frames that hold these, each below MAX_BODY_BYTES unless a single report is larger."""
    pending: list[bytes] = []
    size = 0
    encoded_events = b",".join(encode(event) for event in events)
    for report in reports:
        encoded = encode(report)
        if pending and (size + len(encoded) > MAX_BODY_BYTES or len(pending) >= MAX_REPORTS):
            yield _body(pending, b"")
            pending, size = [], 0
        pending.append(encoded)
        size += len(encoded) + 1
    if pending or encoded_events:
        yield _body(pending, encoded_events)


def _body(reports: list[bytes], events: bytes) -> bytes:
    parts = []
    if reports:
        parts.append(b'"reports":[' + b",".join(reports) + b"]")
    if events:
        parts.append(b'"events":[' + events + b"]")
    return b"{" + b",".join(parts) + b"}"
