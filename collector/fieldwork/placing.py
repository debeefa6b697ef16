"""Has the devices that orders brought found at their places: tells intake of them every few seconds.

Runs in each collector, whichever is elected. What reported without a place until then is forgotten as unknown.
"""

import asyncio
import logging

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from collector.fleet import Fleet, UnknownDevice
from collector.intake import Intake, name_of_unknown
from collector.orders.devices_brought import DevicesBrought
from collector.state.devices_brought import devices_brought
from collector.state.newest import forget_unknown

LOOKS_EVERY_SECONDS = 5.0
_logger = logging.getLogger(__name__)


class Placing:
    """Keeps one intake in step with the orders of one state database."""

    def __init__(self, *, state: Engine, intake: Intake, fleet: Fleet) -> None:
        self._state = state
        self._intake = intake
        self._fleet = fleet

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                await self.look()
            except SQLAlchemyError as error:
                _logger.error("devices_not_placed error=%r", str(error.__cause__ or error))  # noqa: TRY400  # told in a line, tried again
            await asyncio.sleep(LOOKS_EVERY_SECONDS)

    async def look(self) -> None:
        """Tell intake what orders have brought, and forget what is placed by now. Raises SQLAlchemyError."""
        self._intake.brought = await asyncio.to_thread(self._read)
        placed = await asyncio.to_thread(self._placed, list(self._fleet.unknown_devices.values()))
        if placed:
            await asyncio.to_thread(forget_unknown, self._state, placed)
            self._fleet.forget_unknown(placed)
            _logger.info("devices_placed number=%d", len(placed))

    def _read(self) -> DevicesBrought:
        return DevicesBrought(devices_brought(self._state))

    def _placed(self, unknown: list[UnknownDevice]) -> list[str]:
        """The keys of those that have a place by now. One that was recognised by another name than its own, such as
        that of an access point that the inventory does not have, reports on under it."""
        return [
            known.key
            for known in unknown
            if (known.device.serial or known.device.mac)
            and known.key == name_of_unknown(known.agent, known.device)
            and self._intake.place_of(known.agent, known.device) is not None
        ]
