"""The life of an order: which status follows which, and what each asks for. Pure.

    open → planned → assigned → in progress → installed → verifying → accepted

Whoever goes on may skip a step, as long as what it asks for is there. On hold goes on where it was; rejected goes back
to planned, assigned or in progress; accepted and cancelled are the end.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from types import MappingProxyType

from pydantic import BaseModel

from collector.orders.changes import Change, Seen
from collector.orders.order import (
    Order,
    OrderChange,
    Status,
    is_same_serial,
)

TELEMETRY = "telemetry"
"""Who changes an order by what a device reports."""

_O, _P, _A, _W, _I, _V = (
    Status.OPEN,
    Status.PLANNED,
    Status.ASSIGNED,
    Status.IN_PROGRESS,
    Status.INSTALLED,
    Status.VERIFYING,
)
_ASIDE = frozenset({Status.ON_HOLD, Status.CANCELLED})
MOVES: Mapping[Status, frozenset[Status]] = MappingProxyType(
    {
        _O: _ASIDE | {_P, _A, _W, _I},
        _P: _ASIDE | {_O, _A, _W, _I},
        _A: _ASIDE | {_O, _P, _W, _I},
        _W: _ASIDE | {_P, _A, _I},
        _I: _ASIDE | {_W, _V, Status.ACCEPTED, Status.REJECTED},
        _V: _ASIDE | {_W, Status.ACCEPTED, Status.REJECTED},
        Status.REJECTED: _ASIDE | {_P, _A, _W, _I},
        Status.ON_HOLD: frozenset({Status.CANCELLED, _I}),  # and where it was
        Status.ACCEPTED: frozenset(),
        Status.CANCELLED: frozenset(),
    }
)
"""What may follow by anybody's hand. A device that reports may be installed from everywhere but the end."""

NEEDS: Mapping[Status, tuple[str, ...]] = MappingProxyType(
    {
        Status.PLANNED: ("model", "planned_on"),
        Status.ASSIGNED: ("technician",),
        Status.IN_PROGRESS: ("technician",),
        Status.INSTALLED: ("new_serial",),
        Status.VERIFYING: ("new_serial",),
        Status.ACCEPTED: ("new_serial", "reason"),
        Status.ON_HOLD: ("reason",),
        Status.REJECTED: ("reason",),
        Status.CANCELLED: ("reason",),
    }
)
"""What must be known of an order that is there. A reason is asked for anew at each move, and of telemetry never: its
checks tell."""

_NOTHING_INSTALLED = frozenset({Status.OPEN, Status.PLANNED, Status.ASSIGNED, Status.IN_PROGRESS})
_WITH_A_DEVICE = frozenset({Status.INSTALLED, Status.VERIFYING})
_OF_ITS_REPORTS = ("first_report_at", "is_silent", "checks")
_OF_THE_NEW_DEVICE = ("new_serial", "new_mac", "confirmed", "installed_at", *_OF_ITS_REPORTS)
_TOLD_ELSEWHERE = frozenset({"reason", "held_from", "watch_from"})


class IllegalMoveError(Exception):
    """An order cannot go there from where it is. The message says where it can."""

    def __init__(self, order: Order, to: Status) -> None:
        self.order = order
        self.to = to
        self.possible = moves_of(order)
        can = ", ".join(self.possible) or "nowhere, for it has come to its end"
        super().__init__(f"order {order.id} is {order.status} and cannot become {to}; it can become: {can}")


class MissingError(Exception):
    """Something that the status asks for is not known. `field` names it."""

    def __init__(self, order: Order, to: Status, field: str) -> None:
        self.order = order
        self.to = to
        self.field = field
        super().__init__(f"order {order.id} needs {field} to become {to}; send it along")


class OldSerialError(MissingError):
    """The serial that was typed is that of the device to be replaced."""

    def __init__(self, order: Order, to: Status) -> None:
        super().__init__(order, to, "new_serial")
        self.args = (f"{order.old.serial} is the device that order {order.id} replaces; read the label of the new one",)


def moves_of(order: Order) -> tuple[Status, ...]:
    """Where an order may go by hand, in the order of its life."""
    possible = MOVES[order.status]
    if order.status is Status.ON_HOLD and order.held_from is not None:
        possible |= {order.held_from}
    return tuple(status for status in Status if status in possible)


