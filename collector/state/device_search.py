"""Finds devices by what people read off them: a serial number or a MAC address, or a part of either."""

from sqlalchemy import Engine, case, func, or_, select

from collector.state.devices import SeenDevice
from collector.state.tables import devices_seen


def find_devices(engine: Engine, *, serial: str, mac: str | None, limit: int) -> tuple[list[SeenDevice], int]:
    """Devices that were seen anywhere, at any time, whose serial has `serial` in it or whose MAC has `mac` in it, as
    `aa:bb:cc`, and how many there are. At most `limit`: those that match in whole come first, then the ones that were
    seen last."""
    column = devices_seen.c
    in_whole = [func.lower(column.serial) == serial.lower()]
    in_part = [column.serial.icontains(serial, autoescape=True)]
    if mac is not None:
        in_whole.append(column.mac == mac)
        in_part.append(column.mac.contains(mac, autoescape=True))
    query = (
        select(devices_seen, func.count().over().label("total"))
        .where(or_(*in_part))
        .order_by(case((or_(*in_whole), 0), else_=1), column.last_seen.desc(), column.id.desc())
        .limit(limit)
    )
    with engine.connect() as connection:
        rows = connection.execute(query).all()
    devices = [
        SeenDevice(row.access_point, row.serial, row.vendor, row.model, row.mac, row.first_seen, row.last_seen)
        for row in rows
    ]
    return devices, rows[0].total if rows else 0
