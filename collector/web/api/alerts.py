"""Alerts, under `/alerts`: those that fire and those that have, and who takes care of one."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request

from collector.access.identity import Identity
from collector.access.roles import Permission
from collector.alerting.alert_refusals import AlertDeskError, AlertProblem
from collector.alerts.alert import Alert, Phase
from collector.alerts.holding.held_back import HeldBack
from collector.alerts.holding.suppression import Suppression
from collector.state.alerts import alerts_of, find_alerts
from collector.state.audit import Action
from collector.state.delivery_desk import DeliveryFilter, find_deliveries
from collector.web.api.alert_documents import (
    MOST_DELIVERIES_OF_AN_ALERT,
    AcknowledgementAsked,
    AlertId,
    AlertInFull,
    AlertPage,
    AlertsAsked,
    AlertTold,
    DeliveryTold,
    alert_in_full,
    alert_told,
)
from collector.web.api.alert_problems import problem_of, refusals_told
from collector.web.api.cursors import moment_from_cursor, to_cursor
from collector.web.api.permitting import needs, told
from collector.web.recording import record
from collector.web.services import Services

_Reader = Annotated[Identity, needs(Permission.READ)]
_Carer = Annotated[Identity, needs(Permission.ALERTS)]


def alert_router(services: Services) -> APIRouter:
    """`/alerts`, one of them, and its acknowledgement."""
    router = APIRouter(prefix="/alerts", tags=["alerts"])
    desk = services.alert_desk

    @router.get("", responses=told())
    def alerts(_: _Reader, asked: Annotated[AlertsAsked, Query()]) -> AlertPage:
        """The alerts that fire or have fired, the newest first, each with why it is held back where it is."""
        before = moment_from_cursor(asked.cursor)
        found = find_alerts(services.state, asked.filter, before=before, limit=asked.limit + 1)
        page = found[: asked.limit]
        suppression = desk.suppression() if any(alert.is_open for alert in page) else None
        return AlertPage(
            alerts=[alert_told(services, alert, _held_back(alert, suppression)) for alert in page],
            next=_cursor(page[-1]) if len(found) > len(page) else None,
        )

    @router.get("/{alert_id}", responses=told(404))
    def alert(alert_id: AlertId, _: _Reader) -> AlertInFull:
        """One alert, with the newest deliveries that speak of it."""
        found = found_alert(services, alert_id)
        wanted = DeliveryFilter(alert=found)
        deliveries = find_deliveries(services.state, wanted, limit=MOST_DELIVERIES_OF_AN_ALERT)
        suppression = desk.suppression() if found.is_open else None
        spoke = [DeliveryTold.model_validate(delivery) for delivery in deliveries]
        return alert_in_full(services, found, _held_back(found, suppression), spoke)

    @router.post("/{alert_id}/acknowledgement", responses=told(404, 409))
    async def acknowledge(
        alert_id: AlertId, identity: _Carer, asked: AcknowledgementAsked, request: Request
    ) -> AlertTold:
        """Take care of an alert that fires: nothing new of it is told, but that it has ended. Whoever did before is
        replaced."""
        with refusals_told():
            said = await asyncio.to_thread(desk.acknowledge, alert_id, identity.name, asked.comment)
        await record(services, request, Action.ALERT_ACKNOWLEDGED, alert_id, said.comment)
        return await asyncio.to_thread(_now, alert_id)

    @router.delete("/{alert_id}/acknowledgement", status_code=204, responses=told(404, 409))
    async def release(alert_id: AlertId, _: _Carer, request: Request) -> None:
        """Take care of it no longer."""
        with refusals_told():
            await asyncio.to_thread(desk.release, alert_id)
        await record(services, request, Action.ALERT_RELEASED, alert_id)

    def _now(alert_id: str) -> AlertTold:
        found = found_alert(services, alert_id)
        return alert_told(services, found, _held_back(found, desk.suppression()))

    return router


def found_alert(services: Services, alert_id: str) -> Alert:
    """The alert of this id, if it has fired. Raises ProblemError."""
    found = alerts_of(services.state, [alert_id]).get(alert_id)
    if found is None or found.fired_at is None:
        raise problem_of(AlertDeskError(AlertProblem.NO_SUCH_ALERT, alert_id))
    return found


def _cursor(alert: Alert) -> str:
    return to_cursor((alert.fired_at or alert.since).isoformat(), alert.id)


def _held_back(alert: Alert, suppression: Suppression | None) -> HeldBack | None:
    if suppression is None or alert.phase is not Phase.FIRING:
        return None
    return suppression.held_back(alert)
