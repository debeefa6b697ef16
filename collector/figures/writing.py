"""The step that asks sources for figures at whole minutes, and writes them into the engine. Joined by `joining`.

Every source is asked in a thread and a task of its own: one that fails, or does not come to an end, keeps none of the
others from it. What could not be written waits, and is written before what came later.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

from collector.figures.figure import Figure, Source
from collector.figures.unwritten import Unwritten
from collector.stores import StoreError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LOOKS_AT_THE_CLOCK_EVERY_SECONDS = 60.0
_logger = logging.getLogger(__name__)


class FigureStore(Protocol):
    """The store, as far as figures are concerned."""

    async def write_figures(self, figures: Iterable[Figure]) -> None:
        """Write them. Raises StoreError, after which all of them may be written again."""
        ...


class Leadership(Protocol):
    """The election, as far as figures are concerned."""

    @property
    def is_leader(self) -> bool:
        """Whether this collector is the elected one at this moment."""
        ...


class FigureWriter:
    """Writes what the sources, each with a name for the log, bring. No source is asked less often than every
    `at_least_every_seconds`, however seldom it wants to be."""

    def __init__(
        self,
        store: FigureStore,
        sources: Mapping[str, Source],
        clock: Callable[[], datetime],
        *,
        at_least_every_seconds: int | None = None,
    ) -> None:
        self._store = store
        self._sources = sources
        self._clock = clock
        self._at_least_every_seconds = at_least_every_seconds
        self._unwritten = Unwritten()
        self._has_news = asyncio.Event()
        self._problem: str | None = None

    async def run(self, election: Leadership) -> None:
        """Ask and write until cancelled."""
        async with asyncio.TaskGroup() as group:
            for name, source in self._sources.items():
                group.create_task(self._ask(name, source, election), name=f"figures of {name}")
            group.create_task(self._write(), name="writing of figures")

    async def _ask(self, name: str, source: Source, election: Leadership) -> None:
        """Ask one source again and again."""
        every_seconds = source.every_seconds
        if self._at_least_every_seconds is not None:
            every_seconds = min(every_seconds, self._at_least_every_seconds)
        loop = asyncio.get_running_loop()
        thread = ThreadPoolExecutor(1, thread_name_prefix=f"figures of {name}")
        try:
            while True:
                at = await self._turn(timedelta(seconds=every_seconds))
                if source.is_only_for_elected and not election.is_leader:
                    continue
                try:
                    figures = await loop.run_in_executor(thread, _all_of, source, at)
                except (SQLAlchemyError, StoreError) as error:
                    words = str(error.__cause__ or error)
                    _logger.error("figures_not_made source=%s error=%r", name, words)  # noqa: TRY400  # told in a line, tried again
                except Exception:  # a defect of ours, which must stop nothing else
                    _logger.exception("figures_not_made source=%s", name)
                else:
                    self._unwritten.add(name, figures)
                    self._has_news.set()
        finally:
            thread.shutdown(wait=False, cancel_futures=True)

    async def _turn(self, every: timedelta) -> datetime:
        """Wait for the next whole multiple, by a clock that may be put forward or back meanwhile."""
        now = self._clock()
        at = _multiple_before(now, every) + every
        while now < at:
            await asyncio.sleep(min((at - now).total_seconds(), LOOKS_AT_THE_CLOCK_EVERY_SECONDS))
            now = self._clock()
            at = min(at, _multiple_before(now, every) + every)
        return _multiple_before(now, every)

    async def _write(self) -> None:
        """Write what waits, whenever something has come."""
        while True:
            await self._has_news.wait()
            self._has_news.clear()
            for name in self._unwritten.sources:
                if not await self._write_those_of(name):
                    break

    async def _write_those_of(self, name: str) -> bool:
        """Write all of one source that waits; False where the engine did not take it, and would not take others."""
        figures = self._unwritten.take(name)
        try:
            await self._store.write_figures(figures)
        except StoreError as error:
            self._unwritten.put_back(name, figures)
            self._tell(str(error))
            return False
        except Exception:  # a defect of ours: figures that would never be lines
            _logger.exception("figures_not_written source=%s figures=%d", name, len(figures))
            return True
        self._problem = None
        if dropped := self._unwritten.take_dropped(name):
            _logger.warning("figures_dropped source=%s figures=%d", name, dropped)
        return True

    def _tell(self, problem: str) -> None:
        """The same problem again is no news."""
        if problem != self._problem:
            _logger.error("figures_not_written error=%r", problem)
        self._problem = problem


def _all_of(source: Source, at: datetime) -> list[Figure]:
    """In the source's thread, also what it makes one by one."""
    return list(source.figures(at))


def _multiple_before(now: datetime, every: timedelta) -> datetime:
    """The whole multiple since 1970 that is not after an instant."""
    return now - (now - _EPOCH) % every
