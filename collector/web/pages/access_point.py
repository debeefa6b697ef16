"""An access point's page: what is wrong here, since when, and which devices have hung here."""

import asyncio
from dataclasses import dataclass

from fastapi import HTTPException, Request
from fastapi.responses import Response
from starlette.routing import BaseRoute

from agent.wire import Report
from collector.access.roles import Permission
from collector.readings import Presence, Reading, Traffic
from collector.state.devices import SeenDevice, devices_at
from collector.web.charts import clients_chart, throughput_chart
from collector.web.reader import Reader
from collector.web.rendering import Renderer
from collector.web.routing import Page
from collector.web.services import Services
from collector.web.summaries import AccessPointNow, look_at
from collector.web.traffic import DayTraffic
from inventory.models import AccessPoint, Site

_NOTHING = Traffic(None, None)


@dataclass(frozen=True, slots=True)
class AccessPointView:
    """A place, whether it is heard of, and its newest reading in full. `devices` are those seen here, newest first."""

    place: AccessPoint
    site: Site
    presence: Presence
    reading: Reading | None
    report: Report | None
    clients: int | None
    traffic: Traffic
    devices: tuple[SeenDevice, ...]


def build_access_point(now: AccessPointNow, site: Site, devices: list[SeenDevice]) -> AccessPointView:
    """The view of a place from what is known of it now."""
    return AccessPointView(
        place=now.place,
        site=site,
        presence=now.presence,
        reading=now.reading,
        report=now.reading.report if now.reading else None,
        clients=now.reading.clients if now.reading else None,
        traffic=now.reading.traffic if now.reading else _NOTHING,
        devices=tuple(devices),
    )


def access_point_routes(services: Services, renderer: Renderer, traffic: DayTraffic) -> list[BaseRoute]:
    """`/access-points/{id}`."""

    async def show(request: Request) -> Response:
        place = services.inventory.access_points.get(request.path_params["id"])
        if place is None:
            raise HTTPException(404)
        site = services.inventory.sites[place.site]
        day = await traffic.of_access_point(place.id)
        devices = await asyncio.to_thread(devices_at, services.state, place.id)

        def values(reader: Reader) -> dict[str, object]:
            now = look_at([place], services.fleet, reader.now)[0]
            return {
                "view": build_access_point(now, site, devices),
                "day": day,
                "charts": (throughput_chart(day), clients_chart(day)) if day else None,
            }

        return await renderer.respond(request, "access_point.html", values)

    return [Page("/access-points/{id}", show, needs=Permission.READ)]
