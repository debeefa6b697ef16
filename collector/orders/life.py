"""The life of an order: which status follows which, and what each asks for. Pure.

    open → planned → assigned → in progress → installed → verifying → accepted

Whoever goes on may skip a step, as long as what it asks for is there. On hold goes on where it was; rejected goes back
to planned, assigned or in progress; accepted and cancelled are the end.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from collector.orders.order import (
    CheckTold,
    Confirmation,
    Line,
    Lines,
    Mac,
    Order,
    OrderChange,
    Serial,
    Status,
    Technician,
    is_same_serial,
)
from inventory.catalogue.entries import Poe
from inventory.wiring import Cable, speed_of_a_port

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


class Change(BaseModel):
    """What is to change of an order: the fields that are given, and no others. An empty text or null takes one away."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    status: Status | None = None
    vendor: Line | None = None
    model: Line | None = None
    firmware: Line | None = None
    uplink_bits_per_second: Annotated[int, Field(le=10**12), AfterValidator(speed_of_a_port)] | None = None
    poe: Poe | None = None
    cable: Cable | None = None
    planned_on: Annotated[date, Field(ge=date(2000, 1, 1), le=date(2199, 12, 31))] | None = None
    technician: Technician | None = None
    note: Lines | None = None
    reason: Lines | None = None
    new_serial: Serial | None = None
    new_mac: Mac = None
    confirmed: tuple[Confirmation, ...] | None = None

    @property
    def given(self) -> Mapping[str, object]:
        """The fields that are given but for the status, as an order has them."""
        return {name: _as_kept(name, getattr(self, name)) for name in _given(self)}


class Seen(BaseModel):
    """What telemetry changes of an order, beside its status."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    status: Status | None = None
    new_serial: str | None = None
    new_mac: str | None = None
    installed_at: datetime | None = None
    first_report_at: datetime | None = None
    is_silent: bool | None = None
    checks: tuple[CheckTold, ...] | None = None
    reason: str | None = None

    @property
    def given(self) -> Mapping[str, object]:
        """The fields that are given but for the status."""
        return {name: getattr(self, name) for name in _given(self)}


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


def _given(change: Change | Seen) -> list[str]:
    """The fields that are given but for the status, in the order in which they are told."""
    return [name for name in type(change).model_fields if name in change.model_fields_set and name != "status"]


def _as_kept(name: str, value: object) -> object:
    """Nothing is null, but for a note, which is empty, and confirmations, which are none."""
    if name == "note":
        return value or ""
    if name == "confirmed":
        return tuple(value) if value else ()  # type: ignore[arg-type]  # a tuple of theirs
    return None if value == "" else value


def _told(value: object) -> object:
    """A value as JSON can have it."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [each.model_dump(mode="json") if isinstance(each, BaseModel) else each for each in value]
    return value
