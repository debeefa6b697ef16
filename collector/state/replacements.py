"""Which devices were seen where, over the whole city: how old each is at least, and where one took another's place."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise
from operator import attrgetter
from typing import Any

from sqlalchemy import Engine, Row, and_, func, or_, select

from collector.state.devices import SeenDevice
from collector.state.tables import devices_seen


@dataclass(frozen=True, slots=True)
class Replacement:
    """A device that was seen at a place where another one had been before. It came at `replacing.first_seen`."""

    access_point: str
    replaced: SeenDevice
    replacing: SeenDevice


def first_seen_by_serial(engine: Engine) -> Mapping[str, datetime]:
    """Since when each device has been seen, wherever it was."""
    query = select(devices_seen.c.serial, func.min(devices_seen.c.first_seen).label("first_seen")).group_by(
        devices_seen.c.serial
    )
    with engine.connect() as connection:
        return {row.serial: row.first_seen for row in connection.execute(query)}


def replacements(engine: Engine) -> list[Replacement]:
    """All that were ever seen, by access point and in order of time."""
    column = devices_seen.c
    query = select(devices_seen).order_by(column.access_point, column.first_seen, column.id)
    with engine.connect() as connection:
        seen = [_seen(row) for row in connection.execute(query)]
    return [each for _, of_place in groupby(seen, attrgetter("access_point")) for each in _of_place(list(of_place))]


def arrivals_since(engine: Engine, since: datetime) -> list[SeenDevice]:
    """The devices that took another's place since then, in order of time; `replacements` says the same of all time."""
    column, other = devices_seen.c, devices_seen.alias().c
    came_earlier = or_(
        other.first_seen < column.first_seen, and_(other.first_seen == column.first_seen, other.id < column.id)
    )
    before = (
        select(other.serial)
        .where(other.access_point == column.access_point, came_earlier)
        .order_by(other.first_seen.desc(), other.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = (
        select(devices_seen)
        .where(column.first_seen >= since, before != column.serial)
        .order_by(column.first_seen, column.id)
    )
    with engine.connect() as connection:
        return [_seen(row) for row in connection.execute(query)]


def _of_place(seen: list[SeenDevice]) -> Iterator[Replacement]:
    for replaced, replacing in pairwise(seen):
        if replaced.serial != replacing.serial:
            yield Replacement(replacing.access_point, replaced, replacing)


def _seen(row: Row[Any]) -> SeenDevice:
    return SeenDevice(row.access_point, row.serial, row.vendor, row.model, row.mac, row.first_seen, row.last_seen)
