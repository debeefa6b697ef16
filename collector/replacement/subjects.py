"""What is known of each access point and of the device that hangs there, from inventory and newest readings."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime

from agent.wire import Report
from collector.evidence import Evidence
from collector.fleet import Fleet
from collector.korean_time import KST
from collector.legacy.assessing import Subject
from inventory.models import AccessPoint, Device, Inventory

_NOTHING = Evidence()


class Subjects:
    """Makes subjects. A device tells best itself what it is; of one that does not the inventory's record counts, where
    that names one device only. `first_seen` is by serial."""

    def __init__(self, inventory: Inventory, fleet: Fleet, first_seen: Mapping[str, datetime]) -> None:
        self._inventory = inventory
        self._fleet = fleet
        self._first_seen = first_seen
        self._by_serial = {device.serial: device for device in inventory.devices}
        self._at_place: dict[str, list[Device]] = defaultdict(list)
        for device in inventory.devices:
            if device.access_point is not None:
                self._at_place[device.access_point].append(device)

    def of(self, places: Iterable[AccessPoint], evidence: Mapping[str, Evidence]) -> list[Subject]:
        """One for each of these places, with its evidence."""
        return [self._subject(place, evidence.get(place.id, _NOTHING)) for place in places]

    def _subject(self, place: AccessPoint, evidence: Evidence) -> Subject:
        reading = self._fleet.readings.get(place.id)
        report = None if reading is None else reading.report
        told = None if report is None else report.device
        serial = None if told is None else told.serial
        recorded = self._recorded(place.id, serial)
        if serial is None and recorded is not None:
            serial = recorded.serial
        return Subject(
            place=place,
            site=self._inventory.sites[place.site],
            vendor=(told and told.vendor) or (recorded and recorded.vendor) or None,
            model=(told and told.model) or (recorded and recorded.model) or None,
            serial=serial,
            installed_on=None if recorded is None else recorded.installed_on,
            first_seen=self._seen_since(serial),
            radios=() if report is None else report.radios,
            uplink_bits_per_second=_uplink(report, evidence),
            evidence=evidence,
        )

    def _recorded(self, place: str, serial: str | None) -> Device | None:
        if serial is not None:
            return self._by_serial.get(serial)
        at_place = self._at_place.get(place, ())
        return at_place[0] if len(at_place) == 1 else None

    def _seen_since(self, serial: str | None) -> date | None:
        seen = None if serial is None else self._first_seen.get(serial)
        return None if seen is None else seen.astimezone(KST).date()


def _uplink(report: Report | None, evidence: Evidence) -> float | None:
    """What it has negotiated most of the time, else what it last said."""
    if evidence.uplink is not None and evidence.uplink.speed_bits_per_second is not None:
        return evidence.uplink.speed_bits_per_second
    return None if report is None or report.uplink is None else report.uplink.speed_bits_per_second


def parts_of(inventory: Inventory, at_once: int) -> Iterator[Sequence[AccessPoint]]:
    """All places, so many at a time; those of one site stay together, however many they are."""
    part: list[AccessPoint] = []
    for site in inventory.sites:
        places = inventory.access_points_of(site)
        if part and len(part) + len(places) > at_once:
            yield part
            part = []
        part += places
    if part:
        yield part
