"""A real PostgreSQL as a process of its own, in a folder that goes with it."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from harness import free_port

_DEBIAN_FOLDER = Path("/usr/lib/postgresql")
_READY_WITHIN_SECONDS = 30


def _programs() -> Path:
    """The folder of the newest PostgreSQL here; without one the test is skipped, or fails where CI=true."""
    versions = sorted(_DEBIAN_FOLDER.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if versions:
        return versions[-1].parent
    path = shutil.which("initdb")
    if path is not None:
        return Path(path).resolve().parent
    reason = "PostgreSQL is not installed: apt-get install postgresql"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def _unprivileged_user() -> str | None:
    """Who runs the server: PostgreSQL refuses to be run by root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    pytest.fail("there is no user that PostgreSQL could be run by")


class Postgres:
    """A cluster that believes everybody who comes from this machine but `OUTSIDER`, who needs the password `secret`.

    Nothing is synchronised to disk, so that tests are quick; a kill of the processes alone loses nothing by that.
    """

    USER = "hangang"
    OUTSIDER = "outsider"
    PASSWORD = "secret"

    def __init__(self, *, addresses: str = "127.0.0.1") -> None:
        self._programs = _programs()
        self._user = _unprivileged_user()
        self.folder = Path(tempfile.mkdtemp(prefix="postgres-", dir="/tmp"))
        self._data = self.folder / "data"
        self.port = free_port()
        self._addresses = addresses
        self._server: subprocess.Popen[bytes] | None = None
        self._databases = 0
        self._make()

    def _make(self) -> None:
        if self._user is not None:
            shutil.chown(self.folder, self._user)
        self._run("initdb", "-D", self._data, "-U", self.USER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        access = [
            f"local all all trust\nhost all {self.OUTSIDER} all scram-sha-256\n",
            "host all all samehost trust\nhost all all samenet trust\n",
        ]
        (self._data / "pg_hba.conf").write_text("".join(access))
        with (self._data / "postgresql.conf").open("a") as settings:
            settings.write(
                f"listen_addresses = '{self._addresses}'\nport = {self.port}\nunix_socket_directories = ''\n"
                "fsync = off\nfull_page_writes = off\nshared_buffers = 32MB\n"
                "max_connections = 50\nlog_statement = none\n"
            )

    def _as_user(self, command: Sequence[str | Path]) -> list[str]:
        words = [str(word) for word in command]
        if self._user is None:
            return words
        return ["setpriv", f"--reuid={self._user}", f"--regid={self._user}", "--clear-groups", *words]

    def _run(self, program: str, *arguments: str | Path) -> None:
        command = self._as_user([self._programs / program, *arguments])
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True)
        if done.returncode:
            pytest.fail(f"{program}: {done.stderr}")

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self._server = subprocess.Popen(
                self._as_user([self._programs / "postgres", "-D", self._data]),
                cwd=self.folder,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )
        for _ in range(_READY_WITHIN_SECONDS * 50):
            if "ready" in (self._status() or ""):
                return
            try:
                code = self._server.wait(0.02)
            except subprocess.TimeoutExpired:
                continue
            pytest.fail(f"postgres ended with {code}: {(self.folder / 'log').read_text()[-2000:]}")
        pytest.fail("postgres does not become ready")

    def _status(self) -> str | None:
        """What the server says of itself in its lock file."""
        try:
            return (self._data / "postmaster.pid").read_text().splitlines()[7]
        except (OSError, IndexError):
            return None

    def stop(self) -> None:
        """At once, all its sessions ended, as an operator's restart would."""
        if self._server is not None:
            self._server.send_signal(signal.SIGINT)
            self._server.wait(30)
            self._server = None

    def kill(self) -> None:
        """At once and without a checkpoint, as a crash would; the next start recovers."""
        if self._server is not None:
            self._server.send_signal(signal.SIGQUIT)
            self._server.wait(30)
            self._server = None

    def remove(self) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def new_database(self) -> str:
        """The name of an empty database."""
        self._databases += 1
        name = f"test_{self._databases}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        return name

    def execute(self, statement: str, database: str = "postgres") -> str:
        """Run a statement as the owner, by a client that is not ours."""
        command = [self._programs / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", self._host]
        command += ["-p", str(self.port), "-U", self.USER, "-d", database, "-c", statement]
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
        if done.returncode:
            pytest.fail(f"{statement}: {done.stderr}")
        return done.stdout.strip()

    @property
    def _host(self) -> str:
        return self._addresses.split(",", maxsplit=1)[0]

    def url(self, database: str, *, user: str = USER, port: int | None = None) -> str:
        return f"postgresql://{user}@{self._host}:{port or self.port}/{database}"
