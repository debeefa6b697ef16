"""`hangang-agent once`: every source and probe once, the reports on stdout, without a broker and without a spool."""

import asyncio
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from agent.clock import SystemClock
from agent.config import NamedProbe, NamedSource
from agent.newest import NewestReports
from agent.probes import Surroundings
from agent.probing.schedule import Schedule, ScheduledCheck
from agent.sources import SourceError
from agent.wire import Report, encode

SETTLE_SECONDS = 1.0
"""Rates need two readings; each source is read twice, this far apart."""
AT_ONCE = 50
"""Sources that are read at the same time."""
EXIT_FAILURE = 1


async def once(sources: Sequence[NamedSource], probes: Sequence[NamedProbe], *, folder: Path) -> int:
    """Read every source and run every probe, print a Report a line as JSON, errors on stderr. `folder` is where probes
    keep what they must not forget, such as a day's budget.

    1 where a source failed; that a check found something wrong is its result, and no failure of it.
    """
    clock = SystemClock()
    newest = NewestReports(probe.settings.access_point for probe in probes)
    code = 0
    room = asyncio.Semaphore(AT_ONCE)

    async def read(source: NamedSource) -> tuple[Sequence[Report], str | None]:
        async with room:
            return await _read_twice(source, clock)

    reading = [asyncio.create_task(read(source), name=f"once {source.name}") for source in sources]
    for source, task in zip(sources, reading, strict=True):  # in the order of the file
        reports, problem = await task
        newest.note(reports)
        for report in reports:
            print(encode(report).decode(), flush=True)
        if problem is not None:
            print(f"{source.name}: {problem}", file=sys.stderr, flush=True)
            code = EXIT_FAILURE
    surroundings = Surroundings(clock, newest.get, folder, is_asked_for=True)
    for probe in probes:
        report = await _check_once(probe, surroundings)
        if report.probes:
            print(encode(report).decode(), flush=True)
    return code


async def _read_twice(named: NamedSource, clock: SystemClock) -> tuple[Sequence[Report], str | None]:
    """The reports of the second reading, and what is wrong with it."""
    source = named.open(clock)
    try:
        async with asyncio.timeout(2 * named.settings.reading_seconds + SETTLE_SECONDS):
            try:
                await source.read()
            except SourceError as error:
                if not error.reports:
                    return (), str(error)
            await asyncio.sleep(SETTLE_SECONDS)
            reports = await source.read()
    except TimeoutError:
        return (), f"no answer within {named.settings.reading_seconds:g} s"
    except SourceError as error:
        return error.reports, str(error)
    except Exception as error:  # noqa: BLE001  # the runner: the next source is read all the same
        # Its text may quote what the device said, of people too; the type and the place are enough to mend it.
        return (), f"a defect: {type(error).__name__} at {traceback.format_tb(error.__traceback__)[-1].strip()!r}"
    finally:
        await source.close()
    return reports, None if reports else "it yields no report"


async def _check_once(named: NamedProbe, surroundings: Surroundings) -> Report:
    scheduled = ScheduledCheck(named.name, named.settings, named.open(surroundings))
    schedule = Schedule([scheduled], surroundings.clock, _nowhere)
    try:
        return await schedule.run_once(scheduled)
    finally:
        await schedule.close()


async def _nowhere(_: Report) -> None:
    """`once` prints what a check yields."""
