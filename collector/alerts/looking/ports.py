"""How fast the fastest port of each device is, by the catalogue. Pure; asked now and then."""

from collections.abc import Mapping

from collector.readings import MadeAs, Reading
from inventory.catalogue import Catalogue
from inventory.models import Device, Inventory


class ModelPorts:
    """Remembers which model hangs where, and how fast its ports are."""

    def __init__(self, inventory: Inventory, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._recorded: Mapping[str, Device] = {device.serial: device for device in inventory.devices}
        self._known: dict[str, tuple[str | None, MadeAs]] = {}
        self._speeds: dict[MadeAs, float | None] = {}

    def of(self, readings: Mapping[str, Reading]) -> dict[str, float]:
        """The speed of the fastest port in bits a second, by access point, where the device says what it is, or the
        inventory does by its serial, and somebody who can be named says how fast that is."""
        found: dict[str, float] = {}
        for access_point, reading in readings.items():
            speed = self._speed(self._made_as(access_point, reading))
            if speed is not None:
                found[access_point] = speed
        return found

    def _made_as(self, access_point: str, reading: Reading) -> MadeAs:
        """What a device says of itself, or else has said, or else is known of its serial."""
        vendor, model = reading.made_as
        if model is not None:
            self._known[access_point] = reading.serial, reading.made_as
            return reading.made_as
        serial, made_as = self._known.get(access_point, (None, reading.made_as))
        if serial == reading.serial and made_as[1] is not None:
            return made_as
        recorded = None if reading.serial is None else self._recorded.get(reading.serial)
        return reading.made_as if recorded is None else (vendor or recorded.vendor, recorded.model)

    def _speed(self, model: MadeAs) -> float | None:
        if model not in self._speeds:
            found = self._catalogue.find(*model)
            ports = None if found is None else found.uplink_bits_per_second
            self._speeds[model] = float(max(ports.value)) if ports is not None and ports.closes_gates else None
        return self._speeds[model]
