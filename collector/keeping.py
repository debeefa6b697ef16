"""Saves the fleet every few seconds, off the path of the frames: a restart then knows what was known.

Used by the pipeline, which notes what is new. What a kill loses here, the next report of each access point restores.
"""

import asyncio
import logging

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from collector.fleet import UnknownDevice
from collector.readings import Reading
from collector.state.newest import save_readings, save_unknown

SAVE_EVERY_SECONDS = 5.0
_logger = logging.getLogger(__name__)


class Keeper:
    """Gathers what is new and saves it in one transaction at a time."""

    def __init__(self, state: Engine) -> None:
        self._state = state
        self._readings: dict[str, Reading] = {}
        self._unknown: dict[str, UnknownDevice] = {}

    def note(self, access_point: str, reading: Reading) -> None:
        """This reading is the newest of its access point now."""
        self._readings[access_point] = reading

    def note_unknown(self, device: UnknownDevice) -> None:
        """This device reports without a place."""
        self._unknown[device.key] = device

    async def run(self) -> None:
        """Save until cancelled, and once more then."""
        try:
            while True:
                await asyncio.sleep(SAVE_EVERY_SECONDS)
                await asyncio.to_thread(self.save)
        finally:
            self.save()

    def save(self) -> None:
        """Save what has been noted since the last time; a state database that does not answer is tried again."""
        readings, self._readings = self._readings, {}
        unknown, self._unknown = self._unknown, {}
        try:
            save_readings(self._state, list(readings.items()))
            save_unknown(self._state, list(unknown.values()))
        except SQLAlchemyError as error:
            _logger.error("state_not_saved error=%r", str(error.__cause__ or error))  # noqa: TRY400  # told in a line, tried again
            self._readings = {**readings, **self._readings}
            self._unknown = {**unknown, **self._unknown}
