"""One endpoint's part of the outbox: what is due is called, a few at once, and what came of it is noted. Used by
`sending`."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from collector.alerting.receivers import Receiver
from collector.alerts.endpoints.outcome import Outcome, Result
from collector.alerts.endpoints.settings import ComposeError
from collector.alerts.notice import Notice
from collector.alerts.planning.retrying import next_attempt
from collector.metrics import Metrics
from collector.outward.call_errors import CallError
from collector.outward.calling import Caller
from collector.state import deliveries, endpoint_states
from collector.state.deliveries import Due

CALLS_AT_ONCE = 4
"""To one endpoint. A receiver that takes a second for each is still told of a thousand things in four minutes."""
LOOKS_AT_LEAST_EVERY_SECONDS = 2.0
"""What pages and commands put in, perhaps in another process, begins within that."""
_TRIES_AGAIN_AFTER_SECONDS = 2.0
T = TypeVar("T")
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Means:
    """What all queues send with. `clock` tells the time, `chance` draws jitter."""

    state: Engine
    caller: Caller
    metrics: Metrics
    clock: Callable[[], datetime]
    chance: Callable[[], float]
    threads: ThreadPoolExecutor
    epoch: int

    async def in_thread(self, work: Callable[[], T]) -> T:
        """What a thread answers, however often the database has to be asked."""
        while True:
            try:
                return await asyncio.get_running_loop().run_in_executor(self.threads, work)
            except SQLAlchemyError as error:
                _logger.error("outbox_not_reached error=%r", str(error.__cause__ or error))  # noqa: TRY400  # told in a line, tried again
            await asyncio.sleep(_TRIES_AGAIN_AFTER_SECONDS)


class EndpointQueue:
    """Delivers to one receiver. `news` is set when there may be something new."""

    def __init__(self, receiver: Receiver, means: Means, news: asyncio.Event) -> None:
        self._receiver = receiver
        self._means = means
        self._news = news
        self._under_way: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Deliver until cancelled. What brings a defect of ours to light stops no other endpoint, nor the collector."""
        try:
            while True:
                self._news.clear()
                try:
                    now = self._means.clock()
                    for each in await self._due(now):
                        self._begin(each)
                    await self._wait(now)
                except Exception:
                    _logger.exception("endpoint_not_served endpoint=%s", self._receiver.name)
                    await asyncio.sleep(_TRIES_AGAIN_AFTER_SECONDS)
        finally:
            for task in self._under_way.values():
                task.cancel()

    def _begin(self, due: Due) -> None:
        notice_id = due.notice.id
        task = asyncio.create_task(self._deliver(due), name=f"delivery {notice_id}")
        self._under_way[notice_id] = task
        task.add_done_callback(lambda task: self._end(notice_id, task))

    def _end(self, notice_id: str, task: "asyncio.Task[None]") -> None:
        self._under_way.pop(notice_id, None)
        self._news.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            _logger.error("delivery_broke_off notice=%s", notice_id, exc_info=error)

    async def _due(self, now: datetime) -> list[Due]:
        """What may be begun now."""
        room = CALLS_AT_ONCE - len(self._under_way)
        if room <= 0:
            return []
        name, state = self._receiver.name, self._means.state

        def work() -> list[Due]:
            if not endpoint_states.endpoint_state(state, name).is_open:
                return []
            return deliveries.due(state, name, now, CALLS_AT_ONCE)

        return [each for each in await self._means.in_thread(work) if each.notice.id not in self._under_way][:room]

    async def _wait(self, looked_at: datetime) -> None:
        """Until something is new, or due that was not when it was last looked for."""
        name, means = self._receiver.name, self._means
        seconds = LOOKS_AT_LEAST_EVERY_SECONDS
        if len(self._under_way) < CALLS_AT_ONCE:
            at = await means.in_thread(lambda: deliveries.next_due(means.state, name, after=looked_at))
            if at is not None:
                seconds = min((at - means.clock()).total_seconds(), seconds)
        try:
            async with asyncio.timeout(max(seconds, 0.0)):
                await self._news.wait()
        except TimeoutError:
            return

    async def _deliver(self, due: Due) -> None:
        """Make one call, and note what came of it. The note before it says that it may arrive."""
        means, notice, now = self._means, due.notice, self._means.clock()
        if not await means.in_thread(lambda: deliveries.claim(means.state, notice, means.epoch, now)):
            return
        outcome = await self._call(notice)
        means.metrics.deliveries.labels(self._receiver.name, outcome.result).inc()
        if await means.in_thread(lambda: self._note(notice, outcome, due.attempts + 1)):
            await means.in_thread(lambda: self._note_endpoint(outcome))

    async def _call(self, notice: Notice) -> Outcome:
        receiver, clock = self._receiver, self._means.clock
        try:
            call = await self._means.in_thread(lambda: receiver.call_for(notice, clock()))
            answer = await self._means.caller.call(call)
            return receiver.judge(answer, clock())
        except CallError as error:
            return Outcome(Result.REFUSED if error.is_permanent else Result.AGAIN, str(error))
        except ComposeError as error:
            return Outcome(Result.REFUSED, f"the notice cannot be written down: {error}")
        except Exception as error:
            _logger.exception("notice_not_sent endpoint=%s notice=%s", receiver.name, notice.id)
            return Outcome(Result.REFUSED, f"a defect of the collector: {type(error).__name__}")

    def _note(self, notice: Notice, outcome: Outcome, attempts: int) -> bool:
        """Whether it was ours to note."""
        state, epoch, now = self._means.state, self._means.epoch, self._means.clock()
        if outcome.result is Result.DELIVERED:
            return deliveries.note_delivered(state, notice, now, epoch=epoch)
        told = "notice_not_delivered endpoint=%s notice=%s attempt=%d reason=%r"
        _logger.warning(told, self._receiver.name, notice.id, attempts, outcome.reason)
        again_at = self._again_at(outcome, attempts, now)
        if again_at is None:
            return deliveries.note_dead(state, notice, outcome.reason, now, epoch=epoch)
        return deliveries.note_failed(state, notice, outcome.reason, again_at, epoch=epoch)

    def _note_endpoint(self, outcome: Outcome) -> None:
        state, name, now = self._means.state, self._receiver.name, self._means.clock()
        if outcome.result is Result.DELIVERED:
            endpoint_states.note_arrival(state, name, now)
        elif outcome.result is Result.GONE:
            endpoint_states.note_gone(state, name, outcome.reason, now)
        else:
            endpoint_states.note_failure(state, name, outcome.reason, now)

    def _again_at(self, outcome: Outcome, attempts: int, now: datetime) -> datetime | None:
        if outcome.result is not Result.AGAIN:
            return None
        asked_for = timedelta(seconds=outcome.wait_seconds or 0.0)
        return next_attempt(attempts, now, chance=self._means.chance(), asked_for=asked_for)
