"""Holds the answers to slow questions for a while, so that many readers of a page ask the store once.

Used by `traffic`. One question at a time is under way for a key; while it is, the old answer is served.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from collector.stores import StoreError

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Held(Generic[V]):
    answer: V
    asked_at: datetime


class HeldAnswers(Generic[K, V]):
    """At most `max_answers`; an answer is new for `fresh`, and good enough while a newer one is fetched for `usable`.

    Belongs to one event loop. The questions may block: they are asked in threads.
    """

    def __init__(self, clock: Callable[[], datetime], *, fresh: timedelta, usable: timedelta, max_answers: int) -> None:
        self._clock = clock
        self._fresh = fresh
        self._usable = usable
        self._max_answers = max_answers
        self._held: OrderedDict[K, _Held[V]] = OrderedDict()
        self._asking: dict[K, asyncio.Task[V]] = {}

    async def get(self, key: K, ask: Callable[[], V], *, patience_seconds: float) -> V:
        """The answer for `key`. Raises StoreError, or TimeoutError when patience ends; the question then goes on, and
        its answer is there for whoever comes next."""
        held = self._held.get(key)
        # A clock that was set back must not keep an answer for ever, so its distance is what counts.
        age = abs(self._clock() - held.asked_at) if held else None
        if held and age is not None and age <= self._fresh:
            self._held.move_to_end(key)
            return held.answer
        task = self._asking.get(key) or self._start(key, ask)
        if held and age is not None and age <= self._usable:
            return held.answer
        async with asyncio.timeout(patience_seconds):
            return await asyncio.shield(task)

    async def close(self) -> None:
        """Wait for the questions that are under way: a thread cannot be stopped."""
        await asyncio.gather(*self._asking.values(), return_exceptions=True)

    def _start(self, key: K, ask: Callable[[], V]) -> asyncio.Task[V]:
        task = asyncio.create_task(self._ask(key, ask), name=f"ask the store for {key}")
        self._asking[key] = task
        task.add_done_callback(lambda done: self._forget_task(key, done))
        return task

    async def _ask(self, key: K, ask: Callable[[], V]) -> V:
        asked_at = self._clock()
        answer = await asyncio.to_thread(ask)
        self._held[key] = _Held(answer, asked_at)
        self._held.move_to_end(key)
        while len(self._held) > self._max_answers:
            self._held.popitem(last=False)
        return answer

    def _forget_task(self, key: K, task: asyncio.Task[V]) -> None:
        del self._asking[key]
        error = None if task.cancelled() else task.exception()
        if isinstance(error, StoreError):
            _logger.warning("store_did_not_answer question=%r error=%s", key, error)
        elif error is not None:
            _logger.error("question_failed question=%r", key, exc_info=error)
