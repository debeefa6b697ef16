"""Who may change which order, and what of it. Pure.

Planners may do all of it. A technician begins, holds, finishes and comments what is assigned to them.
"""

from collector.access.identity import Identity
from collector.access.roles import Permission
from collector.orders.changes import Change
from collector.orders.order import Order, Status

_OF_A_TECHNICIAN = frozenset({"status", "new_serial", "new_mac", "confirmed", "note", "reason"})
_TO_OF_A_TECHNICIAN = frozenset({Status.ASSIGNED, Status.IN_PROGRESS, Status.ON_HOLD, Status.INSTALLED})


class NotYoursError(Exception):
    """Somebody may not change this of this order. The message says why."""


def is_own(identity: Identity, order: Order) -> bool:
    """Whether an order is theirs to be done."""
    return order.technician == identity.name and identity.may(Permission.WORK)


def may_see_contacts(identity: Identity, order: Order | None = None) -> bool:
    """Whether somebody may see whom to call at the site: of all sites, or of where their order leads them."""
    return identity.may(Permission.CONTACTS) or (order is not None and not order.is_closed and is_own(identity, order))


def check_allowed(identity: Identity, order: Order, change: Change) -> None:
    """Raises NotYoursError where they may not."""
    if identity.may(Permission.PLAN):
        return
    if not is_own(identity, order):
        raise NotYoursError(f"order {order.id} is not assigned to {identity.name}")
    fields = change.model_fields_set - _OF_A_TECHNICIAN
    if fields:
        raise NotYoursError(f"a technician does not change {', '.join(sorted(fields))}; ask a planner")
    to = change.status
    is_back = order.status is Status.ON_HOLD and to is order.held_from
    if to not in {None, order.status} | _TO_OF_A_TECHNICIAN and not is_back:
        raise NotYoursError(f"a technician does not make an order {to}; ask a planner")


def possible_moves(identity: Identity, order: Order, moves: tuple[Status, ...]) -> tuple[Status, ...]:
    """Those of the moves that somebody may make."""
    return tuple(to for to in moves if _may_move(identity, order, to))


def _may_move(identity: Identity, order: Order, to: Status) -> bool:
    try:
        check_allowed(identity, order, Change(status=to))
    except NotYoursError:
        return False
    return True
