"""One delivery: the notice as facts and in the words that people get, what came of it, and to try a dead one again."""

import asyncio
from dataclasses import dataclass

from fastapi import HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from collector.access.roles import Permission
from collector.alerting.alert_refusals import AlertDeskError, AlertProblem
from collector.alerting.receivers import Receiver, named
from collector.alerts.notice import Notice, NoticeKind, ToldAlert
from collector.alerts.telling.alerts import phrase, tell_alert
from collector.alerts.telling.notices import Told, tell
from collector.alerts.telling.shown import Language
from collector.state.alerts import alerts_of
from collector.state.audit import Action
from collector.state.delivery_desk import (
    DeliveredNotice,
    DeliveryFilter,
    DeliveryState,
    delivered_notice,
    find_deliveries,
)
from collector.web.forms import own_form
from collector.web.pages.deliveries import MOST_ATTEMPTS, PATH, DeliveryRow, build_rows
from collector.web.reader import Reader
from collector.web.recording import record
from collector.web.rendering import Renderer
from collector.web.routing import Page
from collector.web.services import Services

ONE = f"{PATH}/{{id}}"
MOST_ALERTS_IN_WORDS = 10
MOST_ALERTS = 100
MOST_OF_THE_THREAD = 20


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One alert of a notice, as it was then: what it is about and how bad it was, in the reader's language. `is_kept`
    says that it has a page still."""

    alert: ToldAlert
    title: str
    severity: str
    is_kept: bool


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """What the page shows. `told` are the words in the `language` of the endpoint; `thread` are the newest notices of
    the same conversation. `obstacle` is why a dead one cannot be tried again."""

    row: DeliveryRow
    notice: Notice
    language: Language
    told: Told
    severity: str
    alerts: tuple[AlertRow, ...]
    thread: tuple[DeliveryRow, ...]
    obstacle: AlertProblem | None

    @property
    def untold(self) -> int:
        """How many alerts the page leaves out."""
        return len(self.notice.alerts) - len(self.alerts)

    @property
    def action_label(self) -> str:
        """What is said before what to do, in the language of the endpoint."""
        return phrase("action", self.language)

    @property
    def is_dead(self) -> bool:
        """Whether it is not tried any more."""
        return self.row.delivery.state is DeliveryState.DEAD


def build_delivery(found: DeliveredNotice, services: Services, reader: Reader) -> DeliveryView:
    """The view of one. Blocks."""
    delivery, notice = found.delivery, found.notice
    receiver = named(services.receivers, delivery.endpoint)
    own: Language = "ko" if reader.language == "ko" else "en"
    language = own if receiver is None else receiver.settings.language
    (row,) = build_rows([delivery], services, reader)
    same = DeliveryFilter(thread=delivery.thread)
    others = [] if delivery.thread is None else find_deliveries(services.state, same, limit=MOST_OF_THE_THREAD)
    return DeliveryView(
        row=row,
        notice=notice,
        language=language,
        told=tell(notice, language, services.alert_links, at_most=MOST_ALERTS_IN_WORDS),
        severity=phrase(notice.severity, own),
        alerts=_alerts(notice, services, own),
        thread=build_rows(others, services, reader),
        obstacle=_obstacle(found, receiver),
    )


def _alerts(notice: Notice, services: Services, language: Language) -> tuple[AlertRow, ...]:
    if notice.kind is NoticeKind.TEST:
        return ()
    shown = notice.alerts[:MOST_ALERTS]
    kept = alerts_of(services.state, [alert.id for alert in shown])
    return tuple(
        AlertRow(
            alert=alert,
            title=tell_alert(alert, language, services.alert_links, where=notice.where).title,
            severity=phrase(alert.severity, language),
            is_kept=alert.id in kept,
        )
        for alert in shown
    )


def _obstacle(found: DeliveredNotice, receiver: Receiver | None) -> AlertProblem | None:
    if found.delivery.state is not DeliveryState.DEAD:
        return None
    if receiver is None:
        return AlertProblem.NO_SUCH_ENDPOINT
    return AlertProblem.TROUBLE_OVER if found.is_late else None


def delivery_routes(services: Services, renderer: Renderer) -> list[BaseRoute]:
    """`/alerts/deliveries/{id}`."""
    desk = services.alert_desk

    async def respond(request: Request, problem: AlertProblem | None = None, status_code: int = 200) -> Response:
        found = await asyncio.to_thread(delivered_notice, services.state, request.path_params["id"])
        if found is None:
            raise HTTPException(404)

        def values(reader: Reader) -> dict[str, object]:
            return {
                "view": build_delivery(found, services, reader),
                "most_attempts": MOST_ATTEMPTS,
                "done": request.query_params.get("done"),
                "problem": problem,
            }

        return await renderer.respond(request, "delivery.html", values, status_code=status_code)

    async def show(request: Request) -> Response:
        return await respond(request)

    async def replay(request: Request) -> Response:
        form = await own_form(request)
        if form.text("change") != "replay":
            raise HTTPException(400)
        delivery_id = request.path_params["id"]
        try:
            await asyncio.to_thread(desk.replay, delivery_id)
        except AlertDeskError as error:
            return await respond(request, error.problem, 409)
        again = await asyncio.to_thread(delivered_notice, services.state, delivery_id)
        endpoint = "" if again is None else again.delivery.endpoint
        await record(services, request, Action.DELIVERY_REPLAYED, delivery_id, endpoint)
        return RedirectResponse(f"{PATH}/{delivery_id}?done=replay", status_code=303)

    return [
        Page(ONE, show, needs=Permission.READ),
        Page(ONE, replay, needs=Permission.ALERTS, methods=["POST"]),
    ]
