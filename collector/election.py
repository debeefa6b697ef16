"""Elects one collector among those that share a state database: the leader evaluates, and the others stand by.

For the collector's main, which runs it, and for the evaluator, which works while this collector leads. With SQLite
there is but one collector, and it leads.

There are never two leaders. A leader leads for `lease_seconds` from the last moment at which it asked the server
whether the office was still its own, and was told so. Whoever takes the office waits for as long before it leads, and
the one before has last asked while it still held it. This holds however the office was lost: by a network that is cut,
a server that starts again or is replaced by its copy, a process that was stopped and goes on. What such a process has
begun before, and writes after, `leadership.is_current` tells within its transaction.
"""

import asyncio
import logging
import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from collector.state.database import is_shared
from collector.state.leadership import begin_epoch
from collector.state.office import Office

_ANSWER_WITHIN_SECONDS = 5.0

T = TypeVar("T")
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Terms:
    """The times of an election, the same for all candidates. A leader that is gone without a word is replaced within
    the sum of `silence_seconds`, `try_every_seconds` and `lease_seconds`.

    The server gives the office to another after `silence_seconds` without a word from who holds it.
    """

    lease_seconds: float = 4.0
    verify_every_seconds: float = 2.0
    try_every_seconds: float = 1.0
    silence_seconds: float = 6.0


class _OfficeLostError(Exception):
    """Another may be elected: the office is not ours any more, or nobody says that it is."""


