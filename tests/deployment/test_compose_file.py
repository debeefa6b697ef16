"""The containers of one machine, as far as can be told without running them: by the Compose specification, by what
every service must have, and by whether what is mounted is there and can be written.
"""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from compose_file import (
    FOLDER,
    REPOSITORY,
    commands_of,
    compose,
    dockerfile,
    files_read_by,
    mount_of,
    mounts,
    prepare,
    services,
    variables,
    words,
)
from compose_spec import PyCompose

from agent import __version__

SERVICES = services()
STEPS = ("permissions", "authority", "boards")
PORTS = {"collector": 8080, "mosquitto": 8883, "victoriametrics": 8428, "alertmanager": 9093}
PORTS |= {"grafana": 3000, "vmalert": 8880, "vmauth": 8427, "proxy": 8443}
each_service = pytest.mark.parametrize("name", SERVICES)
each_lasting_service = pytest.mark.parametrize("name", [name for name in SERVICES if name not in STEPS])


# What it is by itself


def test_it_is_of_the_compose_specification() -> None:
    document = compose()
    PyCompose.from_json(json.dumps(document)).validate()
    document["services"]["collector"]["memory_limit"] = "1g"
    with pytest.raises(ValueError, match="memory_limit"):
        PyCompose.from_json(json.dumps(document)).validate()


