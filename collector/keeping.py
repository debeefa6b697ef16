"""Saves the fleet every few seconds, off the path of the frames: a restart then knows what was known, and collectors
that share the state database know of each other's readings and unknown devices.

Used by the pipeline, which notes what is new. What a kill loses here, the next report of each access point restores.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from collector.fleet import Fleet, UnknownDevice, UnknownDevices
from collector.readings import Reading, ReportInFrame
from collector.state.newest import NewestReadings, load_unknown_since, save_unknown

SAVE_EVERY_SECONDS = 5.0
SETTLE_EVERY_SECONDS = 5.0
"""A reading that is still the newest of its place after one to two of these is laid down in few bytes, before it is its
turn to be saved: a city's, in the frames they came in, are 40 MB. One that comes every few seconds is not worth it."""
SAVED_WITHIN = timedelta(minutes=10)
"""What another collector has seen of an unknown device is looked for again for so long: it is saved later than it was
seen, by a clock that may be another. A judgement of ours; a device that is missed for that reports again."""
_REST_PER_WORK = 19.0
"""A save that takes long is followed by a rest that much longer: the frames come first."""
T = TypeVar("T")
_logger = logging.getLogger(__name__)


class Keeper:
    """Gathers what is new and saves it, one save after the other in a thread of its own.

    What has been noted is touched on the event loop only; the thread is given what it saves.
    """

    def __init__(self, state: Engine, fleet: Fleet, *, save_every_seconds: float = SAVE_EVERY_SECONDS) -> None:
        self._state = state
        self._fleet = fleet
        self._newest = NewestReadings(state)
        self._cursor: str | None = None
        self._unknown_until: datetime | None = None
        self._save_every_seconds = save_every_seconds
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="keeper")
        self._readings: dict[str, Reading] = {}
        self._young: dict[str, Reading] = {}
        self._waiting: dict[str, Reading] = {}
        self._unknown = UnknownDevices()

    def note(self, access_point: str, reading: Reading) -> None:
        """This reading is the newest of its access point now."""
        self._readings[access_point] = reading
        self._young[access_point] = reading

    def note_unknown(self, device: UnknownDevice) -> None:
        """This device reports without a place."""
        self._unknown.add(device)

    async def run(self) -> None:
        """Save until cancelled, then wait for the save under way, and save once more. Runs once: its thread ends."""
        saving: asyncio.Task[None] | None = None
        loop = asyncio.get_running_loop()
        worked_seconds = 0.0
        try:
            while True:
                await self._rest(max(self._save_every_seconds, _REST_PER_WORK * worked_seconds))
                began = loop.time()
                saving = asyncio.create_task(self._save_and_follow(), name="keeper-save")
                await asyncio.shield(saving)
                worked_seconds = loop.time() - began
        finally:
            try:
                if saving is not None:
                    await asyncio.wait([saving])
                await self.save()
            finally:
                self._thread.shutdown()

    async def _rest(self, seconds: float) -> None:
        """Until the next save; what is to be settled meanwhile is."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while (left := until - loop.time()) > SETTLE_EVERY_SECONDS:
            await asyncio.sleep(min(SETTLE_EVERY_SECONDS, left))
            await self.settle()
        await asyncio.sleep(max(0.0, left))

    async def settle(self) -> None:
        """Lay down in few bytes what has been the newest of its place since the last time but one."""
        known = self._fleet.readings
        still = {name: reading for name, reading in self._waiting.items() if known.get(name) is reading}
        self._waiting, self._young = self._young, {}
        if not still:
            return
        settled = await self._lay_down(still)
        for name, reading in still.items():
            if self._readings.get(name) is reading:
                self._readings[name] = settled[name]

    async def _save_and_follow(self) -> None:
        await self.save()
        await self.follow()

    async def follow(self) -> None:
        """Bring what other collectors have saved into this one's fleet; what cannot be loaded is loaded next time."""
        since = None if self._unknown_until is None else self._unknown_until - SAVED_WITHIN
        try:
            self._cursor, readings = await self._in_thread(lambda: self._newest.load_since(self._cursor))
            unknown = await self._in_thread(lambda: load_unknown_since(self._state, since))
        except SQLAlchemyError as error:
            _logger.error("readings_not_followed error=%r", str(error.__cause__ or error))  # noqa: TRY400  # told in a line, tried again
            return
        for access_point, reading in readings:
            self._fleet.remember(access_point, reading)
        for device in unknown:
            self._fleet.follow_unknown(device)
        self._unknown_until = max((device.last_seen for device in unknown), default=self._unknown_until)

    async def save(self) -> None:
        """Save what has been noted since the last time, laid down in few bytes whether or not it can be saved; a state
        database that does not answer is tried again."""
        unknown, self._unknown = self._unknown, UnknownDevices()
        self._young, self._waiting = {}, {}  # all of them are saved, now or before
        readings = await self._lay_down(self._take_readings())
        if not readings and not unknown.by_key:
            return

        def work() -> None:
            self._newest.save(list(readings.items()))
            save_unknown(self._state, list(unknown.by_key.values()))

        try:
            await self._in_thread(work)
        except SQLAlchemyError as error:
            _logger.error("state_not_saved error=%r", str(error.__cause__ or error))  # noqa: TRY400  # told in a line, tried again
            self._readings = {**readings, **self._readings}
            self._unknown = UnknownDevices([*unknown.by_key.values(), *self._unknown.by_key.values()])

    def _take_readings(self) -> dict[str, Reading]:
        """What is to be saved, which is forgotten here: a frame is held by nobody once its readings are laid down."""
        readings, self._readings = self._readings, {}
        return readings

    async def _lay_down(self, readings: dict[str, Reading]) -> dict[str, Reading]:
        """Have the fleet hold these in few bytes, where they are still the newest; what they are now."""
        settled = await self._in_thread(lambda: _settled(readings))
        self._fleet.settle(readings, settled)
        return settled

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _settled(readings: Mapping[str, Reading]) -> dict[str, Reading]:
    """The same in few bytes. A frame is read once for all of its reports."""
    together = sorted(readings.items(), key=_frame_of)
    return {access_point: reading.settled() for access_point, reading in together}


def _frame_of(reading: tuple[str, Reading]) -> int:
    return id(reading[1].origin.payload) if isinstance(reading[1].origin, ReportInFrame) else 0
