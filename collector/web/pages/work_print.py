"""The work list on paper: A4, by site, with a code for each order that opens it."""

import asyncio

from fastapi import Request
from fastapi.responses import Response
from starlette.routing import BaseRoute

from collector.access.roles import Permission
from collector.fieldwork.work_desk import WorkDesk
from collector.orders.qr_code import QrCode, qr_code
from collector.web.pages.work import asked_for, list_or_none, list_values
from collector.web.rendering import Renderer
from collector.web.routing import Page, identity_of
from collector.web.services import Services
from collector.web.work.work_files import base_url
from collector.web.work.work_selection import today


def work_print_routes(services: Services, renderer: Renderer, desk: WorkDesk) -> list[BaseRoute]:
    """`/work-lists/print`."""

    async def show(request: Request) -> Response:
        identity, wanted, base = identity_of(request), asked_for(services, request), base_url(services, request)
        work = await asyncio.to_thread(list_or_none, desk, identity, wanted)

        def code_of(order: int) -> QrCode:
            return qr_code(f"{base}/orders/{order}")

        values = {**list_values(work, wanted, today(services)), "code_of": code_of, "base_url": base}
        return await renderer.respond(request, "work_print.html", lambda _: values, status_code=200 if work else 400)

    return [Page("/work-lists/print", show, needs=Permission.READ)]
