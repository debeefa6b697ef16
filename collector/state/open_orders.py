"""Which places have an order that has not ended, read from columns alone: for tables of the whole city, where reading
thousands of documents would take too long."""

from typing import NamedTuple

from sqlalchemy import Engine, select

from collector.orders.order import Status
from collector.state.order_tables import orders


class OpenOrder(NamedTuple):
    """The number of an order that has not ended, and where it is in its life."""

    number: int
    status: Status


def open_orders(engine: Engine) -> dict[str, OpenOrder]:
    """The open order of each access point that has one."""
    column = orders.c
    query = select(column.access_point, column.id, column.status).where(column.is_closed.is_(False))
    with engine.connect() as connection:
        return {place: OpenOrder(number, Status(status)) for place, number, status in connection.execute(query)}
