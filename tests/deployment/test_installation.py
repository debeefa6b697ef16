"""`deploy/install.sh` into a folder of its own, and docs/deployment.md followed there, step by step, by its own words.

Nothing of it is a stand-in but `sudo` and `systemctl`, for there is no systemd where tests run: services are started
by what their units say, as their users, behind the real proxy and the real broker. Where root runs the tests, somebody
follows the document who is not root and reads nothing of root's but by `sudo`.
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
NOBODY, NOBODYS_GROUP = 65_534, 3_141_592_653
"""Who follows the document, in a group of its own: nobody else may become root by the stand-in of `sudo`."""
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


def names_of_the_broker(trial: TrialRoot) -> str:
    certificate = trial.root / "var" / "lib" / "hangang-broker" / "server.crt"
    command = ["openssl", "x509", "-noout", "-ext", "subjectAltName", "-in", certificate]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[1].strip()


def test_another_name_of_the_machine_is_added_to_those_by_which_agents_reach_the_broker(
    trial: TrialRoot,
) -> None:
    """Until somebody follows the document in dropping one."""
    path = trial.root / "etc" / "hangang" / "collector.toml"
    init = [trial.root / "usr/local/bin/hangang", "enroll", "init", "--config", path]
    hosts = [word for name in ("localhost", "10.0.0.1", "2001:db8::1") for word in ("--broker-host", name)]
    assert subprocess.run([*init, *hosts], capture_output=True).returncode == 0
    before = path.read_text(encoding="utf-8")
    path.write_text(before.replace("localhost", "new.test"), encoding="utf-8")
    renamed = trial.install("--host", "new.test")
    assert renamed.returncode == 0, renamed.stderr
    names = "DNS:localhost, IP Address:10.0.0.1, IP Address:2001:DB8:0:0:0:0:0:1"
    assert names_of_the_broker(trial) == f"DNS:new.test, {names}"
    again = trial.install("--host", "new.test")
    assert (again.returncode, "made a certificate" in again.stdout) == (0, False), again.stderr
    path.write_text(before, encoding="utf-8")
    follow = Following(trial)
    follow.run(steps()["one name"])
    assert names_of_the_broker(trial) == "DNS:localhost"
    assert follow.asked_of_systemd() == ["restart mosquitto caddy"]


def test_what_lies_where_it_is_called_is_not_run_and_found_where_an_option_names_it(tmp_path: Path) -> None:
    """Somebody else's module, in a folder that others write to, would be run by root. There are no packages here."""
    poison = "import pathlib\npathlib.Path(__file__).with_name('run').touch()\nraise SystemExit(3)\n"
    for name in ("venv", "pip", "ensurepip", "subprocess", "sysconfig"):
        (tmp_path / f"{name}.py").write_text(poison)
    (tmp_path / "packages").mkdir()
    (tmp_path / "hangang_wifi-0.1.0-py3-none-any.whl").write_text("a wheel")
    script, wheel = REPOSITORY / "deploy" / "install.sh", "hangang_wifi-0.1.0-py3-none-any.whl"
    options = ["--root", "root", "--role", "agent", "--host", "a.test", "--wheel", wheel, "--wheels", "packages"]
    done = subprocess.run([script, *options], capture_output=True, text=True, cwd=tmp_path)
    assert not (tmp_path / "run").exists(), done.stderr
    assert "No matching distribution found" in done.stderr
    assert re.findall("No such file|is ignored", done.stderr) == []


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


async def test_the_document_leads_to_a_secured_installation(trial: TrialRoot) -> None:
    follow = Following(trial)
    run = steps()
    assert list(run) == ["install", "look", "inventory", "enrol", "check", "log in", "prepare", "one name"]

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
    assert re.search(r"\nsecured\n(.*\n)*gw-office +good", checked)
    await the_check_fails_where_it_should(trial, follow, run["check"])
    assert "admin" in follow.run(run["log in"])
    for unit in ("hangang-agent.service", "hangang-collector.service"):
        assert trial.is_running(unit), trial.log(unit).read_text()
        assert trial.stop(unit) == 0

    compose = trial.sources / "deploy" / "compose"
    follow.own_the_sources()
    follow.run(run["prepare"], folder=compose)
    assert (compose / "local" / "secrets" / "ops_webhook_url").read_text() == "https://ops.example.org/alerts"


