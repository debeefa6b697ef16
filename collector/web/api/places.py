"""Sites and access points as they are now, under `/sites` and `/access-points`."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from collector.access.identity import Identity
from collector.access.roles import Permission
from collector.state.devices import devices_at
from collector.web.api.cursors import from_cursor, to_cursor
from collector.web.api.day_documents import DayTold, PlaceDayTold, day_told, place_day_told
from collector.web.api.permitting import needs, told
from collector.web.api.place_documents import (
    AccessPointInFull,
    AccessPointPage,
    SiteNow,
    SitePage,
    access_point_in_full,
    access_point_now,
    site_now,
)
from collector.web.city.city_records import CityRecords
from collector.web.city.fleet_table import FleetFilter, FleetRow, find_rows
from collector.web.city.summaries import SiteSummary, add_up, look_at
from collector.web.city.traffic import DayTraffic
from collector.web.problems import ProblemError
from collector.web.services import Services
from inventory.models import AccessPoint, Site, SiteKind

MOST_AT_ONCE = 1_000
Limit = Annotated[int, Field(ge=1, le=MOST_AT_ONCE)]
Cursor = Annotated[str | None, Field(max_length=200)]
Reader = Annotated[Identity, needs(Permission.READ)]


class SitesAsked(BaseModel):
    """Which sites, how many at once, and from where on; what is left out does not matter."""

    model_config = ConfigDict(extra="forbid")
    kind: SiteKind | None = None
    district: Annotated[str | None, Field(max_length=100, description="In Korean, such as 영등포구")] = None
    limit: Limit = 50
    cursor: Cursor = None


class AccessPointsAsked(FleetFilter):
    """Which access points, how many at once, and from where on; what is left out does not matter."""

    limit: Limit = 50
    cursor: Cursor = None


def place_router(services: Services, traffic: DayTraffic, city: CityRecords) -> APIRouter:
    """`/sites`, `/access-points`, one of each, and the last day of one."""
    router = APIRouter(tags=["places"])

    @router.get("/sites", responses=told())
    def sites(_: Reader, asked: Annotated[SitesAsked, Query()]) -> SitePage:
        """Parks and facilities, and how they are."""
        after = _last_id(asked.cursor)
        wanted = FleetFilter(kind=asked.kind, district=asked.district)
        found = sorted(
            (site for site in services.inventory.sites.values() if site.id > after and wanted.takes_site(site)),
            key=lambda site: site.id,
        )
        page = found[: asked.limit]
        return SitePage(
            sites=[_now(site) for site in page],
            next=to_cursor(page[-1].id) if len(found) > len(page) else None,
        )

    @router.get("/sites/{site_id}", responses=told(404))
    def site(site_id: str, _: Reader) -> SiteNow:
        """One of them."""
        return _now(found_site(services, site_id))

    @router.get("/sites/{site_id}/day", responses=told(404))
    async def site_day(site_id: str, _: Reader) -> DayTold:
        """The last day of its access points together."""
        return day_told(await traffic.of_site(found_site(services, site_id).id))

    @router.get("/access-points", responses=told())
    async def access_points(_: Reader, asked: Annotated[AccessPointsAsked, Query()]) -> AccessPointPage:
        """Access points, and how they are."""
        after, records = _last_id(asked.cursor), await city.read()

        def answer() -> AccessPointPage:
            rows = find_rows(services.inventory, services.fleet, records, asked, services.clock())
            found = sorted(rows, key=lambda row: row.place.id)
            rest = [row for row in found if row.place.id > after]
            page = rest[: asked.limit]
            return AccessPointPage(
                total=len(found),
                access_points=[access_point_now(row) for row in page],
                next=to_cursor(page[-1].place.id) if len(rest) > len(page) else None,
            )

        return await asyncio.to_thread(answer)

    @router.get("/access-points/{access_point_id}", responses=told(404))
    async def access_point(access_point_id: str, _: Reader) -> AccessPointInFull:
        """One of them with its newest report as it came, and the devices that were seen there."""
        place = _found_place(services, access_point_id)
        records = await city.read()

        def answer() -> AccessPointInFull:
            wanted = FleetFilter(site=place.site)
            rows = find_rows(services.inventory, services.fleet, records, wanted, services.clock())
            row: FleetRow = next(row for row in rows if row.place is place)
            return access_point_in_full(row, devices_at(services.state, place.id))

        return await asyncio.to_thread(answer)

    @router.get("/access-points/{access_point_id}/day", responses=told(404))
    async def access_point_day(access_point_id: str, _: Reader) -> PlaceDayTold:
        """Its last day: clients, traffic, airtime, uplink and checks, and when it was not heard of."""
        return place_day_told(await traffic.of_access_point(_found_place(services, access_point_id).id))

    def _now(site: Site) -> SiteNow:
        places = services.inventory.access_points_of(site.id)
        return site_now(SiteSummary(site, add_up(look_at(places, services.fleet, services.clock()))))

    return router


def found_site(services: Services, site_id: str) -> Site:
    """The site of this id. Raises ProblemError."""
    site = services.inventory.sites.get(site_id)
    if site is None:
        raise ProblemError(404, f"the inventory has no site {site_id!r}; /sites has their ids", kind="no-such-site")
    return site


def _found_place(services: Services, access_point_id: str) -> AccessPoint:
    place = services.inventory.access_points.get(access_point_id)
    if place is None:
        detail = f"the inventory has no access point {access_point_id!r}; /access-points has their ids"
        raise ProblemError(404, detail, kind="no-such-access-point")
    return place


def _last_id(cursor: str | None) -> str:
    """The id after which the list goes on; empty at its beginning."""
    values = from_cursor(cursor, str)
    return "" if values is None else str(values[0])
