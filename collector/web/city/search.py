"""Finds sites, access points, devices, models and orders by whatever people have in their hands. Blocks: it reads the
state database. For the search page and the API."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from sqlalchemy import Engine

from collector.orders.order import Order
from collector.state.device_search import find_devices
from collector.state.orders import order_of
from collector.web.city.city_records import Devices
from inventory.models import AccessPoint, Inventory, Site

MOST_HITS = 20
MOST_LETTERS = 100
_ORDER_NUMBER = re.compile(r"#? ?([1-9][0-9]{0,8})")
_PART_OF_A_MAC = re.compile(r"[0-9a-f]{4,12}")
_BETWEEN_DIGITS = re.compile(r"[\s:.\-]")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FoundPlace:
    """An access point and the site that it is at."""

    place: AccessPoint
    site: Site


@dataclass(frozen=True, slots=True)
class FoundDevice:
    """A device where it was seen, or where the inventory has it; None where that has it nowhere."""

    access_point: str | None
    vendor: str | None
    model: str | None
    serial: str
    mac: str | None


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A model, and at how many places it hangs."""

    vendor: str | None
    model: str
    places: int


@dataclass(frozen=True, slots=True)
class Hits(Generic[T]):
    """The first of what was found of one kind, exact hits before the others, and how many there are beside these."""

    exact: tuple[T, ...] = ()
    others: tuple[T, ...] = ()
    more: int = 0

    @property
    def all(self) -> tuple[T, ...]:
        """Those that are shown."""
        return (*self.exact, *self.others)


@dataclass(frozen=True, slots=True)
class Found:
    """All that was found."""

    sites: Hits[Site] = Hits()
    places: Hits[FoundPlace] = Hits()
    devices: Hits[FoundDevice] = Hits()
    models: Hits[FoundModel] = Hits()
    orders: Hits[Order] = Hits()

    @property
    def is_nothing(self) -> bool:
        """Whether nothing was."""
        return not any((self.sites.all, self.places.all, self.devices.all, self.models.all, self.orders.all))

    @property
    def single_exact_path(self) -> str | None:
        """The page of what was named in whole by its id, serial, address or number, where that is one thing only."""
        paths = {f"/sites/{site.id}" for site in self.sites.exact}
        paths |= {f"/access-points/{found.place.id}" for found in self.places.exact}
        paths |= {f"/access-points/{found.access_point}" for found in self.devices.exact if found.access_point}
        paths |= {f"/orders/{order.id}" for order in self.orders.exact}
        return paths.pop() if len(paths) == 1 else None


def search_text(typed: str) -> str:
    """What is looked for: what was typed, without what cannot be printed."""
    return "".join(sign for sign in typed if sign.isprintable()).strip()[:MOST_LETTERS]


def search(text: str, inventory: Inventory, devices: Devices, state: Engine) -> Found:
    """All that has this text in its ids, names, serials, addresses or numbers."""
    if not text:
        return Found()
    wanted = text.casefold()
    return Found(
        sites=_hits(_sites(inventory, wanted), lambda site: site.id.casefold() == wanted),
        places=_hits(_places(inventory, wanted), lambda found: wanted in _names_in_whole(found.place)),
        devices=_find_devices(text, inventory, devices, state),
        models=_hits(_models(devices, wanted), lambda found: found.model.casefold() == wanted),
        orders=_find_order(text, state),
    )


def _sites(inventory: Inventory, wanted: str) -> Iterator[Site]:
    for site in inventory.sites.values():
        if any(wanted in name.casefold() for name in (site.id, site.name_ko, site.name_en or "")):
            yield site


def _places(inventory: Inventory, wanted: str) -> Iterator[FoundPlace]:
    for place in inventory.access_points.values():
        if any(wanted in name.casefold() for name in (place.id, place.name or "", place.number or "")):
            yield FoundPlace(place, inventory.sites[place.site])


def _names_in_whole(place: AccessPoint) -> tuple[str, str]:
    return place.id.casefold(), (place.number or "").casefold()


def _models(devices: Devices, wanted: str) -> Iterator[FoundModel]:
    counts = Counter((device.vendor, device.model) for device in devices.by_place.values() if device.model)
    for (vendor, model), number in sorted(counts.items(), key=lambda item: (item[0][0] or "", item[0][1] or "")):
        if model is not None and wanted in f"{vendor or ''} {model}".casefold():
            yield FoundModel(vendor, model, number)


def _find_devices(text: str, inventory: Inventory, devices: Devices, state: Engine) -> Hits[FoundDevice]:
    """Those that were seen, and those that the inventory has where they have not reported yet."""
    wanted, mac = text.casefold(), mac_part(text)
    seen, total = find_devices(state, serial=text, mac=mac, limit=MOST_HITS)
    known = {(each.access_point, each.serial) for each in seen}
    known |= {(place, device.serial or "") for place, device in devices.by_place.items() if device.is_reported}
    recorded = [
        FoundDevice(device.access_point, device.vendor, device.model, device.serial, device.mac)
        for device in inventory.devices
        if (wanted in device.serial.casefold() or (mac is not None and mac in (device.mac or "")))
        and (device.access_point, device.serial) not in known
    ]
    hits = _hits(
        [
            *(FoundDevice(each.access_point, each.vendor, each.model, each.serial, each.mac) for each in seen),
            *recorded,
        ],
        lambda found: found.serial.casefold() == wanted or (found.mac is not None and found.mac == mac),
    )
    return replace(hits, more=hits.more + total - len(seen))


def _find_order(text: str, state: Engine) -> Hits[Order]:
    number = _ORDER_NUMBER.fullmatch(text)
    order = None if number is None else order_of(state, int(number[1]))
    return Hits() if order is None else Hits(exact=(order,))


def mac_part(text: str) -> str | None:
    """An address, or a part of one from its beginning or between two colons, as `aa:bb:cc`; None for anything else."""
    digits = _BETWEEN_DIGITS.sub("", text).lower()
    if not _PART_OF_A_MAC.fullmatch(digits):
        return None
    return ":".join(digits[at : at + 2] for at in range(0, len(digits), 2))


def _hits(found: Iterable[T], is_exact: Callable[[T], bool]) -> Hits[T]:
    exact: list[T] = []
    others: list[T] = []
    for each in found:
        (exact if is_exact(each) else others).append(each)
    room = max(0, MOST_HITS - len(exact))
    shown = exact[:MOST_HITS]
    return Hits(tuple(shown), tuple(others[:room]), len(exact) - len(shown) + max(0, len(others) - room))
