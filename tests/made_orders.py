"""Orders made by hand, at any point of their life, for tests of what becomes of them."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from collector.access.identity import Identity, Means
from collector.access.roles import PERMISSIONS, Role
from collector.orders.changes import Change, Seen
from collector.orders.life import TELEMETRY, changed
from collector.orders.order import OldDevice, Order, OrderChange, Status

NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
OLD, NEW = "OLD-1", "NEW-1"
ASKED = {
    "model": "AX-1",
    "planned_on": date(2026, 5, 4),
    "technician": "kim",
    "new_serial": NEW,
    "reason": "the pole is being painted",
}
"""What an order may be asked for on its way."""
ROADS = {
    Status.OPEN: (),
    Status.PLANNED: (Status.PLANNED,),
    Status.ASSIGNED: (Status.PLANNED, Status.ASSIGNED),
    Status.IN_PROGRESS: (Status.PLANNED, Status.ASSIGNED, Status.IN_PROGRESS),
    Status.INSTALLED: (Status.PLANNED, Status.ASSIGNED, Status.IN_PROGRESS, Status.INSTALLED),
    Status.VERIFYING: (Status.PLANNED, Status.ASSIGNED, Status.INSTALLED, Status.VERIFYING),
    Status.ACCEPTED: (Status.PLANNED, Status.ASSIGNED, Status.INSTALLED, Status.ACCEPTED),
    Status.REJECTED: (Status.PLANNED, Status.ASSIGNED, Status.INSTALLED, Status.REJECTED),
    Status.ON_HOLD: (Status.PLANNED, Status.ASSIGNED, Status.ON_HOLD),
    Status.CANCELLED: (Status.CANCELLED,),
}
"""A way to each status."""


def person(name: str = "lee", role: Role = Role.PLANNER) -> Identity:
    return Identity(name, role, Means.SESSION, PERMISSIONS[role])


def an_order(**fields: Any) -> Order:
    base = {
        "id": 7,
        "version": 1,
        "access_point": "lab-001",
        "site": "lab",
        "status": Status.OPEN,
        "old": OldDevice(vendor="Acme", model="AC-1", serial=OLD, mac="02:00:00:00:00:01"),
        "watch_from": NOW,
        "opened_at": NOW,
        "opened_by": "lee",
        "changed_at": NOW,
        "changed_by": "lee",
    }
    return Order(**{**base, **fields})


def asked_for(status: Status, *, needs: Iterable[str]) -> Change:
    """A move to a status with what it asks for, and nothing else."""
    return Change(status=status, **{name: ASKED[name] for name in needs})


def after(order: Order, change: Change | Seen, *, at: datetime = NOW, by: str = "lee") -> Order:
    """The order after a change that changes something."""
    return kept(order, change, at=at, by=by)[0]


def seen_by_telemetry(order: Order, seen: Seen, *, at: datetime = NOW) -> Order:
    return after(order, seen, at=at, by=TELEMETRY)


def kept(order: Order, change: Change | Seen, *, at: datetime = NOW, by: str = "lee") -> tuple[Order, OrderChange]:
    made = changed(order, change, by=by, at=at)
    assert made is not None
    return made


def order_in(status: Status, *, at: datetime = NOW, **fields: Any) -> Order:
    """An order that has come to this status by hand, by its road."""
    order = an_order(**fields)
    for step in ROADS[status]:
        order = after(order, Change(status=step, **_needed(order, step)), at=at)
    return order


def _needed(order: Order, step: Status) -> dict[str, Any]:
    needs = {
        Status.PLANNED: ("model", "planned_on"),
        Status.ASSIGNED: ("technician",),
        Status.INSTALLED: ("new_serial",),
        Status.ON_HOLD: ("reason",),
        Status.REJECTED: ("reason",),
        Status.CANCELLED: ("reason",),
        Status.ACCEPTED: ("reason",),
    }
    given = {name: ASKED[name] for name in needs.get(step, ())}
    return {name: value for name, value in given.items() if name == "reason" or getattr(order, name) is None}
