"""Where a silence is made freely: of which alerts, for how long, and why."""

import asyncio

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from collector.access.roles import Permission
from collector.alerting.alert_refusals import AlertDeskError
from collector.state.audit import Action
from collector.web.alerts.alert_lines import Lines
from collector.web.alerts.alert_search import AlertSearch
from collector.web.alerts.holding_forms import LISTS, MATCHER_FIELDS, Span, Typed, refused_fields, typed_in
from collector.web.alerts.silence_forms import DESK_FIELDS, silence_in
from collector.web.forms import own_form
from collector.web.pages.alerts import filter_choices
from collector.web.reader import Reader
from collector.web.recording import record
from collector.web.rendering import Renderer
from collector.web.routing import Page, identity_of
from collector.web.services import Services


def asked_in(request: Request) -> Typed:
    """What the address asks a new form to begin with."""
    query = request.query_params
    return Typed(
        {name: query[name].strip() for name in MATCHER_FIELDS if name in query and name not in LISTS},
        {name: tuple(query.getlist(name)) for name in LISTS},
    )


def matcher_choices(services: Services, typed: Typed, reader: Reader) -> dict[str, object]:
    """What the fields offer that say which alerts are meant."""
    search = AlertSearch(site=typed.text("site") or None)
    return filter_choices(services, search, Lines(services, reader.language))


def silence_form_routes(services: Services, renderer: Renderer) -> list[BaseRoute]:
    """`/alerts/silences/new`."""

    async def respond(request: Request, typed: Typed, status_code: int = 200) -> Response:
        def values(reader: Reader) -> dict[str, object]:
            return {"typed": typed, "spans": tuple(Span), **matcher_choices(services, typed, reader)}

        return await renderer.respond(request, "silence_form.html", values, status_code=status_code)

    async def begin(request: Request) -> Response:
        return await respond(request, asked_in(request))

    async def make(request: Request) -> Response:
        typed = typed_in(await own_form(request))
        document, problems = silence_in(typed, services.inventory, services.clock())
        if problems:
            return await respond(request, typed.with_problems(problems), 400)
        try:
            silence = await asyncio.to_thread(services.alert_desk.make_silence, document, identity_of(request).name)
        except AlertDeskError as error:
            return await respond(request, typed.with_problems(refused_fields(error.mistakes, DESK_FIELDS)), 400)
        await record(services, request, Action.SILENCE_MADE, silence.id, silence.comment)
        return RedirectResponse(f"/alerts/silences#silence-{silence.id}", status_code=303)

    return [
        Page("/alerts/silences/new", begin, needs=Permission.ALERTS),
        Page("/alerts/silences/new", make, needs=Permission.ALERTS, methods=["POST"]),
    ]
