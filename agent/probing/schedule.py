"""The schedule of the checks: runs each on its own turns, and hands on what came of it as reports.

One check's failure, slowness or defect never stops another. Run by `agent.main`, which gives the reports to the spool.
"""

import asyncio
import logging
import random
import traceback
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from agent.clock import Clock
from agent.probes import Check, ProbeSettings
from agent.wire import Probe, Report

_FIRST_RUN_WITHIN_SECONDS = 30.0
_MAX_PROBES = 64  # what a Report holds
_logger = logging.getLogger(__name__)

_Subject = tuple[str | None, str | None, str | None]
"""What a result is about: target, server, direction."""
_NOTHING: _Subject = (None, None, None)
"""Of a result of the run as a whole, after which nothing is known of its targets."""


@dataclass(frozen=True, slots=True)
class ScheduledCheck:
    """A check with its settings and the name that logs give it."""

    name: str
    settings: ProbeSettings
    check: Check


class Schedule:
    """Runs checks for as long as it runs, and gives `put` a report of each run."""

    def __init__(
        self,
        checks: Sequence[ScheduledCheck],
        clock: Clock,
        put: Callable[[Report], Awaitable[None]],
        *,
        chance: random.Random | None = None,
    ) -> None:
        self._checks = checks
        self._clock = clock
        self._put = put
        self._chance = chance or random.SystemRandom()
        self._failing: defaultdict[str, set[_Subject]] = defaultdict(set)

    async def run(self) -> None:
        """Run all checks on their schedules until cancelled."""
        async with asyncio.TaskGroup() as group:
            for scheduled in self._checks:
                group.create_task(self._run_on_schedule(scheduled), name=f"probe {scheduled.name}")

    async def close(self) -> None:
        """Let the checks go."""
        for scheduled in self._checks:
            await scheduled.check.close()

    async def run_once(self, scheduled: ScheduledCheck) -> Report:
        """Run one check now, be it on the schedule or not. Whatever goes wrong in it is a result, never raised; a check
        whose turn has not come has none."""
        observed_at = self._clock.wall()
        limit_seconds = scheduled.settings.timeout_seconds
        try:
            async with asyncio.timeout(limit_seconds):
                probes = await _results(scheduled)
        except TimeoutError:
            failure = f"not done within {limit_seconds:g} s; raise timeout_seconds, or let it check less"
            probes = [_without_result(scheduled, "timeout", failure, is_ok=False)]
        self._tell(scheduled, probes)
        return Report(
            access_point=scheduled.settings.access_point,
            observed_at=observed_at,
            interval_seconds=scheduled.settings.interval_seconds,
            probes=tuple(probes),
        )

    async def _run_on_schedule(self, scheduled: ScheduledCheck) -> None:
        """First at a random moment soon after the start, then at the interval, each wait longer or shorter at random:
        a city's agents must not all ask in the same second. A run that overruns skips its missed turns."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        interval, jitter = scheduled.settings.interval_seconds, scheduled.settings.jitter_ratio
        turn = loop.time() + self._chance.uniform(0.0, min(interval, _FIRST_RUN_WITHIN_SECONDS))
        while True:
            await asyncio.sleep(turn - loop.time())
            report = await self.run_once(scheduled)
            if task is not None and task.cancelling():
                raise asyncio.CancelledError  # swallowed by what the check uses, and meant for this task
            if report.probes:
                await self._put(report)
            missed = max(0.0, loop.time() - turn) // interval
            turn += interval * (missed + self._chance.uniform(1 - jitter, 1 + jitter))

    def _tell(self, scheduled: ScheduledCheck, probes: Sequence[Probe]) -> None:
        """A line when something begins to fail, and one when it has recovered; none while nothing changes."""
        failing = self._failing[scheduled.name]
        uncertain = {_subject(probe) for probe in probes if not probe.is_ok}
        if probes and _NOTHING not in uncertain:
            for subject in failing - uncertain:
                _logger.info("probe_recovered probe=%s target=%s server=%s direction=%s", scheduled.name, *subject)
            failing &= uncertain
        for probe in probes:
            subject = _subject(probe)
            if probe.is_ok is False and subject not in failing:
                failing.add(subject)
                told = (scheduled.name, *subject, probe.outcome, probe.failure)
                _logger.warning("probe_failed probe=%s target=%s server=%s direction=%s outcome=%s problem=%r", *told)


def _subject(probe: Probe) -> _Subject:
    return probe.target, probe.server, probe.direction


async def _results(scheduled: ScheduledCheck) -> Sequence[Probe]:
    try:
        return (await scheduled.check.run())[:_MAX_PROBES]
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        problem = "it let a cancellation of its own escape"
    except Exception as error:  # noqa: BLE001  # the runner: a check's defect must not stop the others
        # Its text may quote what was answered, of people too; the type and the place are enough to mend it.
        place = traceback.format_tb(error.__traceback__)[-1].strip()
        _logger.error("probe_defect probe=%s error=%s at=%r", scheduled.name, type(error).__name__, place)  # noqa: TRY400  # see above
        problem = type(error).__name__
    return [_without_result(scheduled, "defect", f"a defect of the check, not of the network: {problem}", is_ok=None)]


def _without_result(scheduled: ScheduledCheck, outcome: str, failure: str, *, is_ok: bool | None) -> Probe:
    return Probe(kind=scheduled.settings.kind, is_ok=is_ok, outcome=outcome, failure=failure)
