"""`deploy/install.sh` into a folder of its own, and docs/deployment.md followed there, step by step, by its own words.

Nothing of it is a stand-in but `sudo` and `systemctl`, for there is no systemd where tests run: services are started
by what their units say, as their users, behind the real proxy and the real broker.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import eventually, is_listening, metric, program, status
from trial_root import REPOSITORY, TrialRoot

DOCUMENT = REPOSITORY / "docs" / "deployment.md"
ALL_SERVICES = ("mosquitto.service", "hangang-collector.service", "caddy.service")
pytestmark = [pytest.mark.timeout(600), pytest.mark.xdist_group("installation")]


def steps() -> dict[str, str]:
    """The shell blocks of the document that are marked to be run, in their order."""
    text = DOCUMENT.read_text(encoding="utf-8")
    found = re.findall(r"^( *)<!-- runs: ([a-z ]+) -->\n *```sh\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)
    return {name: re.sub(rf"^{indent}", "", block, flags=re.MULTILINE) for indent, name, block in found}


@pytest.fixture(scope="module")
def trial() -> Iterator[TrialRoot]:
    """The collector, with all that belongs to it, and an agent."""
    for name in ("mosquitto", "caddy"):
        program(name)
    yield from installed()


@pytest.fixture
def agent_alone() -> Iterator[TrialRoot]:
    yield from installed("--role", "agent")


def installed(*options: str) -> Iterator[TrialRoot]:
    for name in ("openssl", "systemd-sysusers"):
        program(name)
    trial = TrialRoot()
    done = trial.install("--host", "localhost", "--agent-id", "gw-office", *options)
    if re.search(
        r"Could not find a version|Python 3.11 or newer|Connection|Temporary failure|Max retries", done.stderr
    ):
        trial.remove()
        pytest.skip(f"nothing can be installed: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stderr
    yield trial
    trial.remove()


def files_below(root: Path) -> dict[str, tuple[int, int, str | bytes]]:
    """All but programs and databases, with their modes, when they were written, and what is in them."""
    found: dict[str, tuple[int, int, str | bytes]] = {}
    for path in sorted(root.rglob("*")):
        below = path.relative_to(root)
        if below.parts[:2] == ("opt", "hangang") and len(below.parts) > 4:
            continue
        if path.is_file() and "state.sqlite" not in path.name and not path.name.startswith(".pwd"):
            content = path.readlink() if path.is_symlink() else path.read_bytes()
            found[str(below)] = (path.lstat().st_mode, path.lstat().st_mtime_ns, str(content))
    return found


def test_the_same_command_again_changes_nothing_and_leaves_what_people_have_written(trial: TrialRoot) -> None:
    trial.choose_ports()
    made = trial.install("--host", "localhost", "--agent-id", "gw-office")
    assert made.returncode == 0, made.stderr
    before = files_below(trial.root)
    again = trial.install("--host", "localhost", "--agent-id", "gw-office")
    assert again.returncode == 0, again.stderr
    after = files_below(trial.root)
    rewritten = {
        f"var/lib/hangang-broker/{name}"
        for name in ("acl", "authority.crt", "mosquitto.conf", "passwords", "revoked.pem")
    }
    assert {name for name in after if after[name] != before.get(name)} <= rewritten
    assert after.keys() == before.keys()
    assert f"localhost:{trial.broker_port}" in (trial.root / "etc" / "hangang" / "collector.toml").read_text()
    assert "programs:" not in again.stdout


def test_further_names_of_the_broker_stay_in_its_certificate(trial: TrialRoot) -> None:
    certificate = trial.root / "var" / "lib" / "hangang-broker" / "server.crt"
    names = ["--broker-host", "localhost", "--broker-host", "broker.test"]
    command = [trial.root / "usr/local/bin/hangang", "enroll", "init", *names, "--config"]
    assert subprocess.run([*command, trial.root / "etc/hangang/collector.toml"], capture_output=True).returncode == 0
    before = certificate.read_bytes()
    again = trial.install("--host", "localhost")
    assert again.returncode == 0, again.stderr
    assert certificate.read_bytes() == before
    shown = subprocess.run(["openssl", "x509", "-noout", "-text", "-in", certificate], capture_output=True)
    assert b"DNS:localhost, DNS:broker.test" in shown.stdout


def test_the_authority_is_its_collectors_and_what_the_broker_reads_its_groups(trial: TrialRoot) -> None:
    data, broker = trial.root / "var" / "lib" / "hangang", trial.root / "var" / "lib" / "hangang-broker"
    modes = {path: path.stat().st_mode & 0o7777 for path in (data, data / "enrolment", broker, broker / "server.key")}
    assert modes == {data: 0o750, data / "enrolment": 0o700, broker: 0o2750, broker / "server.key": 0o640}
    assert (data / "enrolment" / "authority.key").stat().st_mode & 0o7777 == 0o600
    assert not list(broker.glob("authority.key"))
    for path in (trial.root / "etc" / "hangang").rglob("*"):
        assert "PRIVATE KEY" not in path.read_text() if path.is_file() else True
    if os.getuid() == 0:
        owners = {path.stat().st_uid for path in (data, *data.rglob("*"), broker, *broker.rglob("*"))}
        assert len(owners) == 1
        assert owners != {0}


async def test_the_document_leads_to_a_secured_installation(trial: TrialRoot, tmp_path: Path) -> None:
    follow = Following(trial, tmp_path)
    run = steps()
    assert list(run) == ["install", "look", "inventory", "enrol", "check", "log in", "prepare"]

    follow.run(run["install"])
    for unit in ALL_SERVICES:
        trial.start(unit)
    await eventually(lambda: is_listening(trial.https_port) and is_listening(trial.broker_port), within_seconds=60)
    await eventually(lambda: status(f"http://127.0.0.1:{trial.web_port}/readyz") == 200, within_seconds=90)

    said = follow.run(run["look"])
    assert re.findall(r"^FAIL.*", said, re.MULTILINE) == []
    assert re.search(r"^ok +broker ", said, re.MULTILINE)

    follow.run(run["inventory"])
    assert follow.asked_of_systemd() == ["restart hangang-collector"]
    assert trial.stop("hangang-collector.service") == 0
    trial.start("hangang-collector.service")
    await eventually(lambda: status(f"http://127.0.0.1:{trial.web_port}/readyz") == 200, within_seconds=90)

    printed = follow.run(run["enrol"])
    assert follow.asked_of_systemd() == ["enable --now hangang-agent"]
    installed = (trial.root / "etc" / "hangang" / "agent.toml").read_text()
    assert {line for line in printed.splitlines() if " = " in line} <= set(installed.splitlines())
    trial.start("hangang-agent.service")
    stored = 'hangang_collector_frames_total{outcome="stored"}'
    await eventually(lambda: metric(trial.web_port, stored) > 0, within_seconds=90)
    assert metric(trial.web_port, "hangang_collector_quarantined_total") == 0

    checked = follow.run(run["check"])
    assert '"is_ready":true' in checked.replace(" ", "")
    assert re.search(r"gw-office +good", checked)
    assert "admin" in follow.run(run["log in"])
    for unit in ("hangang-agent.service", "hangang-collector.service"):
        assert trial.is_running(unit), trial.log(unit).read_text()
        assert trial.stop(unit) == 0

    compose = trial.sources / "deploy" / "compose"
    follow.run(run["prepare"], folder=compose)
    assert (compose / "local" / "secrets" / "ops_webhook_url").read_text() == "https://ops.example.org/alerts"


def test_an_agent_alone_has_nothing_of_the_collectors(agent_alone: TrialRoot) -> None:
    made = {str(path.relative_to(agent_alone.root)) for path in agent_alone.root.rglob("*hangang*")}
    assert {path for path in made if not path.startswith("opt/")} == {
        "etc/hangang",
        "etc/sysusers.d/hangang-agent.conf",
        "etc/systemd/system/hangang-agent.service",
        "etc/tmpfiles.d/hangang-agent.conf",
        "usr/local/bin/hangang-agent",
        "var/lib/hangang-agent",
    }
    (libraries,) = agent_alone.root.glob("opt/hangang/versions/*/lib/python3.*/site-packages")
    assert not (libraries / "duckdb").exists()
    once = subprocess.run([agent_alone.root / "usr/local/bin/hangang-agent", "once"], capture_output=True, text=True)
    assert json.loads(once.stdout)["device"]


def test_it_is_removed_and_what_people_have_stays_unless_it_is_purged(trial: TrialRoot) -> None:
    assert trial.install("--uninstall").returncode == 0
    assert not (trial.root / "opt" / "hangang").exists()
    assert not list((trial.root / "etc" / "systemd").rglob("hangang*"))
    assert (trial.root / "var" / "lib" / "hangang" / "enrolment" / "authority.key").exists()
    assert (trial.root / "etc" / "hangang" / "collector.toml").exists()
    assert trial.install("--uninstall", "--purge").returncode == 0
    assert not list(trial.root.rglob("*hangang*"))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ((), "--host NAME is needed: the name under which agents reach the collector"),
        (("--host", "a b"), "--host is a name such as wifi.example.org, not a b"),
        (("--host", "a.example", "--role", "king"), "--role is all, collector or agent, not king"),
        (
            ("--host", "a.example", "--agent-id", "Gw_1"),
            "--agent-id has lower-case letters, digits and hyphens, not Gw_1",
        ),
        (("--host", "a.example", "--prefix", "opt"), "--prefix must begin with /"),
        (("--host",), "--host needs a value"),
        (("--hots", "a.example"), "there is no option --hots"),
        (("--host", "a.example", "--purge"), "--purge goes with --uninstall"),
    ],
)
def test_wrong_usage_is_told_in_words(options: tuple[str, ...], says: str, tmp_path: Path) -> None:
    script = REPOSITORY / "deploy" / "install.sh"
    done = subprocess.run([script, "--root", tmp_path / "root", *options], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == f"install.sh: {says}"
    assert not (tmp_path / "root" / "etc").exists()


class Following:
    """Runs blocks of the document below a trial's root, with `sudo` and `systemctl` that do nothing but note."""

    def __init__(self, trial: TrialRoot, folder: Path) -> None:
        self._trial = trial
        self._noted = folder / "systemctl"
        self._programs = folder / "programs"
        self._programs.mkdir()
        self._write("sudo", 'exec "$@"')
        self._write("systemctl", f'echo "$*" >>{self._noted}')

    def _write(self, name: str, text: str) -> None:
        path = self._programs / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def run(self, block: str, *, folder: Path | None = None) -> str:
        """What a block printed; it must succeed."""
        root = self._trial.root
        block = re.sub(r"/(etc|var/lib)/hangang", rf"{root}/\1/hangang", block)
        block = block.replace("deploy/install.sh", f"{self._trial.sources}/deploy/install.sh --root {root}")
        block = block.replace("https://wifi.example.org", f"https://localhost:{self._trial.https_port}")
        block = block.replace("wifi.example.org:8883", f"localhost:{self._trial.broker_port}")
        block = block.replace("wifi.example.org", "localhost")
        path = f"{self._programs}:{root}/usr/local/bin:{os.environ['PATH']}"
        done = subprocess.run(
            ["sh", "-eu", "-c", block],
            capture_output=True,
            text=True,
            timeout=300,
            cwd=folder or "/",
            env={**os.environ, "PATH": path, "PIP_NO_COMPILE": "1", "LANG": "C.UTF-8"},
        )
        assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def asked_of_systemd(self) -> list[str]:
        """What systemctl was called with since the last look."""
        noted = self._noted.read_text().splitlines() if self._noted.exists() else []
        self._noted.unlink(missing_ok=True)
        return noted


def test_scripts_are_plain_shell() -> None:
    scripts = [REPOSITORY / "deploy" / "install.sh", REPOSITORY / "deploy" / "compose" / "prepare.sh"]
    for script in scripts:
        assert subprocess.run(["sh", "-n", script]).returncode == 0
        assert os.access(script, os.X_OK)
    shellcheck = shutil.which("shellcheck", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if shellcheck is None:
        pytest.skip("shellcheck is not installed: it comes with the extra dev")
    done = subprocess.run([shellcheck, *scripts], capture_output=True, text=True)
    assert done.stdout == ""
