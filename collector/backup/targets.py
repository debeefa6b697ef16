"""Where the parts of an archive go, by the configuration: of the same kind as where they came from, and empty."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from collector.backup import postgresql_state, sqlite_state
from collector.backup.embedded_points import COMPANIONS, is_held
from collector.backup.folders import is_empty
from collector.backup.manifest import About, PointsSaved
from collector.backup.placing import Placing
from collector.backup.postgresql_tools import find_tool
from collector.backup.problems import BackupError
from collector.backup.rooms import EmbeddedPoints, Folder, Room, StateFile, StateServer
from collector.config import WithDuckDB, WithInflux


@dataclass(frozen=True, slots=True)
class Target:
    """Where the parts of one folder of an archive go. `name` is for people; `places` are to be empty."""

    room: str
    name: str
    places: tuple[Path, ...]
    open: Callable[[Placing, ExitStack], Room]


@dataclass(frozen=True, slots=True)
class Wishes:
    """What whoever restores has said: whether what lies in a place may be put aside, and where VictoriaMetrics is to
    have its data."""

    is_forced: bool
    victoria_data: Path | None


def targets(about: About, rooms: frozenset[str], settings: WithDuckDB | WithInflux, wishes: Wishes) -> list[Target]:
    """One for each of the `rooms` that an archive has. Raises BackupError where one cannot be filled."""
    found = [_state(about, settings, wishes), *_points(about.points, settings, wishes), *_folders(rooms, settings)]
    for target in found:
        for place in target.places:
            if not wishes.is_forced and not is_empty(place):
                raise BackupError("not_empty", path=place)
    return found


def _state(about: About, settings: WithDuckDB | WithInflux, wishes: Wishes) -> Target:
    theirs, ours = about.state.kind, "sqlite" if settings.state.url is None else "postgresql"
    if theirs != ours:
        raise BackupError("other_state", theirs=theirs, ours=ours)
    path = settings.state_path
    if settings.state.url is None:
        places = (path, *(path.with_name(path.name + suffix) for suffix in sqlite_state.COMPANIONS))
        return Target("state", str(path), places, lambda placing, _: StateFile(path, placing))
    server = postgresql_state.look_at(settings.state)
    if server.tables and server.step is None:
        raise BackupError("not_ours", path=settings.state.url)
    if server.tables and not wishes.is_forced:
        raise BackupError("not_empty_database", path=settings.state.url)
    tools_version = about.state.tools or server.version
    for tool in ("pg_restore", "psql"):
        find_tool(tool, max(server.version, tools_version))

    def open_server(placing: Placing, _: ExitStack) -> Room:
        return StateServer(settings.state, server, tools_version, staged=placing.beside(path))

    return Target("state", settings.state.url, (), open_server)


def _points(saved: PointsSaved, settings: WithDuckDB | WithInflux, wishes: Wishes) -> Iterator[Target]:
    if saved.kind == "none":
        return
    ours = "duckdb" if isinstance(settings, WithDuckDB) else settings.store.engine
    if saved.kind != ours:
        raise BackupError("other_points", theirs=saved.kind, ours=ours)
    if isinstance(settings, WithDuckDB):
        yield _embedded(saved, settings)
        return
    folder = wishes.victoria_data
    if folder is None:
        raise BackupError("victoria_data_needed")
    yield Target("points", str(folder), (folder,), lambda placing, _: Folder(folder, placing))


def _embedded(saved: PointsSaved, settings: WithDuckDB) -> Target:
    path = settings.store_path
    if path.exists() and is_held(path):
        raise BackupError("in_use", path=path)

    def open_file(placing: Placing, stack: ExitStack) -> Room:
        room = EmbeddedPoints(path, placing, saved.rows)
        stack.callback(room.close)
        for table, columns in saved.columns.items():
            unknown = set(columns) - set(room.columns.get(table, ()))
            if unknown:
                raise BackupError("newer_points", table=table, columns=", ".join(sorted(unknown)))
        return room

    places = (path, *(path.with_name(path.name + suffix) for suffix in COMPANIONS))
    return Target("points", str(path), places, open_file)


def _folders(rooms: frozenset[str], settings: WithDuckDB | WithInflux) -> Iterator[Target]:
    """The inventory, and what belongs to enrolment. What the broker reads may lie within the rest of that."""
    enrolment = settings.enrolment_folder
    folders = {
        "inventory": settings.collector.inventory,
        "enrolment": enrolment,
        "broker": settings.broker_folder,
    }
    for room, folder in folders.items():
        if room in rooms:
            beside = enrolment.with_name(folder.name) if folder.is_relative_to(enrolment) else folder
            yield Target(room, str(folder), (folder,), _opener(folder, beside))


def _opener(folder: Path, beside: Path) -> Callable[[Placing, ExitStack], Room]:
    return lambda placing, _: Folder(folder, placing, beside=beside)
