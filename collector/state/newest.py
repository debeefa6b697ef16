"""Keeps the fleet across restarts, and tells collectors that share a database of each other's readings."""

import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime

from pydantic import ValidationError
from sqlalchemy import Connection, Engine, Row, delete, func, select, text

from agent.wire import Device, encode
from collector.fleet import MAX_UNKNOWN_DEVICES_PER_AGENT, Fleet, UnknownDevice
from collector.readings import Reading
from collector.state.database import is_shared
from collector.state.devices import DevicesSeen, Sighting
from collector.state.tables import newest_readings, unknown_devices
from collector.state.upserting import upsert

_ROWS_AT_ONCE = 500
"""Where saving takes long, a whole city is saved at once, whose reports in full are 40 MB."""
_OUR_TRANSACTION = text("SELECT CAST(CAST(pg_current_xact_id() AS text) AS bigint)")
_WHAT_IS_COMMITTED = text("SELECT CAST(pg_current_snapshot() AS text)")
_COMMITTED_SINCE = text(
    "saved_in >= CAST(CAST(pg_snapshot_xmin(CAST(:cursor AS pg_snapshot)) AS text) AS bigint)"
    " AND NOT pg_visible_in_snapshot(CAST(CAST(saved_in AS text) AS xid8), CAST(:cursor AS pg_snapshot))"
)


class NewestReadings:
    """The newest reading of each access point in the database, as one process saves and follows them.

    One instance for each process, used by one thread at a time.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._ourselves = secrets.token_hex(16)
        self._devices = DevicesSeen()

    def save(self, readings: Sequence[tuple[str, Reading]]) -> None:
        """Save newest readings, at most one of each access point, and note the devices they come from.

        A reading never replaces a newer one.
        """
        if not readings:
            return
        in_order = sorted(readings, key=_access_point)  # two processes lock the same rows one after the other
        try:
            with self._engine.begin() as connection:
                for start in range(0, len(in_order), _ROWS_AT_ONCE):
                    some = in_order[start : start + _ROWS_AT_ONCE]
                    self._upsert(connection, some)
                    self._devices.note(connection, list(_sightings(some)))
        except BaseException:
            self._devices.forget()
            raise

    def load_since(self, cursor: str | None) -> tuple[str, list[tuple[str, Reading]]]:
        """What other processes have saved since the last time, and the cursor for the next; all there is without one.

        A cursor is the set of the transactions that had been committed, so that none is missed or told twice, however
        long it takes to commit. A SQLite file has no other processes.
        """
        if not is_shared(self._engine):
            return "", []
        query = select(newest_readings).where(newest_readings.c.saved_by != self._ourselves)
        with self._engine.connect() as connection:
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
            following: str = connection.scalar(_WHAT_IS_COMMITTED) or ""
            if cursor is not None:
                query = query.where(_COMMITTED_SINCE.bindparams(cursor=cursor))
            return following, list(_readable(connection.execute(query)))

    def _upsert(self, connection: Connection, readings: Sequence[tuple[str, Reading]]) -> None:
        transaction = connection.scalar(_OUR_TRANSACTION) if is_shared(self._engine) else 0
        statement = upsert(connection, newest_readings)
        columns = [column for column in newest_readings.c if not column.primary_key]
        statement = statement.on_conflict_do_update(
            index_elements=["access_point"],
            set_={column.name: statement.excluded[column.name] for column in columns},
            where=newest_readings.c.observed_at <= statement.excluded.observed_at,
        )
        rows = [
            {
                "access_point": access_point,
                "agent": reading.agent,
                "observed_at": reading.observed_at,
                "received_at": reading.received_at,
                "report": reading.encoded,
                "saved_by": self._ourselves,
                "saved_in": transaction,
            }
            for access_point, reading in readings
        ]
        connection.execute(statement, rows)


def load_fleet(engine: Engine, since: datetime) -> Fleet:
    """The fleet as it was last saved, without what this version cannot read: the next reports replace it.

    Unknown devices that were last seen before `since` are forgotten for good.
    """
    with engine.begin() as connection:
        connection.execute(delete(unknown_devices).where(unknown_devices.c.last_seen < since))
        return Fleet(_readable(connection.execute(select(newest_readings))), _load_unknown(connection))


def load_unknown_since(engine: Engine, since: datetime | None) -> list[UnknownDevice]:
    """The unknown devices that were seen since then by whichever process, all of them without an instant. A SQLite file
    has no other processes."""
    if not is_shared(engine):
        return []
    with engine.connect() as connection:
        return list(_load_unknown(connection, since))


def save_unknown(engine: Engine, devices: Sequence[UnknownDevice]) -> None:
    """Save devices that report without a place; an agent that has too many loses its least recently seen."""
    if not devices:
        return
    with engine.begin() as connection:
        statement = upsert(connection, unknown_devices)
        statement = statement.on_conflict_do_update(
            index_elements=["key"],
            set_={"device": statement.excluded.device, "last_seen": statement.excluded.last_seen},
            where=unknown_devices.c.last_seen <= statement.excluded.last_seen,
        )
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
                for device in sorted(devices, key=_key)
            ],
        )
        _forget_surplus(connection, {device.agent for device in devices})


def forget_unknown(engine: Engine, keys: Sequence[str]) -> None:
    """Forget devices that have a place by now."""
    with engine.begin() as connection:
        for start in range(0, len(keys), _ROWS_AT_ONCE):
            part = keys[start : start + _ROWS_AT_ONCE]
            connection.execute(delete(unknown_devices).where(unknown_devices.c.key.in_(part)))


def _access_point(reading: tuple[str, Reading]) -> str:
    return reading[0]


def _key(device: UnknownDevice) -> str:
    return device.key


def _sightings(readings: Sequence[tuple[str, Reading]]) -> Iterator[Sighting]:
    for access_point, reading in readings:
        if reading.serial is not None:
            yield Sighting(access_point, reading.serial, reading.observed_at, reading)


def _readable(rows: Iterator[Row[tuple[object, ...]]]) -> Iterator[tuple[str, Reading]]:
    for row in rows:
        try:
            reading = Reading.restored(row.report, row.observed_at, row.received_at, row.agent)
        except ValidationError:
            continue
        yield row.access_point, reading


def _load_unknown(connection: Connection, since: datetime | None = None) -> Iterator[UnknownDevice]:
    query = select(unknown_devices)
    for row in connection.execute(query if since is None else query.where(unknown_devices.c.last_seen >= since)):
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
