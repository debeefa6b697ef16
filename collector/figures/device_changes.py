"""Devices that came to places where others had been, as marks on the boards. Pure function, and the source around it.

Every change of the last hours is told again each time: that is the same point, and one that could not be written, or
that came up for a moment in which no collector was elected, is made up for.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from sqlalchemy import Engine

from collector.figures.figure import Figure, Figures
from collector.figures.measurements import DEVICE_CHANGE
from collector.figures.site_tags import site_tags
from collector.state.devices import SeenDevice
from collector.state.replacements import arrivals_since
from inventory.models import Inventory

TOLD_FOR = timedelta(hours=2)
"""A judgement of ours: longer than an engine or a collector commonly stays away."""


class DeviceChanges:
    """Which devices came, every minute."""

    every_seconds = DEVICE_CHANGE.every_seconds
    is_only_for_elected = True

    def __init__(self, state: Engine, inventory: Inventory) -> None:
        self._state = state
        self._inventory = inventory

    def figures(self, now: datetime) -> Figures:
        """Asks the state database; raises SQLAlchemyError."""
        return device_changes(self._inventory, arrivals_since(self._state, now - TOLD_FOR))


def device_changes(inventory: Inventory, arrived: Iterable[SeenDevice]) -> Iterator[Figure]:
    """One for each of these devices, at the instant at which it was first seen; none for a place that has left the
    inventory."""
    for device in arrived:
        place = inventory.access_points.get(device.access_point)
        if place is not None:
            tags = site_tags(inventory.sites[place.site]) | {"access_point": place.id}
            yield Figure(DEVICE_CHANGE, tags, device.first_seen, {"changes": 1})
