"""The overview: is the city's Wi-Fi all right now, and where not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from fastapi import Request
from fastapi.responses import Response
from starlette.routing import BaseRoute, Route

from collector.web.charts import Chart, Day, draw
from collector.web.reader import Reader
from collector.web.rendering import Renderer
from collector.web.river_map import Frame, RiverMap, draw_river_map
from collector.web.services import Services
from collector.web.summaries import SiteSummary, Totals, combine, summarise_sites
from collector.web.traffic import DayTraffic
from inventory.models import SiteKind
from inventory.river import RIVER

MAX_TROUBLES = 10

_WIDE_MAP = Frame(
    width=1200,
    height=510,
    margin_x=30,
    margin_y=78,
    font_size=13,
    line_height=17,
    least_radius=8,
    most_radius=20,
)
_PHONE_MAP = Frame(
    width=340,
    height=215,
    margin_x=6,
    margin_y=52,
    font_size=12,
    line_height=15,
    least_radius=4,
    most_radius=9,
)


@dataclass(frozen=True, slots=True)
class District:
    """The facilities of a district, in order of their names."""

    name: str
    facilities: tuple[SiteSummary, ...]


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
            District(name, tuple(group)) for name, group in groupby(facilities, lambda each: each.site.district)
        ),
        troubles=tuple(site for _, _, site in troubles[:MAX_TROUBLES]),
        troubles_left_out=max(0, len(troubles) - MAX_TROUBLES),
    )


def draw_city_chart(day: Day) -> Chart:
    """Download and upload of the whole city on one scale."""
    return draw(
        day, [lambda point: point.download_bits_per_second, lambda point: point.upload_bits_per_second], least_top=1e6
    )


def overview_routes(services: Services, renderer: Renderer, traffic: DayTraffic) -> list[BaseRoute]:
    """`/`."""

    async def show(request: Request) -> Response:
        day = await traffic.of_city()

        def values(reader: Reader) -> dict[str, object]:
            view = build_overview(summarise_sites(services.inventory, services.fleet, reader.now))
            return {
                "view": view,
                "day": day,
                "chart": draw_city_chart(day) if day else None,
                "wide_map": _draw_wide_map(view.parks, reader),
                "phone_map": _draw_phone_map(view.parks, reader),
            }

        return await renderer.respond(request, "overview.html", values)

    return [Route("/", show)]


def _trouble(site: SiteSummary) -> tuple[datetime, str, SiteSummary] | None:
    since = site.totals.silent_since
    return None if since is None else (since, site.site.id, site)


def _draw_wide_map(parks: Sequence[SiteSummary], reader: Reader) -> RiverMap:
    def lines(park: SiteSummary) -> Sequence[str]:
        clients = reader.format.count(park.totals.clients.value)
        return (
            reader.short_name(park.site),
            reader.translate("map.clients", number=clients) if clients is not None else reader.translate("value.none"),
            reader.state(park.totals),
        )

    return draw_river_map(parks, RIVER, _WIDE_MAP, lines)


def _draw_phone_map(parks: Sequence[SiteSummary], reader: Reader) -> RiverMap:
    return draw_river_map(parks, RIVER, _PHONE_MAP, lambda park: (reader.short_name(park.site),))