def opened(order: Order) -> OrderChange:
    """The first change to be kept: with each field that the order begins with, of those that a change can have."""
    names = Change.model_fields.keys() - _TOLD_ELSEWHERE - {"status"}
    return OrderChange(
        order=order.id,
        version=order.version,
        at=order.opened_at,
        by=order.opened_by,
        from_status=None,
        to_status=order.status,
        fields={name: (None, _told(value)) for name, value in order if name in names and value not in (None, "", ())},
        reason=order.reason,
    )


def changed(order: Order, change: Change | Seen, *, by: str, at: datetime) -> tuple[Order, OrderChange] | None:
    """The order after a change, and the change to be kept; None where nothing changes.

    Raises IllegalMoveError, MissingError and OldSerialError. An order that has ended takes a note and nothing else. To
    have installed what is installed already is no move: the device may have reported before somebody has typed it in.
    """
    to = change.status or order.status
    if to is Status.INSTALLED and order.status is Status.VERIFYING:
        to = order.status
    given = dict(change.given)
    if to is not order.status:
        _check_move(order, to, by)
        given = {**_on_the_way(order, to, at), **given}
    values = {name: value for name, value in given.items() if getattr(order, name) != value}
    if to is order.status:
        if order.is_closed and values.keys() - {"note"}:
            raise IllegalMoveError(order, to)
        if not values:
            return None
    after = order.model_copy(
        update={**values, "status": to, "version": order.version + 1, "changed_at": at, "changed_by": by}
    )
    _check_needs(order, after, values, by)
    return after, _to_be_kept(order, after, values)


def _check_needs(order: Order, after: Order, values: Mapping[str, object], by: str) -> None:
    """Of an order that stays where it is, nothing is asked but that it keeps what it has. Raises MissingError."""
    to = after.status
    for field in NEEDS.get(to, ()):
        is_asked = to is not order.status or field in values
        if is_asked and not getattr(after, field) and not (by == TELEMETRY and field == "reason"):
            raise MissingError(order, to, field)
    if "new_serial" in values and is_same_serial(after.new_serial, order.old.serial):
        raise OldSerialError(order, to)


def _to_be_kept(order: Order, after: Order, values: Mapping[str, object]) -> OrderChange:
    return OrderChange(
        order=order.id,
        version=after.version,
        at=after.changed_at,
        by=after.changed_by,
        from_status=order.status,
        to_status=after.status,
        fields={
            name: (_told(getattr(order, name)), _told(value))
            for name, value in values.items()
            if name not in _TOLD_ELSEWHERE
        },
        reason=after.reason if "reason" in values else None,
    )


def _check_move(order: Order, to: Status, by: str) -> None:
    if by == TELEMETRY and to is Status.INSTALLED and not order.is_closed:
        return
    if to not in moves_of(order):
        raise IllegalMoveError(order, to)


def _on_the_way(order: Order, to: Status, at: datetime) -> dict[str, object]:
    """What a move brings with it: what was said of the last device is of no use for the next one, and the one that
    hangs there while an order is held or goes back is no newcomer."""
    brings: dict[str, object] = {"reason": None, "held_from": order.status if to is Status.ON_HOLD else None}
    if to not in _WITH_A_DEVICE:
        brings["is_silent"] = False
    if order.status is Status.ON_HOLD and to is order.held_from:
        return brings
    if to is Status.INSTALLED:
        brings |= {**_emptied(order, _OF_ITS_REPORTS), "installed_at": at}
    if to in {Status.ON_HOLD, Status.REJECTED} or (order.status in _WITH_A_DEVICE and to in _NOTHING_INSTALLED):
        brings["watch_from"] = at
    if to in _NOTHING_INSTALLED:
        brings |= _emptied(order, _OF_THE_NEW_DEVICE)
    if to in {Status.OPEN, Status.PLANNED}:
        brings["technician"] = None
    return brings


def _emptied(order: Order, names: Iterable[str]) -> dict[str, object]:
    fields = type(order).model_fields
    return {name: fields[name].default for name in names}


def _told(value: object) -> object:
    """A value as JSON can have it."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [each.model_dump(mode="json") if isinstance(each, BaseModel) else each for each in value]
    return value
