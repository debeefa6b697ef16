"""The devices that orders have brought to their places. Read by `collector.fieldwork.placing`."""

from sqlalchemy import Engine, or_, select

from collector.orders.devices_brought import BROUGHT, DeviceBrought
from collector.state.order_tables import orders


def devices_brought(engine: Engine) -> list[DeviceBrought]:
    """All of them, that of the newest order last."""
    column = orders.c
    query = (
        select(column.access_point, column.new_serial, column.new_mac)
        .where(column.status.in_(sorted(map(str, BROUGHT))))
        .where(or_(column.new_serial.is_not(None), column.new_mac.is_not(None)))
        .order_by(column.id)
    )
    with engine.connect() as connection:
        return [DeviceBrought(*row) for row in connection.execute(query)]
