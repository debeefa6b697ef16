"""PostgreSQL's own tools, of a version that fits the server: `pg_dump` reads no server that is newer than itself."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from collector.backup.problems import BackupError
from collector.state.settings import StateSettings

_DEBIAN_FOLDER = Path("/usr/lib/postgresql")
_ANSWERS_WITHIN_SECONDS = 30.0
_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")
# As in collector.state.postgresql: a network that has died is noticed.
_CONNECTION = "connect_timeout=5 keepalives_idle=3 keepalives_interval=1 keepalives_count=3 tcp_user_timeout=15000"


class Tool:
    """One of the programs, and of which version it is."""

    def __init__(self, path: Path, version: int) -> None:
        self._path = path
        self.version = version

    def run(self, settings: StateSettings, *arguments: str | Path) -> None:
        """Have it do something to the state's database. Raises BackupError with what it says."""
        environment = {**os.environ, "LC_ALL": "C.UTF-8"}
        if settings.password is not None:
            environment["PGPASSWORD"] = settings.password
        command = [str(self._path), *map(str, arguments)]
        try:
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603  # of PostgreSQL
        except OSError as error:
            raise BackupError("tool_failed", tool=self._path, why=error.strerror) from error
        if done.returncode:
            why = done.stderr.strip().splitlines()
            raise BackupError("tool_failed", tool=self._path, why=why[0] if why else f"exit code {done.returncode}")


def find_tool(name: str, at_least: int) -> Tool:
    """The oldest one here that is of this version or a newer one. Raises BackupError where there is none."""
    on_the_path = shutil.which(name)
    paths = [*_DEBIAN_FOLDER.glob(f"*/bin/{name}"), *([Path(on_the_path)] if on_the_path else [])]
    versions = {path: _version_of(path) for path in paths}
    fitting = [(version, path) for path, version in versions.items() if version is not None and version >= at_least]
    if not fitting:
        raise BackupError("tool_missing", tool=name, version=at_least)
    version, path = min(fitting)
    return Tool(path, version)


def connection_to(settings: StateSettings) -> str:
    """How a tool is told which database. The password is not in it: who looks at the processes would see it."""
    told = {"host": settings.host, "port": settings.port, "user": settings.user, "dbname": settings.database}
    return " ".join([*(f"{key}={_quoted(str(value))}" for key, value in told.items()), _CONNECTION])


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _version_of(path: Path) -> int | None:
    try:
        told = subprocess.run(  # noqa: S603  # of PostgreSQL
            [path, "--version"], capture_output=True, text=True, timeout=_ANSWERS_WITHIN_SECONDS, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = _VERSION.search(told)
    return None if match is None else int(match[1])
