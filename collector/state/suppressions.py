"""Silences and maintenance in the state database: made and ended on pages and by the API, read by the evaluator."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select, update

from collector.alerts.holding.maintenance import Maintenance
from collector.alerts.holding.silences import Silence
from collector.state.alert_tables import maintenance, silences


@dataclass(frozen=True, slots=True)
class KeptMaintenance:
    """Maintenance, and whether it holds nothing back any more: it was taken back, or has been seen to be over."""

    maintenance: Maintenance
    is_over: bool


def add_silence(engine: Engine, make: Callable[[str], Silence]) -> Silence:
    """Keep a silence, which is made of the id that it gets. Raises what making it raises; then nothing is kept."""
    with engine.begin() as connection:
        blank = make("0")  # the columns are not empty for a moment either
        row = {"starts_at": blank.starts_at, "ends_at": blank.until, "document": ""}
        number = _inserted(connection, silences, row)
        silence = make(str(number))
        _write_silence(connection, silence)
        return silence


def silences_until(engine: Engine, since: datetime) -> list[Silence]:
    """Those that end, or ended, after then: the ones that end first come first."""
    query = select(silences.c.document).where(silences.c.ends_at > since).order_by(silences.c.ends_at, silences.c.id)
    with engine.connect() as connection:
        return [Silence.model_validate_json(document) for document in connection.scalars(query)]


def find_silences(
    engine: Engine, now: datetime, *, is_over: bool | None = None, before: int | None = None, limit: int = 100
) -> list[Silence]:
    """Those with an id below `before`, the newest first; those that are over, or are not, where that is said."""
    column = silences.c
    query = select(column.document).order_by(column.id.desc()).limit(limit)
    if is_over is not None:
        query = query.where(column.ends_at <= now if is_over else column.ends_at > now)
    if before is not None:
        query = query.where(column.id < before)
    with engine.connect() as connection:
        return [Silence.model_validate_json(document) for document in connection.scalars(query)]


def silence_of(engine: Engine, silence_id: str) -> Silence | None:
    """One by its id."""
    with engine.connect() as connection:
        return _silence(connection, silence_id)


def end_silence(engine: Engine, silence_id: str, by: str, now: datetime) -> Silence | None:
    """End one now; None where there is none. Raises ValueError where it is over already."""
    with engine.begin() as connection:
        silence = _silence(connection, silence_id)
        if silence is None:
            return None
        ended = silence.ended_early(by=by, at=now)
        _write_silence(connection, ended)
        return ended


def add_maintenance(engine: Engine, make: Callable[[str], Maintenance]) -> Maintenance:
    """Keep maintenance, which is made of the id that it gets. Raises what making it raises; then nothing is kept."""
    make("0")
    with engine.begin() as connection:
        number = _inserted(connection, maintenance, {"is_over": False, "document": ""})
        made = make(str(number))
        connection.execute(
            update(maintenance).where(maintenance.c.id == number).values(document=made.model_dump_json())
        )
        return made


def planned_maintenance(engine: Engine) -> list[Maintenance]:
    """All that may hold something back now or later, in the order in which it was made."""
    query = select(maintenance.c.document).where(~maintenance.c.is_over).order_by(maintenance.c.id)
    with engine.connect() as connection:
        return [Maintenance.model_validate_json(document) for document in connection.scalars(query)]


def find_maintenance(
    engine: Engine, *, is_over: bool | None = None, before: int | None = None, limit: int = 100
) -> list[KeptMaintenance]:
    """That with an id below `before`, the newest first; what is over or was taken back, or is not, where that is
    said."""
    column = maintenance.c
    query = select(column.document, column.is_over).order_by(column.id.desc()).limit(limit)
    if is_over is not None:
        query = query.where(column.is_over if is_over else ~column.is_over)
    if before is not None:
        query = query.where(column.id < before)
    with engine.connect() as connection:
        return [
            KeptMaintenance(Maintenance.model_validate_json(document), is_over=was_over)
            for document, was_over in connection.execute(query)
        ]


def maintenance_of(engine: Engine, maintenance_id: str) -> KeptMaintenance | None:
    """One by its id."""
    number = _number(maintenance_id)
    found = [] if number is None else find_maintenance(engine, before=number + 1, limit=1)
    return next((kept for kept in found if kept.maintenance.id == maintenance_id), None)


def take_back_maintenance(engine: Engine, maintenance_id: str) -> Maintenance | None:
    """Plan it no more, nor go on with it; None where nothing of this id is planned."""
    number = _number(maintenance_id)
    if number is None:
        return None
    column = maintenance.c
    is_it = (column.id == number) & ~column.is_over
    with engine.begin() as connection:
        document = connection.scalar(select(column.document).where(is_it).with_for_update())
        if document is None:
            return None
        connection.execute(update(maintenance).where(is_it).values(is_over=True))
        return Maintenance.model_validate_json(document)


def prune_suppressions(engine: Engine, before: datetime, now: datetime) -> None:
    """Forget silences that ended before then, and plan no more what will never begin again."""
    column = maintenance.c
    with engine.begin() as connection:
        connection.execute(delete(silences).where(silences.c.ends_at < before))
        for number, document in connection.execute(select(column.id, column.document).where(~column.is_over)).all():
            if Maintenance.model_validate_json(document).is_over(now):
                connection.execute(update(maintenance).where(column.id == number).values(is_over=True))


def _inserted(connection: Connection, table: Any, row: dict[str, Any]) -> int:
    number: int = connection.execute(insert(table).values(row).returning(table.c.id)).scalar_one()
    return number


def _number(id_: str) -> int | None:
    """The number that an id is; None for what cannot be one."""
    return int(id_) if re.fullmatch("[1-9][0-9]{0,17}", id_) else None


def _silence(connection: Connection, silence_id: str) -> Silence | None:
    number = _number(silence_id)
    if number is None:
        return None
    query = select(silences.c.document).where(silences.c.id == number).with_for_update()
    document = connection.scalar(query)
    return None if document is None else Silence.model_validate_json(document)


def _write_silence(connection: Connection, silence: Silence) -> None:
    connection.execute(
        update(silences)
        .where(silences.c.id == int(silence.id))
        .values(ends_at=silence.until, document=silence.model_dump_json())
    )
