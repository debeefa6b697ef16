"""The sampler: reads each source on its own schedule and hands what it read to the framer.

One source's failure, or its slowness, never stops another.
"""

import asyncio
import logging
import traceback
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agent.clock import Clock
from agent.framing import Framer
from agent.health import Health, SourceHealth
from agent.sources import Source, SourceError, SourceSettings
from agent.wire import Event, Report

START_GAP_SECONDS = 0.01
"""Sources begin so far apart: thousands of devices are not asked for the first time in one second."""
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ScheduledSource:
    """A source with its settings and the name that logs and metrics give it."""

    name: str
    settings: SourceSettings
    source: Source


class Sampler:
    """Reads sources for as long as it runs."""

    def __init__(
        self,
        sources: Sequence[ScheduledSource],
        framer: Framer,
        clock: Clock,
        health: Health,
        *,
        phase_seed: str = "",
        on_reports: Callable[[Sequence[Report]], None] = lambda _: None,
    ) -> None:
        self._sources = sources
        self._framer = framer
        self._clock = clock
        self._health = health
        self._phase_seed = phase_seed
        self._on_reports = on_reports
        for scheduled in sources:
            health.sources[scheduled.name] = SourceHealth()

    async def run(self) -> None:
        """Sample all sources until cancelled."""
        async with asyncio.TaskGroup() as group:
            for position, scheduled in enumerate(self._sources):
                schedule = self._sample_on_schedule(scheduled, START_GAP_SECONDS * position)
                group.create_task(schedule, name=f"source {scheduled.name}")

    async def close(self) -> None:
        """Let the sources go."""
        for scheduled in self._sources:
            await scheduled.source.close()

    async def sample(self, scheduled: ScheduledSource) -> None:
        """Read one source once, and hand on what it yields. A failure is counted and told, never raised."""
        health = self._health.sources[scheduled.name]
        began = self._clock.monotonic()
        reports: Sequence[Report] = ()
        try:
            async with asyncio.timeout(scheduled.settings.reading_seconds):
                reports = await scheduled.source.read()
            self._tell_recovery(scheduled, health)
        except TimeoutError:
            self._tell_failure(scheduled, health, f"no answer within {scheduled.settings.reading_seconds:g} s")
        except SourceError as error:
            reports = error.reports
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
        self._on_reports(reports)
        await self._framer.put(reports)

    async def _sample_on_schedule(self, scheduled: ScheduledSource, begins_after_seconds: float) -> None:
        """Once at the start, so that rates come soon; then at a phase of the interval that is the source's own, so
        that a city's agents do not all speak in the same second. A reading that overruns skips its missed turns."""
        interval = scheduled.settings.interval_seconds
        loop = asyncio.get_running_loop()
        await asyncio.sleep(begins_after_seconds)
        await self.sample(scheduled)
        phase = zlib.crc32(f"{self._phase_seed} {scheduled.name}".encode()) / 2**32
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
        self._framer.note(Event(kind=kind, occurred_at=self._clock.wall(), subject=scheduled.name, text=text))
