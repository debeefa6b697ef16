"""Where notices of alerts go: each endpoint of the configuration, how it stands, and what is done about it. Of an
address the host is shown, and no more: it may be a secret.
"""

import asyncio
from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from collector.access.roles import Permission
from collector.alerting.alert_refusals import AlertDeskError, AlertProblem
from collector.alerting.endpoint_standings import EndpointStanding, standings
from collector.alerts.planning.routing import effective_routes
from collector.state.audit import Action
from collector.web.forms import own_form
from collector.web.pages.endpoint_routes import RouteShown, routes_to
from collector.web.reader import Reader
from collector.web.recording import record
from collector.web.rendering import Renderer
from collector.web.routing import Page, identity_of
from collector.web.services import Services

PATH = "/alerts/endpoints"
EXAMPLE = """\
[[alerts.endpoints]]
name = "ops"
kind = "slack"
url_file = "ops-slack.url"

[[alerts.endpoints]]
name = "ticketing"
kind = "standard_webhooks"
url = "https://tickets.example.org/hooks/wifi"
secret_file = "ticketing.whsec"
language = "en"

[[alerts.routes]]
endpoints = ["ops"]
severities = ["critical", "warning"]

[[alerts.routes]]
endpoints = ["ticketing"]
"""
"""What is shown where no endpoint is configured."""


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """One endpoint, and what is led to it."""

    standing: EndpointStanding
    routes: tuple[RouteShown, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """What the page tells of what was just done: that it is, or why it is not."""

    done: str | None = None
    problem: AlertProblem | None = None
    endpoint: str = ""


def build_endpoints(services: Services, reader: Reader) -> tuple[EndpointRow, ...]:
    """All of them, in the order of the configuration. Blocks."""
    routes = effective_routes(services.alert_settings.routes, [each.name for each in services.receivers])
    return tuple(
        EndpointRow(each, routes_to(each.receiver.name, routes, services.inventory, reader))
        for each in standings(services.state, services.receivers)
    )


def endpoint_routes(services: Services, renderer: Renderer) -> list[BaseRoute]:
    """`/alerts/endpoints`."""
    return EndpointPages(services, renderer).routes()


class EndpointPages:
    """The page, and what is sent to it."""

    def __init__(self, services: Services, renderer: Renderer) -> None:
        self._services = services
        self._renderer = renderer
        self._desk = services.alert_desk

    def routes(self) -> list[BaseRoute]:
        """To see it, and to do something about an endpoint."""
        return [
            Page(PATH, self._show, needs=Permission.READ),
            Page(PATH, self._change, needs=Permission.ALERTS, methods=["POST"]),
        ]

    async def _show(self, request: Request) -> Response:
        asked = request.query_params
        return await self._respond(request, Said(asked.get("done"), endpoint=asked.get("endpoint", "")))

    async def _change(self, request: Request) -> Response:
        form = await own_form(request)
        name, change = form.text("endpoint"), form.text("change")
        try:
            answer = await self._do(request, name, change)
        except AlertDeskError as error:
            status_code = 404 if error.problem is AlertProblem.NO_SUCH_ENDPOINT else 409
            return await self._respond(request, Said(problem=error.problem, endpoint=name), status_code)
        return RedirectResponse(answer, status_code=303)

    async def _do(self, request: Request, name: str, change: str) -> str:
        """Do it and note it; where to go on. Raises AlertDeskError, and HTTPException for what no form of ours asks."""
        here = f"{PATH}?{urlencode({'done': change, 'endpoint': name})}"
        match change:
            case "pause":
                await asyncio.to_thread(self._desk.pause, name, identity_of(request).name)
                await record(self._services, request, Action.ENDPOINT_PAUSED, name)
            case "open":
                await asyncio.to_thread(self._desk.reopen, name)
                await record(self._services, request, Action.ENDPOINT_OPENED, name)
            case "test":
                delivery = await asyncio.to_thread(self._desk.test, name)
                await record(self._services, request, Action.ENDPOINT_TESTED, name, delivery)
                return f"/alerts/deliveries/{delivery}?done=test"
            case _:
                raise HTTPException(400)
        return here

    async def _respond(self, request: Request, said: Said, status_code: int = 200) -> Response:
        def values(reader: Reader) -> dict[str, object]:
            return {
                "rows": build_endpoints(self._services, reader),
                "language_names": dict(reader.languages),
                "example": EXAMPLE,
                "said": said,
            }

        return await self._renderer.respond(request, "endpoints.html", values, status_code=status_code)
