"""What is promised of what is built: licences, known holes, code that was looked at, a forge's pipeline, a policy."""

import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest
import yaml

REPOSITORY = Path(__file__).parents[2]
AUDIT = REPOSITORY / "deploy" / "audit"
WORKFLOW = REPOSITORY / ".github" / "workflows" / "ci.yml"


def script(name: str) -> ModuleType:
    specification = importlib.util.spec_from_file_location(f"audit_{name}", AUDIT / f"{name}.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


# Licences


licences = script("licences")


def test_every_locked_package_has_a_licence_that_is_allowed() -> None:
    assert licences.problems() == []


def test_the_list_of_licences_is_up_to_date() -> None:
    assert (REPOSITORY / "docs" / "licences.md").read_text(encoding="utf-8") == licences.document()


@pytest.mark.parametrize(
    ("expression", "is_allowed"),
    [
        ("MIT", True),
        ("GPL-3.0-only OR MIT", True),
        ("MIT AND Apache-2.0", True),
        ("MIT AND GPL-3.0-only", False),
        ("GPL-3.0-only", False),
        ("AGPL-3.0-only", False),
        ("(MIT AND Apache-2.0) OR GPL-2.0-only", False),
        ("unknown", False),
        ("", False),
    ],
)
def test_a_licence_is_allowed_by_the_list_alone(expression: str, is_allowed: bool) -> None:
    assert licences.is_allowed(expression) is is_allowed


def test_what_was_decided_by_hand_is_still_locked() -> None:
    assert (licences.READ.keys() | licences.PROGRAMS.keys()) - set(licences.locked(licences.LOCK)) == set()


def test_a_program_of_development_is_allowed_only_while_nobody_is_given_it() -> None:
    assert [problem.split()[0] for problem in licences.problems([licences.LOCK])] == list(licences.PROGRAMS)


# Known holes


PIP_AUDIT = """#!{python}
import json, pathlib, sys
options = dict(word.split("=", 1) for word in sys.argv if word.startswith("--output"))
lines = pathlib.Path(sys.argv[-1]).read_text().splitlines()
pathlib.Path({asked!r}).open("a").write(f"{{len(lines)}}\\n")
answer = {answer}
if answer is not None:
    pathlib.Path(options["--output"]).write_text(json.dumps({{"dependencies": answer, "fixes": []}}))
sys.exit(1)
"""
HOLE = {"id": "PYSEC-2026-1", "fix_versions": ["1.2"], "aliases": [], "description": ""}


def audit(folder: Path, answer: object) -> tuple[int, str, list[int]]:
    """Exit code, what is said, and of how many packages it asked each time. The code of pip-audit does not count."""
    lock, program, asked = folder / "a.lock", folder / "pip-audit", folder / "asked"
    lock.write_text(
        "a==1.1 \\\n    --hash=sha256:0\n    # via b\nb==2 ; python_full_version >= '3.12' \\\n    --hash=sha256:1\n"
    )
    program.write_text(PIP_AUDIT.format(python=sys.executable, asked=str(asked), answer=answer))
    program.chmod(0o755)
    command = [sys.executable, str(AUDIT / "vulnerabilities.py"), "--pip-audit", str(program), str(lock)]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr, [int(line) for line in asked.read_text().split()]


def test_no_known_hole_is_said_when_all_was_asked(tmp_path: Path) -> None:
    answer = [{"name": "a", "version": "1.1", "vulns": []}, {"name": "b", "version": "2", "vulns": []}]
    assert audit(tmp_path, answer) == (0, "2 packages: no hole is known\n", [1, 2])


def test_a_known_hole_fails_and_is_told_with_its_remedy(tmp_path: Path) -> None:
    code, told, _ = audit(tmp_path, [{"name": "a", "version": "1.1", "vulns": [HOLE]}])
    assert (code, told) == (1, "a 1.1: PYSEC-2026-1, closed in 1.2\n")


@pytest.mark.parametrize("answer", [None, [{"name": "a", "skip_reason": "a not found on PyPI"}]])
def test_what_could_not_be_asked_is_no_good_news(tmp_path: Path, answer: object) -> None:
    """pip-audit itself calls the second one "no known vulnerabilities", and ends with 0. Nor is the rest asked."""
    code, told, asked = audit(tmp_path, answer)
    assert code == 3
    assert "Not audited" in told
    assert asked == [1]


# Code


def look(folder: Path, line: str) -> "subprocess.CompletedProcess[str]":
    (folder / "code.py").write_text(f"import subprocess\n\n\n{line}\n")
    command = [sys.executable, str(AUDIT / "insecure_code.py"), str(folder)]
    return subprocess.run(command, capture_output=True, text=True)


def test_a_finding_fails_unless_its_line_says_why(tmp_path: Path) -> None:
    line = 'subprocess.run("ls", shell=True)'
    found = look(tmp_path, line)
    assert found.returncode == 1
    assert f"{tmp_path}/code.py:4: B602" in found.stdout
    assert look(tmp_path, f"{line}  # noqa: S602, S607  # a test").returncode == 0
    assert look(tmp_path, f"{line}  # noqa: S607  # half of it").returncode == 1


# The pipeline


@pytest.fixture(scope="module")
def workflow() -> dict[str, object]:
    document: dict[str, object] = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))
    return document


def steps(workflow: dict[str, object]) -> list[dict[str, str]]:
    jobs = workflow["jobs"]
    assert isinstance(jobs, dict)
    return [step for job in jobs.values() for step in job["steps"]]


def test_the_pipeline_may_only_read_and_knows_no_secrets(workflow: dict[str, object]) -> None:
    assert workflow["permissions"] == {"contents": "read"}
    assert "secrets." not in WORKFLOW.read_text(encoding="utf-8")
    checkouts = [step for step in steps(workflow) if step.get("uses", "").startswith("actions/checkout@")]
    assert [step["with"] for step in checkouts] == [{"persist-credentials": False}] * len(checkouts)
    jobs = workflow["jobs"]
    assert isinstance(jobs, dict)
    assert all({"permissions", "container"}.isdisjoint(job) and job["timeout-minutes"] for job in jobs.values())


def test_the_pipeline_takes_actions_of_the_forge_itself_by_their_version(workflow: dict[str, object]) -> None:
    used = [step["uses"] for step in steps(workflow) if "uses" in step]
    assert [action for action in used if not re.fullmatch(r"actions/[a-z-]+@(v\d+|[0-9a-f]{40})", action)] == []


def test_the_pipeline_names_targets_that_there_are(workflow: dict[str, object]) -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    commands = [line for step in steps(workflow) for line in step.get("run", "").splitlines()]
    named = [re.fullmatch(r"(?:sudo )?make ([a-z-]+)( [A-Z_]+=\S+.*)?", command) for command in commands]
    assert None not in named
    called = {match[1] for match in named if match is not None}
    assert called == {"lint", "services", "pytest", "agent-pyz", "agent-openwrt", "sbom", "audit"}
    assert called <= targets


def test_the_pipeline_runs_every_python_that_is_promised(workflow: dict[str, object]) -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    promised = [text.rpartition(" ")[2] for text in project["classifiers"] if re.search(r"Python :: 3\.\d", text)]
    jobs = workflow["jobs"]
    assert isinstance(jobs, dict)
    assert jobs["test"]["strategy"]["matrix"]["python"] == promised
    assert jobs["build"]["strategy"]["matrix"]["python"] == promised


def test_the_policy_names_the_version_that_there_is() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    series = ".".join(project["version"].split(".")[:2])
    assert f"| {series}.x | yes |" in (REPOSITORY / "SECURITY.md").read_text(encoding="utf-8")
