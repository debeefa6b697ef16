"""Makes a backup: all that a collector keeps, in one archive.

The points come before the state. What stands on both, such as where a frame of a suspect clock was placed, and what was
refused of it, is in the state before it is among the points; so the state that is copied last knows of all of them.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from agent import __version__
from collector.backup import postgresql_state, sqlite_state
from collector.backup.configuration import named_files
from collector.backup.embedded_points import AskCollector, points_of
from collector.backup.folders import files_in
from collector.backup.manifest import ABOUT, About, PointsSaved, StateSaved, encode_about
from collector.backup.pieces import Points
from collector.backup.postgresql_tools import find_tool
from collector.backup.problems import BackupError
from collector.backup.victoria_metrics import files_of, snapshot
from collector.backup.writing import ArchiveWriter, new_archive, refuse_where_one_is
from collector.config import WithDuckDB, WithInflux

CONFIGURATION = "configuration/collector.toml"
SQLITE, POSTGRESQL = "state/state.sqlite", "state/postgresql.dump"
_OWNER_ONLY = 0o600
_KEYS, _PASSWORDS = ".key", "passwords"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a backup is made of, and where it goes. `victoria_data` is the -storageDataPath of VictoriaMetrics, and
    `victoria_key_file` holds its -snapshotAuthKey."""

    settings: WithDuckDB | WithInflux
    configuration: Path
    to: Path
    has_keys: bool = True
    has_points: bool = True
    victoria_data: Path | None = None
    victoria_key_file: Path | None = None


def save(wanted: Wanted, ask_collector: AskCollector) -> About:
    """Make it, whole or not at all; what it is. Raises BackupError, SettingsError, and what asking raises."""
    refuse_where_one_is(wanted.to)
    state = _state_of(wanted.settings)
    with _points(wanted, ask_collector) as (points, put_in), new_archive(wanted.to) as archive:
        about = About(
            version=__version__,
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
            has_keys=wanted.has_keys,
            state=state.about,
            points=points,
        )
        archive.add(ABOUT, encode_about(about))
        _add_files(archive, wanted)
        put_in(archive)
        _add_state(archive, state, wanted.to)
    return about


@dataclass(frozen=True, slots=True)
class _State:
    """Which state there is, and how it is copied into a file."""

    about: StateSaved
    name: str
    copy: Callable[[Path], None]


def _state_of(settings: WithDuckDB | WithInflux) -> _State:
    """Raises BackupError where it is not there, or cannot be copied."""
    if settings.state.url is None:
        path = settings.state_path
        about = StateSaved(kind="sqlite", step=sqlite_state.step_of(path))
        return _State(about, SQLITE, lambda to: sqlite_state.copy_state(path, to))
    server = postgresql_state.look_at(settings.state)
    if server.step is None:
        raise BackupError("state_missing", path=settings.state.url)
    tools = find_tool("pg_dump", server.version)
    about = StateSaved(kind="postgresql", step=server.step, tools=tools.version)
    return _State(about, POSTGRESQL, lambda to: postgresql_state.dump_state(settings.state, server, to))


@contextmanager
def _points(
    wanted: Wanted, ask_collector: AskCollector
) -> Iterator[tuple[PointsSaved, Callable[[ArchiveWriter], None]]]:
    """What points there are, at one moment, and how they are put into an archive. Raises BackupError."""
    settings = wanted.settings
    if not wanted.has_points:
        yield PointsSaved(kind="none"), lambda _: None
    elif isinstance(settings, WithDuckDB):
        with points_of(settings.store_path, ask_collector) as points:
            columns = {name: table.columns for name, table in points.tables.items()}
            rows = {name: table.rows for name, table in points.tables.items()}
            saved = PointsSaved(kind="duckdb", columns=columns, rows=rows)
            yield saved, lambda archive: _add_pieces(archive, points)
    elif settings.store.engine == "influxdb":
        raise BackupError("points_in_influxdb", url=settings.store.url)
    elif wanted.victoria_data is None:
        raise BackupError("points_elsewhere", url=settings.store.url, why="--victoria-data is not given")
    else:
        with snapshot(settings.store.url, wanted.victoria_data, wanted.victoria_key_file) as folder:
            files = [*files_of(folder)]
            yield PointsSaved(kind="victoriametrics"), lambda archive: _add_all(archive, "points", files)


def _add_pieces(archive: ArchiveWriter, points: Points) -> None:
    for number, piece in enumerate(points.pieces(), start=1):
        archive.add(f"points/{piece.table}/{number:06d}.parquet", piece.content)


def _add_files(archive: ArchiveWriter, wanted: Wanted) -> None:
    """Configuration, keys, inventory and enrolment."""
    settings = wanted.settings
    archive.add_file(CONFIGURATION, wanted.configuration)
    for file in named_files(wanted.configuration):
        if wanted.has_keys or not file.is_secret:
            archive.add_file(f"keys/{file.key}", file.path)
    _add_all(archive, "inventory", files_in(settings.collector.inventory))
    folders = {
        "enrolment": files_in(settings.enrolment_folder, but=settings.broker_folder),
        "broker": files_in(settings.broker_folder),
    }
    for room, files in folders.items():
        _add_all(archive, room, (each for each in files if wanted.has_keys or not _is_key(each[1])))


def _add_all(archive: ArchiveWriter, room: str, files: "Iterator[tuple[str, Path]] | list[tuple[str, Path]]") -> None:
    for name, path in files:
        archive.add_file(f"{room}/{name}", path)


def _is_key(path: Path) -> bool:
    return path.suffix == _KEYS or path.name == _PASSWORDS


def _add_state(archive: ArchiveWriter, state: _State, to: Path) -> None:
    """The size of a part stands before it, so the copy lies beside the archive until it is in it."""
    with TemporaryDirectory(prefix=f".{to.name}-", dir=to.parent) as folder:
        copy = Path(folder) / "state"
        copy.touch(mode=_OWNER_ONLY)
        state.copy(copy)
        archive.add_file(state.name, copy)
