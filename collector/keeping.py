"""Saves the fleet every few seconds, off the path of the frames: a restart then knows what was known.

Used by the pipeline, which notes what is new. What a kill loses here, the next report of each access point restores.
"""

import asyncio
import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from collector.fleet import UnknownDevice, UnknownDevices
from collector.readings import Reading
from collector.state.newest import save_readings, save_unknown

SAVE_EVERY_SECONDS = 5.0
_logger = logging.getLogger(__name__)


class Keeper:
    """Gathers what is new and saves it, one save after the other in a thread of its own.

    What has been noted is touched on the event loop only; the thread is given what it saves.
    """

    def __init__(self, state: Engine, *, save_every_seconds: float = SAVE_EVERY_SECONDS) -> None:
        self._state = state
        self._save_every_seconds = save_every_seconds
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="keeper")
        self._readings: dict[str, Reading] = {}
        self._unknown = UnknownDevices()

    def note(self, access_point: str, reading: Reading) -> None:
        """This reading is the newest of its access point now."""
        self._readings[access_point] = reading

    def note_unknown(self, device: UnknownDevice) -> None:
        """This device reports without a place."""
        self._unknown.add(device)

    async def run(self) -> None:
        """Save until cancelled, then wait for the save under way, and save once more. Runs once: its thread ends."""
        saving: asyncio.Task[None] | None = None
        try:
            while True:
                await asyncio.sleep(self._save_every_seconds)
                saving = asyncio.create_task(self.save(), name="keeper-save")
                await asyncio.shield(saving)
        finally:
            try:
                if saving is not None:
                    await asyncio.wait([saving])
                await self.save()
            finally:
                self._thread.shutdown()

    async def save(self) -> None:
        """Save what has been noted since the last time; a state database that does not answer is tried again."""
        readings, self._readings = self._readings, {}
        unknown, self._unknown = self._unknown, UnknownDevices()
        if not readings and not unknown.by_key:
            return
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._thread, _save, self._state, readings, unknown.by_key)
        except SQLAlchemyError as error:
            _logger.error("state_not_saved error=%r", str(error.__cause__ or error))  # noqa: TRY400  # told in a line, tried again
            self._readings = {**readings, **self._readings}
            self._unknown = UnknownDevices([*unknown.by_key.values(), *self._unknown.by_key.values()])


def _save(state: Engine, readings: Mapping[str, Reading], unknown: Mapping[str, UnknownDevice]) -> None:
    save_readings(state, list(readings.items()))
    save_unknown(state, list(unknown.values()))
