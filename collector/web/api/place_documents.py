"""Sites and access points as the API tells of them. What nobody has reported is null, and never 0."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from agent.wire import Report
from collector.orders.order import Status
from collector.readings import Presence
from collector.state.devices import SeenDevice
from collector.web.api.legacy import SiteTold
from collector.web.city.fleet_table import FleetRow
from collector.web.city.summaries import SiteState, SiteSummary


class Told(BaseModel):
    """Made of what the rest of the collector has, by its attributes."""

    model_config = ConfigDict(from_attributes=True)


class SumTold(Told):
    """A total over so many access points; null where none of them counts."""

    value: float | None
    sample: int


class TotalsTold(Told):
    """Access points together. Sums are over those that report now; `silent_since` is the last report of the one that
    has been silent longest, `clients_cut_off` what the silent ones counted in their last reports."""

    state: SiteState
    access_points: int
    reporting: int
    silent: int
    never_seen: int
    clients: SumTold
    download_bits_per_second: SumTold
    upload_bits_per_second: SumTold
    silent_since: datetime | None
    clients_cut_off: SumTold


class SiteNow(SiteTold):
    """A site, and its access points together."""

    latitude: float | None
    longitude: float | None
    totals: TotalsTold


class SitePage(BaseModel):
    """Sites in order of their ids."""

    sites: list[SiteNow]
    next: str | None


class DeviceTold(Told):
    """The device at a place: as it has reported itself, or else as the inventory has it."""

    vendor: str | None
    model: str | None
    serial: str | None
    is_reported: bool


class OpenOrderTold(Told):
    """An order that has not ended."""

    number: int
    status: Status


class AccessPointNow(BaseModel):
    """An access point, and its newest reading, however old that is."""

    id: str
    site: str
    name: str | None
    placement: Literal["indoor", "outdoor"] | None
    floor: str | None
    latitude: float | None
    longitude: float | None
    presence: Presence
    observed_at: datetime | None
    clients: int | None
    download_bits_per_second: float | None
    upload_bits_per_second: float | None
    device: DeviceTold
    generation: str | None = Field(description="Of Wi-Fi, where the newest judgement has proven it")
    open_order: OpenOrderTold | None


class AccessPointPage(BaseModel):
    """Access points in order of their ids, of the `total` that were asked for."""

    total: int
    access_points: list[AccessPointNow]
    next: str | None


class DeviceSeen(Told):
    """A device that was seen at a place, and from when to when."""

    serial: str
    vendor: str | None
    model: str | None
    mac: str | None
    first_seen: datetime
    last_seen: datetime


class AccessPointInFull(AccessPointNow):
    """The same with its newest report as it came, and the devices that were seen there, the newest first."""

    agent: str | None = Field(description="Who has reported it")
    received_at: datetime | None
    report: Report | None
    devices: list[DeviceSeen]


def site_now(summary: SiteSummary) -> SiteNow:
    """A site as the API has it."""
    site = summary.site
    return SiteNow(
        id=site.id,
        name_ko=site.name_ko,
        name_en=site.name_en,
        district=site.district,
        kind=site.kind,
        latitude=site.latitude,
        longitude=site.longitude,
        totals=TotalsTold.model_validate(summary.totals),
    )


def access_point_now(row: FleetRow) -> AccessPointNow:
    """An access point as the API has it."""
    return AccessPointNow.model_validate(_fields_of(row))


def access_point_in_full(row: FleetRow, devices: list[SeenDevice]) -> AccessPointInFull:
    """The same with all that is known of it."""
    reading = row.reading
    beside = {
        "agent": reading.agent if reading else None,
        "received_at": reading.received_at if reading else None,
        "report": reading.report if reading else None,
        "devices": devices,
    }
    return AccessPointInFull.model_validate(_fields_of(row) | beside)


def _fields_of(row: FleetRow) -> dict[str, object]:
    place, reading = row.place, row.reading
    return {
        "id": place.id,
        "site": place.site,
        "name": place.name,
        "placement": place.placement,
        "floor": place.floor,
        "latitude": place.latitude,
        "longitude": place.longitude,
        "presence": row.presence,
        "observed_at": reading.observed_at if reading else None,
        "clients": reading.clients if reading else None,
        "download_bits_per_second": reading.traffic.download_bits_per_second if reading else None,
        "upload_bits_per_second": reading.traffic.upload_bits_per_second if reading else None,
        "device": row.device,
        "generation": row.generation,
        "open_order": row.order,
    }
