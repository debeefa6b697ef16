"""The table of all access points: which of them are asked for, and in which order. Pure; for the page, its files and
the API.

A city has 25,000 rows, so that no more is made of each than is asked for.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, NamedTuple, Protocol, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from collector.fleet import Fleet
from collector.legacy.generation import Generation
from collector.readings import Presence, Reading
from collector.state.open_orders import OpenOrder
from collector.web.city.city_records import PlaceDevice, Records
from inventory.models import AccessPoint, Inventory, Site, SiteKind

_UNKNOWN_DEVICE = PlaceDevice(None, None, None, is_reported=False)
_TROUBLE_FIRST = {Presence.SILENT: 0, Presence.NEVER_SEEN: 1, Presence.REPORTING: 2}


class FleetRow(NamedTuple):
    """One access point: what hangs there, and its newest reading, however old that is."""

    place: AccessPoint
    site: Site
    presence: Presence
    reading: Reading | None
    device: PlaceDevice
    generation: str | None
    order: OpenOrder | None


class FleetFilter(BaseModel):
    """Which access points are asked for; what is left out does not matter."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)
    state: Presence | None = None
    kind: SiteKind | None = None
    site: Annotated[str | None, Field(max_length=63)] = None
    district: Annotated[str | None, Field(max_length=100, description="In Korean, such as 영등포구")] = None
    vendor: Annotated[str | None, Field(max_length=128, description="Of the device, in full")] = None
    model: Annotated[str | None, Field(max_length=128, description="Of the device, in full")] = None
    generation: Annotated[Generation | None, Field(description="Of the device, where it is proven")] = None
    text: Annotated[str | None, Field(max_length=100, description="Looked for in ids, names and serials")] = None

    def takes_site(self, site: Site) -> bool:
        """Whether the places of a site can be among them."""
        return (
            (self.site is None or site.id == self.site)
            and (self.district is None or site.district == self.district)
            and (self.kind is None or site.kind is self.kind)
        )

    def takes(self, row: FleetRow) -> bool:
        """Whether a place of such a site is."""
        return (
            (self.state is None or row.presence is self.state)
            and (self.vendor is None or row.device.vendor == self.vendor)
            and (self.model is None or row.device.model == self.model)
            and (self.generation is None or row.generation == self.generation)
            and (not self.text or _has_text(row, self.text.casefold()))
        )


def find_rows(
    inventory: Inventory, fleet: Fleet, records: Records, wanted: FleetFilter, now: datetime
) -> Iterator[FleetRow]:
    """The places that are asked for as they are known at `now`, site by site in the order of the inventory."""
    reading_of, device_of = fleet.readings.get, records.devices.by_place.get
    generation_of, order_of = records.generations.get, records.orders.get
    for site in inventory.sites.values():
        if not wanted.takes_site(site):
            continue
        for place in inventory.access_points_of(site.id):
            name = place.id
            reading = reading_of(name)
            row = FleetRow(
                place,
                site,
                Presence.NEVER_SEEN if reading is None else reading.presence(now),
                reading,
                device_of(name, _UNKNOWN_DEVICE),
                generation_of(name),
                order_of(name),
            )
            if wanted.takes(row):
                yield row


SortValue: TypeAlias = str | float | datetime | tuple[str, str] | None


class Names(Protocol):
    """Sites and districts as the reader calls them."""

    def name(self, site: Site) -> str: ...
    def district(self, name: str) -> str: ...


def sorted_rows(rows: Iterator[FleetRow], column: str, names: Names, *, is_descending: bool) -> list[FleetRow]:
    """The rows by one of COLUMNS. What is not known of a row is neither much nor little, and stands at the end."""
    value_of = COLUMNS[column]
    valued = [(value_of(row, names), row) for row in rows]
    known = [pair for pair in valued if pair[0] is not None]
    known.sort(key=lambda pair: pair[0], reverse=is_descending)  # type: ignore[arg-type,return-value]  # of one kind in a column
    return [row for _, row in known] + [row for value, row in valued if value is None]


def _has_text(row: FleetRow, text: str) -> bool:
    names = (row.place.id, row.place.name, row.site.id, row.site.name_ko, row.site.name_en, row.device.serial)
    return any(text in name.casefold() for name in names if name is not None)


def _device(row: FleetRow) -> tuple[str, str] | None:
    vendor, model = row.device.vendor, row.device.model
    return None if vendor is None and model is None else ((vendor or "").casefold(), (model or "").casefold())


COLUMNS: Mapping[str, Callable[[FleetRow, Names], SortValue]] = MappingProxyType(
    {
        "place": lambda row, _: row.place.id,
        "site": lambda row, names: names.name(row.site).casefold(),
        "district": lambda row, names: names.district(row.site.district),
        "state": lambda row, _: _TROUBLE_FIRST[row.presence],
        "clients": lambda row, _: None if row.reading is None else row.reading.clients,
        "download": lambda row, _: None if row.reading is None else row.reading.traffic.download_bits_per_second,
        "upload": lambda row, _: None if row.reading is None else row.reading.traffic.upload_bits_per_second,
        "device": lambda row, _: _device(row),
        "serial": lambda row, _: row.device.serial and row.device.serial.casefold(),
        "last_report": lambda row, _: None if row.reading is None else row.reading.observed_at,
        "order": lambda row, _: None if row.order is None else row.order.number,
    }
)
"""The columns by which the table can be sorted, and what each sorts by."""
FALLING_FIRST = frozenset({"clients", "download", "upload", "last_report", "order"})
"""Columns of which people look for the most first."""
