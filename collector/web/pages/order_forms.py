"""The forms by which orders are opened and changed: which fields they have, and what was typed in them. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from pydantic import ValidationError

from collector.access.identity import Identity
from collector.access.roles import Permission
from collector.orders.changes import Change
from collector.orders.order import Order, Status
from collector.web.forms import Form

PLANNING_FIELDS = (
    "vendor",
    "model",
    "firmware",
    "uplink_bits_per_second",
    "poe",
    "cable",
    "planned_on",
    "technician",
)
SITE_FIELDS = ("new_serial", "new_mac", "confirmed")
FIELDS = (*PLANNING_FIELDS, *SITE_FIELDS, "note", "reason")
"""What can be typed of an order, in the order in which it is shown."""

_OF_A_MOVE: Mapping[Status, tuple[str, ...]] = MappingProxyType(
    {
        Status.OPEN: ("note",),
        Status.PLANNED: ("vendor", "model", "planned_on", "note"),
        Status.ASSIGNED: ("technician", "planned_on", "note"),
        Status.IN_PROGRESS: ("technician", "note"),
        Status.INSTALLED: (*SITE_FIELDS, "note"),
        Status.VERIFYING: ("note",),
        Status.ACCEPTED: ("reason",),
        Status.ON_HOLD: ("reason",),
        Status.REJECTED: ("reason",),
        Status.CANCELLED: ("reason",),
    }
)
_LISTS = frozenset({"confirmed"})
_TEXTS = frozenset({"note", "reason"})
_PROBLEMS_OF_A_FIELD = {"new_mac": "no_mac", "planned_on": "no_date", "uplink_bits_per_second": "no_speed"}


class Problem(NamedTuple):
    """What is wrong with a field, as the phrases `order_problem.*` say it."""

    kind: str
    most: int = 0


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed: each field as it came, where the order is to go, what is wrong with which field, and the change
    that it makes if nothing is."""

    values: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    to: Status | None = None
    problems: Mapping[str, Problem] = field(default_factory=dict)
    change: Change | None = None

    def with_problem(self, name: str, problem: Problem) -> "Typed":
        """The same, with something else that is wrong."""
        return Typed(self.values, self.to, {**self.problems, name: problem})


def fields_of(to: Status | None, identity: Identity) -> tuple[str, ...]:
    """What the form of a move has; of None, the form in which an order is written down anew. A technician plans
    nothing."""
    fields = (*PLANNING_FIELDS, "note") if to is None else _OF_A_MOVE[to]
    return tuple(name for name in fields if identity.may(Permission.PLAN) or name not in PLANNING_FIELDS)


def typed_in(
    form: Form, fields: Collection[str] = FIELDS, *, to: Status | None = None, only_filled: bool = False
) -> Typed:
    """What was typed in those of the fields that the form has. An empty one takes away what there was, unless only
    those that were filled count."""
    values: dict[str, str | tuple[str, ...]] = {
        name: tuple(filter(None, form.all_of(name))) if name in _LISTS else form[name].strip()
        for name in FIELDS
        if name in fields and name in form
    }
    if only_filled:
        values = {name: value for name, value in values.items() if value}
    given: dict[str, object] = {name: value if value or name in _TEXTS else None for name, value in values.items()}
    if to is not None:
        given["status"] = to
    try:
        return Typed(values, to, {}, Change.model_validate(given))
    except ValidationError as error:
        problems = {str(each["loc"][0]): _problem(str(each["loc"][0]), each) for each in error.errors()}
        return Typed(values, to, problems)


def values_of(order: Order, fields: Collection[str]) -> dict[str, str | tuple[str, ...]]:
    """What an order has, as a form shows it. A reason is asked for anew each time."""
    kept = order.model_dump(mode="json", include=set(fields) - {"reason"})
    return {
        name: tuple(kept[name]) if name in _LISTS else "" if kept.get(name) is None else str(kept[name])
        for name in FIELDS
        if name in fields
    }


def _problem(name: str, error: Mapping[str, object]) -> Problem:
    if name in _PROBLEMS_OF_A_FIELD:
        return Problem(_PROBLEMS_OF_A_FIELD[name])
    if error["type"] == "string_too_long":
        limits = error.get("ctx")
        return Problem("too_long", int(limits["max_length"]) if isinstance(limits, dict) else 0)
    return Problem("unprintable" if error["type"] == "value_error" else "not_possible")
