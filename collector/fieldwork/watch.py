"""Has telemetry take part in the orders: every few seconds the elected collector looks at each that has not ended.

Runs beside the other steps. What fails is tried again the next time.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from collector.election import Election
from collector.fleet import Fleet
from collector.orders.acceptance import Heard
from collector.orders.changes import Seen
from collector.orders.life import TELEMETRY, IllegalMoveError, MissingError, changed
from collector.orders.order import Order, OrderChange
from collector.orders.settings import OrderSettings
from collector.orders.watching import BEFORE_INSTALLED, WITH_A_DEVICE, Newcomer, Scene, look
from collector.readings import Presence
from collector.state.devices import SeenDevice, newest_devices
from collector.state.orders import OrderFilter, StaleOrderError, change_order, find_orders
from inventory.catalogue import Catalogue

LOOKS_EVERY_SECONDS = 5.0
MOST_STEPS_A_LOOK = 4
"""An order may be installed, begin to be verified and be accepted by what is known already."""
_CLOCKS_DIFFER = timedelta(minutes=2)
_WATCHED = (
    OrderFilter(statuses=WITH_A_DEVICE),
    OrderFilter(statuses=BEFORE_INSTALLED, has_newcomer=True),
)
"""Of the thousands that wait for somebody to come, only those are read where another device has come: to read them all
would take half a second, every few seconds."""
_logger = logging.getLogger(__name__)


class OrderWatch:
    """Looks at the orders of one state database by the readings of one fleet."""

    def __init__(
        self,
        *,
        state: Engine,
        fleet: Fleet,
        catalogue: Catalogue,
        settings: OrderSettings,
        clock: Callable[[], datetime],
    ) -> None:
        self._state = state
        self._fleet = fleet
        self._catalogue = catalogue
        self._settings = settings
        self._clock = clock

    async def run(self, election: Election) -> None:
        """Look until cancelled, for as long as this collector is the elected one."""
        while True:
            await election.elected()
            try:
                await asyncio.to_thread(self.look)
            except SQLAlchemyError as error:
                _logger.error("orders_not_watched error=%r", str(error.__cause__ or error))  # noqa: TRY400  # told in a line, tried again
            await asyncio.sleep(LOOKS_EVERY_SECONDS)

    def look(self) -> int:
        """Look once at every order of which there may be something to say; how many changes that made. Blocks."""
        orders = [order for watched in _WATCHED for order in find_orders(self._state, watched)]
        devices = newest_devices(self._state, [order.access_point for order in orders])
        return sum(self._follow(order, _newcomer(devices.get(order.access_point))) for order in orders)

    def _follow(self, order: Order, newcomer: Newcomer | None) -> int:
        """Change an order as long as that leads on; how many steps it took. Whoever changes it meanwhile goes first."""
        for step in range(MOST_STEPS_A_LOOK):
            seen = look(order, self._scene(order, newcomer), settings=self._settings, is_same_model=self._is_same_model)
            if seen is None:
                return step
            try:
                after = change_order(self._state, order.id, order.version, _made(seen, self._clock()))
            except StaleOrderError:
                return step
            except (IllegalMoveError, MissingError) as error:
                _logger.error("order_not_moved order=%d error=%r", order.id, str(error))  # noqa: TRY400  # a defect of ours, told in a line
                return step
            if after is None:
                return step
            if after.status is not order.status:
                _logger.info("order_moved order=%d from=%s to=%s", order.id, order.status, after.status)
            order = after
        return MOST_STEPS_A_LOOK

    def _scene(self, order: Order, newcomer: Newcomer | None) -> Scene:
        now = self._clock()
        reading = self._fleet.readings.get(order.access_point)
        if reading is None or order.status not in WITH_A_DEVICE:
            return Scene(now, newcomer, None, is_heard=False)
        heard = Heard(reading.report, reading.observed_at, reading.clients)
        since = order.installed_at or now
        is_heard = reading.presence(now) is Presence.REPORTING and reading.observed_at >= since - _CLOCKS_DIFFER
        return Scene(now, newcomer, heard, is_heard=is_heard)

    def _is_same_model(self, one: tuple[str | None, str | None], other: tuple[str | None, str | None]) -> bool:
        if one[1] is None or other[1] is None:
            return False
        known = [self._catalogue.find(*name) for name in (one, other)]
        if known[0] is not None and known[1] is not None:
            return known[0].key == known[1].key
        return one[1].strip().casefold() == other[1].strip().casefold()


def _newcomer(seen: SeenDevice | None) -> Newcomer | None:
    return None if seen is None else Newcomer(seen.serial, seen.vendor, seen.model, seen.mac, seen.first_seen)


def _made(seen: Seen, now: datetime) -> Callable[[Order], tuple[Order, OrderChange] | None]:
    return lambda order: changed(order, seen, by=TELEMETRY, at=now)
