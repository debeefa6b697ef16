"""What endpoints are told, under `/deliveries`: each notice on its way, and dead ones tried again."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request

from collector.access.identity import Identity
from collector.access.roles import Permission
from collector.alerting.alert_refusals import AlertDeskError, AlertProblem
from collector.alerts.endpoints.webhook import webhook_of
from collector.state.audit import Action
from collector.state.delivery_desk import DeliveredNotice, DeliveryFilter, delivered_notice, find_deliveries
from collector.web.api.alert_documents import DeliveriesAsked, DeliveryId, DeliveryInFull, DeliveryPage, DeliveryTold
from collector.web.api.alert_problems import problem_of, refusals_told
from collector.web.api.alerts import found_alert
from collector.web.api.cursors import number_from_cursor, to_cursor
from collector.web.api.permitting import needs, told
from collector.web.recording import record
from collector.web.services import Services

MOST_ALERTS_TOLD = 500
"""Of one notice, so that an answer is of some size. A site has fewer access points."""


def delivery_router(services: Services) -> APIRouter:
    """`/deliveries`, and one of them."""
    router = APIRouter(prefix="/deliveries", tags=["alerts"])
    desk = services.alert_desk

    @router.get("", responses=told(404))
    def deliveries(
        _: Annotated[Identity, needs(Permission.READ)], asked: Annotated[DeliveriesAsked, Query()]
    ) -> DeliveryPage:
        """The deliveries, the newest first."""
        alert = None if asked.alert is None else found_alert(services, asked.alert)
        wanted = DeliveryFilter(asked.state, asked.endpoint or None, asked.thread or None, alert)
        found = find_deliveries(services.state, wanted, before=number_from_cursor(asked.cursor), limit=asked.limit + 1)
        page = found[: asked.limit]
        return DeliveryPage(
            deliveries=[DeliveryTold.model_validate(each) for each in page],
            next=to_cursor(page[-1].number) if len(found) > len(page) else None,
        )

    @router.get("/{delivery_id}", responses=told(404))
    def delivery(delivery_id: DeliveryId, _: Annotated[Identity, needs(Permission.READ)]) -> DeliveryInFull:
        """One delivery, with the notice that it brings."""
        found = _found(delivery_id)
        notice = webhook_of(found.notice, services.alert_links, MOST_ALERTS_TOLD).data
        known = DeliveryTold.model_validate(found.delivery)
        return DeliveryInFull.model_validate({**dict(known), "notice": notice})

    @router.post("/{delivery_id}/replay", responses=told(404, 409))
    async def replay(
        delivery_id: DeliveryId, _: Annotated[Identity, needs(Permission.ALERTS)], request: Request
    ) -> DeliveryTold:
        """Try a dead delivery again, from the beginning and with the same id."""
        with refusals_told():
            await asyncio.to_thread(desk.replay, delivery_id)
        found = await asyncio.to_thread(_found, delivery_id)
        await record(services, request, Action.DELIVERY_REPLAYED, delivery_id, found.delivery.endpoint)
        return DeliveryTold.model_validate(found.delivery)

    def _found(delivery_id: str) -> DeliveredNotice:
        found = delivered_notice(services.state, delivery_id)
        if found is None:
            raise problem_of(AlertDeskError(AlertProblem.NO_SUCH_DELIVERY, delivery_id))
        return found

    return router