async def the_check_fails_where_it_should(trial: TrialRoot, follow: "Following", check: str) -> None:
    """Where the broker lets in anybody, where that cannot be told, and where there is no broker."""

    broker = trial.root / "var" / "lib" / "hangang-broker"
    configuration, authority = broker / "mosquitto.conf", broker / "authority.crt"
    hard = configuration.read_text(encoding="utf-8")
    loose = hard.replace("require_certificate true", "require_certificate false")
    assert trial.stop("mosquitto.service") == 0
    assert follow.run(check, fails=True) == "the broker does not let in the collector\n"
    configuration.write_text(loose.replace("allow_anonymous false", "allow_anonymous true"), encoding="utf-8")
    trial.start("mosquitto.service")
    await eventually(lambda: is_listening(trial.broker_port))
    assert follow.run(check, fails=True) == "the broker is open\n"
    aside = authority.rename(broker / "aside.crt")
    assert follow.run(check, fails=True) == f"{authority} cannot be read\n"
    aside.rename(authority)
    assert trial.stop("mosquitto.service") == 0
    configuration.write_text(hard, encoding="utf-8")
    trial.start("mosquitto.service")
    await eventually(lambda: status(f"http://127.0.0.1:{trial.web_port}/readyz") == 200, within_seconds=90)
    assert "\nsecured\n" in follow.run(check)


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
    """Runs blocks of the document below a trial's root. `systemctl` does nothing but note, and `sudo` makes root of
    whoever runs them, where that is not whoever runs the tests."""

    def __init__(self, trial: TrialRoot) -> None:
        self._trial = trial
        self._noted = trial.folder / "systemctl"
        self._programs = trial.folder / "programs"
        self._programs.mkdir(exist_ok=True)
        self._prefix: list[str] = []
        if os.getuid() == 0 and not os.statvfs(trial.folder).f_flag & os.ST_NOSUID:
            self._prefix = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODYS_GROUP}", "--clear-groups"]
            self._write("sudo", f'exec {self._programs}/setpriv --reuid=0 --regid=0 --clear-groups -- "$@"')
            as_root = Path(shutil.copy(program("setpriv"), self._programs))
            os.chown(as_root, 0, NOBODYS_GROUP)
            as_root.chmod(0o4710)
        else:
            self._write("sudo", 'exec "$@"')
        self._write("systemctl", f'echo "$*" >>{self._noted}')

    def _write(self, name: str, text: str) -> None:
        path = self._programs / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def own_the_sources(self) -> None:
        """As who has cloned them."""
        if self._prefix:
            for path in (self._trial.sources, *self._trial.sources.rglob("*")):
                os.chown(path, NOBODY, NOBODYS_GROUP, follow_symlinks=False)

    def run(self, block: str, *, folder: Path | None = None, fails: bool = False) -> str:
        """What a block printed; it must succeed, or else fail."""
        root = self._trial.root
        block = re.sub(r"/(etc|var/lib)/hangang", rf"{root}/\1/hangang", block)
        block = block.replace("deploy/install.sh", f"{self._trial.sources}/deploy/install.sh --root {root}")
        block = block.replace("https://wifi.example.org", f"https://localhost:{self._trial.https_port}")
        block = block.replace("wifi.example.org:8883", f"localhost:{self._trial.broker_port}")
        block = block.replace("wifi.example.org", "localhost")
        path = f"{self._programs}:{root}/usr/local/bin:{os.environ['PATH']}"
        done = subprocess.run(
            [*self._prefix, "sh", "-eu", "-c", block],
            capture_output=True,
            text=True,
            timeout=300,
            cwd=folder or "/",
            env={**os.environ, "PATH": path, "PIP_NO_COMPILE": "1", "LANG": "C.UTF-8"},
        )
        assert (done.returncode != 0) is fails, f"{block}\n{done.stdout}\n{done.stderr}"
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
