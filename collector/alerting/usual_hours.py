"""What is usual in each hour, asked for before the hour begins and in a thread of its own: a store that takes long, or
hangs, keeps nobody from looking at the city. Used by `eyes`.
"""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta

from collector.alerts.looking.usual import UsualHour, hour_of
from collector.stores import StoreError

ASKS_AHEAD = timedelta(minutes=15)
"""A judgement of ours: a store that answers at all has answered by then, also if it failed once."""
ASKS_AGAIN_AFTER = timedelta(minutes=5)
_logger = logging.getLogger(__name__)


class UsualHours:
    """Remembers this hour and the next. `ask`, which blocks and raises StoreError, says what is usual in the hour of an
    instant."""

    def __init__(self, ask: Callable[[datetime], UsualHour]) -> None:
        self._ask = ask
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="usual clients")
        self._answer: Future[UsualHour] | None = None
        self._asked_at: datetime | None = None
        self._known: dict[datetime, UsualHour] = {}

    def at(self, now: datetime) -> UsualHour | None:
        """What is usual in the hour of `now`, as far as it is known by now. Never waits."""
        self._take_answer()
        hours = (hour_of(now), hour_of(now + ASKS_AHEAD))
        self._known = {hour: usual for hour, usual in self._known.items() if hour in hours}
        missing = next((hour for hour in hours if hour not in self._known), None)
        if missing is not None and self._answer is None and self._may_ask(now):
            self._asked_at = now
            self._answer = self._thread.submit(self._ask, missing)
        return self._known.get(hours[0])

    def close(self) -> None:
        """Nobody asks any more."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _may_ask(self, now: datetime) -> bool:
        return self._asked_at is None or abs(now - self._asked_at) >= ASKS_AGAIN_AFTER

    def _take_answer(self) -> None:
        if self._answer is None or not self._answer.done():
            return
        answer, self._answer = self._answer, None
        try:
            usual = answer.result()
        except StoreError as error:
            _logger.warning("usual_clients_not_known error=%r", str(error))
        else:
            self._known[usual.begins_at] = usual