class Election:
    """Stands for election as long as `run` runs. All of it but `is_leader` is for the event loop's thread."""

    def __init__(self, engine: Engine, terms: Terms = Terms()) -> None:
        self._engine = engine
        self._terms = terms
        self._epoch: int | None = None
        self._leads_until = -math.inf
        self._changed = asyncio.Event()
        self._problem: str | None = None

    @property
    def is_leader(self) -> bool:
        """Whether this collector leads at this moment, by the clock: also for who was stopped, and goes on."""
        return self._epoch is not None and _now_seconds() < self._leads_until

    @property
    def leader_epoch(self) -> int | None:
        """The number of this collector's leadership, higher than all before it; None while it does not lead."""
        return self._epoch if self.is_leader else None

    async def elected(self) -> int:
        """Wait until this collector leads; its epoch's number."""
        while (epoch := self.leader_epoch) is None:
            await self._changed.wait()
        return epoch

    async def stepped_down(self, epoch: int) -> None:
        """Wait until this epoch is over."""
        while self.leader_epoch == epoch:
            await self._changed.wait()

    async def run(self) -> None:
        """Stand for election until cancelled, and leave the office to others then. Runs once: its thread ends."""
        stand = self._stand if is_shared(self._engine) else self._lead_alone
        thread = ThreadPoolExecutor(1, thread_name_prefix="election")
        try:
            while True:
                try:
                    await stand(thread)
                except (SQLAlchemyError, OSError, _OfficeLostError) as error:
                    self._tell(error)
                await asyncio.sleep(self._terms.try_every_seconds)
        finally:
            thread.shutdown()

    async def _lead_alone(self, thread: ThreadPoolExecutor) -> None:
        """A SQLite file has no other collectors."""

        def begin() -> int:
            with self._engine.begin() as connection:
                return begin_epoch(connection, datetime.now(UTC))

        epoch = await asyncio.get_running_loop().run_in_executor(thread, begin)
        try:
            self._leads_until = math.inf
            self._begin(epoch)
            await asyncio.Event().wait()
        finally:
            self._step_down("ended")

    async def _stand(self, thread: ThreadPoolExecutor) -> None:
        """Take the office once it is free, and lead until it is lost. Raises SQLAlchemyError or _OfficeLostError."""
        seat = await _open_seat(self._engine, self._terms, thread)
        reason = "ended"
        try:
            while not await seat.ask(seat.office.try_to_take, _ANSWER_WITHIN_SECONDS):
                self._problem = None
                await asyncio.sleep(self._terms.try_every_seconds)
            await self._lead(seat, leads_from=_now_seconds() + self._terms.lease_seconds)
        except (SQLAlchemyError, _OfficeLostError) as error:
            reason = _in_a_line(error)
            raise
        finally:
            self._step_down(reason)
            await seat.leave()

    async def _lead(self, seat: "_Seat", *, leads_from: float) -> None:
        """Lead from then on, for as long as the server says in time that the office is ours."""
        epoch = await seat.ask(lambda: seat.office.begin_epoch(datetime.now(UTC)), _ANSWER_WITHIN_SECONDS)
        while True:
            asked_at = _now_seconds()
            is_leading = self._epoch is not None
            within_seconds = self._leads_until - asked_at if is_leading else _ANSWER_WITHIN_SECONDS
            if not await seat.ask(seat.office.is_held, within_seconds):
                raise _OfficeLostError("the office is not ours any more")
            if is_leading and not self.is_leader:
                raise _OfficeLostError("the server's answer came too late")
            self._leads_until = asked_at + self._terms.lease_seconds
            if not is_leading and _now_seconds() >= leads_from:
                self._begin(epoch)
            await asyncio.sleep(self._terms.verify_every_seconds)

    def _begin(self, epoch: int) -> None:
        self._epoch = epoch
        self._problem = None
        _logger.info("evaluator_elected epoch=%d", epoch)
        self._announce()

    def _step_down(self, reason: str) -> None:
        epoch, self._epoch = self._epoch, None
        self._leads_until = -math.inf
        if epoch is not None:
            _logger.info("evaluator_stepped_down epoch=%d reason=%r", epoch, reason)
            self._announce()

    def _announce(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    def _tell(self, error: Exception) -> None:
        """The same problem again is no news."""
        problem = _in_a_line(error)
        if problem != self._problem:
            _logger.warning("evaluator_not_elected error=%r", problem)
        self._problem = problem


class _Seat:
    """A candidate's session together with the thread that waits for it."""

    def __init__(self, office: Office, thread: ThreadPoolExecutor) -> None:
        self.office = office
        self._thread = thread

    async def ask(self, work: Callable[[], T], within_seconds: float) -> T:
        """What the office answers. Raises _OfficeLostError where it does not in time, and SQLAlchemyError."""
        answer = asyncio.get_running_loop().run_in_executor(self._thread, work)
        answer.add_done_callback(_heed)
        done, _ = await asyncio.wait([answer], timeout=max(0.0, within_seconds))
        if not done:
            raise _OfficeLostError(f"no answer from the server within {within_seconds:.1f} s")
        return answer.result()

    async def leave(self) -> None:
        """Give the office up, and whatever the thread is waiting for."""
        self.office.give_up()
        await asyncio.wait([asyncio.get_running_loop().run_in_executor(self._thread, self.office.close)])


async def _open_seat(engine: Engine, terms: Terms, thread: ThreadPoolExecutor) -> _Seat:
    """A new session. Who is cancelled meanwhile waits for it all the same, so as to close it."""
    opening = asyncio.get_running_loop().run_in_executor(thread, Office.open, engine, terms.silence_seconds)
    try:
        return _Seat(await asyncio.shield(opening), thread)
    except asyncio.CancelledError:
        await asyncio.wait([opening])
        if opening.exception() is None:
            await _Seat(opening.result(), thread).leave()
        raise


def _heed(answer: "asyncio.Future[T]") -> None:
    """An error that comes after the time limit has been told by it."""
    if not answer.cancelled():
        answer.exception()


def _in_a_line(error: Exception) -> str:
    cause = error.orig if isinstance(error, DBAPIError) else error
    return next(iter(str(cause).strip().splitlines()), type(cause).__name__)


def _now_seconds() -> float:
    """A clock that goes on while the machine is suspended."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)
