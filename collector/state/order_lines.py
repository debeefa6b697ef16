"""Orders as lists have them: their columns only, for to read the documents of thousands would take seconds."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine, Row, case, func, select

from collector.orders.order import CLOSED, Status
from collector.state.order_tables import orders
from collector.state.orders import OrderFilter, matching


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One order of a list, as `collector.orders.order.Order` has it."""

    id: int
    version: int
    access_point: str
    site: str
    status: Status
    technician: str | None
    planned_on: date | None
    is_silent: bool
    changed_at: datetime

    @property
    def is_closed(self) -> bool:
        """Whether it has come to its end."""
        return self.status in CLOSED


def newest_lines(engine: Engine, wanted: OrderFilter, *, before: int | None = None, limit: int) -> list[OrderLine]:
    """The orders that are asked for, the newest first: so many of those with a number below `before`."""
    query = matching(select(*_COLUMNS), wanted).order_by(orders.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(orders.c.id < before)
    with engine.connect() as connection:
        return [_line(row) for row in connection.execute(query)]


def urgent_lines(engine: Engine, wanted: OrderFilter, *, limit: int) -> list[OrderLine]:
    """So many of the orders that are asked for, the most urgent first: those of which nothing is heard, then by the day
    of the work; and of what has ended the last changed."""
    query = matching(select(*_COLUMNS), wanted).order_by(*_URGENCY).limit(limit)
    with engine.connect() as connection:
        return [_line(row) for row in connection.execute(query)]


def urgent_by_status(engine: Engine, wanted: OrderFilter, *, most: int) -> dict[Status, list[OrderLine]]:
    """The same of each status, so many at most. One question, for the conditions of a search may be long."""
    place = func.row_number().over(partition_by=orders.c.status, order_by=_URGENCY).label("place")
    ranked = matching(select(*_COLUMNS, place), wanted).subquery()
    found: dict[Status, list[OrderLine]] = {status: [] for status in Status}
    with engine.connect() as connection:
        for row in connection.execute(select(ranked).where(ranked.c.place <= most).order_by(ranked.c.place)):
            line = _line(row)
            found[line.status].append(line)
    return found


_COLUMNS = (
    orders.c.id,
    orders.c.version,
    orders.c.access_point,
    orders.c.site,
    orders.c.status,
    orders.c.technician,
    orders.c.planned_on,
    orders.c.is_silent,
    orders.c.changed_at,
)
_URGENCY = (
    orders.c.is_silent.desc(),
    case((orders.c.is_closed, None), else_=orders.c.planned_on).asc().nulls_last(),
    case((orders.c.is_closed, orders.c.changed_at), else_=None).desc().nulls_last(),
    orders.c.id,
)


def _line(row: Row[Any]) -> OrderLine:
    return OrderLine(
        id=row.id,
        version=row.version,
        access_point=row.access_point,
        site=row.site,
        status=Status(row.status),
        technician=row.technician,
        planned_on=row.planned_on,
        is_silent=row.is_silent,
        changed_at=row.changed_at,
    )
