"""What ops do about an alert on its page: take care of it, or no longer, or silence what is like it."""

import asyncio

from fastapi import HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from collector.access.roles import Permission
from collector.alerting.alert_refusals import AlertDeskError
from collector.alerts.alert import Alert
from collector.state.audit import Action
from collector.web.alerts.holding_forms import Problem, Typed, comment_in, refused_fields, typed_in
from collector.web.alerts.silence_forms import DESK_FIELDS, silence_of_alert
from collector.web.forms import own_form
from collector.web.pages.alert import AlertForms, alert_at, respond_with_alert
from collector.web.recording import record
from collector.web.rendering import Renderer
from collector.web.routing import Page, identity_of
from collector.web.services import Services

BAD, CONFLICT = 400, 409
Undone = tuple[AlertForms, int]
"""The forms with what is wrong, and the status of the answer that shows them again."""


def alert_deed_routes(services: Services, renderer: Renderer) -> list[BaseRoute]:
    """What is sent to `/alerts/{id}`."""
    deeds = {"acknowledge": _acknowledge, "release": _release, "silence": _silence}

    async def act(request: Request) -> Response:
        form = await own_form(request)
        alert, deed = await alert_at(services, request), deeds.get(form.text("deed"))
        if deed is None:
            raise HTTPException(400)
        undone = await deed(services, request, alert, typed_in(form))
        if undone is None:
            return RedirectResponse(f"/alerts/{alert.id}", status_code=303)
        forms, status_code = undone
        return await respond_with_alert(services, renderer, request, alert, forms=forms, status_code=status_code)

    return [Page("/alerts/{id}", act, needs=Permission.ALERTS, methods=["POST"])]


async def _acknowledge(services: Services, request: Request, alert: Alert, typed: Typed) -> Undone | None:
    problems = comment_in(typed, is_needed=False)
    if problems:
        return AlertForms(acknowledgement=typed.with_problems(problems)), BAD
    who, comment = identity_of(request).name, typed.text("comment")
    try:
        await asyncio.to_thread(services.alert_desk.acknowledge, alert.id, who, comment)
    except AlertDeskError as error:
        return AlertForms(acknowledgement=typed, refused=error.problem), CONFLICT
    await record(services, request, Action.ALERT_ACKNOWLEDGED, alert.id, comment)
    return None


async def _release(services: Services, request: Request, alert: Alert, _: Typed) -> Undone | None:
    try:
        await asyncio.to_thread(services.alert_desk.release, alert.id)
    except AlertDeskError as error:
        return AlertForms(refused=error.problem), CONFLICT
    await record(services, request, Action.ALERT_RELEASED, alert.id)
    return None


async def _silence(services: Services, request: Request, alert: Alert, typed: Typed) -> Undone | None:
    document, problems = silence_of_alert(typed, alert, services.clock())
    if problems:
        return AlertForms(silence=typed.with_problems(problems)), BAD
    try:
        made = await asyncio.to_thread(services.alert_desk.make_silence, document, identity_of(request).name)
    except AlertDeskError as error:
        found = refused_fields(error.mistakes, DESK_FIELDS)
        reach = {} if found.keys() <= {"until", "comment"} else {"reach": Problem("not_possible")}
        return AlertForms(silence=typed.with_problems({**found, **reach})), BAD
    await record(services, request, Action.SILENCE_MADE, made.id, made.comment)
    return None
