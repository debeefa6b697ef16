"""The systemd units: read without a complaint, little to attack, and of one mind with the installer about users and
folders. Debian's units of the broker and the proxy are looked at with what we add to them."""

import argparse
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from harness import program
from trial_root import REPOSITORY

from agent.config import AgentSettings
from collector.cli.throughput import add_to as add_throughput_server
from collector.config import WithDuckDB

DEPLOY = REPOSITORY / "deploy"
OURS = ("hangang-collector.service", "hangang-agent.service", "hangang-throughput.service")
DEBIANS = ("mosquitto.service", "caddy.service")
PROGRAMS = ("opt/hangang/current/bin/hangang", "opt/hangang/current/bin/hangang-agent")
EXPOSED_AT_MOST = 3.0
each_unit = pytest.mark.parametrize("unit", [*OURS, *DEBIANS])


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A machine with nothing but units and the programs that they start."""
    root = tmp_path_factory.mktemp("root")
    debians = root / "usr" / "lib" / "systemd" / "system"
    debians.mkdir(parents=True)
    (root / "lib").symlink_to("usr/lib")
    for name in ("mosquitto", "caddy"):
        program(name)
        shutil.copy(f"/lib/systemd/system/{name}.service", debians)
    for target in Path("/lib/systemd/system").glob("*.target"):
        shutil.copy(target, debians)
    shutil.copytree(DEPLOY / "systemd", root / "etc" / "systemd" / "system")
    for name in (*PROGRAMS, "usr/sbin/mosquitto", "usr/bin/caddy", "bin/kill"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)
    return root


def analyze(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [program("systemd-analyze"), *arguments]
    command[2:2] = [f"--root={root}"]
    return subprocess.run(command, capture_output=True, text=True)


@each_unit
def test_systemd_understands_all_of_it(unit: str, root: Path) -> None:
    done = analyze(root, "verify", "--man=no", "--recursive-errors=no", unit)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@each_unit
def test_there_is_little_to_attack(unit: str, root: Path) -> None:
    done = analyze(root, "security", "--offline=true", "--no-pager", unit)
    (level,) = re.findall(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert float(level) < EXPOSED_AT_MOST


@pytest.mark.parametrize("unit", OURS)
def test_what_ends_by_a_wrong_configuration_is_not_started_again(unit: str) -> None:
    text = (DEPLOY / "systemd" / unit).read_text(encoding="utf-8")
    assert "Restart=on-failure" in text
    assert "RestartPreventExitStatus=2" in text


@pytest.mark.parametrize("part", ["collector", "agent"])
def test_users_folders_and_units_name_the_same(part: str) -> None:
    unit = (DEPLOY / "systemd" / f"hangang-{part}.service").read_text(encoding="utf-8")
    users = (DEPLOY / "sysusers.d" / f"hangang-{part}.conf").read_text(encoding="utf-8")
    folders = (DEPLOY / "tmpfiles.d" / f"hangang-{part}.conf").read_text(encoding="utf-8")
    (user,) = re.findall(r"^User=(.+)$", unit, re.MULTILINE)
    (home,) = re.findall(rf"^u {user} .*(/var/lib/\S+)$", users, re.MULTILINE)
    (state,) = re.findall(r"^StateDirectory=(.+)$", unit, re.MULTILINE)
    (mode,) = re.findall(r"^StateDirectoryMode=(.+)$", unit, re.MULTILINE)
    assert home == f"/var/lib/{state}"
    assert re.search(rf"^d {home} +{mode} {user} +{user} ", folders, re.MULTILINE)
    (configuration,) = re.findall(r"--config (\S+)$", unit, re.MULTILINE)
    assert (DEPLOY / "etc" / Path(configuration).name).exists()


def test_who_reads_the_brokers_key_is_in_its_group_and_nobody_else() -> None:
    group = "hangang-broker"
    folders = (DEPLOY / "tmpfiles.d" / "hangang-collector.conf").read_text(encoding="utf-8")
    assert re.search(rf"^d /var/lib/hangang-broker +2750 hangang {group} ", folders, re.MULTILINE)
    with_group = {
        path for path in (DEPLOY / "systemd").rglob("*.*") if path.is_file() and f"Groups={group}" in path.read_text()
    }
    assert {path.parent.name for path in with_group} == {"mosquitto.service.d", "caddy.service.d"}


def test_what_a_unit_takes_from_its_environment_has_a_value() -> None:
    for unit in (DEPLOY / "systemd").rglob("*.service"):
        text = unit.read_text(encoding="utf-8")
        used = set(re.findall(r"\$\{(\w+)\}", text))
        assert used <= set(re.findall(r"(\w+)=\S+", "".join(re.findall(r"^Environment=(.*)$", text, re.MULTILINE))))
        if used:
            named = re.findall(r"^(\w+)=", (DEPLOY / "etc" / "throughput.env").read_text(), re.MULTILINE)
            assert set(named) == used


def test_the_configuration_that_is_installed_has_no_secret_and_known_keys_only() -> None:
    for name, model in (("collector.toml", WithDuckDB), ("agent.toml", AgentSettings)):
        text = (DEPLOY / "etc" / name).read_text(encoding="utf-8")
        assert "password" not in text
        tables = re.findall(r"^\[+(\w+)\]+$", text, re.MULTILINE)
        assert set(tables) <= model.model_fields.keys()
        for path in re.findall(r'= "(/var/lib/[^"]+\.(?:crt|key))"', text):
            assert Path(path).parent.name == "enrolment"


def test_the_throughput_server_has_the_options_that_its_unit_gives() -> None:
    parser = argparse.ArgumentParser()
    add_throughput_server(parser.add_subparsers())
    (command,) = re.findall(r"^ExecStart=\S+ (.*)$", (DEPLOY / "systemd" / OURS[2]).read_text(), re.MULTILINE)
    given = command.replace("${ADDRESS}", "127.0.0.1").replace("${PORT}", "8090").replace("${TESTS}", "4").split()
    assert parser.parse_args(given).port == 8090
