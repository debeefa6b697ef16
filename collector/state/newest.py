"""Keeps the fleet across restarts: newest readings, unknown devices, and which devices were seen at which place."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import ValidationError
from sqlalchemy import Connection, Engine, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from agent.wire import Device, Report, encode
from collector.fleet import MAX_UNKNOWN_DEVICES_PER_AGENT, Fleet, UnknownDevice
from collector.readings import Reading
from collector.state.tables import devices_seen, newest_readings, unknown_devices

RETURNS_WITHIN = timedelta(hours=24)
"""A device that is back at a place so soon was not replaced: two that take turns keep one row each."""
MAX_DEVICES_SHOWN = 100
_PLACES_AT_ONCE = 500


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


def load_fleet(engine: Engine, since: datetime) -> Fleet:
    """The fleet as it was last saved, without what this version cannot read: the next reports replace it.

    Unknown devices that were last seen before `since` are forgotten for good.
    """
    with engine.begin() as connection:
        connection.execute(delete(unknown_devices).where(unknown_devices.c.last_seen < since))
        return Fleet(_load_readings(connection), _load_unknown(connection))


def save_readings(engine: Engine, readings: Sequence[tuple[str, Reading]]) -> None:
    """Save newest readings, at most one of each access point, and note the devices they come from.

    A reading never replaces a newer one. A device at a place that was another's before is the replacement, seen: it
    begins a new row, unless it was there itself within the last day.
    """
    if not readings:
        return
    with engine.begin() as connection:
        statement = upsert(newest_readings)
        statement = statement.on_conflict_do_update(
            index_elements=["access_point"],
            set_={name: statement.excluded[name] for name in ("agent", "observed_at", "received_at", "report")},
            where=newest_readings.c.observed_at <= statement.excluded.observed_at,
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
    """Save devices that report without a place; an agent that has too many loses its least recently seen."""
    if not devices:
        return
    statement = upsert(unknown_devices)
    statement = statement.on_conflict_do_update(
        index_elements=["key"],
        set_={"device": statement.excluded.device, "last_seen": statement.excluded.last_seen},
        where=unknown_devices.c.last_seen <= statement.excluded.last_seen,
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
        _forget_surplus(connection, {device.agent for device in devices})


def devices_at(engine: Engine, access_point: str) -> list[SeenDevice]:
    """The devices that reported from a place, newest first, at most MAX_DEVICES_SHOWN."""
    query = (
        select(devices_seen)
        .where(devices_seen.c.access_point == access_point)
        .order_by(devices_seen.c.last_seen.desc(), devices_seen.c.id.desc())
        .limit(MAX_DEVICES_SHOWN)
    )
    with engine.connect() as connection:
        return [
            SeenDevice(row.access_point, row.serial, row.vendor, row.model, row.mac, row.first_seen, row.last_seen)
            for row in connection.execute(query)
        ]


def _load_readings(connection: Connection) -> Iterator[tuple[str, Reading]]:
    for row in connection.execute(select(newest_readings)):
        try:
            report = Report.model_validate_json(row.report)
        except ValidationError:
            continue
        yield row.access_point, Reading(report, row.observed_at, row.received_at, row.agent)


def _load_unknown(connection: Connection) -> Iterator[UnknownDevice]:
    for row in connection.execute(select(unknown_devices)):
        try:
            device = Device.model_validate_json(row.device)
        except ValidationError:
            continue
        yield UnknownDevice(row.key, row.agent, device, row.first_seen, row.last_seen)


def _forget_surplus(connection: Connection, agents: set[str]) -> None:
    rank = func.row_number().over(
        partition_by=unknown_devices.c.agent, order_by=(unknown_devices.c.last_seen.desc(), unknown_devices.c.key)
    )
    ranked = select(unknown_devices.c.key, rank.label("rank")).where(unknown_devices.c.agent.in_(agents)).subquery()
    surplus = select(ranked.c.key).where(ranked.c.rank > MAX_UNKNOWN_DEVICES_PER_AGENT)
    connection.execute(delete(unknown_devices).where(unknown_devices.c.key.in_(surplus)))


def _note_devices(connection: Connection, readings: Sequence[tuple[str, Reading]]) -> None:
    known = _DevicesKnown(connection, readings)
    arrived, still_there = [], []
    for access_point, reading in readings:
        device = reading.report.device
        if device is None or device.serial is None:
            continue
        row_id = known.row_to_continue(access_point, device.serial, reading.observed_at)
        if row_id is not None:
            still_there.append({"row_id": row_id, "seen": reading.observed_at})
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
        statement = update(devices_seen).where(
            devices_seen.c.id == bindparam("row_id"), devices_seen.c.last_seen < bindparam("seen")
        )
        connection.execute(statement.values(last_seen=bindparam("seen")), still_there)


class _DevicesKnown:
    """Which devices were at the places of some readings: the newest of each place, and those that may be returning."""

    def __init__(self, connection: Connection, readings: Sequence[tuple[str, Reading]]) -> None:
        self._serial_at: dict[str, str] = {}
        self._last_row: dict[tuple[str, str], tuple[int, datetime]] = {}
        since = min(reading.observed_at for _, reading in readings) - RETURNS_WITHIN
        places = [access_point for access_point, _ in readings]
        for start in range(0, len(places), _PLACES_AT_ONCE):
            self._look_up(connection, places[start : start + _PLACES_AT_ONCE], since)

    def row_to_continue(self, access_point: str, serial: str, observed_at: datetime) -> int | None:
        """The row of the device that is the newest at its place, or was there itself a short while ago."""
        row_id, last_seen = self._last_row.get((access_point, serial), (None, None))
        if last_seen is None or self._serial_at[access_point] == serial:
            return row_id
        return row_id if observed_at - last_seen <= RETURNS_WITHIN else None

    def _look_up(self, connection: Connection, places: Sequence[str], since: datetime) -> None:
        column = devices_seen.c
        other = devices_seen.alias()
        newest = select(func.max(other.c.last_seen)).where(other.c.access_point == column.access_point)
        query = (
            select(column.id, column.access_point, column.serial, column.last_seen)
            .where(column.access_point.in_(places))
            .where(or_(column.last_seen >= since, column.last_seen == newest.scalar_subquery()))
            .order_by(column.access_point, column.last_seen.desc(), column.id.desc())
        )
        for row in connection.execute(query):
            self._serial_at.setdefault(row.access_point, row.serial)
            self._last_row.setdefault((row.access_point, row.serial), (row.id, row.last_seen))
