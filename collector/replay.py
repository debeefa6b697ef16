"""Judges again what is in quarantine, when `hangang quarantine replay` has asked for it: with the inventory and the
code of today, as if it had just come when it first came. Run by the collector.

A replay stands under a frame key of its own, made of the entry. So one that is interrupted and done again is stored
once, by whichever collector. What is refused again stays in quarantine: as the entry that it was, or, where a part of
it is stored by now, as entries of the parts that are not.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from agent.wire import Topic
from collector.intake import Intake, Taken
from collector.state.quarantine import Entry, Refusal, claim_replays, end_replay, keep, outcome_of
from collector.stores import FrameKey, StoreError, StoreLostError

LOOKS_EVERY_SECONDS = 2.0
_BOOT_ID_LETTERS = 32
_OUTCOME_LETTERS = 400
_logger = logging.getLogger(__name__)
T = TypeVar("T")

Submit = Callable[[Taken], Awaitable[Sequence[Refusal]]]
"""Has something stored; what of it the store refuses for good. Raises StoreError where it must be tried again."""


class NotReplayableError(ValueError):
    """An entry of which there is not enough to judge it again."""


def taken_from(entry: Entry, intake: Intake) -> Taken:
    """What is taken of an entry today, under the key of its replay. Pure. Raises NotReplayableError."""
    if not entry.is_replayable or entry.agent is None:
        raise NotReplayableError(why_not(entry))
    taken = intake.take(Topic(entry.agent, "frame"), entry.payload, entry.first_seen, is_retained=False)
    taken.health = None  # of the time when it first came
    taken.key = FrameKey(entry.agent, entry.digest[:_BOOT_ID_LETTERS], 1)
    if taken.frame is not None:
        taken.frame = taken.frame._replace(key=taken.key)
    return taken


def why_not(entry: Entry) -> str:
    """Why an entry cannot be judged again, for a person."""
    if entry.is_cut:
        return f"only {len(entry.payload)} of its {entry.payload_bytes} bytes are kept"
    return f"a {entry.part} is not stored, so there is nothing to do again"


class Replayer:
    """Looks for entries that somebody wants judged again, and does it."""

    def __init__(
        self, state: Engine, intake: Intake, submit: Submit, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._state = state
        self._intake = intake
        self._submit = submit
        self._clock = clock
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="replayer")

    async def run(self) -> None:
        """Look now and again, until cancelled."""
        try:
            while True:
                try:
                    await self.replay_requested()
                except SQLAlchemyError as error:
                    _tell_not_noted(error)
                await asyncio.sleep(LOOKS_EVERY_SECONDS)
        finally:
            self._thread.shutdown()

    async def replay_requested(self) -> None:
        """Do what is asked for by now. Raises SQLAlchemyError where it cannot even be asked what that is, and
        StoreLostError."""
        claimed = await self._in_thread(partial(claim_replays, self._state, self._clock()))
        async with asyncio.TaskGroup() as group:  # together, for a store may take its time until it promises anything
            for entry in claimed:
                group.create_task(self._replay(entry), name=f"replay of {entry.id}")

    async def _replay(self, entry: Entry) -> None:
        try:
            outcome, rest = await self._judge(entry)
            ending = partial(end_replay, self._state, entry, outcome=outcome, rest=rest, at=self._clock())
            await self._in_thread(ending)
        except SQLAlchemyError as error:
            _tell_not_noted(error)
        except StoreError as error:
            _logger.error("replay_not_stored entry=%d error=%r", entry.id, str(error))  # noqa: TRY400  # told in a line, tried again
        else:
            _logger.info("replayed entry=%d agent=%s outcome=%r rest=%d", entry.id, entry.agent, outcome, len(rest))

    async def _judge(self, entry: Entry) -> tuple[str | None, Sequence[Refusal]]:
        """What an entry is refused for again; or None, and what of it is refused while the rest is stored by now."""
        try:
            return await self._store(taken_from(entry, self._intake))
        except NotReplayableError as error:
            return str(error), []
        except (SQLAlchemyError, StoreError, StoreLostError):
            raise
        except Exception as error:  # what brings a defect to light must not end one collector after the other
            _logger.exception("replay_failed entry=%d", entry.id)
            return f"defect: {error!r}"[:_OUTCOME_LETTERS], []

    async def _store(self, taken: Taken) -> tuple[str | None, Sequence[Refusal]]:
        refused, taken.refusals = taken.refusals, []
        if taken.frame is None:
            return outcome_of(refused[0]), []
        await self._keep(refused)
        refused_by_store = await self._submit(taken)
        whole = [refusal for refusal in refused_by_store if refusal.part == "frame"]
        if whole:
            return outcome_of(whole[0]), []
        await self._keep(refused_by_store)
        return None, [*refused, *refused_by_store]

    async def _keep(self, refusals: Sequence[Refusal]) -> None:
        """Before the rest is stored: should this stop midway, the key of the replay is known to the store, and what
        is taken under it another time is nothing new."""
        if refusals:
            await self._in_thread(partial(keep, self._state, refusals))

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _tell_not_noted(error: SQLAlchemyError) -> None:
    _logger.error("replay_not_noted error=%r", str(error.__cause__ or error))
