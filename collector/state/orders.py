"""Orders, as they are and as they became so. A change and its record are one transaction, or none.

An order is kept whole as JSON, and what is asked for in columns beside it. Documents are of version `_FORMAT`: what a
later version of the collector reads otherwise, it brings up to date when it reads.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Select, exists, false, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from collector.orders.life import opened
from collector.orders.order import CLOSED, Order, OrderChange, Status
from collector.state.order_tables import order_changes, orders
from collector.state.tables import devices_seen

_FORMAT = 1
MOST_AT_ONCE = 1_000
_PLACES_AT_ONCE = 500
_LATEST_CHANGES = 1_000
"""No transaction lasts until so many others have begun after it and ended."""
_DIGITS_OF_A_NUMBER = 19
"""What has fewer fits into 64 bits."""

NewOrder = Callable[[int], Order]
"""Makes an order of version 1 for the number that it gets."""
ChangeOf = Callable[[Order], tuple[Order, OrderChange] | None]
"""What becomes of an order as it is: see `collector.orders.life.changed`."""


class AlreadyOpenError(Exception):
    """The place has an order that has not ended. `order` is its number."""

    def __init__(self, access_point: str, order: int) -> None:
        self.access_point = access_point
        self.order = order
        super().__init__(f"{access_point} has an order already, number {order}; change that one")


class StaleOrderError(Exception):
    """Somebody else has changed the order since. `order` is what it is now, `since` what was changed, oldest first."""

    def __init__(self, order: Order, since: Sequence[OrderChange]) -> None:
        self.order = order
        self.since = tuple(since)
        by = ", ".join(dict.fromkeys(change.by for change in since)) or "somebody else"
        super().__init__(f"order {order.id} was changed by {by} meanwhile; it is of version {order.version} now")


@dataclass(frozen=True, slots=True)
class Sought:
    """A text that is looked for in orders: as their number, in the id of the place, the technician and the new serial.
    `sites` and `access_points` are those whose names have it, which only the inventory knows."""

    text: str
    sites: frozenset[str] = frozenset()
    access_points: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Which orders are asked for; what is None does not matter, and no statuses are all of them. `has_newcomer` is that
    a device was first seen at the place since the order was opened."""

    statuses: frozenset[Status] = field(default=frozenset())
    is_closed: bool | None = None
    access_points: tuple[str, ...] | None = None
    sites: frozenset[str] | None = None
    technician: str | None = None
    is_assigned: bool | None = None
    planned_from: date | None = None
    planned_to: date | None = None
    is_silent: bool | None = None
    has_newcomer: bool | None = None
    sought: Sought | None = None


def add_order(engine: Engine, new: NewOrder) -> Order:
    """Open an order. Raises AlreadyOpenError where the place has one that has not ended."""
    draft = new(0)
    try:
        return _add(engine, draft, new)
    except IntegrityError as error:  # two at once
        with engine.connect() as connection:
            existing = _open_at(connection, draft.access_point)
        if existing is None:
            raise
        raise AlreadyOpenError(draft.access_point, existing) from error


def _add(engine: Engine, draft: Order, new: NewOrder) -> Order:
    """Raises IntegrityError. Without a savepoint, with which SQLite would commit the first half by itself."""
    with engine.begin() as connection:
        existing = _open_at(connection, draft.access_point)
        if existing is not None:
            raise AlreadyOpenError(draft.access_point, existing)
        row = connection.execute(insert(orders).values(**_columns(draft)).returning(orders.c.id)).one()
        order = new(row.id)
        connection.execute(update(orders).where(orders.c.id == order.id).values(document=_packed(order)))
        _keep_change(connection, opened(order))
    return order


def change_order(engine: Engine, number: int, version: int | None, change_of: ChangeOf) -> Order | None:
    """The order after a change by somebody who saw this version of it, or whichever there is; None where there is no
    such order. Nothing is kept where nothing changes. Raises StaleOrderError, and what `change_of` raises."""
    with engine.begin() as connection:
        row = connection.execute(select(orders.c.document).where(orders.c.id == number).with_for_update()).first()
        if row is None:
            return None
        order = _unpacked(row.document)
        if version is not None and version != order.version:
            raise StaleOrderError(order, _changes_after(connection, number, version))
        changed = change_of(order)
        if changed is None:
            return order
        after, kept = changed
        written = connection.execute(
            update(orders).where(orders.c.id == number, orders.c.version == order.version).values(**_columns(after))
        )
        if written.rowcount:
            _keep_change(connection, kept)
            return after
    # SQLite locks nothing when it reads: somebody else was faster.
    if version is None:
        return change_order(engine, number, None, change_of)
    with engine.connect() as connection:
        now = _unpacked(connection.execute(select(orders.c.document).where(orders.c.id == number)).one().document)
        raise StaleOrderError(now, _changes_after(connection, number, order.version))


def order_of(engine: Engine, number: int) -> Order | None:
    """An order by its number."""
    with engine.connect() as connection:
        row = connection.execute(select(orders.c.document).where(orders.c.id == number)).first()
    return None if row is None else _unpacked(row.document)


def find_orders(
    engine: Engine, wanted: OrderFilter = OrderFilter(), *, before: int | None = None, limit: int | None = None
) -> list[Order]:
    """The orders that are asked for, the newest first: so many of those with a number below `before`."""
    query = matching(select(orders.c.document), wanted).order_by(orders.c.id.desc())
    if before is not None:
        query = query.where(orders.c.id < before)
    if limit is not None:
        query = query.limit(limit)
    with engine.connect() as connection:
        return [_unpacked(row.document) for row in connection.execute(query)]


