"""Orders as lists have them: their columns only, for to read the documents of thousands would take seconds."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine, Select, select

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
    query = _lines(wanted).order_by(orders.c.id.desc()).limit(limit)
    return _read(engine, query if before is None else query.where(orders.c.id < before))


def urgent_lines(engine: Engine, wanted: OrderFilter, *, limit: int) -> list[OrderLine]:
    """So many of the orders that are asked for: those of which nothing is heard first, then by the day of the work."""
    column = orders.c
    query = _lines(wanted).order_by(column.is_silent.desc(), column.planned_on.asc().nulls_last(), column.id)
    return _read(engine, query.limit(limit))


def last_changed_lines(engine: Engine, wanted: OrderFilter, *, limit: int) -> list[OrderLine]:
    """So many of the orders that are asked for, the last changed first."""
    return _read(engine, _lines(wanted).order_by(orders.c.changed_at.desc(), orders.c.id.desc()).limit(limit))


def _lines(wanted: OrderFilter) -> Select[Any]:
    column = orders.c
    return matching(
        select(
            column.id,
            column.version,
            column.access_point,
            column.site,
            column.status,
            column.technician,
            column.planned_on,
            column.is_silent,
            column.changed_at,
        ),
        wanted,
    )


def _read(engine: Engine, query: Select[Any]) -> list[OrderLine]:
    with engine.connect() as connection:
        return [
            OrderLine(
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
            for row in connection.execute(query)
        ]
