"""What endpoints were told, are to be told, and could not be told: the list of deliveries, the newest first."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from fastapi import HTTPException, Request
from fastapi.responses import Response
from starlette.datastructures import QueryParams
from starlette.routing import BaseRoute

from collector.access.roles import Permission
from collector.alerting.receivers import named
from collector.alerts.planning.retrying import PAUSES
from collector.alerts.telling.wording import wording_of
from collector.state.delivery_desk import Delivery, DeliveryFilter, DeliveryState, find_deliveries
from collector.state.endpoint_states import EndpointState, endpoint_states_of
from collector.web.api.cursors import number_from_cursor, to_cursor
from collector.web.reader import Reader
from collector.web.rendering import Renderer
from collector.web.routing import Page
from collector.web.services import Services
from inventory.models import Site

PATH = "/alerts/deliveries"
PAGE_SIZE = 50
MOST_LETTERS = 100
MOST_ATTEMPTS = len(PAUSES) + 1


class Look(StrEnum):
    """A delivery's state as it is shown: of what waits it is told whether it has failed before, and whether it is being
    sent right now."""

    WAITING = "waiting"
    RETRYING = "retrying"
    UNDER_WAY = "under_way"
    DELIVERED = "delivered"
    DEAD = "dead"
    FOLDED = "folded"


class Turn(StrEnum):
    """When what waits is tried next: at a time, as soon as it is its turn, or once its endpoint is open again."""

    AT = "at"
    NOW = "now"
    WHEN_OPEN = "when_open"


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One delivery. `rule` is its name in the reader's language; `site` is None where it is about no place, or one that
    the inventory does not have any more. `turn` is None for what is not tried again, or is just being sent.
    `is_configured` says that the configuration has its endpoint."""

    delivery: Delivery
    look: Look
    rule: str
    site: Site | None
    turn: Turn | None
    is_configured: bool


@dataclass(frozen=True, slots=True)
class DeliveryList:
    """One page of the list. `older` is the cursor of the next."""

    rows: tuple[DeliveryRow, ...]
    wanted: DeliveryFilter
    is_newest: bool
    older: str | None

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but all is asked for."""
        return self.wanted != DeliveryFilter()


def build_rows(deliveries: Iterable[Delivery], services: Services, reader: Reader) -> tuple[DeliveryRow, ...]:
    """The rows of these. Blocks."""
    states = endpoint_states_of(services.state)
    return tuple(_row(each, states, services, reader) for each in deliveries)


def _row(each: Delivery, states: Mapping[str, EndpointState], services: Services, reader: Reader) -> DeliveryRow:
    name = wording_of(each.rule).name
    return DeliveryRow(
        delivery=each,
        look=_look(each),
        rule=name.ko if reader.language == "ko" else name.en,
        site=None if each.site is None else services.inventory.sites.get(each.site),
        turn=_turn(each, states.get(each.endpoint, EndpointState(each.endpoint)), reader.now),
        is_configured=named(services.receivers, each.endpoint) is not None,
    )


def _look(each: Delivery) -> Look:
    if each.state is not DeliveryState.WAITING:
        return Look(each.state)
    if each.is_under_way:
        return Look.UNDER_WAY
    return Look.RETRYING if each.attempts else Look.WAITING


def _turn(each: Delivery, endpoint: EndpointState, now: datetime) -> Turn | None:
    if each.state is not DeliveryState.WAITING or each.is_under_way:
        return None
    if not endpoint.is_open:
        return Turn.WHEN_OPEN
    return Turn.AT if each.due_at > now else Turn.NOW


def filter_of(query: QueryParams) -> DeliveryFilter:
    """What the address asks for. Raises HTTPException for a state that there is not."""
    texts = {name: query.get(name, "").strip()[:MOST_LETTERS] or None for name in ("state", "endpoint", "thread")}
    try:
        state = None if texts["state"] is None else DeliveryState(texts["state"])
    except ValueError as error:
        raise HTTPException(400) from error
    return DeliveryFilter(state=state, endpoint=texts["endpoint"], thread=texts["thread"])


def deliveries_routes(services: Services, renderer: Renderer) -> list[BaseRoute]:
    """`/alerts/deliveries`."""

    async def show(request: Request) -> Response:
        before = number_from_cursor(request.query_params.get("cursor") or None)
        wanted = filter_of(request.query_params)

        def values(reader: Reader) -> dict[str, object]:
            found = find_deliveries(services.state, wanted, before=before, limit=PAGE_SIZE + 1)
            older = to_cursor(found[PAGE_SIZE - 1].number) if len(found) > PAGE_SIZE else None
            rows = build_rows(found[:PAGE_SIZE], services, reader)
            return {
                "view": DeliveryList(rows, wanted, before is None, older),
                "states": tuple(DeliveryState),
                "endpoints": [receiver.name for receiver in services.receivers],
                "most_attempts": MOST_ATTEMPTS,
            }

        return await renderer.respond(request, "deliveries.html", values)

    return [Page(PATH, show, needs=Permission.READ)]
