"""The city at a glance and whatever can be found in it, under `/overview` and `/search`."""

import asyncio
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from collector.access.identity import Identity
from collector.access.roles import Permission
from collector.orders.order import Status
from collector.state.orders import count_orders
from collector.web.api.day_documents import DayTold, day_told
from collector.web.api.legacy import SiteTold
from collector.web.api.permitting import needs, told
from collector.web.api.place_documents import SumTold, TotalsTold
from collector.web.city.city_records import CityRecords
from collector.web.city.search import MOST_LETTERS, Found, search, search_text
from collector.web.city.summaries import SiteSummary, summarise_sites
from collector.web.city.traffic import DayTraffic
from collector.web.pages.overview import build_overview
from collector.web.services import Services

Reader = Annotated[Identity, needs(Permission.READ)]


class ProgressTold(BaseModel):
    """How far the replacement programme has come, in access points."""

    model_config = ConfigDict(from_attributes=True)
    access_points: int
    replaced: int
    verified: int
    pending: int


class TroubleTold(BaseModel):
    """A site with silent access points."""

    site: str
    access_points: int
    silent: int
    silent_since: datetime
    clients_cut_off: SumTold


class CityNow(BaseModel):
    """The city right now. `troubles` are the sites whose trouble is oldest, `troubles_left_out` how many there are
    beside; `progress` is null where it takes too long to say."""

    totals: TotalsTold
    troubles: list[TroubleTold]
    troubles_left_out: int
    progress: ProgressTold | None
    orders: dict[Status, int]


class SearchAsked(BaseModel):
    """What is looked for."""

    model_config = ConfigDict(extra="forbid")
    q: Annotated[str, Field(max_length=MOST_LETTERS, description="A name, an id, a serial, a MAC, a model, a number")]


class PlaceFound(BaseModel):
    """An access point."""

    id: str
    name: str | None
    site: str


class DeviceFound(BaseModel):
    """A device where it was seen last, or where the inventory has it."""

    model_config = ConfigDict(from_attributes=True)
    access_point: str | None
    vendor: str | None
    model: str | None
    serial: str
    mac: str | None


class ModelFound(BaseModel):
    """A model, and at how many places it hangs."""

    model_config = ConfigDict(from_attributes=True)
    vendor: str | None
    model: str
    places: int


class OrderFound(BaseModel):
    """An order."""

    id: int
    access_point: str
    status: Status


class FoundTold(BaseModel):
    """The first of what was found of each kind, exact hits before the others; `more` says how many of which kind there
    are beside these."""

    sites: list[SiteTold]
    access_points: list[PlaceFound]
    devices: list[DeviceFound]
    models: list[ModelFound]
    orders: list[OrderFound]
    more: dict[str, int]


def city_router(services: Services, traffic: DayTraffic, city: CityRecords) -> APIRouter:
    """`/overview`, `/overview/day` and `/search`."""
    router = APIRouter(tags=["city"])

    @router.get("/overview", responses=told())
    async def overview(_: Reader) -> CityNow:
        """How the city is, where not all is well, and how far the programme has come."""
        programme = await city.programme()

        def answer() -> CityNow:
            view = build_overview(summarise_sites(services.inventory, services.fleet, services.clock()))
            return CityNow(
                totals=TotalsTold.model_validate(view.totals),
                troubles=[_trouble(site) for site in view.troubles],
                troubles_left_out=view.troubles_left_out,
                progress=None if programme is None else ProgressTold.model_validate(programme.total),
                orders=dict(count_orders(services.state)),
            )

        return await asyncio.to_thread(answer)

    @router.get("/overview/day", responses=told())
    async def day(_: Reader) -> DayTold:
        """The last day of all access points together."""
        return day_told(await traffic.of_city())

    @router.get("/search", responses=told())
    async def find(_: Reader, asked: Annotated[SearchAsked, Query()]) -> FoundTold:
        """Sites, access points, devices, models and orders."""
        devices = await city.devices()
        text = search_text(asked.q)
        return _found_told(await asyncio.to_thread(search, text, services.inventory, devices, services.state))

    return router


def _trouble(summary: SiteSummary) -> TroubleTold:
    totals = summary.totals
    return TroubleTold.model_validate(
        {
            "site": summary.site.id,
            "access_points": totals.access_points,
            "silent": totals.silent,
            "silent_since": totals.silent_since,
            "clients_cut_off": totals.clients_cut_off,
        }
    )


def _found_told(found: Found) -> FoundTold:
    return FoundTold(
        sites=[SiteTold.model_validate(site, from_attributes=True) for site in found.sites.all],
        access_points=[
            PlaceFound(id=each.place.id, name=each.place.name, site=each.place.site) for each in found.places.all
        ],
        devices=[DeviceFound.model_validate(device) for device in found.devices.all],
        models=[ModelFound.model_validate(model) for model in found.models.all],
        orders=[OrderFound.model_validate(order, from_attributes=True) for order in found.orders.all],
        more={
            "sites": found.sites.more,
            "access_points": found.places.more,
            "devices": found.devices.more,
            "models": found.models.more,
            "orders": found.orders.more,
        },
    )
