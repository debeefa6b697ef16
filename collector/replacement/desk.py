"""The desk of the replacement programme: has the city judged once a day, and acceptances measured when asked for."""

import asyncio
import logging
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from tempfile import TemporaryFile
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from collector.election import Election
from collector.fleet import Fleet
from collector.korean_time import KST
from collector.legacy.documents import VerificationTold
from collector.legacy.settings import LegacySettings
from collector.legacy.telling import tell_verification
from collector.legacy.verification import Works
from collector.replacement import judging
from collector.replacement.messages import LENGTH, Task, packed, unpacked
from collector.replacement.subjects import Subjects, parts_of
from collector.replacement.verifying import verify
from collector.state.assessments import (
    RunLostError,
    add_assessments,
    add_verification,
    begin_run,
    complete_run,
    newest_run,
)
from collector.state.replacements import first_seen_by_serial
from collector.stores import Store, StoreError
from inventory.catalogue import load_catalogue
from inventory.models import Inventory

PLACES_AT_ONCE = 5_000
"""A store reads all hours of all places for a question about some: a few large questions cost least."""
SUBJECTS_AT_ONCE = 200
"""They hold reports in full, and are told in one message: of few of them, not of thousands at a moment."""
LOOKS_EVERY_SECONDS = 60.0
_logger = logging.getLogger(__name__)


class DeskError(Exception):
    """The city could not be judged this time. The message says why."""


class ReplacementDesk:
    """Judges by its `settings`, and measures. `problem` is why there is no judgement of today, where there should be
    one."""

    def __init__(
        self,
        *,
        inventory: Inventory,
        fleet: Fleet,
        store: Store,
        state: Engine,
        settings: LegacySettings,
        clock: Callable[[], datetime],
    ) -> None:
        self._inventory = inventory
        self._fleet = fleet
        self._store = store
        self._state = state
        self.settings = settings
        self._clock = clock
        self._started = clock()
        self._measuring = asyncio.Lock()
        self.problem: str | None = None

    async def run(self, election: Election) -> None:
        """Have the city judged every day at the hour of the settings, and at the start where that was missed, until
        cancelled, for as long as this collector is the elected one. What fails is tried again a minute later."""
        while True:
            if not election.is_leader:
                self.problem = None  # another's now
            await election.elected()
            try:
                if await asyncio.to_thread(self._is_due):
                    await self.judge()
                self.problem = None
            except (DeskError, StoreError, RunLostError, OSError, SQLAlchemyError) as error:
                # what SQLAlchemy says of itself has the statement in it, with what was to be written
                self.problem = str((error.__cause__ or error) if isinstance(error, SQLAlchemyError) else error)
                _logger.error("city_not_judged error=%r", self.problem)  # noqa: TRY400  # told in a line, tried again
            await asyncio.sleep(LOOKS_EVERY_SECONDS)

    async def judge(self) -> None:
        """Judge all places by the evidence of the last whole days, and show the result. Raises DeskError, StoreError,
        RunLostError, OSError and SQLAlchemyError; what was judged before shows on then."""
        now = self._clock()
        until = now.astimezone(KST).replace(hour=0, minute=0, second=0, microsecond=0)
        since = until - timedelta(days=self.settings.evidence_days)
        run_id = await asyncio.to_thread(begin_run, self._state, since, until, now)
        async with _judging() as (tell, hear):
            await tell(Task(self.settings, until.date()))
            seen = await asyncio.to_thread(first_seen_by_serial, self._state)
            subjects = Subjects(self._inventory, self._fleet, seen)
            for part in parts_of(self._inventory, PLACES_AT_ONCE):
                evidence = await asyncio.to_thread(self._store.evidence, [place.id for place in part], since, until)
                for start in range(0, len(part), SUBJECTS_AT_ONCE):
                    some = part[start : start + SUBJECTS_AT_ONCE]
                    await tell(await asyncio.to_thread(subjects.of, some, evidence))
            await tell(None)
            while (judged := await hear()) is not None:
                await asyncio.to_thread(add_assessments, self._state, run_id, judged)
            ranked: Sequence[str] = await hear()
        await asyncio.to_thread(complete_run, self._state, run_id, ranked)
        seconds = (self._clock() - now).total_seconds()
        places = len(self._inventory.access_points)
        _logger.info("city_judged places=%d on_list=%d seconds=%.1f", places, len(ranked), seconds)

    async def verify(self, works: Works) -> VerificationTold:
        """Measure whether these works kept the promise, and keep the result. One after the other, for each reads weeks
        of a city. Raises StoreError."""
        async with self._measuring:
            verification = await asyncio.to_thread(
                verify,
                works,
                inventory=self._inventory,
                catalogue=load_catalogue(),
                state=self._state,
                store=self._store,
            )
            now = self._clock()
            told = tell_verification(verification, now)
            await asyncio.to_thread(add_verification, self._state, told.model_dump_json(), now)
            return told

    def _is_due(self) -> bool:
        """Whether the last hour of judging has passed without it. A run of the future is of a clock that was wrong.
        A city of which nothing has been heard yet is not judged for the first time until something is, or until the
        next such hour."""
        now = self._clock().astimezone(KST)
        due = now.replace(hour=self.settings.assess_at_hour, minute=0, second=0, microsecond=0)
        run = newest_run(self._state)
        last_due = due if due <= now else due - timedelta(days=1)
        if run is None:
            return bool(self._fleet.readings) or self._started < last_due
        return not last_due <= run.assessed_at <= now


Tell = Callable[[object], Awaitable[None]]
Hear = Callable[[], Awaitable[Any]]


@asynccontextmanager
async def _judging() -> AsyncIterator[tuple[Tell, Hear]]:
    """The process that judges, and how to speak with it. Raises DeskError where it ends early, and OSError where it
    cannot be started; it is ended where the collector ends."""
    # -P, for what lies in the folder that the collector was started from is not its own
    program = [sys.executable, "-P", "-m", judging.__name__]
    with TemporaryFile() as words:  # a pipe would fill up, for nobody reads it meanwhile
        process = await asyncio.create_subprocess_exec(*program, stdin=PIPE, stdout=PIPE, stderr=words)
        try:
            yield _speaking_with(process)
        except (ConnectionError, asyncio.IncompleteReadError) as error:
            words.seek(0)
            last = words.read().decode(errors="replace").strip().rpartition("\n")[2]
            raise DeskError(f"the process that judges ended early: {last or 'it was killed'}") from error
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
            await _ended(process)


async def _ended(process: Process) -> None:
    """Wait for its end, also where whoever waits is told to stop once more: it was killed, and is not left behind."""
    ending = asyncio.ensure_future(process.communicate())  # not `wait`, which waits until what it wrote was read, too
    try:
        await asyncio.shield(ending)
    except asyncio.CancelledError:
        await ending
        raise


def _speaking_with(process: Process) -> tuple[Tell, Hear]:
    """How to send it a message and to receive one. Both raise ConnectionError or IncompleteReadError once it ends."""
    assert process.stdin is not None  # noqa: S101  # for it is a pipe, as the other is
    assert process.stdout is not None  # noqa: S101
    to_process, from_process = process.stdin, process.stdout

    async def tell(message: object) -> None:
        to_process.write(packed(message))
        await to_process.drain()

    async def hear() -> Any:
        (length,) = LENGTH.unpack(await from_process.readexactly(LENGTH.size))
        return unpacked(await from_process.readexactly(length))

    return tell, hear
