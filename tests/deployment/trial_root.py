"""An installation below a folder of its own: `deploy/install.sh` from a copy of the sources, and what it starts."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness import free_port

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCES = ("agent", "collector", "dashboards", "inventory", "deploy", "docs", "pyproject.toml", "README.md", "LICENSE")
_REFUSES_NEW_CODE = """
import ctypes, os, sys
PR_SET_MDWE, REFUSE_EXEC_GAIN = 65, 1
ctypes.CDLL(None).prctl(PR_SET_MDWE, REFUSE_EXEC_GAIN, 0, 0, 0)
os.execvp(sys.argv[1], sys.argv[1:])
"""
"""MemoryDenyWriteExecute= as kernels since 6.3 have it; an older one refuses the call, and the program runs without."""


@dataclass
class TrialRoot:
    """The folder, the sources that it is installed from, and what runs out of it."""

    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="hg-root-")))
    https_port: int = field(default_factory=free_port)
    web_port: int = field(default_factory=free_port)
    broker_port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        self.folder.chmod(0o755)  # services run as users of their own
        self.root = self.folder / "root"
        self.sources = self.folder / "sources"
        self.private = self.folder / "private"
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self.sources.mkdir()
        self.private.mkdir(mode=0o700)
        for name in SOURCES:
            if (REPOSITORY / name).is_dir():
                shutil.copytree(REPOSITORY / name, self.sources / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(REPOSITORY / name, self.sources)

    def install(self, *options: str, within_seconds: float = 400) -> subprocess.CompletedProcess[str]:
        """Run the script, as somebody who keeps to themselves what they make, and where they are. Python's bytecode is
        left out, which is most of the work and changes nothing."""
        return subprocess.run(
            [self.sources / "deploy" / "install.sh", "--root", self.root, *options],
            capture_output=True,
            text=True,
            timeout=within_seconds,
            cwd=self.private,
            umask=0o077,
            env={**os.environ, "PIP_NO_COMPILE": "1"},
        )

    def choose_ports(self) -> None:
        """As a person would who has other things on the usual ports."""
        self._edit("collector.toml", r"localhost:8883", f"localhost:{self.broker_port}")
        self._edit("collector.toml", r"^port = 8080", f"port = {self.web_port}")
        self._edit("collector.toml", r"https://localhost", f"https://localhost:{self.https_port}")
        self._edit("agent.toml", r"localhost:8883", f"localhost:{self.broker_port}")
        self._edit("proxy.env", r"^HANGANG_HTTPS_PORT=.*", f"HANGANG_HTTPS_PORT={self.https_port}")
        self._edit("proxy.env", r"\Z", f"HANGANG_COLLECTOR=127.0.0.1:{self.web_port}\n")

    def _edit(self, name: str, what: str, becomes: str) -> None:
        path = self.root / "etc" / "hangang" / name
        text, count = re.subn(what, becomes, path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        assert count, f"{name} has no {what}"
        path.write_text(text, encoding="utf-8")

    def directives(self, unit: str) -> dict[str, list[str]]:
        """What a unit says, a drop-in of ours behind the unit of Debian's; an empty value forgets those before."""
        own = self.root / "etc" / "systemd" / "system"
        files = [Path("/lib/systemd/system", unit), own / unit, own / f"{unit}.d" / "hangang.conf"]
        said: dict[str, list[str]] = {}
        for line in "\n".join(path.read_text(encoding="utf-8") for path in files if path.exists()).splitlines():
            key, separator, value = line.partition("=")
            if separator and not line.startswith(("#", "[")):
                said[key] = [*said.get(key, []), value] if value else []
        return said

    def start(self, unit: str) -> None:
        """What systemd would: the last command, as the unit's user where there is one below the root, with its
        environment, and without the right to make memory executable."""
        said = self.directives(unit)
        command = shlex.split(self._with_environment(said)["COMMAND"])
        if os.getuid() == 0:
            user, group = self._ids(said)
            command = ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", "--no-new-privs", *command]
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.folder), **self._with_environment(said)}
        with self.log(unit).open("ab") as log:
            self._running[unit] = subprocess.Popen(
                [sys.executable, "-c", _REFUSES_NEW_CODE, *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=environment,
                umask=0o027,
            )

    def log(self, unit: str) -> Path:
        """What a service has written."""
        return self.folder / f"{unit}.log"

    def is_running(self, unit: str) -> bool:
        return unit in self._running and self._running[unit].poll() is None

    def stop(self, unit: str) -> int:
        """By SIGTERM, as systemd does; its exit code."""
        process = self._running.pop(unit)
        process.terminate()
        return process.wait(60)

    def remove(self) -> None:
        for process in self._running.values():
            process.kill()
            process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _with_environment(self, said: Mapping[str, list[str]]) -> dict[str, str]:
        """The variables of a unit, and its command as COMMAND."""
        pairs = [pair for line in said.get("Environment", []) for pair in shlex.split(line)]
        for file in said.get("EnvironmentFile", []):
            path = Path(file.removeprefix("-"))
            if path.exists():
                pairs += [pair for line in path.read_text().splitlines() for pair in shlex.split(line, comments=True)]
        variables = dict(pair.split("=", 1) for pair in pairs)
        variables["COMMAND"] = re.sub(r"\$\{(\w+)\}", lambda found: variables[found[1]], said["ExecStart"][-1])
        return variables

    def _ids(self, said: Mapping[str, list[str]]) -> tuple[int, int]:
        """The numbers that sysusers has given below the root. A user of Debian's is given one that has nothing."""
        users = _numbers(self.root / "etc" / "passwd")
        groups = _numbers(self.root / "etc" / "group")
        user = users.get(said.get("User", ["nobody"])[-1], 65534)
        return user, groups[(said.get("SupplementaryGroups") or said["Group"])[-1]]


def _numbers(file: Path) -> dict[str, int]:
    return {name: int(number) for name, _, number in (line.split(":")[:3] for line in file.read_text().splitlines())}
