"""What `deploy/install.sh` asks of Debian and of systemd, and what it leaves alone: on a machine that has something
already, after a run that was broken off, and where root keeps what it makes to itself."""

import re
from pathlib import Path

import pytest
from harness import program
from own_machine import OwnMachine, own_machine
from trial_root import REPOSITORY

SERVICES = ("mosquitto.service", "hangang-collector.service", "caddy.service")
HOST = "--host wifi.test --agent-id gw-office"


@pytest.fixture
def machine(tmp_path: Path) -> OwnMachine:
    program("systemd-sysusers")
    return own_machine(tmp_path)


def asked(noted: list[str], *verbs: str) -> list[str]:
    """What systemd was asked to do with units, by these verbs."""
    words = [line.split() for line in noted if line.startswith("systemctl ")]
    return [" ".join([each[1], *each[-1:]]) for each in words if each[1] in verbs]


def test_services_are_started_and_with_nothing_changed_left_running(machine: OwnMachine) -> None:
    noted = machine.run(f"install {HOST}")
    assert asked(noted, "restart", "start") == [f"restart {unit}" for unit in SERVICES]
    assert asked(noted, "enable") == [f"enable {unit}" for unit in SERVICES]
    noted = machine.run(f"install {HOST}; forget; install {HOST}")
    assert asked(noted, "restart", "start") == [f"start {unit}" for unit in SERVICES]


def test_what_a_run_that_was_broken_off_has_changed_is_started_by_the_next(machine: OwnMachine) -> None:
    noted = machine.run(
        f"""
        install {HOST}
        upgraded
        echo 'restart mosquitto.service' >/run/fails
        if install {HOST}; then exit 1; fi
        rm /run/fails
        forget
        install {HOST}
        """
    )
    assert asked(noted, "restart", "start") == [f"restart {unit}" for unit in SERVICES]
    assert asked(noted, "try-restart") == ["try-restart hangang-throughput.service"]


def test_what_is_started_once_the_agent_is_enrolled(machine: OwnMachine) -> None:
    noted = machine.run(f"install {HOST}; touch /var/lib/hangang-agent/enrolment/agent.crt; forget; install {HOST}")
    assert asked(noted, "enable")[-1] == "enable hangang-agent.service"


def test_a_package_that_was_removed_is_installed_again(machine: OwnMachine) -> None:
    noted = machine.run(f"echo mosquitto >/run/removed; install {HOST}")
    assert [line for line in noted if line.startswith("apt-get")] == [
        "apt-get update -qq",
        "apt-get install -qq -y --no-install-recommends mosquitto",
    ]


def test_where_all_of_debians_packages_are_there_debian_is_not_asked(machine: OwnMachine) -> None:
    """As the document says, which names them."""
    noted = machine.run(f"install {HOST}")
    assert [line for line in noted if line.startswith("apt-get")] == []
    document = (REPOSITORY / "docs" / "deployment.md").read_text(encoding="utf-8")
    (named,) = re.findall(r"Debian is not asked: (.+?) as well\.", document, re.DOTALL)
    for role in ("agent", "collector"):
        noted = machine.run(f"echo '*' >/run/removed; install {HOST} --role {role}")
        (asked_for,) = [line.split("--no-install-recommends ")[1] for line in noted if "install -qq" in line]
        told = named if role == "collector" else named.partition(", and for the collector")[0]
        assert asked_for.split() == re.findall(r"`(.+?)`", told)


def test_packages_and_a_wheel_are_found_where_the_options_say_that_they_lie(machine: OwnMachine) -> None:
    """Seen from where the command is run, and not from where the script goes."""
    noted = machine.run(
        f"""
        mkdir "$FOLDER/here" "$FOLDER/here/packages"
        cd "$FOLDER/here"
        touch a.whl
        install {HOST} --wheel a.whl --wheels packages
        """
    )
    here = machine.folder / "here"
    installed = [line for line in noted if line.startswith("pip ") and " install " in line]
    assert all(f"--find-links {here}/packages" in line for line in installed)
    assert f" {here}/a.whl " in installed[-1]


def test_where_systemd_does_not_run_that_is_told_before_anything_is_changed(machine: OwnMachine) -> None:
    noted = machine.run(
        f"""
        rmdir /run/systemd/system
        if install {HOST}; then exit 1; fi
        cat "$FOLDER/said"
        test ! -e /etc/hangang
        install {HOST} --no-start
        test -e /etc/hangang/collector.toml
        install --uninstall
        test ! -e /opt/hangang
        """
    )
    assert "install.sh: systemd does not run here, so nothing can be started; add --no-start" in noted
    assert asked(noted, "enable", "restart", "start", "disable", "daemon-reload") == []


@pytest.mark.parametrize(("first", "second"), [("collector", "agent"), ("agent", "collector"), ("all", "agent")])
def test_what_is_installed_already_is_upgraded_with_what_is_added(machine: OwnMachine, first: str, second: str) -> None:
    noted = machine.run(
        f"""
        install {HOST} --role {first}
        rm -r /opt/hangang/versions
        forget
        install {HOST} --role {second}
        ls /usr/local/bin
        """
    )
    (locked,) = [line for line in noted if "--require-hashes" in line and "build.lock" not in line]
    assert "collector.lock" in locked
    assert "agent.lock" in locked
    assert {"hangang", "hangang-agent"} <= set(noted)


def test_another_name_of_the_machine_is_a_mistake_that_changes_nothing(machine: OwnMachine) -> None:
    noted = machine.run(
        f"""
        install {HOST}
        find /etc /opt /var/lib/hangang* -newer /etc/hangang/collector.toml -type f >"$FOLDER/before"
        forget
        if install --host wifi.tset; then exit 1; fi
        cat "$FOLDER/said"
        find /etc /opt /var/lib/hangang* -newer /etc/hangang/collector.toml -type f | cmp - "$FOLDER/before"
        """
    )
    names_another = "install.sh: /etc/hangang/collector.toml names another host than wifi.tset"
    assert noted == [f"{names_another}; change it there and in proxy.env first"]


def test_of_a_prefix_that_others_use_only_what_was_put_there_is_removed(machine: OwnMachine) -> None:
    machine.run(
        f"""
        echo theirs >/usr/local/bin/theirs
        install {HOST} --prefix /usr/local
        test -x /usr/local/current/bin/hangang
        install --uninstall --purge --prefix /usr/local
        test -e /usr/local/bin/theirs
        test ! -e /usr/local/versions
        test ! -e /usr/local/current
        """
    )


def test_a_link_of_an_installation_elsewhere_leads_to_this_one(machine: OwnMachine) -> None:
    noted = machine.run(f"install {HOST} --prefix /opt/other; install {HOST}; readlink /usr/local/bin/hangang")
    assert "/opt/hangang/current/bin/hangang" in noted


def test_removing_stops_what_runs_and_with_purge_takes_what_was_changed_of_units(machine: OwnMachine) -> None:
    noted = machine.run(
        f"""
        install {HOST}
        mkdir /etc/systemd/system/hangang-agent.service.d
        echo '[Service]' >/etc/systemd/system/hangang-agent.service.d/override.conf
        forget
        install --uninstall
        test -e /etc/systemd/system/hangang-agent.service.d/override.conf
        install --uninstall --purge
        test ! -e /etc/systemd/system/hangang-agent.service.d
        """
    )
    units = ["hangang-agent.service", "hangang-throughput.service", "hangang-collector.service"]
    assert asked(noted, "disable") == [f"disable {unit}" for unit in units]
