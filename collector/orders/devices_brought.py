"""Where devices hang by the orders that brought them. Pure; `collector.intake` asks where the inventory knows nothing.

The inventory is a file that somebody brings up to date some day; a new device is to be found at its place at once.
"""

from collections.abc import Iterable
from typing import NamedTuple

from collector.orders.order import Status

BROUGHT = frozenset({Status.INSTALLED, Status.VERIFYING, Status.ACCEPTED, Status.REJECTED, Status.ON_HOLD})
"""In which the new device of an order hangs there, if it has one."""


class DeviceBrought(NamedTuple):
    """A device that an order has brought to a place, as it was typed or as it reports."""

    access_point: str
    serial: str | None
    mac: str | None


class DevicesBrought:
    """The devices of all orders, looked up as a report names them. Immutable."""

    def __init__(self, devices: Iterable[DeviceBrought] = ()) -> None:
        """Of `devices`, that of the newest order last: a place has the last one, and so has a device its place."""
        hanging: dict[str, DeviceBrought] = {}
        for device in devices:
            hanging.pop(device.access_point, None)
            hanging[device.access_point] = device
        newest_last = hanging.values()
        self._by_serial = {_plain(device.serial): device.access_point for device in newest_last if device.serial}
        self._by_mac = {device.mac: device.access_point for device in newest_last if device.mac}

    def place_of(self, *, serial: str | None, mac: str | None) -> str | None:
        """The access point of a device by its serial, else by its MAC; None of one that no order has brought."""
        place = self._by_serial.get(_plain(serial)) if serial else None
        return place or (self._by_mac.get(mac) if mac else None)


def _plain(serial: str) -> str:
    return serial.strip().casefold()
