"""What to do about alerts of a rule: its runbook; and the list of them."""

from fastapi import HTTPException, Request
from fastapi.responses import Response
from starlette.routing import BaseRoute

from collector.access.roles import Permission
from collector.alerts.rules import rules
from collector.web.alerts.alert_lines import Lines
from collector.web.alerts.runbooks import INDEX, runbooks
from collector.web.reader import Reader
from collector.web.rendering import Renderer
from collector.web.routing import Page
from collector.web.services import Services


def runbook_routes(services: Services, renderer: Renderer) -> list[BaseRoute]:
    """`/runbooks` and `/runbooks/{rule}`."""

    async def respond(request: Request, name: str) -> Response:
        runbook = runbooks().get(name)
        if runbook is None:
            raise HTTPException(404)

        def values(reader: Reader) -> dict[str, object]:
            lines = Lines(services, reader.language)
            return {
                "runbook": runbook,
                "rule": None if name == INDEX else name,
                "name": None if name == INDEX else lines.name(name),
                "rules": tuple((kind, lines.name(kind)) for kind in rules() if kind in runbooks()),
            }

        return await renderer.respond(request, "runbook.html", values)

    async def show_list(request: Request) -> Response:
        return await respond(request, INDEX)

    async def show(request: Request) -> Response:
        if request.path_params["rule"] not in rules():
            raise HTTPException(404)
        return await respond(request, request.path_params["rule"])

    return [
        Page("/runbooks", show_list, needs=Permission.READ),
        Page("/runbooks/{rule}", show, needs=Permission.READ),
    ]
