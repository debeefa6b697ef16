"""The search: to whatever somebody has in their hands, be it a name, a serial number or the number of an order."""

import asyncio

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from collector.access.roles import Permission
from collector.web.city.city_records import CityRecords
from collector.web.city.search import MOST_LETTERS, search, search_text
from collector.web.rendering import Renderer
from collector.web.routing import Page
from collector.web.services import Services


def search_routes(services: Services, renderer: Renderer, city: CityRecords) -> list[BaseRoute]:
    """`/search`."""

    async def show(request: Request) -> Response:
        text = search_text(request.query_params.get("q", ""))
        devices = await city.devices()
        found = await asyncio.to_thread(search, text, services.inventory, devices, services.state)
        if found.single_exact_path is not None:
            return RedirectResponse(found.single_exact_path, status_code=303)
        values = {
            "text": text,
            "most_letters": MOST_LETTERS,
            "found": found,
            "sites": services.inventory.sites,
            "places": services.inventory.access_points,
        }
        return await renderer.respond(request, "search.html", lambda _: values)

    return [Page("/search", show, needs=Permission.READ)]
