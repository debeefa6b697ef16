"""Where orders are opened and changed, for pages and API alike. Blocks; is called in threads."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Engine

from collector.access.identity import Identity
from collector.access.roles import Permission
from collector.fieldwork.opening import Known, new_order
from collector.fleet import Fleet
from collector.orders.changes import Change
from collector.orders.life import TELEMETRY, changed
from collector.orders.order import Order, OrderChange
from collector.orders.permitting import check_allowed
from collector.replacement.book import Book
from collector.state.accounts import person
from collector.state.orders import AlreadyOpenError, StaleOrderError, add_order, change_order
from inventory.catalogue import Catalogue, CatalogueModel
from inventory.models import AccessPoint, Device, Inventory


class UnknownPlaceError(Exception):
    """The inventory has no such access point."""


class NoSuchOrderError(Exception):
    """There is no order of this number."""


class UnknownTechnicianError(Exception):
    """An order is given to somebody who cannot do it. `field` is the one that names them."""

    field = "technician"

    def __init__(self, name: str) -> None:
        super().__init__(f"nobody called {name!r} may work on orders; name somebody who can and is not locked out")


class Opened(NamedTuple):
    """What came of opening several: the orders, and the places that have one already, with its number."""

    orders: tuple[Order, ...]
    already: dict[str, int]


class OrderDesk:
    """Opens and changes orders of one inventory."""

    def __init__(
        self,
        *,
        inventory: Inventory,
        fleet: Fleet,
        book: Book,
        state: Engine,
        catalogue: Catalogue,
        clock: Callable[[], datetime],
    ) -> None:
        self._inventory = inventory
        self._fleet = fleet
        self._book = book
        self._state = state
        self._catalogue = catalogue
        self._clock = clock
        self._devices: dict[str, list[Device]] = defaultdict(list)
        for device in inventory.devices:
            if device.access_point is not None:
                self._devices[device.access_point].append(device)

    @property
    def models(self) -> tuple[CatalogueModel, ...]:
        """What can be put up, as the catalogue has it."""
        return self._catalogue.models

    def open(self, access_point: str, by: Identity, change: Change | None = None) -> Order:
        """Open an order, from the plan as far as that knows the place, and with what is said beside it.

        Raises UnknownPlaceError, UnknownTechnicianError, AlreadyOpenError, and what a change raises.
        """
        known, now = self._known(access_point), self._clock()
        if change is not None and change.technician and not self._can_be_sent(change.technician):
            raise UnknownTechnicianError(change.technician)

        def new(number: int) -> Order:
            order = new_order(number, known, self._catalogue, by=by.name, now=now)
            after = None if change is None else changed(order, change, by=by.name, at=now)
            return order if after is None else after[0].model_copy(update={"version": 1})

        return add_order(self._state, new)

    def open_several(self, access_points: Iterable[str], by: Identity) -> Opened:
        """Open an order at each of these places that has none. Raises UnknownPlaceError, before any is opened."""
        places = list(dict.fromkeys(access_points))
        for place in places:
            self._place(place)
        orders, already = [], {}
        for place in places:
            try:
                orders.append(self.open(place, by))
            except AlreadyOpenError as error:
                already[place] = error.order
        return Opened(tuple(orders), already)

    def change(
        self, number: int, version: int | None, change: Change, by: Identity, *, is_merging: bool = False
    ) -> Order:
        """Change an order as somebody who saw this version of it; None for who takes whichever there is.

        Who merges goes over what only telemetry has changed meanwhile: a person at the pole and the device that they
        have just plugged in do not contradict each other. Who has an order may keep it, whatever became of them. Raises
        NoSuchOrderError, StaleOrderError, NotYoursError, UnknownTechnicianError, IllegalMoveError and MissingError.
        """
        named = change.technician
        can_be_sent = not named or self._can_be_sent(named)  # asked before: the order is locked while it is changed

        def change_of(order: Order) -> tuple[Order, OrderChange] | None:
            check_allowed(by, order, change)
            if named and named != order.technician and not can_be_sent:
                raise UnknownTechnicianError(named)
            return changed(order, change, by=by.name, at=self._clock())

        try:
            order = change_order(self._state, number, version, change_of)
        except StaleOrderError as error:
            if not is_merging or any(each.by != TELEMETRY for each in error.since):
                raise
            return self.change(number, error.order.version, change, by, is_merging=True)
        if order is None:
            raise NoSuchOrderError(f"there is no order of number {number}")
        return order

    def _can_be_sent(self, technician: str) -> bool:
        found = person(self._state, technician)
        return found is not None and found.may(Permission.WORK)

    def _known(self, access_point: str) -> Known:
        place = self._place(access_point)
        devices: Sequence[Device] = self._devices.get(access_point, ())
        found = self._book.entry(access_point)
        return Known(
            place=place,
            device=devices[0] if len(devices) == 1 else None,
            reading=self._fleet.readings.get(access_point),
            told=found[1].told if found else None,
            rank=found[1].rank if found else None,
        )

    def _place(self, access_point: str) -> AccessPoint:
        place = self._inventory.access_points.get(access_point)
        if place is None:
            raise UnknownPlaceError(f"the inventory has no access point {access_point!r}")
        return place
