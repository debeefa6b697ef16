"""Where the parts of an archive go, by the configuration: of the same kind as where they came from, and empty."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from collector.backup import postgresql_state, sqlite_state
from collector.backup.embedded_points import COMPANIONS
from collector.backup.folders import is_empty, is_held, is_there
from collector.backup.manifest import About, PointsSaved
from collector.backup.placing import FOLDER_MODE, Placing
from collector.backup.postgresql_tools import find_tool
from collector.backup.problems import BackupError
from collector.backup.rooms import EmbeddedPoints, Folder, Room, StateFile, StateServer
from collector.config import WithDuckDB, WithInflux

_READ_BY_ALL, _OWNER_ONLY = 0o755, 0o700
"""Modes of folders that are not there yet: the files of an inventory have modes of their own."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where the parts of one folder of an archive go. `name` is for people; `places` are to be empty. `refuse` raises
    BackupError where the target cannot be filled now."""

    room: str
    name: str
    places: tuple[Path, ...]
    open: Callable[[Placing, ExitStack], Room]
    refuse: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class Wishes:
    """What whoever restores has said: whether what lies in a place may be put aside, and where VictoriaMetrics is to
    have its data."""

    is_forced: bool
    victoria_data: Path | None


def targets(about: About, rooms: frozenset[str], settings: WithDuckDB | WithInflux, wishes: Wishes) -> list[Target]:
    """One for each of the `rooms` that an archive has. Raises BackupError where one cannot be filled."""
    found = [_state(about, settings, wishes), *_points(about.points, settings, wishes), *_folders(rooms, settings)]
    refuse_where_filled(found, wishes)
    return found


def refuse_where_filled(found: list[Target], wishes: Wishes) -> None:
    """Raises BackupError where somebody uses a target, or something is in it that may not be put aside."""
    for target in found:
        target.refuse()
        for place in target.places:
            if is_there(place) and place.is_mount():
                raise BackupError("is_mount", path=place)
            if not wishes.is_forced and not is_empty(place):
                raise BackupError("not_empty", path=place)


def _state(about: About, settings: WithDuckDB | WithInflux, wishes: Wishes) -> Target:
    theirs, ours = about.state.kind, "sqlite" if settings.state.url is None else "postgresql"
    if theirs != ours:
        raise BackupError("other_state", theirs=theirs, ours=ours)
    path = settings.state_path
    if settings.state.url is None:
        places = (path, *(path.with_name(path.name + suffix) for suffix in sqlite_state.COMPANIONS))
        return Target(
            "state", str(path), places, lambda placing, _: StateFile(path, placing), lambda: _refuse_where_held(path)
        )
    return _state_server(about, settings, wishes, staged=path)


def _state_server(about: About, settings: WithDuckDB | WithInflux, wishes: Wishes, *, staged: Path) -> Target:
    server = postgresql_state.look_at(settings.state)
    theirs = server.tables if server.step is None else server.tables_of_others
    if theirs:
        raise BackupError("not_ours", path=settings.state.url, tables=", ".join(theirs))
    if server.tables and not wishes.is_forced:
        raise BackupError("not_empty_database", path=settings.state.url)
    tools_version = about.state.tools or server.version
    for tool in ("pg_restore", "psql"):
        find_tool(tool, max(server.version, tools_version))

    def open_server(placing: Placing, _: ExitStack) -> Room:
        return StateServer(settings.state, server, tools_version, staged=placing.beside(staged))

    def refuse() -> None:
        if postgresql_state.is_used(settings.state):
            raise BackupError("in_use", path=settings.state.url)

    return Target("state", str(settings.state.url), (), open_server, refuse)


def _refuse_where_held(path: Path) -> None:
    if is_there(path) and is_held(path):
        raise BackupError("in_use", path=path)


def _points(saved: PointsSaved, settings: WithDuckDB | WithInflux, wishes: Wishes) -> Iterator[Target]:
    if saved.kind == "none":
        return
    ours = "duckdb" if isinstance(settings, WithDuckDB) else settings.store.engine
    if saved.kind != ours:
        raise BackupError("other_points", theirs=saved.kind, ours=ours)
    if isinstance(settings, WithDuckDB):
        yield _embedded(saved, settings)
        return
    if wishes.victoria_data is None:
        raise BackupError("victoria_data_needed")
    folder = wishes.victoria_data.resolve()
    yield Target("points", str(folder), (folder,), lambda placing, _: Folder(folder, placing))


def _embedded(saved: PointsSaved, settings: WithDuckDB) -> Target:
    path = settings.store_path

    def open_file(placing: Placing, stack: ExitStack) -> Room:
        room = EmbeddedPoints(path, placing, saved.rows)
        stack.callback(room.close)
        for table in {*saved.columns, *saved.rows}:
            columns = saved.columns.get(table, ())
            if table not in room.columns:
                raise BackupError("newer_table", table=table)
            unknown = set(columns) - set(room.columns[table])
            if unknown:
                raise BackupError("newer_points", table=table, columns=", ".join(sorted(unknown)))
        return room

    places = (path, *(path.with_name(path.name + suffix) for suffix in COMPANIONS))
    return Target("points", str(path), places, open_file, lambda: _refuse_where_held(path))


def _folders(rooms: frozenset[str], settings: WithDuckDB | WithInflux) -> Iterator[Target]:
    """The inventory, and what belongs to enrolment. What the broker reads may lie within the rest of that. Links to
    folders stay: what they lead to is the place."""
    enrolment = settings.enrolment_folder.resolve()
    folders = {
        "inventory": (settings.collector.inventory.resolve(), _READ_BY_ALL),
        "enrolment": (enrolment, _OWNER_ONLY),
        "broker": (settings.broker_folder.resolve(), FOLDER_MODE),
    }
    for room, (folder, mode) in folders.items():
        if room in rooms:
            beside = enrolment.with_name(folder.name) if folder.is_relative_to(enrolment) else folder
            yield Target(room, str(folder), (folder,), _opener(folder, beside, mode))


def _opener(folder: Path, beside: Path, mode: int) -> Callable[[Placing, ExitStack], Room]:
    return lambda placing, _: Folder(folder, placing, beside=beside, mode=mode)
