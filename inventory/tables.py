"""The rows of inventory files, and what is wrong with them only in each other's company. Pure.

Called by `inventory.reading`, which fills the tables from all files first: a site may stand in one file and its access
points in another.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from agent.settings import Mistake
from inventory.models import AccessPoint, Agent, Device, Site

Item = TypeVar("Item", Site, AccessPoint, Device, Agent)


@dataclass(frozen=True, slots=True)
class Row(Generic[Item]):
    """A valid row and where it stands: `key` is such as `sites[3]`."""

    item: Item
    file: Path
    key: str


@dataclass(frozen=True, slots=True)
class Table(Generic[Item]):
    """The rows of all files under one name. `flawed_ids` are those of rows that are there but not valid: whoever names
    one of them makes no second mistake."""

    name: str
    model: type[Item]
    rows: list[Row[Item]] = field(default_factory=list)
    flawed_ids: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Tables:
    """All that an inventory is made of."""

    sites: Table[Site] = field(default_factory=lambda: Table("sites", Site))
    access_points: Table[AccessPoint] = field(default_factory=lambda: Table("access_points", AccessPoint))
    devices: Table[Device] = field(default_factory=lambda: Table("devices", Device))
    agents: Table[Agent] = field(default_factory=lambda: Table("agents", Agent))


def contradictions(tables: Tables) -> list[Mistake]:
    """Whatever stands there twice, whatever names something that is not there, and what is connected through itself."""
    return [*_repeated(tables), *_dangling(tables), *_circular(tables.access_points.rows)]


def _repeated(tables: Tables) -> Iterator[Mistake]:
    yield from _twice("id", ((row, row.item.id) for row in tables.sites.rows))
    yield from _twice("id", ((row, row.item.id) for row in tables.access_points.rows))
    yield from _twice("serial", ((row, row.item.serial) for row in tables.devices.rows))
    yield from _twice("mac", ((row, row.item.mac) for row in tables.devices.rows))
    yield from _twice("access_point", ((row, row.item.access_point) for row in tables.devices.rows))
    yield from _twice("id", ((row, row.item.id) for row in tables.agents.rows))


def _twice(name: str, values: Iterable[tuple[Row[Item], str | None]]) -> Iterator[Mistake]:
    """A mistake for each row whose value an earlier one has. None is no value."""
    first: dict[str, Row[Item]] = {}
    for row, value in values:
        if value is None:
            continue
        earlier = first.setdefault(value, row)
        if earlier is not row:
            problem = f"{value!r} stands already at {earlier.key} in {earlier.file}; correct or remove this one"
            yield Mistake(row.file, f"{row.key}.{name}", problem)


def _dangling(tables: Tables) -> Iterator[Mistake]:
    sites = {row.item.id for row in tables.sites.rows} | tables.sites.flawed_ids
    places = {row.item.id for row in tables.access_points.rows} | tables.access_points.flawed_ids
    for place in tables.access_points.rows:
        if place.item.site not in sites:
            yield _unknown(place, "site", "site", place.item.site)
        if place.item.parent is not None and place.item.parent not in places:
            yield _unknown(place, "parent", "access point", place.item.parent)
    yield from _dangling_in_use(tables, sites, places)


def _dangling_in_use(tables: Tables, sites: set[str], places: set[str]) -> Iterator[Mistake]:
    """What devices and agents name."""
    for device in tables.devices.rows:
        if device.item.access_point is not None and device.item.access_point not in places:
            yield _unknown(device, "access_point", "access point", device.item.access_point)
    for agent in tables.agents.rows:
        for position, named in enumerate(agent.item.sites):
            if named not in sites:
                yield _unknown(agent, f"sites[{position}]", "site", named)
        for position, named in enumerate(agent.item.access_points):
            if named not in places:
                yield _unknown(agent, f"access_points[{position}]", "access point", named)


def _circular(places: Iterable[Row[AccessPoint]]) -> Iterator[Mistake]:
    """A mistake for each circle of parents, at one row of it."""
    rows: dict[str, Row[AccessPoint]] = {}
    for row in places:
        rows.setdefault(row.item.id, row)
    seen: set[str] = set()
    for name in rows:
        way: list[str] = []
        at: str | None = name
        while at in rows and at not in seen:
            seen.add(at)
            way.append(at)
            at = rows[at].item.parent
        if at in way:
            yield _circle(rows[at], way[way.index(at) :])


def _circle(row: Row[AccessPoint], circle: list[str]) -> Mistake:
    problem = "is the access point itself; name the one through which it is connected, or remove it"
    if len(circle) > 1:
        way = " through ".join(repr(name) for name in (*circle, circle[0]))
        problem = f"leads in a circle: {way}; remove the parent of the one that is wired"
    return Mistake(row.file, f"{row.key}.parent", problem)


def _unknown(row: Row[Item], name: str, what: str, value: str) -> Mistake:
    return Mistake(row.file, f"{row.key}.{name}", f"there is no {what} {value!r}; add it, or correct the spelling")
