"""Reads what a profile wants of one device: walks its tables now and then, and in between asks for what it found.

A walk learns which rows and columns a device has; until the next one they are asked for by name, many at a time, which
costs the device and the agent a third of a walk. `agent.sources.snmp` calls `poll` for each reading.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from math import inf

from agent.clock import Clock
from agent.snmp.client import Client, DeviceError
from agent.snmp.matching import SYS_UPTIME
from agent.snmp.meaning import Index, Raw
from agent.snmp.profile import Profile

WALK_SECONDS = 600.0
"""A walk at least so often: for rows that are new and columns that have come."""
WALK_AGAIN_SECONDS = 60.0
"""Not more often, even where what was learned is no longer there."""

Tables = dict[str, dict[Index, dict[int, Raw]]]


@dataclass(slots=True)
class Answers:
    """What a device said in one reading, so far as it came: `failure` is why there is no more."""

    scalars: dict[str, Raw] = field(default_factory=dict)
    tables: Tables = field(default_factory=dict)
    failure: DeviceError | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing was learned."""
        return not self.scalars and not any(self.tables.values())


@dataclass(frozen=True, slots=True)
class _Cell:
    """Where the value of an object belongs."""

    table: str
    index: Index
    column: int


class _RowsByCell(dict[tuple[str, Index], dict[int, Raw]]):
    """The rows of some tables by table and index, made where they are missing."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def __missing__(self, key: tuple[str, Index]) -> dict[int, Raw]:
        table, index = key
        row = self[key] = self._tables.setdefault(table, {}).setdefault(index, {})
        return row


class Poller:
    """The poller of one device under one profile."""

    def __init__(self, client: Client, profile: Profile, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._scalars = sorted(profile.scalars() | {SYS_UPTIME})
        self._columns = {
            f"{profile.tables[table]}.{column}": (table, column) for table, column in sorted(profile.columns())
        }
        self._watched = _watched_column(profile)
        self._plan: dict[str, _Cell] = {}
        self._known_scalars: dict[str, None] = {}
        self._walked_at: float | None = None
        self._is_stale = False

    async def poll(self) -> Answers:
        """One reading. A failure half-way leaves what came before it; one at the beginning leaves nothing."""
        answers = Answers()
        now = self._clock.monotonic()
        age = inf if self._walked_at is None else now - self._walked_at
        try:
            if self._watched is not None and age < WALK_SECONDS:
                await self._walk_watched(self._watched, answers)
            if age >= WALK_SECONDS or (self._is_stale and age >= WALK_AGAIN_SECONDS):
                await self._walk(answers)
                self._walked_at, self._is_stale = now, False
            else:
                await self._ask(answers)
        except DeviceError as failure:
            answers.failure = failure
        return answers

    async def _walk(self, answers: Answers) -> None:
        answers.scalars = await self._client.get(self._scalars)
        plan: dict[str, _Cell] = {}
        for column_oid, (table, column) in self._columns.items():
            rows = answers.tables.setdefault(table, {})
            async for oid, value in self._client.walk(column_oid):
                index = _index(oid, column_oid)
                rows.setdefault(index, {})[column] = value
                plan[sys.intern(oid)] = _cell(table, index, column)
        self._plan = plan
        self._known_scalars = dict.fromkeys(answers.scalars)

    async def _ask(self, answers: Answers) -> None:
        """What the last walk found. That something is gone calls for a walk."""
        plan = self._plan
        wanted = [*(oid for oid in self._known_scalars if oid not in plan), *plan]
        if self._watched is not None:
            wanted = [oid for oid in wanted if oid not in plan or not _is_under(oid, self._watched)]
        missing = len(wanted)
        scalars, rows = self._known_scalars, _RowsByCell(answers.tables)
        async for found in self._client.get_in_parts(wanted):
            missing -= len(found)
            for oid, value in found.items():
                cell = plan.get(oid)
                if cell is not None:
                    rows[cell.table, cell.index][cell.column] = value
                if oid in scalars:  # which may be a cell of a table as well
                    answers.scalars[oid] = value
        self._is_stale = self._is_stale or missing > 0

    async def _walk_watched(self, column_oid: str, answers: Answers) -> None:
        """The access points there are. A new one calls for a walk, and is left out where it is too soon for one: of it
        nothing else would be known."""
        table, column = self._columns[column_oid]
        rows = answers.tables.setdefault(table, {})
        async for oid, value in self._client.walk(column_oid):
            if oid in self._plan:
                rows.setdefault(_index(oid, column_oid), {})[column] = value
            else:
                self._is_stale = True


def _watched_column(profile: Profile) -> str | None:
    """A column of a controller's access points, walked each time: one that joins is to be seen at once."""
    if profile.access_points is None:
        return None
    table = profile.access_points.rows
    columns = [column for name, column in sorted(profile.columns()) if name == table]
    return f"{profile.tables[table]}.{columns[0]}" if columns else None


@lru_cache(maxsize=100_000)
def _cell(table: str, index: Index, column: int) -> _Cell:
    """Devices of one kind share their cells, and the names of their objects: there may be thousands."""
    return _Cell(table, index, column)


def _is_under(oid: str, column: str) -> bool:
    return oid.startswith(column + ".")


def _index(oid: str, column: str) -> Index:
    return tuple(map(int, oid[len(column) + 1 :].split(".")))


def uptime_seconds(scalars: Mapping[str, Raw]) -> float | None:
    """Seconds since the device's SNMP began, which is its start on most."""
    ticks = scalars.get(SYS_UPTIME)
    return ticks / 100 if isinstance(ticks, int) else None
