"""What of a frame goes beside the store, into the state database: refusals, events, and where wrong clocks were placed.

Used by the pipeline. The database has a thread here, apart from those that serve the pages. What it does not take is
told in `problems`, and is left to come again.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from collector.intake import Taken
from collector.state.events import KeptEvent, keep_events
from collector.state.placements import settle_offsets
from collector.state.quarantine import Refusal, keep
from collector.stores import FrameKey

_logger = logging.getLogger(__name__)


class StateSide:
    """The pipeline's part of the state database."""

    def __init__(self, state: Engine, clock: Callable[[], datetime]) -> None:
        self._state = state
        self._clock = clock
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="quarantine")
        self._problems: dict[str, str] = {}

    @property
    def problems(self) -> list[str]:
        """Why something cannot be written just now; empty while all is well."""
        return list(self._problems.values())

    async def keep(self, refusals: Sequence[Refusal]) -> bool:
        """Whether these are in quarantine."""
        return not refusals or await self._write("quarantine", lambda: keep(self._state, refusals))

    async def keep_events(self, frames: Iterable[Taken]) -> list[FrameKey]:
        """Keep the events of frames; the frames whose events are not kept."""
        events = [
            KeptEvent(taken.frame.key, position, event)
            for taken in frames
            if taken.frame is not None and taken.frame.events
            for position, event in enumerate(taken.frame.events)
        ]
        if not events or await self._write("events", lambda: keep_events(self._state, events)):
            return []
        return list({kept.key for kept in events})

    async def offsets(self, proposals: Mapping[FrameKey, timedelta]) -> dict[FrameKey, timedelta]:
        """By which offset each of these frames was placed when it came first; nothing where that cannot be told."""
        placed: dict[FrameKey, timedelta] = {}

        def settle() -> None:
            placed.update(settle_offsets(self._state, proposals, self._clock()))

        if proposals:
            await self._write("placements", settle)
        return placed

    def close(self) -> None:
        """Finish what is being written."""
        self._thread.shutdown()

    async def _write(self, what: str, work: Callable[[], object]) -> bool:
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except SQLAlchemyError as error:
            self._problems[what] = f"{what} cannot be written: {error.__cause__ or error}"
            _logger.error("state_not_written what=%s error=%r", what, str(error.__cause__ or error))  # noqa: TRY400  # told in a line, comes again
            return False
        self._problems.pop(what, None)
        return True
