"""Keeps the fleet across restarts: newest readings, unknown devices, and which devices were seen at which place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, Engine, Row, bindparam, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from agent.wire import Device, Report, encode
from collector.fleet import Fleet, UnknownDevice
from collector.readings import Reading
from collector.state.tables import devices_seen, newest_readings, unknown_devices


@dataclass(frozen=True, slots=True)
class SeenDevice:
    """A device that reported from an access point, and from when to when it did."""

    access_point: str
    serial: str
    vendor: str | None
    model: str | None
    mac: str | None
    first_seen: datetime
    last_seen: datetime


def load_fleet(engine: Engine) -> Fleet:
    """The fleet as it was last saved, without reports that this version cannot read: the next ones replace them."""
    with engine.connect() as connection:
        readings = []
        for row in connection.execute(select(newest_readings)):
            try:
                report = Report.model_validate_json(row.report)
            except ValidationError:
                continue
            readings.append((row.access_point, Reading(report, row.observed_at, row.received_at, row.agent)))
        unknown = [
            UnknownDevice(row.key, row.agent, Device.model_validate_json(row.device), row.first_seen, row.last_seen)
            for row in connection.execute(select(unknown_devices))
        ]
    return Fleet(readings, unknown)


def save_readings(engine: Engine, readings: Sequence[tuple[str, Reading]]) -> None:
    """Save newest readings, and note the devices they come from.

    A device at a place that was another's before is the replacement, seen: it begins a new row.
    """
    if not readings:
        return
    with engine.begin() as connection:
        statement = upsert(newest_readings)
        statement = statement.on_conflict_do_update(
            index_elements=["access_point"],
            set_={name: statement.excluded[name] for name in ("agent", "observed_at", "received_at", "report")},
        )
        connection.execute(
            statement,
            [
                {
                    "access_point": access_point,
                    "agent": reading.agent,
                    "observed_at": reading.observed_at,
                    "received_at": reading.received_at,
                    "report": encode(reading.report).decode(),
                }
                for access_point, reading in readings
            ],
        )
        _note_devices(connection, readings)


def save_unknown(engine: Engine, devices: Sequence[UnknownDevice]) -> None:
    """Save devices that report without a place."""
    if not devices:
        return
    statement = upsert(unknown_devices)
    statement = statement.on_conflict_do_update(
        index_elements=["key"], set_={"device": statement.excluded.device, "last_seen": statement.excluded.last_seen}
    )
    with engine.begin() as connection:
        connection.execute(
            statement,
            [
                {
                    "key": device.key,
                    "agent": device.agent,
                    "device": encode(device.device).decode(),
                    "first_seen": device.first_seen,
                    "last_seen": device.last_seen,
                }
                for device in devices
            ],
        )


def devices_at(engine: Engine, access_point: str) -> list[SeenDevice]:
    """The devices that reported from a place, newest first."""
    query = (
        select(devices_seen)
        .where(devices_seen.c.access_point == access_point)
        .order_by(devices_seen.c.last_seen.desc(), devices_seen.c.id.desc())
    )
    with engine.connect() as connection:
        return [
            SeenDevice(row.access_point, row.serial, row.vendor, row.model, row.mac, row.first_seen, row.last_seen)
            for row in connection.execute(query)
        ]


def _note_devices(connection: Connection, readings: Sequence[tuple[str, Reading]]) -> None:
    current = _current_devices(connection)
    arrived, still_there = [], []
    for access_point, reading in readings:
        device = reading.report.device
        if device is None or device.serial is None:
            continue
        known = current.get(access_point)
        if known is not None and known.serial == device.serial:
            still_there.append({"row_id": known.id, "seen": reading.observed_at})
        else:
            arrived.append(
                {
                    "access_point": access_point,
                    "serial": device.serial,
                    "vendor": device.vendor,
                    "model": device.model,
                    "mac": device.mac,
                    "first_seen": reading.observed_at,
                    "last_seen": reading.observed_at,
                }
            )
    if arrived:
        connection.execute(insert(devices_seen), arrived)
    if still_there:
        connection.execute(
            update(devices_seen).where(devices_seen.c.id == bindparam("row_id")).values(last_seen=bindparam("seen")),
            still_there,
        )


def _current_devices(connection: Connection) -> dict[str, Row[Any, Any, Any]]:
    """The newest row of each place. Rows are only ever added for a change of device, so the highest id is it."""
    newest = select(func.max(devices_seen.c.id)).group_by(devices_seen.c.access_point)
    query = select(devices_seen.c.id, devices_seen.c.access_point, devices_seen.c.serial)
    rows = connection.execute(query.where(devices_seen.c.id.in_(newest.scalar_subquery())))
    return {row.access_point: row for row in rows}
