"""The overview: is the city's Wi-Fi all right now, and where not."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from fastapi import Request
from fastapi.responses import Response
from starlette.routing import BaseRoute

from collector.access.roles import Permission
from collector.state.orders import count_orders
from collector.web.alerts.alert_lines import Lines
from collector.web.alerts.place_alerts import read_city_alerts
from collector.web.city.city_records import CityRecords
from collector.web.city.programme_progress import build_progress
from collector.web.city.summaries import SiteSummary, Totals, combine, summarise_sites
from collector.web.city.traffic import DayTraffic
from collector.web.drawing.charts import throughput_chart
from collector.web.drawing.river_map import Frame, RiverMap, draw_river_map
from collector.web.reader import Reader
from collector.web.rendering import Renderer
from collector.web.routing import Page
from collector.web.services import Services
from inventory.models import SiteKind
from inventory.river import RIVER

MAX_TROUBLES = 10
MOST_FACILITIES = 300
"""More than these nobody looks through: each district then shows those in trouble, and the others together."""
MOST_OF_A_DISTRICT = 5

WIDE_MAP = Frame(
    width=720,
    height=350,
    margin_x=16,
    margin_y=66,
    font_size=13,
    line_height=17,
    least_radius=6,
    most_radius=14,
)
PHONE_MAP = Frame(
    width=340,
    height=215,
    margin_x=6,
    margin_y=52,
    font_size=12,
    line_height=15,
    least_radius=4,
    most_radius=9,
)
_LINES = {WIDE_MAP: 2, PHONE_MAP: 1}
"""How much there is room to say of each park: its name, its clients. Its state in words stands in the list below."""


@dataclass(frozen=True, slots=True)
class District:
    """The facilities of a district, in order of their names; of many only those in trouble, the oldest first.
    `left_out` are the others together, of which there are `number_left_out`."""

    name: str
    facilities: tuple[SiteSummary, ...]
    number_left_out: int = 0
    left_out: Totals = field(default_factory=Totals)


@dataclass(frozen=True, slots=True)
class Overview:
    """The city right now. `troubles` are the sites with silent access points, those first whose trouble is oldest."""

    totals: Totals
    parks: tuple[SiteSummary, ...]
    districts: tuple[District, ...]
    troubles: tuple[SiteSummary, ...]
    troubles_left_out: int


def build_overview(sites: Sequence[SiteSummary]) -> Overview:
    """Sort the sites into what the page shows."""
    facilities = sorted(
        (site for site in sites if site.site.kind is not SiteKind.PARK),
        key=lambda each: (each.site.district, each.site.name_ko),
    )
    troubles = sorted((trouble for site in sites if (trouble := _trouble(site))), key=lambda trouble: trouble[:2])
    return Overview(
        totals=combine(site.totals for site in sites),
        parks=tuple(site for site in sites if site.site.kind is SiteKind.PARK),
        districts=tuple(
            _district(name, tuple(group), is_one_of_many=len(facilities) > MOST_FACILITIES)
            for name, group in groupby(facilities, lambda each: each.site.district)
        ),
        troubles=tuple(site for _, _, site in troubles[:MAX_TROUBLES]),
        troubles_left_out=max(0, len(troubles) - MAX_TROUBLES),
    )


def overview_routes(services: Services, renderer: Renderer, traffic: DayTraffic, city: CityRecords) -> list[BaseRoute]:
    """`/`."""

    async def show(request: Request) -> Response:
        day, programme = await asyncio.gather(traffic.of_city(), city.programme())

        def values(reader: Reader) -> dict[str, object]:
            view = build_overview(summarise_sites(services.inventory, services.fleet, reader.now))
            return {
                "view": view,
                "alerts": read_city_alerts(services, Lines(services, reader.language)),
                "day": day,
                "chart": throughput_chart(day) if day else None,
                "progress": build_progress(programme.total) if programme else None,
                "orders": count_orders(services.state),
                "wide_map": _draw_map(view.parks, reader, WIDE_MAP),
                "phone_map": _draw_map(view.parks, reader, PHONE_MAP),
                "board_url": services.boards and services.boards.city(reader.language),
            }

        return await renderer.respond(request, "overview.html", values)

    return [Page("/", show, needs=Permission.READ)]


def _district(name: str, facilities: Sequence[SiteSummary], *, is_one_of_many: bool) -> District:
    if not is_one_of_many:
        return District(name, tuple(facilities))
    troubles = sorted((trouble for site in facilities if (trouble := _trouble(site))), key=lambda trouble: trouble[:2])
    shown = tuple(site for _, _, site in troubles[:MOST_OF_A_DISTRICT])
    ids = {site.site.id for site in shown}
    left_out = [site.totals for site in facilities if site.site.id not in ids]
    return District(name, shown, len(left_out), combine(left_out))


def _trouble(site: SiteSummary) -> tuple[datetime, str, SiteSummary] | None:
    since = site.totals.silent_since
    return None if since is None else (since, site.site.id, site)


def _draw_map(parks: Sequence[SiteSummary], reader: Reader, frame: Frame) -> RiverMap:
    def lines(park: SiteSummary) -> Sequence[str]:
        clients = reader.format.count(park.totals.clients.value)
        said = reader.translate("value.none") if clients is None else reader.translate("map.clients", number=clients)
        return (reader.short_name(park.site), said)[: _LINES[frame]]

    return draw_river_map(parks, RIVER, frame, lines)
