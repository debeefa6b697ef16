"""What follows from it when a planner names a technician, a model or a day: for one order, several, or a new one."""

from sqlalchemy import Engine

from collector.orders.changes import Change
from collector.orders.order import Order, Status
from collector.web.pages.order_choices import technicians
from collector.web.pages.order_forms import Problem, Typed

_NOT_BEGUN = frozenset({Status.OPEN, Status.PLANNED, Status.REJECTED})


def as_far_as_it_goes(order: Order | None, typed: Typed) -> Change:
    """What was typed, and the move that follows from it: a technician is assigned what nobody has begun, and what is
    open is planned once model and day are known. None is an order that is about to be opened. Pure."""
    given: dict[str, object] = {} if typed.change is None else typed.change.model_dump(exclude_unset=True)
    status = Status.OPEN if order is None else order.status
    is_planned = all(given.get(name) or getattr(order, name, None) for name in ("model", "planned_on"))
    if given.get("technician") and status in _NOT_BEGUN:
        given["status"] = Status.ASSIGNED
    elif is_planned and status is Status.OPEN:
        given["status"] = Status.PLANNED
    return Change.model_validate(given)


def with_known_technician(state: Engine, typed: Typed, order: Order | None = None) -> Typed:
    """What was typed, with a problem where it gives an order to somebody who cannot do it. Who has it already may keep
    it. Blocks."""
    name = typed.values.get("technician")
    if not name or (order is not None and name == order.technician) or name in technicians(state):
        return typed
    return typed.with_problem("technician", Problem("no_technician"))
