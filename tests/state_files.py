"""State databases in SQLite files for tests of what stands on them. What makes their tables is tested beside it, in
`tests/collector/state`, and by every program that a test starts."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine, event

from collector.state.database import open_database
from collector.state.settings import StateSettings


def open_state(path: Path) -> Engine:
    """The database of a file, which is made where there is none. It does not wait for the disk: no test cuts the
    power."""
    if not path.exists():
        path.write_bytes(_with_empty_tables())
    engine = open_database(StateSettings(), path)
    engine.dispose()
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = OFF"))
    return engine


@cache
def _with_empty_tables() -> bytes:
    """A file as all steps leave it. They are taken once in a process: that costs ten times as much as a copy."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "state.sqlite"
        open_database(StateSettings(), path).dispose()
        return path.read_bytes()
