"""What `make` builds for others: the agent in one file, what it imports for another kind of machine, and the SBOM.

All of it takes packages from an index; where none can be reached, the tests are skipped.
"""

import json
import os
import platform
import re
import subprocess
import sys
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

REPOSITORY = Path(__file__).parents[2]
TOOLS = REPOSITORY / "build" / "tools" / "bin"
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
BARE_PYTHON = Path(sys.base_prefix, "bin", f"python{PYTHON}")
RECORDED = REPOSITORY / "tests" / "agent" / "openwrt" / "recorded" / "three_band_ax"
UNREACHABLE = re.compile(
    r"Could not find a version|No matching distribution|NewConnectionError|ConnectTimeout|NameResolution"
)
AARCH64 = 0xB7
"""What e_machine in an ELF header says of it."""

pytestmark = pytest.mark.timeout(900)


def run(*command: str | Path, **environment: str) -> str:
    """What the command says; the test is skipped where it needed an index of packages that is not reached."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(
        list(map(str, command)), cwd=REPOSITORY, env=kept | environment, capture_output=True, text=True
    )
    if done.returncode and UNREACHABLE.search(done.stderr):
        pytest.skip(f"no index of packages is reached: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def make(*arguments: str) -> str:
    """What is installed stays as it is, whichever is newer of the lock and of that."""
    return run("make", "-o", "install", "-o", ".venv/.installed", f"PYTHON={sys.executable}", *arguments)


@pytest.fixture(scope="module")
def single_file() -> Path:
    make("agent-pyz", f"AGENT_PYTHON={PYTHON}")
    return REPOSITORY / "dist" / f"hangang-agent-py{PYTHON}-manylinux_2_17_{platform.machine()}.pyz"


def started(single_file: Path, folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """By a Python that has nothing but its own library, of a user with an empty home."""
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "SHIV_ROOT": str(folder / "cache")}
    return subprocess.run(
        [str(BARE_PYTHON), "-I", str(single_file), *arguments], env=environment, capture_output=True, text=True
    )


def test_the_single_file_runs_on_a_bare_python(single_file: Path, tmp_path: Path) -> None:
    told = started(single_file, tmp_path, "--version")
    assert (told.returncode, told.stdout, told.stderr) == (0, f"hangang-agent {version('hangang-wifi')}\n", "")
    path = tmp_path / "agent.toml"
    path.write_text(f'[agent]\nid = "ap-1"\n[[sources]]\nkind = "openwrt"\nroot = "{RECORDED}"\n')
    told = started(single_file, tmp_path, "once", "--config", str(path))
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout)["access_point"] == "ap-1"
    assert len(json.loads(told.stdout)["radios"]) == 3
    assert [folder.name for folder in tmp_path.iterdir() if folder.is_dir()] == ["cache"]


def test_the_single_file_has_the_agent_and_no_collector(single_file: Path) -> None:
    with zipfile.ZipFile(single_file) as archive:
        names = {name.removeprefix("site-packages/") for name in archive.namelist()}
    ours = {
        str(path.relative_to(REPOSITORY))
        for path in (REPOSITORY / "agent").rglob("*")
        if path.suffix in {".py", ".toml"}
    }
    assert ours - names == set()
    assert not {name.split("/")[0] for name in names} & {"collector", "dashboards", "inventory", "duckdb", "pip"}


@pytest.mark.parametrize(
    ("module", "reason"),
    [
        ("from pydantic_core import _pydantic_core", "cannot import name '_pydantic_core'"),
        ("raise ImportError('_pydantic_core.so: failed to map segment')", "_pydantic_core.so: failed to map segment"),
        ("raise TypeError('this Python is too old')", "this Python is too old"),
    ],
    ids=["another Python", "no programs from there", "an old Python"],
)
def test_what_cannot_be_loaded_is_told_in_a_line(tmp_path: Path, module: str, reason: str) -> None:
    (tmp_path / "pydantic_core.py").write_text(module)
    preamble = REPOSITORY / "deploy" / "agent" / "preamble.py"
    environment = {"PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([BARE_PYTHON, "-S", preamble], env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(
        f"hangang-agent: this file's compiled part cannot be loaded by Python {PYTHON} here ({reason}"
    )
    assert line.endswith(
        "; take the file that has this Python and this machine in its name, and as SHIV_ROOT a folder that programs "
        "may be run from"
    )


def test_what_another_kind_of_machine_needs_is_collected_here(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    run("sh", "deploy/agent/collect.sh", sys.executable, "3.11", folder, "musllinux_1_1_aarch64")
    (module,) = folder.rglob("*.so")
    assert int.from_bytes(module.read_bytes()[18:20], "little") == AARCH64
    assert (folder / "ARCHITECTURE").read_text() == "aarch64\n"
    assert (folder / "PYTHON").read_text() == "3.11\n"


def locked() -> dict[str, str]:
    """Name to version, of what this machine takes of the lock."""
    found = {}
    for line in (REPOSITORY / "requirements.lock").read_text(encoding="utf-8").splitlines():
        if re.match(r"[A-Za-z0-9]", line):
            requirement = Requirement(line.rstrip(" \\"))
            if requirement.marker is None or requirement.marker.evaluate():
                found[requirement.name] = str(requirement.specifier).removeprefix("==")
    return found


def test_the_sbom_has_all_that_is_locked_and_is_valid() -> None:
    make("sbom")
    told = json.loads((REPOSITORY / "dist" / "sbom.cdx.json").read_text(encoding="utf-8"))
    assert (told["bomFormat"], told["specVersion"]) == ("CycloneDX", "1.6")
    assert told["metadata"]["component"]["name"] == "hangang-wifi"
    components = {re.sub(r"[-_.]+", "-", each["name"]).lower(): each["version"] for each in told["components"]}
    assert {name: components.get(name) for name in locked()} == {name: version(name) for name in locked()}
    assert {each["ref"] for each in told["dependencies"]} >= {each["bom-ref"] for each in told["components"]}


def test_the_forge_takes_the_workflow() -> None:
    make("build/tools/.installed")
    run(TOOLS / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", ".github/workflows/ci.yml")
