"""What images are made of, and what is installed without them: locked, hashed, and of one mind with pyproject.toml."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from trial_root import REPOSITORY

LOCKS = REPOSITORY / "deploy" / "locks"
DOCKERFILES = sorted((REPOSITORY / "deploy" / "docker").glob("*.Dockerfile"))
EXTRAS = {"collector": ("collector", "dashboards"), "agent": ("metrics", "probes", "snmp")}
"""What each of them is installed with."""
Locked = dict[tuple[str, str], set[str]]


def locked(path: Path) -> Locked:
    """Hashes by a requirement's name and version with its marker."""
    entries = re.findall(r"^([\w.-]+)(==[^\\\n]+?) \\\n((?:    --hash=\S+(?: \\)?\n)+)", path.read_text(), re.MULTILINE)
    return {(name, version): set(re.findall(r"sha256:\w+", hashes)) for name, version, hashes in entries}


def name_and_version(requirements: Locked) -> dict[tuple[str, str], set[str]]:
    """Without markers, which differ by what else is locked."""
    return {(name, version.partition(" ")[0]): hashes for (name, version), hashes in requirements.items()}


@pytest.mark.parametrize("name", ["agent", "build", "collector"])
def test_what_is_installed_is_what_the_tests_ran_with(name: str) -> None:
    everything = name_and_version(locked(REPOSITORY / "requirements.lock"))
    part = name_and_version(locked(LOCKS / f"{name}.lock"))
    assert part
    assert {key: everything.get(key) for key in part} == part, "the locks have drifted apart: run make lock"


@pytest.mark.parametrize("name", EXTRAS)
def test_all_that_is_asked_for_is_locked(name: str) -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    asked = [Requirement(each) for each in project["dependencies"] + [r for e in EXTRAS[name] for r in extras[e]]]
    for nested in [each for each in asked if each.name == "hangang-wifi"]:
        asked += [Requirement(each) for extra in nested.extras for each in extras[extra]]
    names = {key[0] for key in locked(LOCKS / f"{name}.lock")}
    assert {each.name.lower() for each in asked} - {"hangang-wifi"} <= names
    assert not names & {"pytest", "playwright", "ruff", "mypy"}


def test_the_locks_are_renewed_together() -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    recipe = makefile.partition("\nlock:\n")[2].partition("\n\n")[0]
    for name in ("agent", "build", "collector"):
        assert f"deploy/locks/{name}.lock" in recipe
    for name, extras in EXTRAS.items():
        line = next(line for line in recipe.replace("\\\n", "").splitlines() if f"locks/{name}.lock" in line)
        assert re.findall(r"--extra (\w+)", line) == list(extras)


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.stem)
def test_an_image_is_made_by_the_rules(path: Path) -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    if not hadolint.exists():
        pytest.skip("hadolint is not installed: it comes with the extra dev")
    done = subprocess.run([hadolint, path], capture_output=True, text=True)
    assert done.stdout == ""


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.stem)
def test_an_image_runs_as_nobody_special_with_what_was_locked(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    _, _, last = text.rpartition("\nFROM ")
    assert re.search(r"^USER [1-9]\d+:[1-9]\d+$", last, re.MULTILINE)
    assert re.search(r"^HEALTHCHECK ", last, re.MULTILINE)
    installs = re.findall(r"pip [^&]*?install [^&]*", text.replace("\\\n", ""))
    assert installs
    for command in installs:
        assert "--require-hashes" in command or "--no-index" in command
        assert "--no-deps" in command


def test_the_policy_tells_of_what_is_installed_without_a_lock() -> None:
    added = {}
    for path in DOCKERFILES:
        installs = re.findall(
            r"(?:apk add|apt-get install)(?: -\S+)*((?: [a-z]\S*)+)", path.read_text(encoding="utf-8")
        )
        added[path.name] = {package for packages in installs for package in packages.split()}
    assert added == {"agent.Dockerfile": {"openssl"}, "collector.Dockerfile": set()}
    policy = " ".join((REPOSITORY / "SECURITY.md").read_text(encoding="utf-8").split())
    assert "| packages of Python have the version and the hash that was locked |" in policy
    assert "in the agent's the newest OpenSSL of Debian or Alpine" in policy


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.stem)
def test_what_is_copied_is_there_and_not_ignored(path: Path) -> None:
    ignored = (REPOSITORY / ".dockerignore").read_text().splitlines()
    let_in = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    assert ignored.index("*") < min(ignored.index(f"!{name}") for name in let_in)
    for sources in re.findall(r"^COPY (?!--from)(.+) \S+$", path.read_text(), re.MULTILINE):
        for source in sources.split():
            assert (REPOSITORY / source).exists()
            assert any(Path(source).is_relative_to(name) for name in let_in), source


def test_the_wheel_can_be_made_of_what_is_copied() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {*wheel["packages"], *wheel["force-include"], project["project"]["readme"], "pyproject.toml"}
    needed |= set(project["project"]["license-files"])
    for path in DOCKERFILES:
        copied = re.findall(r"^COPY (?!--from)(.+) \S+$", path.read_text(), re.MULTILINE)
        assert needed <= {source for sources in copied for source in sources.split()}
