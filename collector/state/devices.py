"""Which device was seen at which place, and from when to when: a new serial at a place is a replacement, seen.

Written by `newest` with the readings that a device comes from, read by the pages.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, Engine, bindparam, func, insert, or_, select, update

from collector.readings import Reading
from collector.state.tables import devices_seen

RETURNS_WITHIN = timedelta(hours=24)
"""A device that is back at a place so soon was not replaced: two that take turns keep one row each."""
NOTED_EVERY = timedelta(minutes=10)
"""So far may a row be behind the device that is still at its place, whose newest reading tells when that was seen."""
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


class Sighting(NamedTuple):
    """A device that has just been seen at a place. What else is known of it is read only where it has arrived."""

    access_point: str
    serial: str
    seen_at: datetime
    reading: Reading


class _Row(NamedTuple):
    """A device's row at its place. `last_seen` is when it was in truth, `noted` what the row says of it."""

    id: int
    serial: str
    last_seen: datetime
    noted: datetime


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


def newest_devices(engine: Engine, access_points: Sequence[str] | None = None) -> dict[str, SeenDevice]:
    """The device that was last seen at each of these places, or at every place; places without one are left out."""
    column, other = devices_seen.c, devices_seen.alias()
    newest = select(func.max(other.c.last_seen)).where(other.c.access_point == column.access_point)
    query = select(devices_seen).where(column.last_seen == newest.scalar_subquery()).order_by(column.id)
    queries = [query]
    if access_points is not None:
        parts = range(0, len(access_points), _PLACES_AT_ONCE)
        queries = [query.where(column.access_point.in_(access_points[at : at + _PLACES_AT_ONCE])) for at in parts]
    with engine.connect() as connection:
        return {
            row.access_point: SeenDevice(
                row.access_point, row.serial, row.vendor, row.model, row.mac, row.first_seen, row.last_seen
            )
            for query in queries
            for row in connection.execute(query)
        }


def first_seen(engine: Engine) -> dict[str, datetime]:
    """Since when devices have been seen at each place; a place whose devices tell no serial is left out."""
    column = devices_seen.c
    query = select(column.access_point, func.min(column.first_seen).label("since")).group_by(column.access_point)
    with engine.connect() as connection:
        return {row.access_point: row.since for row in connection.execute(query)}


class DevicesSeen:
    """Notes devices at their places, and remembers the row of each place's device, so as not to look it up each time.

    What is remembered stays right whatever other collectors note: a device continues a row of its own that is no older
    than RETURNS_WITHIN, and rows only grow younger.
    """

    def __init__(self) -> None:
        self._row_at: dict[str, _Row] = {}

    def note(self, connection: Connection, sightings: Sequence[Sighting]) -> None:
        """Note sightings, at most one of each place, in a transaction that holds the places' newest readings: two
        collectors that see the same device arrive then note it one after the other, and so once.

        A device at a place that was another's before begins a new row, unless it was there itself within the last day.
        That one is still there is noted every NOTED_EVERY, and when it leaves.
        """
        unsure, seen = [], []
        for sighting in sightings:
            row = self._row_at.get(sighting.access_point)
            if row is None or not _is_continued(row, sighting):
                unsure.append(sighting)
                if row is not None and row.noted < row.last_seen:
                    seen.append(row)
            elif row.last_seen < sighting.seen_at:
                is_due = sighting.seen_at - row.noted >= NOTED_EVERY
                row = _Row(row.id, row.serial, sighting.seen_at, sighting.seen_at if is_due else row.noted)
                self._row_at[sighting.access_point] = row
                if is_due:
                    seen.append(row)
        if unsure:
            seen += self._look_up_and_insert(connection, unsure)
        _prolong(connection, seen)

    def forget(self) -> None:
        """Look everything up the next time: the transaction has failed."""
        self._row_at.clear()

    def _look_up_and_insert(self, connection: Connection, sightings: Sequence[Sighting]) -> list[_Row]:
        """Begins the rows of devices that have arrived. The rows of the others, as they are to be."""
        known = _DevicesKnown(connection, sightings)
        arrived, continued = [], []
        for sighting in sightings:
            row = known.row_to_continue(sighting)
            if row is None:
                arrived.append(sighting)
                self._row_at.pop(sighting.access_point, None)
                continue
            seen_at = max(row.last_seen, sighting.seen_at)
            row = _Row(row.id, row.serial, seen_at, seen_at)
            continued.append(row)
            self._row_at[sighting.access_point] = row
        _insert(connection, arrived)
        return continued


def _is_continued(row: _Row, sighting: Sighting) -> bool:
    """Whether a sighting continues a row for certain, whatever else was seen at the place."""
    return row.serial == sighting.serial and sighting.seen_at - row.last_seen <= RETURNS_WITHIN


def _insert(connection: Connection, arrived: Sequence[Sighting]) -> None:
    rows = [
        {
            "access_point": sighting.access_point,
            "serial": sighting.serial,
            "vendor": device.vendor,
            "model": device.model,
            "mac": device.mac,
            "first_seen": sighting.seen_at,
            "last_seen": sighting.seen_at,
        }
        for sighting in arrived
        if (device := sighting.reading.report.device) is not None
    ]
    if rows:
        connection.execute(insert(devices_seen), rows)


def _prolong(connection: Connection, rows: Sequence[_Row]) -> None:
    if not rows:
        return
    statement = update(devices_seen).where(
        devices_seen.c.id == bindparam("row_id"), devices_seen.c.last_seen < bindparam("seen")
    )
    parameters = [{"row_id": row.id, "seen": row.last_seen} for row in rows]
    connection.execute(statement.values(last_seen=bindparam("seen")), parameters)


class _DevicesKnown:
    """Which devices were at the places of some sightings: the newest of each, and those that may be returning."""

    def __init__(self, connection: Connection, sightings: Sequence[Sighting]) -> None:
        self._newest_at: dict[str, _Row] = {}
        self._rows: dict[tuple[str, str], _Row] = {}
        since = min(sighting.seen_at for sighting in sightings) - RETURNS_WITHIN
        places = [sighting.access_point for sighting in sightings]
        for start in range(0, len(places), _PLACES_AT_ONCE):
            self._look_up(connection, places[start : start + _PLACES_AT_ONCE], since)

    def row_to_continue(self, sighting: Sighting) -> _Row | None:
        """The row of the device that is the newest at its place, or was there itself a short while ago."""
        row = self._rows.get((sighting.access_point, sighting.serial))
        if row is None or self._newest_at[sighting.access_point].serial == sighting.serial:
            return row
        return row if _is_continued(row, sighting) else None

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
        for found in connection.execute(query):
            row = _Row(found.id, found.serial, found.last_seen, found.last_seen)
            self._newest_at.setdefault(found.access_point, row)
            self._rows.setdefault((found.access_point, found.serial), row)
