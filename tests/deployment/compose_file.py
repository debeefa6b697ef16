"""deploy/compose/compose.yaml as Compose reads it: merged, and with its variables filled in; and what documents have
people do with it."""

import os
import re
import subprocess
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
FOLDER = REPOSITORY / "deploy" / "compose"
_VARIABLE = re.compile(r"\$\$|\$\{(\w+)(?:(:-|:\?)([^}]*))?\}")


@dataclass(frozen=True)
class Mount:
    """One line of a service's volumes."""

    source: str
    target: str
    is_read_only: bool

    @property
    def is_volume(self) -> bool:
        return not self.source.startswith(".")


def variables() -> dict[str, str]:
    """Those of `.env.example`."""
    lines = (FOLDER / ".env.example").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def compose() -> dict[str, Any]:
    """The whole document, without what begins with `x-`."""
    document = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))
    filled = _filled(document, variables())
    return {key: value for key, value in filled.items() if not key.startswith("x-")}


def services() -> dict[str, dict[str, Any]]:
    """By name."""
    found: dict[str, dict[str, Any]] = compose()["services"]
    return found


def mounts(service: Mapping[str, Any]) -> list[Mount]:
    """Volumes and files of a service."""
    return [
        Mount(source, target, is_read_only=mode == "ro")
        for source, target, mode in ((*line.split(":"), "")[:3] for line in service.get("volumes", []))
    ]


def mount_of(service: Mapping[str, Any], path: str) -> Mount | None:
    """What lies at a path in a service; the innermost."""
    found = [each for each in mounts(service) if PurePosixPath(path).is_relative_to(each.target)]
    return max(found, key=lambda each: len(each.target), default=None)


def dockerfile(service: Mapping[str, Any]) -> str:
    """What its image is built by; nothing for one that is fetched."""
    path = service.get("build", {}).get("dockerfile")
    return (REPOSITORY / path).read_text(encoding="utf-8") if path else ""


def prepare(folder: Path, *options: str) -> str:
    """Run prepare.sh into a folder, and what it said."""
    done = subprocess.run([FOLDER / "prepare.sh", *options, "--to", folder], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def files_read_by(service: Mapping[str, Any], prepared: Path) -> Iterator[str]:
    """What is in the text files that are mounted into a service, of the repository and of what was prepared."""
    for each in mounts(service):
        path = (prepared if each.source.startswith("./local/") else FOLDER) / each.source
        if not each.is_volume and path.is_file():
            yield path.read_text(encoding="utf-8")


def commands_of(document: str) -> list[str]:
    """The shell blocks of a document, in their order."""
    text = (REPOSITORY / "docs" / document).read_text(encoding="utf-8")
    blocks = re.findall(r"^( *)```sh\n(.*?)^\1```$", text, re.MULTILINE | re.DOTALL)
    return [textwrap.dedent(block) for _, block in blocks]


def follow(commands: str, folder: Path, **stand_ins: str) -> None:
    """Run a document's commands in a folder, as somebody whose files all can read. A stand-in is a program's script."""
    programs = folder / "programs"
    programs.mkdir()
    for name, script in stand_ins.items():
        path = programs / name
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)
    done = subprocess.run(
        ["sh", "-euc", commands],
        capture_output=True,
        text=True,
        cwd=folder,
        umask=0o022,
        env={**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"},
    )
    assert done.returncode == 0, done.stderr


def networks_of(service: Mapping[str, Any]) -> set[str]:
    """The names of its networks."""
    return set(service.get("networks", []))


def words(service: Mapping[str, Any]) -> list[str]:
    """All that is said to a service: its command and its environment."""
    return [*map(str, service.get("command", [])), *map(str, service.get("environment", {}).values())]


def _filled(value: Any, known: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(part, known) for key, part in value.items()}
    if isinstance(value, list):
        return [_filled(part, known) for part in value]
    return _VARIABLE.sub(lambda found: _value(found, known), value) if isinstance(value, str) else value


def _value(found: re.Match[str], known: Mapping[str, str]) -> str:
    name, operator, text = found.groups()
    if name is None:
        return "$"
    if name in known:
        return known[name]
    assert operator == ":-", f"{name} is not in .env.example and has no default"
    return str(text)
