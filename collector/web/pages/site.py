"""A site's page: which of its access points hurts people now."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from fastapi import HTTPException, Request
from fastapi.responses import Response
from starlette.routing import BaseRoute

from agent.wire import Band, Report
from collector.access.roles import Permission
from collector.orders.distances import Position
from collector.orders.map_links import MapLinks, map_links
from collector.readings import Presence, Traffic
from collector.state.order_lines import urgent_lines
from collector.state.orders import OrderFilter
from collector.state.site_notes import note_of
from collector.web.alerts.alert_lines import Lines
from collector.web.alerts.place_alerts import read_place_alerts
from collector.web.city.summaries import AccessPointNow, Totals, add_up, look_at
from collector.web.city.traffic import DayTraffic
from collector.web.drawing.charts import Day, Trace, clients_chart, scale_top, throughput_chart, trace
from collector.web.reader import Reader
from collector.web.rendering import Renderer
from collector.web.routing import Page, identity_of
from collector.web.services import Services
from inventory.models import AccessPoint, Site

SPARKLINE_WIDTH = 120
SPARKLINE_HEIGHT = 28
MOST_ORDERS = 50

_ORDER = {Presence.SILENT: 0, Presence.REPORTING: 1, Presence.NEVER_SEEN: 2}
_NO_TROUBLE = datetime.max.replace(tzinfo=UTC)
_NO_TRAFFIC = Traffic(None, None)


@dataclass(frozen=True, slots=True)
class BusiestRadio:
    """The radio of an access point whose air is fullest."""

    busy_ratio: float
    band: Band | None


@dataclass(frozen=True, slots=True)
class Row:
    """One access point; its numbers are those of its newest report, however old that is."""

    place: AccessPoint
    presence: Presence
    observed_at: datetime | None
    clients: int | None
    traffic: Traffic
    busiest: BusiestRadio | None
    model: str | None
    download: Trace | None
    clients_day: Trace | None


@dataclass(frozen=True, slots=True)
class Scales:
    """Where the scales of all rows' sparklines end: one for download, one for clients."""

    download_bits_per_second: float
    clients: float


@dataclass(frozen=True, slots=True)
class SiteView:
    """The rows come in the order of trouble: silent ones, the oldest first; then the reporting; then the never seen."""

    site: Site
    totals: Totals
    scales: Scales
    rows: tuple[Row, ...]


def build_site(site: Site, access_points: Sequence[AccessPointNow], days: Mapping[str, Day]) -> SiteView:
    """The view of a site from what is known of its access points now and over the last day."""
    download = {key: day.slots(lambda point: point.download_bits_per_second) for key, day in days.items()}
    clients = {key: day.slots(lambda point: point.clients) for key, day in days.items()}
    scales = Scales(scale_top(list(download.values()), least_top=1e6), scale_top(list(clients.values()), least_top=10))
    rows = [
        _row(
            each,
            _sparkline(download.get(each.place.id), scales.download_bits_per_second),
            _sparkline(clients.get(each.place.id), scales.clients),
        )
        for each in sorted(access_points, key=_trouble_first)
    ]
    return SiteView(site, add_up(access_points), scales, tuple(rows))


def site_routes(services: Services, renderer: Renderer, traffic: DayTraffic) -> list[BaseRoute]:
    """`/sites/{id}`."""

    async def show(request: Request) -> Response:
        identity = identity_of(request)
        site = services.inventory.sites.get(request.path_params["id"])
        if site is None:
            raise HTTPException(404)
        day, days, orders = await asyncio.gather(
            traffic.of_site(site.id),
            traffic.of_each_in(site.id),
            asyncio.to_thread(
                urgent_lines,
                services.state,
                OrderFilter(sites=frozenset({site.id}), is_closed=False),
                limit=MOST_ORDERS + 1,
            ),
        )
        note = None
        if identity.may(Permission.CONTACTS):
            note = await asyncio.to_thread(note_of, services.state, site.id)

        def values(reader: Reader) -> dict[str, object]:
            access_points = look_at(services.inventory.access_points_of(site.id), services.fleet, reader.now)
            return {
                "view": build_site(site, access_points, days or {}),
                "alerts": read_place_alerts(services, Lines(services, reader.language), site.id),
                "sparkline_size": (SPARKLINE_WIDTH, SPARKLINE_HEIGHT),
                "has_days": days is not None,
                "day": day,
                "charts": (throughput_chart(day), clients_chart(day)) if day else None,
                "orders": orders[:MOST_ORDERS],
                "has_more_orders": len(orders) > MOST_ORDERS,
                "note": note,
                "map_links": _map_links(site, reader),
                "board_url": services.boards and services.boards.site(site.id, reader.language),
            }

        return await renderer.respond(request, "site.html", values)

    return [Page("/sites/{id}", show, needs=Permission.READ)]


def _map_links(site: Site, reader: Reader) -> MapLinks | None:
    if site.latitude is None or site.longitude is None:
        return None
    return map_links(reader.name(site), Position(site.latitude, site.longitude))


def _row(now: AccessPointNow, download: Trace | None, clients: Trace | None) -> Row:
    report = now.reading.report if now.reading else None
    return Row(
        place=now.place,
        presence=now.presence,
        observed_at=now.reading.observed_at if now.reading else None,
        clients=now.reading.clients if now.reading else None,
        traffic=now.reading.traffic if now.reading else _NO_TRAFFIC,
        busiest=_busiest_radio(report) if report else None,
        model=report.device.model if report and report.device else None,
        download=download,
        clients_day=clients,
    )


def _busiest_radio(report: Report) -> BusiestRadio | None:
    known = [BusiestRadio(radio.busy_ratio, radio.band) for radio in report.radios if radio.busy_ratio is not None]
    return max(known, key=lambda radio: radio.busy_ratio, default=None)


def _sparkline(slots: Sequence[float | None] | None, top: float) -> Trace | None:
    if slots is None or all(value is None for value in slots):
        return None
    return trace(slots, top, width=SPARKLINE_WIDTH, height=SPARKLINE_HEIGHT)


def _trouble_first(now: AccessPointNow) -> tuple[int, datetime, str]:
    since = now.reading.observed_at if now.reading and now.presence is Presence.SILENT else _NO_TROUBLE
    return _ORDER[now.presence], since, now.place.id
