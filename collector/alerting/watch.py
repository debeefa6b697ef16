"""Watches over the city: looks every other second, or as soon as the broker tells of an end, and has what it sees
judged and told. Runs beside the other steps; the elected collector watches, the others stand by.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from collector.alerting.evaluation import Evaluated, Evaluation, NotElectedError
from collector.alerting.eyes import Eyes
from collector.alerting.sending import Sender
from collector.election import Election
from collector.fleet import Fleet, Newest

LOOKS_EVERY_SECONDS = 2.0
LOOKS_AT_MOST_EVERY_SECONDS = 0.4
STEPS_DOWN_WITHIN_SECONDS = 5.0
_logger = logging.getLogger(__name__)


class AlertWatch:
    """Watches one fleet. `open_eyes` and `begin_evaluation`, of an epoch, are called at the beginning of each term."""

    def __init__(
        self,
        *,
        fleet: Fleet,
        sender: Sender,
        open_eyes: Callable[[], Eyes],
        begin_evaluation: Callable[[int], Evaluation],
        clock: Callable[[], datetime],
    ) -> None:
        self._fleet = fleet
        self._sender = sender
        self._open_eyes = open_eyes
        self._begin_evaluation = begin_evaluation
        self._clock = clock

    async def run(self, election: Election) -> None:
        """Watch until cancelled, for as long as this collector is the elected one."""
        while True:
            epoch = await election.elected()
            term = asyncio.create_task(self._term(epoch), name="alert term")
            end = asyncio.create_task(election.stepped_down(epoch), name="alert term's end")
            try:
                await asyncio.wait([term, end], return_when=asyncio.FIRST_COMPLETED)
                await asyncio.wait([end], timeout=STEPS_DOWN_WITHIN_SECONDS)  # who saw first that another is elected
            finally:
                for task in (term, end):
                    task.cancel()
                await asyncio.wait([term, end])
            if not term.cancelled() and (error := term.exception()) is not None:
                raise error

    async def _term(self, epoch: int) -> None:
        thread = ThreadPoolExecutor(1, thread_name_prefix="alerts")
        try:
            async with asyncio.TaskGroup() as group:
                sending = group.create_task(self._sender.run(epoch), name="alert sender")
                await self._watch(epoch, thread)
                sending.cancel()
        finally:
            thread.shutdown(wait=False)  # what it writes late, the epoch refuses

    async def _watch(self, epoch: int, thread: ThreadPoolExecutor) -> None:
        """Look again and again, until another evaluates. What the database does not take is judged anew the next
        time; so is what brings a defect of ours to light, which must stop nothing else."""
        loop = asyncio.get_running_loop()
        sight: tuple[Eyes, Evaluation] | None = None
        due_at: datetime | None = None
        try:
            while True:
                self._fleet.has_departures.clear()
                try:
                    if sight is None:
                        sight = await loop.run_in_executor(thread, self._begin, epoch)
                    evaluated = await loop.run_in_executor(thread, self._look, sight, self._fleet.newest())
                except SQLAlchemyError as error:
                    _logger.error("alerts_not_evaluated error=%r", str(error.__cause__ or error))  # noqa: TRY400  # told in a line, tried again
                except NotElectedError:
                    return
                except Exception:
                    _logger.exception("alerts_not_evaluated")
                else:
                    due_at = evaluated.next_at
                    if evaluated.notices:
                        self._sender.wake()
                await self._rest(due_at)
        finally:
            if sight is not None:
                eyes, evaluation = sight
                eyes.close()
                evaluation.end()

    def _begin(self, epoch: int) -> tuple[Eyes, Evaluation]:
        evaluation = self._begin_evaluation(epoch)
        evaluation.begin(self._clock())
        eyes = self._open_eyes()
        eyes.recall(evaluation.open_alerts.values())
        return eyes, evaluation

    def _look(self, sight: tuple[Eyes, Evaluation], newest: Newest) -> Evaluated:
        eyes, evaluation = sight
        return evaluation.evaluate(eyes.look(newest, self._clock()))

    async def _rest(self, due_at: datetime | None) -> None:
        """Until the next look: at the latest when a notice is due."""
        await asyncio.sleep(LOOKS_AT_MOST_EVERY_SECONDS)
        left = LOOKS_EVERY_SECONDS - LOOKS_AT_MOST_EVERY_SECONDS
        if due_at is not None:
            left = min(left, (due_at - self._clock()).total_seconds())
        try:
            async with asyncio.timeout(max(left, 0.0)):
                await self._fleet.has_departures.wait()
        except TimeoutError:
            return