@each_service
def test_a_service_has_no_more_rights_than_it_needs(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert set(service) & {"privileged", "pid", "ipc", "devices", "userns_mode", "network_mode"} <= {"network_mode"}
    assert service.get("network_mode", "none") == "none"
    allowed = {"permissions": ["CHOWN", "FOWNER"], "proxy": ["NET_BIND_SERVICE"]}
    assert service.get("cap_add", []) == allowed.get(name, [])
    user, _, group = service["user"].partition(":")
    assert (user == "0") == (name == "permissions")
    assert user.isdecimal()
    assert group.isdecimal()
    limits = service["deploy"]["resources"]["limits"]
    assert limits.keys() == {"cpus", "memory", "pids"}


@each_service
def test_an_image_has_a_tag_that_means_one_thing(name: str) -> None:
    _, _, tag = SERVICES[name]["image"].partition(":")
    assert re.match(r"v?\d+\.\d+(\.\d+)?", tag)


@each_service
def test_what_is_written_goes_to_a_volume_or_to_memory(name: str) -> None:
    for each in mounts(SERVICES[name]):
        assert each.is_volume or each.is_read_only
        assert "docker.sock" not in each.source


@each_lasting_service
def test_a_service_that_lasts_is_started_again_and_looked_at(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    health = service["healthcheck"]
    assert health["interval"]
    assert "test" in health or "HEALTHCHECK" in dockerfile(service)
    looked_at = re.findall(r"(?:127.0.0.1|'):(\d+)", str(health.get("test", "") or dockerfile(service)))
    assert looked_at or name == "postgres"
    assert {int(port) for port in looked_at} <= {PORTS.get(name)}


@pytest.mark.parametrize("name", STEPS)
def test_a_step_ends_and_others_wait_for_it(name: str) -> None:
    assert SERVICES[name]["restart"] == "no"
    waiting = {
        other
        for other, service in SERVICES.items()
        if service.get("depends_on", {}).get(name) == {"condition": "service_completed_successfully"}
    }
    assert waiting


@each_service
def test_what_a_service_waits_for_can_come(name: str) -> None:
    for other, how in SERVICES[name].get("depends_on", {}).items():
        lasts = other not in STEPS
        assert how["condition"] == ("service_healthy" if lasts else "service_completed_successfully")


def test_an_image_is_built_by_one_service_and_others_take_what_was_built() -> None:
    """Two builds run beside each other, and the second to end finds the tag taken."""
    (built,) = [service["image"] for service in SERVICES.values() if "build" in service]
    users = {name: service.get("pull_policy") for name, service in SERVICES.items() if service["image"] == built}
    assert users == {"collector": None, "authority": "never", "boards": "never"}


def test_what_is_told_to_run_a_step_by_itself_has_built_its_image_before() -> None:
    runs = 0
    for commands in [block for document in ("deployment.md", "backup.md") for block in commands_of(document)]:
        before, command, _ = commands.partition("docker compose run ")
        runs += bool(command)
        assert not command or re.search(r"^docker compose (build|create --build)", before, re.MULTILINE)
    assert runs == 2


def test_what_is_built_here_has_the_version_of_the_sources() -> None:
    assert variables()["HANGANG_VERSION"] == __version__


# Files, volumes, secrets


@each_service
def test_what_is_mounted_is_in_the_repository_or_made_by_prepare(name: str, prepared: Path) -> None:
    for each in mounts(SERVICES[name]):
        if each.is_volume:
            assert each.source in compose()["volumes"]
        elif each.source.startswith("./local/"):
            assert (prepared / each.source).exists()
        else:
            assert (FOLDER / each.source).exists()


@each_service
def test_secrets_are_files_that_are_declared_and_used(name: str, prepared: Path) -> None:
    service, declared = SERVICES[name], compose()["secrets"]
    said = " ".join([*words(service), *files_read_by(service, prepared)])
    named = set(re.findall(r"/run/secrets/(\w+)", said))
    assert named == set(service.get("secrets", []))
    assert named <= declared.keys()


def test_every_secret_is_made_anew_and_only_its_owner_gets_at_it(prepared: Path, tmp_path: Path) -> None:
    folder = prepared / "local" / "secrets"
    assert {f"./local/secrets/{path.name}" for path in folder.iterdir()} == {
        secret["file"] for secret in compose()["secrets"].values()
    }
    assert folder.stat().st_mode & 0o777 == 0o700
    prepare(tmp_path, "--host", "wifi.test")
    for path in folder.iterdir():
        assert path.stat().st_mode & 0o777 == 0o444  # containers read them as users of their own
        assert len(path.read_text()) >= 20
        assert path.read_text() != (tmp_path / "local" / "secrets" / path.name).read_text()
    ignored = (REPOSITORY / ".gitignore").read_text().splitlines()
    assert {"deploy/compose/local/", "deploy/compose/.env"} <= set(ignored)


def test_containers_can_read_sources_that_somebody_fetched_for_themselves_alone(tmp_path: Path) -> None:
    shutil.copytree(REPOSITORY / "deploy", tmp_path / "deploy")
    for path in [tmp_path / "deploy", *(tmp_path / "deploy").rglob("*")]:
        path.chmod(0o700 if path.is_dir() or os.access(path, os.X_OK) else 0o600)
    subprocess.run([tmp_path / "deploy" / "compose" / "prepare.sh", "--host", "wifi.test"], check=True, umask=0o077)
    given = {each.source for service in SERVICES.values() for each in mounts(service) if not each.is_volume}
    for source in given:
        place = (tmp_path / "deploy" / "compose" / source).resolve()
        for path in [place, *place.rglob("*")]:
            assert path.stat().st_mode & 0o004, path


def test_preparing_again_changes_nothing(prepared: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in prepared.rglob("*") if path.is_file()}
    assert prepare(prepared, "--host", "other.test") == ""
    assert {path: path.stat().st_mtime_ns for path in prepared.rglob("*") if path.is_file()} == before


def test_new_volumes_are_given_to_who_writes_to_them() -> None:
    script = SERVICES["permissions"]["command"][-1]
    given = {
        volume: owner
        for owner, volumes in re.findall(r"chown (\S+) ((?:/volumes/\w+ ?)+)", script)
        for volume in re.findall(r"/volumes/(\w+)", volumes)
    }
    images_own = {"state": "70:70", "grafana": "472:0"}  # as their images have them
    for name, service in SERVICES.items():
        for each in mounts(service):
            if each.is_volume and not each.is_read_only and name != "permissions":
                assert service["user"] == (given | images_own)[each.source], f"{name} cannot write {each.source}"
    assert given.keys() == {each.source for each in mounts(SERVICES["permissions"])}


def test_users_are_those_of_the_images() -> None:
    made = re.search(r"useradd --uid (\d+) --gid (\d+)", dockerfile(SERVICES["collector"]))
    assert made is not None
    user = f"{made[1]}:{made[2]}"
    assert f"USER {user}\n" in dockerfile(SERVICES["collector"])
    assert {SERVICES[name]["user"] for name in ("collector", "authority", "boards")} == {user}
    for name in ("mosquitto", "proxy"):  # read by the group what the broker is to read
        assert SERVICES[name]["user"].partition(":")[2] == made[2]
        reads = mount_of(SERVICES[name], "/var/lib/hangang-broker")
        assert reads is not None
        assert (reads.source, reads.is_read_only) == ("broker", True)


def test_the_key_of_the_authority_is_seen_by_the_collector_alone() -> None:
    seen = {name for name, service in SERVICES.items() if any(each.source == "collector" for each in mounts(service))}
    assert seen == {"authority", "collector", "permissions"}
