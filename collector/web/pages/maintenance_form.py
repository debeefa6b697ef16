"""Where maintenance is planned: once, or every week."""

import asyncio

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from collector.access.roles import Permission
from collector.alerting.alert_refusals import AlertDeskError
from collector.alerts.holding.hours import WEEK
from collector.state.audit import Action
from collector.web.alerts.holding_forms import Typed, refused_fields, typed_in
from collector.web.alerts.maintenance_forms import DESK_FIELDS, ONCE, WEEKLY, maintenance_in
from collector.web.forms import own_form
from collector.web.pages.silence_form import asked_in, matcher_choices
from collector.web.reader import Reader
from collector.web.recording import record
from collector.web.rendering import Renderer
from collector.web.routing import Page, identity_of
from collector.web.services import Services


def maintenance_form_routes(services: Services, renderer: Renderer) -> list[BaseRoute]:
    """`/alerts/maintenance/new`."""

    async def respond(request: Request, typed: Typed, status_code: int = 200) -> Response:
        def values(reader: Reader) -> dict[str, object]:
            choices = matcher_choices(services, typed, reader)
            return {"typed": typed, "weekdays": WEEK, "whens": (ONCE, WEEKLY), **choices}

        return await renderer.respond(request, "maintenance_form.html", values, status_code=status_code)

    async def begin(request: Request) -> Response:
        return await respond(request, asked_in(request))

    async def plan(request: Request) -> Response:
        typed = typed_in(await own_form(request))
        document, problems = maintenance_in(typed, services.inventory, services.clock())
        if problems:
            return await respond(request, typed.with_problems(problems), 400)
        try:
            works = await asyncio.to_thread(services.alert_desk.plan_maintenance, document, identity_of(request).name)
        except AlertDeskError as error:
            return await respond(request, typed.with_problems(refused_fields(error.mistakes, DESK_FIELDS)), 400)
        await record(services, request, Action.MAINTENANCE_PLANNED, works.id, works.name)
        return RedirectResponse(f"/alerts/maintenance#maintenance-{works.id}", status_code=303)

    return [
        Page("/alerts/maintenance/new", begin, needs=Permission.ALERTS),
        Page("/alerts/maintenance/new", plan, needs=Permission.ALERTS, methods=["POST"]),
    ]
