"""The step that makes the figures of sites in windows of five minutes, out of what is stored. Joined by `joining`.

Every collector makes again the windows of which it has itself stored something late; the elected one makes each window
when it is over, and at its election those of the last days. To make a window twice does no harm: it is the same point.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from collector.figures.agenda import Agenda
from collector.figures.figure import Figure
from collector.figures.sites import site_figures
from collector.figures.windows import WINDOW, AccessPointWindow
from collector.fleet import Fleet
from collector.influx.late_windows import LateWindows
from collector.stores import StoreError
from inventory import Inventory

LOOKS_EVERY_SECONDS = 15.0
RETRY_SECONDS = 15.0
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

    def site_windows(self, since: datetime, until: datetime) -> list[AccessPointWindow]:
        """What every access point told in each window between two instants. Blocks; raises StoreError."""
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
    be heard; `sleep` waits for some seconds."""

    def __init__(
        self,
        *,
        store: WindowStore,
        inventory: Inventory,
        fleet: Fleet,
        clock: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._store = store
        self._inventory = inventory
        self._fleet = fleet
        self._clock = clock
        self._sleep = sleep
        self._agenda = Agenda()
        self._problem: str | None = None

    async def run(self, election: Leadership) -> None:
        """Make windows until cancelled. What fails is tried again."""
        while True:
            await self._sleep(await self._step(election))

    async def _step(self, election: Leadership) -> float:
        """Make the next few windows, if there are any; for how many seconds to rest then."""
        self._agenda.follow(election.leader_epoch, self._clock())
        self._agenda.add_late(self._store.late_windows.take())
        run = self._agenda.next_run()
        if not run:
            return LOOKS_EVERY_SECONDS
        began = time.monotonic()
        try:
            await self._make(run)
        except StoreError as error:
            self._tell(str(error))
            return max(RETRY_SECONDS, error.retry_after_seconds or 0.0)
        self._problem = None
        return RESTS_TIMES * (time.monotonic() - began)

    async def _make(self, run: Sequence[datetime]) -> None:
        """Make the windows of a run. Raises StoreError, and then they wait on."""
        ever_seen = {name for name, reading in self._fleet.readings.items() if not reading.is_only_probes}
        windows = await asyncio.to_thread(self._store.site_windows, run[0], run[-1] + WINDOW)
        told = self._agenda.to_tell(run, {window.begins_at for window in windows})

        def figures() -> list[Figure]:
            return list(site_figures(windows, told, inventory=self._inventory, ever_seen=ever_seen))

        if told:
            await self._store.write_figures(await asyncio.to_thread(figures))
        self._agenda.done(run, told)

    def _tell(self, problem: str) -> None:
        """The same problem again is no news."""
        if problem != self._problem:
            _logger.error("sites_not_rolled_up error=%r", problem)
        self._problem = problem