def count_orders(engine: Engine, wanted: OrderFilter = OrderFilter()) -> Mapping[Status, int]:
    """How many of the orders that are asked for there are of each status."""
    query = matching(select(orders.c.status, func.count().label("number")), wanted).group_by(orders.c.status)
    counts = dict.fromkeys(Status, 0)
    with engine.connect() as connection:
        for row in connection.execute(query):
            counts[Status(row.status)] = row.number
    return counts


def open_orders_at(engine: Engine, access_points: Iterable[str]) -> dict[str, int]:
    """The numbers of the orders that have not ended, of those of these places that have one."""
    places = list(access_points)
    found: dict[str, int] = {}
    with engine.connect() as connection:
        for start in range(0, len(places), _PLACES_AT_ONCE):
            part = places[start : start + _PLACES_AT_ONCE]
            query = select(orders.c.access_point, orders.c.id).where(
                orders.c.access_point.in_(part), orders.c.is_closed.is_(False)
            )
            found.update((row.access_point, row.id) for row in connection.execute(query))
    return found


def changes_of(engine: Engine, number: int) -> list[OrderChange]:
    """All that was ever changed of an order, oldest first."""
    with engine.connect() as connection:
        return _changes_after(connection, number, 0)


def newest_change(engine: Engine) -> int:
    """A number that grows with every change of any order.

    Of two transactions at once the one with the higher number may end first: the latest numbers are counted as well.
    """
    latest = select(func.max(order_changes.c.id)).scalar_subquery()
    query = select(latest + func.count()).where(order_changes.c.id > latest - _LATEST_CHANGES)
    with engine.connect() as connection:
        return connection.scalar(query) or 0


def _open_at(connection: Connection, access_point: str) -> int | None:
    query = select(orders.c.id).where(orders.c.access_point == access_point, orders.c.is_closed.is_(False))
    number: int | None = connection.scalar(query)
    return number


def matching(query: Select[Any], wanted: OrderFilter) -> Select[Any]:
    """A query of orders, of those that are asked for only."""
    column = orders.c
    conditions = [
        None if not wanted.statuses else column.status.in_([str(status) for status in wanted.statuses]),
        None if wanted.is_closed is None else column.is_closed.is_(wanted.is_closed),
        None if wanted.access_points is None else column.access_point.in_(wanted.access_points),
        None if wanted.sites is None else column.site.in_(sorted(wanted.sites)),
        None if wanted.technician is None else column.technician == wanted.technician,
        None if wanted.is_assigned is None else column.technician.is_not(None).is_(wanted.is_assigned),
        None if wanted.planned_from is None else column.planned_on >= wanted.planned_from,
        None if wanted.planned_to is None else column.planned_on <= wanted.planned_to,
        None if wanted.is_silent is None else column.is_silent.is_(wanted.is_silent),
        None if wanted.has_newcomer is None else _newcomer().is_(wanted.has_newcomer),
        None if wanted.sought is None else _has(wanted.sought),
    ]
    return query.where(*(condition for condition in conditions if condition is not None))


def _newcomer() -> ColumnElement[bool]:
    seen = devices_seen.c
    return exists().where(seen.access_point == orders.c.access_point, seen.first_seen > orders.c.opened_at)


def _has(sought: Sought) -> ColumnElement[bool]:
    column, text = orders.c, sought.text
    is_number = text.isascii() and text.isdigit() and len(text) < _DIGITS_OF_A_NUMBER
    return or_(
        column.id == int(text) if is_number else false(),
        *(
            each.icontains(text, autoescape=True)
            for each in (column.access_point, column.technician, column.new_serial)
        ),
        column.site.in_(sorted(sought.sites)),
        column.access_point.in_(sorted(sought.access_points)),
    )


def _columns(order: Order) -> dict[str, object]:
    return {
        "version": order.version,
        "access_point": order.access_point,
        "site": order.site,
        "status": str(order.status),
        "is_closed": order.status in CLOSED,
        "technician": order.technician,
        "planned_on": order.planned_on,
        "is_silent": order.is_silent,
        "new_serial": order.new_serial,
        "new_mac": order.new_mac,
        "opened_at": order.opened_at,
        "changed_at": order.changed_at,
        "document": _packed(order),
    }


def _packed(order: Order) -> str:
    return json.dumps({"format": _FORMAT, "order": order.model_dump(mode="json")}, ensure_ascii=False)


def _unpacked(document: str) -> Order:
    return Order.model_validate(json.loads(document)["order"])


def _keep_change(connection: Connection, change: OrderChange) -> None:
    document = json.dumps({"format": _FORMAT, "change": change.model_dump(mode="json")}, ensure_ascii=False)
    connection.execute(
        insert(order_changes).values(
            order_id=change.order, version=change.version, at=change.at, by=change.by, document=document
        )
    )


def _changes_after(connection: Connection, number: int, version: int) -> list[OrderChange]:
    query = (
        select(order_changes.c.document)
        .where(order_changes.c.order_id == number, order_changes.c.version > version)
        .order_by(order_changes.c.version)
    )
    return [OrderChange.model_validate(json.loads(row.document)["change"]) for row in connection.execute(query)]
