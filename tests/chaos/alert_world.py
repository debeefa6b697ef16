"""A city, a collector that evaluates and sends, and receivers, on a virtual clock and a real database.

The evaluator, the planner, the outbox and the sender are those of the collector. The evaluator runs in a thread of its
own, and stands at times between two of its statements while the sender goes on; the collector can be made to die at any
commit, before or after it.
"""

import asyncio
import contextlib
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from chaos.alert_city import ENDPOINTS, START, Ailments, alert_settings, inventory
from chaos.alert_people import People
from chaos.alert_receivers import Receivers
from chaos.brittle import Brittle, Killed
from chaos.virtual_time import VirtualTimeLoop
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from collector.alerting.evaluation import Evaluation
from collector.alerting.receivers import open_receivers
from collector.alerting.sending import Sender
from collector.alerts.judging.snapshot import Layout
from collector.metrics import Metrics
from collector.state.leadership import begin_epoch

STATEMENTS = 12
"""Of an evaluation, about."""


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Crossing:
    """Each evaluation stands before its statement of this number, if any, for so many seconds, while the sender goes on
    and a deed is done."""

    statement: int | None
    seconds: float = 0.0
    deed: Callable[[], None] = _nothing


class World:
    """Everything, from the city to the receivers. `state` and `desk` are engines of one database, whose tables are
    empty: the collector's own, which dies with it, and that of people and of the account at the end."""

    def __init__(self, state: Engine, desk: Engine, *, folder: Path, loop: VirtualTimeLoop, seed: int) -> None:
        self.loop = loop
        self.database = Brittle(state)
        self._state = state
        self._inventory = inventory()
        self._settings = alert_settings(folder)
        self._chance = random.Random(seed)
        self.city = Ailments(Layout(self._inventory))
        self.people = People(desk, self._inventory, self._settings, self.now)
        self.receivers = Receivers(list(ENDPOINTS), self.now, self._chance, self.people.is_under_way)
        self._opened = open_receivers(self._settings, self._inventory, "https://wifi.example")
        self._metrics = Metrics()
        self._crossing: Crossing | None = None
        loop.latency = self._latency

    def now(self) -> datetime:
        return START + timedelta(seconds=self.loop.time())

    def _latency(self) -> float:
        """How long a thread of the sender takes: mostly nothing, and at times as long as a call."""
        return self._chance.choice([0.0, 0.0, 0.001, 0.01, 0.3])

    def begin(self) -> None:
        """A collector starts on what the database holds."""
        self.database.is_dead = False
        with self._state.begin() as connection:
            epoch = begin_epoch(connection, self.now())
        self._evaluation = Evaluation(
            state=self._state, inventory=self._inventory, settings=self._settings, metrics=self._metrics, epoch=epoch
        )
        self._evaluation.begin(self.now())
        self._sender = Sender(
            state=self._state,
            inventory=self._inventory,
            receivers=self._opened,
            caller=self.receivers,  # type: ignore[arg-type]  # stands where it does
            metrics=self._metrics,
            clock=self.now,
            chance=self._chance.random,
        )
        self._sending = asyncio.create_task(self._sender.run(epoch), name="sender")

    async def end(self) -> None:
        """It ends, or dies: nothing of it goes on but what a thread has begun already."""
        self._sending.cancel()
        with contextlib.suppress(asyncio.CancelledError, Killed, BaseExceptionGroup):
            await self._sending

    async def restart(self) -> None:
        """In good order; what threads were about to write, they write late."""
        await self.end()
        try:
            self.begin()
        except (Killed, SQLAlchemyError):
            await self.kill()

    async def kill(self) -> None:
        """kill -9: nothing is written any more."""
        self.database.is_dead = True
        await self.end()
        await asyncio.sleep(1.0)  # what was about to be written meets its end
        self.database.forgive()
        self.begin()

    async def step(self) -> None:
        """One evaluation; a collector that dies in it, or died before, starts again."""
        if self.database.is_dead:
            await self.kill()
        held = self.database.hold(lambda: self._evaluation.evaluate(self.city.look(self.now())), self._stands_at())
        while not held.is_over:
            if self._crossing is None:
                await asyncio.sleep(self._chance.choice([0.02, 0.2, 1.0, 5.0, 20.0]))
            else:
                self._crossing.deed()
                await asyncio.sleep(self._crossing.seconds)
            held.go_on()
        try:
            evaluated = held.result()
        except Killed:
            await self.kill()
        except SQLAlchemyError:
            return  # and so does the watch: the next step begins with what has been kept
        else:
            if evaluated.notices:
                self._sender.wake()

    def cross(self, crossing: "Crossing | None") -> None:
        """From now on evaluations stand so, and not as it comes; None for that again."""
        self._crossing = crossing

    def _stands_at(self) -> int | None:
        if self._crossing is not None:
            return self._crossing.statement
        stands = self._chance.random() < (0.6 if self.receivers.under_way else 0.1)
        return self._chance.randint(1, STATEMENTS) if stands else None

    async def pass_time(self, seconds: float) -> None:
        """So many seconds, with an evaluation every second or so."""
        end = self.loop.time() + seconds
        pause = max(1.0, seconds / 20)
        while self.loop.time() < end:
            await self.step()
            await asyncio.sleep(min(pause, max(end - self.loop.time(), 0.01)))

    async def flap(self, place: str, times: int) -> None:
        """Silent and back, and so on."""
        for _ in range(times):
            self.city.turn(place)
            await self.pass_time(20)

    def open_endpoints(self) -> None:
        """All are open, what waits is tried now, and what was given up as well."""
        self.people.open_endpoints()
        self._sender.wake()
