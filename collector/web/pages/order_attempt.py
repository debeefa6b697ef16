"""One try to change an order from a page: the order after it, or what stood in the way, to be shown beside what was
typed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fastapi import HTTPException, Request

from collector.access.identity import Identity
from collector.fieldwork.order_desk import NoSuchOrderError, UnknownTechnicianError
from collector.orders.life import IllegalMoveError, MissingError, moves_of
from collector.orders.order import Order, OrderChange, Status
from collector.orders.permitting import NotYoursError, possible_moves
from collector.state.orders import StaleOrderError, order_of
from collector.web.forms import Form
from collector.web.pages.order_forms import Problem, Typed
from collector.web.services import Services

_MOST_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Refused:
    """Why an order was not changed, by the phrase `order_refused.*`; the order as it is now, and the version with which
    the change may be sent again. `since` is what others have changed meanwhile, `possible` where it may go instead,
    `problems` what is wrong with which field."""

    kind: str
    status_code: int
    order: Order
    version: int
    to: Status | None
    since: tuple[OrderChange, ...] = ()
    possible: tuple[Status, ...] = ()
    problems: Mapping[str, Problem] = field(default_factory=dict)


def attempt(
    services: Services, order: Order, version: int, typed: Typed, identity: Identity, *, is_merging: bool = False
) -> Order | Refused:
    """Change an order as somebody who saw this version of it. Blocks."""
    if typed.change is None:
        return Refused("mistakes", 400, order, version, typed.to, problems=typed.problems)
    try:
        return services.order_desk.change(order.id, version, typed.change, identity, is_merging=is_merging)
    except NoSuchOrderError as error:
        raise HTTPException(404) from error
    except NotYoursError:
        return Refused("not_yours", 403, order, version, typed.to)
    except UnknownTechnicianError as error:
        return Refused("mistakes", 400, order, version, typed.to, problems={error.field: Problem("no_technician")})
    except (StaleOrderError, MissingError, IllegalMoveError) as error:
        return _refused(error, typed.change.status, identity)


def _refused(
    error: StaleOrderError | MissingError | IllegalMoveError, to: Status | None, identity: Identity
) -> Refused:
    order = error.order
    if isinstance(error, StaleOrderError):
        return Refused("stale", 409, order, order.version, to, since=error.since)
    if isinstance(error, MissingError):
        return Refused("missing", 400, order, order.version, to, problems={error.field: Problem("missing")})
    possible = possible_moves(identity, order, moves_of(order))
    return Refused("illegal", 409, order, order.version, to, possible=possible)


def order_at(services: Services, request: Request) -> Order:
    """The order that the path names. Raises HTTPException. Blocks."""
    order = order_of(services.state, request.path_params["number"])
    if order is None:
        raise HTTPException(404)
    return order


def version_in(form: Form) -> int:
    """The version that the form was made of. Raises HTTPException: our forms have one."""
    text = form.text("version")
    if not (text.isascii() and text.isdigit()) or len(text) > _MOST_DIGITS:
        raise HTTPException(400)
    return int(text)


def move_in(form: Form) -> Status | None:
    """Where the order is to go, by the form; None where it stays. Raises HTTPException: our forms name a status."""
    word = form.text("status")
    if not word:
        return None
    if word not in list(Status):
        raise HTTPException(400)
    return Status(word)
