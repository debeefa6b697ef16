"""Delivers what the outbox holds: each endpoint has a task of its own, so that one that hangs delays no other. Run on
the elected collector.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from sqlalchemy import Engine

from collector.alerting.endpoint_queue import EndpointQueue, Means
from collector.alerting.receivers import Receiver
from collector.alerts.planning.told_alerts import told
from collector.metrics import Metrics
from collector.outward.call_errors import CallError
from collector.outward.calling import Call, Caller
from collector.state import deliveries, endpoint_states
from inventory import Inventory

REFRESHED_EVERY_SECONDS = 60.0
_THREADS = 2
_logger = logging.getLogger(__name__)


class Sender:
    """Sends for one state database. `clock` tells the time, `chance` draws jitter from 0 to 1. Receivers that forget
    are told again `refreshed_every_seconds`."""

    def __init__(
        self,
        *,
        state: Engine,
        inventory: Inventory,
        receivers: Sequence[Receiver],
        caller: Caller,
        metrics: Metrics,
        clock: Callable[[], datetime],
        chance: Callable[[], float] = random.random,
        refreshed_every_seconds: float = REFRESHED_EVERY_SECONDS,
    ) -> None:
        self._state = state
        self._inventory = inventory
        self._receivers = receivers
        self._caller = caller
        self._metrics = metrics
        self._clock = clock
        self._chance = chance
        self._refreshed_every_seconds = refreshed_every_seconds
        self._news = {receiver.name: asyncio.Event() for receiver in receivers}

    def wake(self) -> None:
        """There may be something new to send."""
        for event in self._news.values():
            event.set()

    async def run(self, epoch: int) -> None:
        """Send until cancelled, as the evaluator of this epoch."""
        threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="outbox")
        means = Means(self._state, self._caller, self._metrics, self._clock, self._chance, threads, epoch)
        try:
            await means.in_thread(lambda: self._begin(epoch))
            if self._receivers:
                await self._caller.prepare()
            async with asyncio.TaskGroup() as group:
                for receiver in self._receivers:
                    queue = EndpointQueue(receiver, means, self._news[receiver.name])
                    group.create_task(queue.run(), name=f"endpoint {receiver.name}")
                    if receiver.forgets:
                        group.create_task(self._refresh(receiver, means), name=f"refresh {receiver.name}")
        finally:
            threads.shutdown(wait=False)

    def _begin(self, epoch: int) -> None:
        """What another was calling when it died is to be called again; what the configuration has no more is given
        up."""
        deliveries.release_claims(self._state, epoch)
        names = [receiver.name for receiver in self._receivers]
        given_up = deliveries.give_up_others(self._state, names, self._clock())
        if given_up:
            _logger.warning("deliveries_given_up count=%d reason='no such endpoint any more'", given_up)

    async def _refresh(self, receiver: Receiver, means: Means) -> None:
        """Tell a receiver that forgets of everything that it should know, again and again. What is missed is told the
        next time. What brings a defect of ours to light stops no other endpoint, nor the collector."""
        while True:
            await asyncio.sleep(self._refreshed_every_seconds)
            try:
                for call in await means.in_thread(lambda: self._calls_again(receiver)):
                    await self._caller.call(call)
            except CallError as error:
                _logger.warning("endpoint_not_refreshed endpoint=%s reason=%r", receiver.name, str(error))
            except Exception:
                _logger.exception("endpoint_not_refreshed endpoint=%s", receiver.name)

    def _calls_again(self, receiver: Receiver) -> Sequence[Call]:
        """Of all that it was told, as it is now; none while nothing is to be sent there. Thousands of alerts take a
        second to be written down."""
        if not endpoint_states.endpoint_state(self._state, receiver.name).is_open:
            return ()
        now = self._clock()
        known = deliveries.told_alerts(self._state, receiver.name, now)
        return receiver.refresh([told(alert, self._inventory) for alert in known], now)
