"""An access point's page: what is wrong here, since when and why, what is ordered, and which devices have hung here."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from fastapi import HTTPException, Request
from fastapi.responses import Response
from starlette.routing import BaseRoute

from agent.wire import Report
from collector.access.roles import Permission
from collector.readings import Presence, Reading, Traffic
from collector.state.devices import SeenDevice, devices_at
from collector.state.events import PastEvent, events_at
from collector.state.order_lines import OrderLine, newest_lines
from collector.state.orders import OrderFilter
from collector.web.alerts.alert_lines import Lines
from collector.web.alerts.place_alerts import read_place_alerts
from collector.web.city.summaries import AccessPointNow, look_at
from collector.web.city.traffic import CHART_BUCKET_SECONDS, DayTraffic, last_day
from collector.web.drawing.day_numbers import formats, number_rows
from collector.web.drawing.day_picture import build_picture
from collector.web.drawing.device_years import device_years
from collector.web.drawing.place_day import NoDay, PlaceDay
from collector.web.reader import Reader
from collector.web.rendering import Renderer
from collector.web.routing import Page
from collector.web.services import Services
from inventory.models import AccessPoint, Site

MOST_EVENTS = 100
MOST_ORDERS = 20

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


@dataclass(frozen=True, slots=True)
class _Records:
    """What the state database has of a place: devices, the last day's events and orders, all newest first, and of the
    last two one more than are shown."""

    devices: list[SeenDevice]
    events: list[PastEvent]
    orders: list[OrderLine]


def access_point_routes(services: Services, renderer: Renderer, traffic: DayTraffic) -> list[BaseRoute]:
    """`/access-points/{id}`."""

    async def show(request: Request) -> Response:
        place = services.inventory.access_points.get(request.path_params["id"])
        if place is None:
            raise HTTPException(404)
        site = services.inventory.sites[place.site]
        day, records = await asyncio.gather(
            traffic.of_access_point(place.id), asyncio.to_thread(_records, services, place.id, services.clock())
        )

        def values(reader: Reader) -> dict[str, object]:
            now = look_at([place], services.fleet, reader.now)[0]
            return {
                "view": build_access_point(now, site, records.devices),
                "alerts": read_place_alerts(services, Lines(services, reader.language), site.id, place.id),
                "years": device_years(records.devices, reader.now),
                "orders": records.orders[:MOST_ORDERS],
                "has_more_orders": len(records.orders) > MOST_ORDERS,
                "board_url": services.boards and services.boards.access_point(site.id, place.id, reader.language),
                **_drawn(day, records, reader),
            }

        return await renderer.respond(request, "access_point.html", values)

    return [Page("/access-points/{id}", show, needs=Permission.READ)]


def _records(services: Services, access_point: str, now: datetime) -> _Records:
    since, _ = last_day(now, CHART_BUCKET_SECONDS)
    wanted = OrderFilter(access_points=(access_point,))
    return _Records(
        devices_at(services.state, access_point),
        events_at(services.state, access_point, since=since, until=now, limit=MOST_EVENTS + 1),
        newest_lines(services.state, wanted, limit=MOST_ORDERS + 1),
    )


def _drawn(day: PlaceDay | NoDay, records: _Records, reader: Reader) -> Mapping[str, object]:
    """What the template needs for the day, or why there is none."""
    if isinstance(day, NoDay):
        return {"picture": None, "no_day": day.value}
    picture = build_picture(day, records.devices, records.events, most_events=MOST_EVENTS)
    return {
        "picture": picture,
        "units": formats(reader.format),
        "rows": number_rows(day, picture.plots.drawn, reader.format),
    }
