"""One alert: all that is known of it, what became of it, who was told."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from fastapi import HTTPException, Request
from fastapi.responses import Response
from starlette.routing import BaseRoute

from collector.access.roles import Permission
from collector.alerts.alert import Alert, Phase
from collector.state.alerts import AlertFilter, alerts_of, find_alerts
from collector.state.delivery_desk import DeliveryFilter, find_deliveries
from collector.web.alerts.alert_lines import Line, Lines
from collector.web.alerts.alerts_now import read_standing, worst_first
from collector.web.alerts.holding_forms import Span, Typed
from collector.web.alerts.silence_forms import reaches_of
from collector.web.pages.deliveries import DeliveryRow, build_rows
from collector.web.reader import Reader
from collector.web.rendering import Renderer
from collector.web.routing import Page
from collector.web.services import Services

MOST_DELIVERIES = 50
MOST_OTHERS = 50


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened to an alert; `kind` is the word of its phrase."""

    at: datetime
    kind: str
    by: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class AlertView:
    """An alert with its course, the oldest first; the deliveries that spoke of it, the newest first; and what else is
    open at its site, the worst first."""

    line: Line
    moments: tuple[Moment, ...]
    deliveries: tuple[DeliveryRow, ...]
    others: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class AlertForms:
    """What was typed on the page, by the form that it was typed in; `refused` is why nothing was done."""

    acknowledgement: Typed = field(default_factory=Typed)
    silence: Typed = field(default_factory=Typed)
    refused: str | None = None


def read_alert(services: Services, alert: Alert, reader: Reader) -> AlertView:
    """Read what there is of it. Blocks."""
    lines = Lines(services, reader.language)
    site, others = alert.subject.site, []
    if site is not None:
        found = find_alerts(services.state, AlertFilter(is_open=True, site=site), limit=MOST_OTHERS + 1)
        others = [each for each in found if each.id != alert.id][:MOST_OTHERS]
    deliveries = find_deliveries(services.state, DeliveryFilter(alert=alert), limit=MOST_DELIVERIES)
    this, *rest = read_standing(services, [alert, *others])
    return AlertView(
        line=lines.of(this),
        moments=moments_of(alert),
        deliveries=build_rows(deliveries, services, reader),
        others=lines.all_of(worst_first(rest)),
    )


def moments_of(alert: Alert) -> tuple[Moment, ...]:
    """Its course, as far as it is kept."""
    return tuple(sorted(_moments(alert), key=lambda moment: moment.at))


async def respond_with_alert(
    services: Services,
    renderer: Renderer,
    request: Request,
    alert: Alert,
    *,
    forms: AlertForms | None = None,
    status_code: int = 200,
) -> Response:
    """The page of an alert."""

    def values(reader: Reader) -> dict[str, object]:
        return {
            "view": read_alert(services, alert, reader),
            "forms": forms or AlertForms(),
            "spans": tuple(Span),
            "reaches": reaches_of(alert.subject),
        }

    return await renderer.respond(request, "alert.html", values, status_code=status_code)


async def alert_at(services: Services, request: Request) -> Alert:
    """The alert that an address names. Raises HTTPException: one that has not fired is nobody's business yet."""
    name = request.path_params["id"]
    alert = (await asyncio.to_thread(alerts_of, services.state, [name])).get(name)
    if alert is None or alert.fired_at is None:
        raise HTTPException(404)
    return alert


def alert_routes(services: Services, renderer: Renderer) -> list[BaseRoute]:
    """`/alerts/{id}`. Its path would be that of every page below `/alerts`: it comes after them."""

    async def show(request: Request) -> Response:
        return await respond_with_alert(services, renderer, request, await alert_at(services, request))

    return [Page("/alerts/{id}", show, needs=Permission.READ)]


def _moments(alert: Alert) -> Iterator[Moment]:
    """In the order in which they follow each other where two are of the same instant."""
    yield Moment(alert.since, "bad")
    if alert.fired_at is not None:
        yield Moment(alert.fired_at, "fired")
    said = alert.acknowledgement
    if said is not None:
        yield Moment(said.at, "acknowledged", said.by, said.comment)
    if alert.phase is Phase.FIRING:
        if alert.changed_at not in {alert.since, alert.fired_at}:
            yield Moment(alert.changed_at, "changed")
        if alert.unknown_since is not None:
            yield Moment(alert.unknown_since, "unknown")
        if alert.well_since is not None:
            yield Moment(alert.well_since, "well")
    if alert.ended_at is not None:
        yield Moment(alert.ended_at, "gone" if alert.end == "gone" else "ended")
