"""The step that makes the figures of sites in windows of five minutes, out of what is stored. Joined by `joining`.

Every collector makes again the windows of which it has itself stored something late, and at its start those of the last
days, since it may have ended before it had made all of these; the elected one makes each window when it is over, and at
its election those of the last days. To make a window twice does no harm: it is the same point.
"""

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Protocol, runtime_checkable

from sqlalchemy.exc import SQLAlchemyError

from collector.figures.agenda import WINDOWS_AT_ONCE, Agenda
from collector.figures.figure import Figure
from collector.figures.site_tally import SiteTally
from collector.figures.sites import site_figures
from collector.figures.windows import WINDOW, Tally
from collector.fleet import Fleet
from collector.influx.late_windows import LateWindows
from collector.settling import Settling
from collector.stores import StoreError
from inventory import Inventory

LOOKS_EVERY_SECONDS = 15.0
RETRY_SECONDS = 15.0
ACCESS_POINTS_AT_ONCE = 25_000
"""Of all windows of a run together, as far as a single one has not more."""
FIGURES_AT_ONCE = 2_000
"""So many are made, in a thread, and written before the next: a city has tens of thousands in a window, 0.7 kB each."""
RESTS_TIMES = 2.0
"""After a run it rests for so many times as long as that took: pages and frames come first."""
_logger = logging.getLogger(__name__)


@runtime_checkable
class WindowStore(Protocol):
    """A store whose engine adds up windows, and takes figures."""

    @property
    def late_windows(self) -> LateWindows:
        """Which windows have got something late."""
        ...

    @property
    def settle_seconds(self) -> float:
        """For so long after a write has returned the engine may still lose it by dying."""
        ...

    async def incarnation(self) -> str | None:
        """Which run of the engine answers now; None where it does not."""
        ...

    def site_windows(self, since: datetime, until: datetime, tally: Tally) -> None:
        """Tell what every access point told in each window between two instants. Blocks; raises StoreError."""
        ...

    async def write_figures(self, figures: Iterable[Figure]) -> None:
        """Write them. Raises StoreError, after which all of them may be written again."""
        ...


class Leadership(Protocol):
    """The election, as far as windows are concerned."""

    @property
    def leader_epoch(self) -> int | None:
        """The number of this collector's term; None while it is not the elected one."""
        ...


class Rollup:
    """Makes the windows of one store for the sites of one inventory. `fleet` tells which access points are expected to
    be heard, `first_seen` since when; that blocks, and raises SQLAlchemyError. `sleep` waits for some seconds."""

    def __init__(
        self,
        *,
        store: WindowStore,
        inventory: Inventory,
        fleet: Fleet,
        first_seen: Callable[[], Mapping[str, datetime]],
        clock: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._store = store
        self._inventory = inventory
        self._fleet = fleet
        self._first_seen = first_seen
        self._clock = clock
        self._monotonic = monotonic
        self._sleep = sleep
        at_once = ACCESS_POINTS_AT_ONCE // max(1, len(inventory.access_points))
        self._agenda = Agenda(max(1, min(WINDOWS_AT_ONCE, at_once)))
        self._settling: Settling[datetime] = Settling(store.settle_seconds, monotonic)
        self._looked_for_losses_at = -math.inf
        self._problem: str | None = None

    async def run(self, election: Leadership) -> None:
        """Make windows until cancelled. What fails is tried again."""
        while True:
            await self._sleep(await self._step(election))

    async def _step(self, election: Leadership) -> float:
        """Make the next few windows, if there are any; for how many seconds to rest then."""
        self._agenda.follow(election.leader_epoch, self._clock())
        self._agenda.add_late(self._store.late_windows.take())
        await self._look_for_losses()
        run = self._agenda.next_run()
        if not run:
            return LOOKS_EVERY_SECONDS
        began = self._monotonic()
        try:
            await self._make(run)
        except StoreError as error:
            self._tell(str(error))
            return max(RETRY_SECONDS, error.retry_after_seconds or 0.0)
        except SQLAlchemyError as error:
            self._tell(str(error.__cause__ or error))
            return RETRY_SECONDS
        except Exception:  # a defect of ours, which must stop nothing else
            _logger.exception("sites_not_rolled_up from=%s windows=%d", run[0].isoformat(), len(run))
            self._agenda.give_up(run)
            return RETRY_SECONDS
        self._problem = None
        return RESTS_TIMES * (self._monotonic() - began)

    async def _make(self, run: Sequence[datetime]) -> None:
        """Make the windows of a run. Raises StoreError or SQLAlchemyError, and then they wait on."""
        ever_seen = {name for name, reading in self._fleet.readings.items() if not reading.is_only_probes}
        first_seen = await asyncio.to_thread(self._first_seen)
        tally = SiteTally(self._inventory)
        await asyncio.to_thread(self._store.site_windows, run[0], run[-1] + WINDOW, tally)
        told = self._agenda.to_tell(run, tally.heard())
        for at in told:  # one by one: after a silence of days these are hundreds
            incarnation = await self._run_of_engine()
            figures = site_figures(tally, [at], ever_seen=ever_seen, first_seen=first_seen)
            while some := await asyncio.to_thread(_take, figures):
                await self._store.write_figures(some)
            self._agenda.note_told(at)
            if self._store.settle_seconds:
                self._settling.put([at], incarnation)
        self._agenda.done(run, told)

    async def _look_for_losses(self) -> None:
        """Put windows that an engine has lost by dying on the agenda again; so often as it takes to be sure of one."""
        now = self._monotonic()
        if len(self._settling) and now >= self._looked_for_losses_at + self._store.settle_seconds:
            self._looked_for_losses_at = now
            _, lost = self._settling.judge(await self._store.incarnation(), now)
            self._agenda.add_lost(lost)

    async def _run_of_engine(self) -> str | None:
        """The run that answered last; asked for where none has yet."""
        if self._store.settle_seconds and self._settling.incarnation is None:
            self._settling.incarnation = await self._store.incarnation()
        return self._settling.incarnation

    def _tell(self, problem: str) -> None:
        """The same problem again is no news."""
        if problem != self._problem:
            _logger.error("sites_not_rolled_up error=%r", problem)
        self._problem = problem


def _take(figures: Iterator[Figure]) -> list[Figure]:
    """The next few, made now; empty at their end."""
    return list(islice(figures, FIGURES_AT_ONCE))
