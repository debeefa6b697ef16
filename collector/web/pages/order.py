"""The page of one order: where, why, what to bring, how far it is, and what has ever been changed of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from fastapi import Request
from fastapi.responses import Response
from starlette.routing import BaseRoute

from collector.access.identity import Identity
from collector.access.roles import Permission
from collector.korean_time import KST
from collector.orders.life import NEEDS, moves_of
from collector.orders.order import CLOSED, Order, OrderChange, Status
from collector.orders.permitting import is_own, may_see_contacts, possible_moves
from collector.state.orders import changes_of
from collector.state.site_notes import SiteNote, note_of
from collector.web.pages.order_attempt import order_at
from collector.web.pages.order_history import told_changes
from collector.web.reader import Reader
from collector.web.rendering import Renderer
from collector.web.routing import Page, identity_of
from collector.web.services import Services
from collector.web.work.phone_numbers import pieces_of
from inventory.models import AccessPoint, Site

PATH = (
    Status.OPEN,
    Status.PLANNED,
    Status.ASSIGNED,
    Status.IN_PROGRESS,
    Status.INSTALLED,
    Status.VERIFYING,
    Status.ACCEPTED,
)
"""The way of an order that nothing comes in the way of."""
INSTALLED = frozenset({Status.INSTALLED, Status.VERIFYING})
"""A new device hangs there, and what was written down of it can still be put right."""
_WITH_A_WORD = frozenset({Status.OPEN, Status.PLANNED, Status.ASSIGNED, Status.ACCEPTED})
"""What a planner is shown a form for, whatever it asks for."""


class StepState(StrEnum):
    """How far an order is with a step of its way."""

    DONE = "done"
    NOW = "now"
    STOPPED = "stopped"
    TO_COME = "to_come"


@dataclass(frozen=True, slots=True)
class Step:
    """One status of the way."""

    status: Status
    state: StepState


class MoveKind(StrEnum):
    """What it takes to make a move: a tap, a form, or the page on which work is finished."""

    TAP = "tap"
    FORM = "form"
    FINISH = "finish"


@dataclass(frozen=True, slots=True)
class Move:
    """One that the reader may make: onward on the way, back on it, or aside. `is_resumed` is that an order on hold goes
    on from where it was."""

    to: Status
    kind: MoveKind
    is_onward: bool
    is_back: bool
    is_resumed: bool


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where an order is; None where the inventory does not have that any more."""

    place: AccessPoint | None
    site: Site | None


@dataclass(frozen=True, slots=True)
class OrderView:
    """What the page shows beside its history. `note` is None for who may not see it."""

    order: Order
    where: Whereabouts
    steps: tuple[Step, ...]
    moves: tuple[Move, ...]
    can_edit: bool
    can_correct: bool
    is_overdue: bool
    note: SiteNote | None


def whereabouts(services: Services, order: Order) -> Whereabouts:
    """Where the order is."""
    return Whereabouts(
        services.inventory.access_points.get(order.access_point), services.inventory.sites.get(order.site)
    )


def steps_of(order: Order, changes: Sequence[OrderChange]) -> tuple[Step, ...]:
    """The way, and how far it is: of an order that has left it, as far as it has come."""
    reached = next((change.to_status for change in reversed(changes) if change.to_status in PATH), Status.OPEN)
    present = StepState.NOW if order.status in PATH else StepState.STOPPED
    at = PATH.index(reached)

    def state(position: int) -> StepState:
        if position < at or reached is Status.ACCEPTED:
            return StepState.DONE
        return present if position == at else StepState.TO_COME

    return tuple(Step(status, state(position)) for position, status in enumerate(PATH))


def moves_for(order: Order, identity: Identity) -> tuple[Move, ...]:
    """What the reader may make of it: onward first, then aside, then back."""
    moves = [
        Move(to, _kind(order, to, identity), _is_onward(order, to), _is_back(order, to), _is_resumed(order, to))
        for to in possible_moves(identity, order, moves_of(order))
    ]
    return tuple(sorted(moves, key=lambda move: (not move.is_onward, move.is_back)))


def order_routes(services: Services, renderer: Renderer) -> list[BaseRoute]:
    """`/orders/{number}`."""

    def read(request: Request, reader: Reader) -> dict[str, object]:
        order = order_at(services, request)
        changes = changes_of(services.state, order.id)
        return {
            "view": _view(services, order, changes, identity_of(request)),
            "history": tuple(reversed(told_changes(changes, reader))),
            "pieces_of": pieces_of,
            "is_finished_now": request.query_params.get("saved") == "finish",
        }

    async def show(request: Request) -> Response:
        return await renderer.respond(request, "order.html", lambda reader: read(request, reader))

    return [Page("/orders/{number:number}", show, needs=Permission.READ)]


def _view(services: Services, order: Order, changes: Sequence[OrderChange], identity: Identity) -> OrderView:
    is_theirs = identity.may(Permission.PLAN) or is_own(identity, order)
    today = services.clock().astimezone(KST).date()
    is_done = order.status in CLOSED | INSTALLED
    return OrderView(
        order=order,
        where=whereabouts(services, order),
        steps=steps_of(order, changes),
        moves=moves_for(order, identity),
        can_edit=is_theirs,
        can_correct=is_theirs and order.status in INSTALLED,
        is_overdue=order.planned_on is not None and order.planned_on < today and not is_done,
        note=note_of(services.state, order.site) if may_see_contacts(identity, order) else None,
    )


def _kind(order: Order, to: Status, identity: Identity) -> MoveKind:
    """A move that asks for something which the order does not have yet, or which is to be thought over, has a form."""
    if _is_resumed(order, to):
        return MoveKind.FORM if "reason" in NEEDS.get(to, ()) else MoveKind.TAP
    if to is Status.INSTALLED:
        return MoveKind.FINISH
    if to in _WITH_A_WORD and identity.may(Permission.PLAN):
        return MoveKind.FORM
    is_missing = any(name == "reason" or not getattr(order, name) for name in NEEDS.get(to, ()))
    return MoveKind.FORM if is_missing else MoveKind.TAP


def _is_onward(order: Order, to: Status) -> bool:
    if order.status in PATH:
        return to in PATH and PATH.index(to) > PATH.index(order.status)
    return to is Status.IN_PROGRESS if order.status is Status.REJECTED else _is_resumed(order, to)


def _is_back(order: Order, to: Status) -> bool:
    return order.status in PATH and to in PATH and PATH.index(to) < PATH.index(order.status)


def _is_resumed(order: Order, to: Status) -> bool:
    return order.status is Status.ON_HOLD and to is order.held_from
