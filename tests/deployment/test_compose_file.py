"""The containers of one machine, as far as can be told without running them: by the Compose specification, by what every
service must have, and by what each file that is named says of the others."""

import ipaddress
import json
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from compose_file import FOLDER, REPOSITORY, compose, mount_of, mounts, networks_of, services, words
from compose_spec import PyCompose
from harness import program

from collector.config import WithInflux, load_settings
from dashboards.engines import DATA_SOURCE_UIDS
from dashboards.provisioning import BOARDS_AT

SERVICES = services()
STEPS = ("permissions", "authority", "boards")
PORTS = {"collector": 8080, "mosquitto": 8883, "postgres": 5432, "victoriametrics": 8428, "alertmanager": 9093}
PORTS |= {"grafana": 3000, "vmalert": 8880, "proxy": 8443}
MADE = ("authority.crt", "collector.crt", "collector.key")
each_service = pytest.mark.parametrize("name", SERVICES)
each_lasting_service = pytest.mark.parametrize("name", [name for name in SERVICES if name not in STEPS])


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What prepare.sh makes for a host."""
    folder = tmp_path_factory.mktemp("compose")
    prepare(folder, "--host", "wifi.test", "--webhook", "https://ops.test/alerts")
    return folder


def prepare(folder: Path, *options: str) -> str:
    done = subprocess.run([FOLDER / "prepare.sh", *options, "--to", folder], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


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
    assert "test" in health or "HEALTHCHECK" in dockerfile(name)
    looked_at = re.findall(r"(?:127.0.0.1|'):(\d+)", str(health.get("test", "") or dockerfile(name)))
    assert looked_at or name == "postgres"
    assert {int(port) for port in looked_at} <= {PORTS[name]}


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


def dockerfile(name: str) -> str:
    path = SERVICES[name].get("build", {}).get("dockerfile")
    return (REPOSITORY / path).read_text(encoding="utf-8") if path else ""


# Files, volumes, secrets


@each_service
def test_what_is_mounted_is_in_the_repository_or_made_by_prepare(name: str, local: Path) -> None:
    for each in mounts(SERVICES[name]):
        if each.is_volume:
            assert each.source in compose()["volumes"]
        elif each.source.startswith("./local/"):
            assert (local / each.source).exists()
        else:
            assert (FOLDER / each.source).exists()


@each_service
def test_secrets_are_files_that_are_declared_and_used(name: str, local: Path) -> None:
    service, declared = SERVICES[name], compose()["secrets"]
    said = " ".join([*words(service), *(text for _, text in files_read_by(name, local))])
    named = set(re.findall(r"/run/secrets/(\w+)", said))
    assert named == set(service.get("secrets", []))
    assert named <= declared.keys()


def files_read_by(name: str, local: Path) -> Iterator[tuple[str, str]]:
    """The text files that are mounted into a service, by their paths in it."""
    for each in mounts(SERVICES[name]):
        path = (local if each.source.startswith("./local/") else FOLDER) / each.source
        if not each.is_volume and path.is_file():
            yield each.target, path.read_text(encoding="utf-8")


def test_every_secret_is_made_anew_and_only_its_owner_gets_at_it(local: Path, tmp_path: Path) -> None:
    folder = local / "local" / "secrets"
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


def test_preparing_again_changes_nothing(local: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in local.rglob("*") if path.is_file()}
    assert prepare(local, "--host", "other.test") == ""
    assert {path: path.stat().st_mtime_ns for path in local.rglob("*") if path.is_file()} == before


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
    made = re.search(r"useradd --uid (\d+) --gid (\d+)", dockerfile("collector"))
    assert made is not None
    user = f"{made[1]}:{made[2]}"
    assert f"USER {user}\n" in dockerfile("collector")
    assert {SERVICES[name]["user"] for name in ("collector", "authority", "boards")} == {user}
    for name in ("mosquitto", "proxy"):  # read by the group what the broker is to read
        assert SERVICES[name]["user"].partition(":")[2] == made[2]
        reads = mount_of(SERVICES[name], "/var/lib/hangang-broker")
        assert reads is not None
        assert (reads.source, reads.is_read_only) == ("broker", True)


def test_the_key_of_the_authority_is_seen_by_the_collector_alone() -> None:
    seen = {name for name, service in SERVICES.items() if any(each.source == "collector" for each in mounts(service))}
    assert seen == {"authority", "collector", "permissions"}


# Who reaches whom


def reach_each_other(one: str, other: str) -> bool:
    return bool(networks_of(SERVICES[one]) & networks_of(SERVICES[other]))


def called_by(name: str, local: Path) -> set[tuple[str, int]]:
    """Services and ports that a service is told to call, by its command, its environment and its files."""
    said = " ".join([*words(SERVICES[name]), *(text for _, text in files_read_by(name, local))])
    found = re.findall(rf"\b({'|'.join(SERVICES)}):(\d+)\b", said)
    return {(other, int(port)) for other, port in found if other != name}


@each_service
def test_whom_a_service_calls_it_reaches_at_the_port_that_is_served(name: str, local: Path) -> None:
    for other, port in called_by(name, local):
        assert PORTS[other] == port
        if (name, other) != ("authority", "mosquitto"):  # which reads the settings, and connects to no broker
            assert reach_each_other(name, other), f"{name} cannot reach {other}"


def test_calls_are_those_that_are_meant(local: Path) -> None:
    calls = {name: {other for other, _ in called_by(name, local)} for name in SERVICES}
    assert {name: others for name, others in calls.items() if others} == {
        "authority": {"mosquitto", "postgres"},
        "collector": {"mosquitto", "postgres", "victoriametrics", "alertmanager"},
        "grafana": {"victoriametrics"},
        "proxy": {"collector", "grafana"},
        "vmalert": {"victoriametrics", "alertmanager"},
    }


def test_only_the_broker_and_the_proxy_are_reached_from_outside() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"mosquitto": ["8883:8883"], "proxy": ["443:8443"]}
    networks = compose()["networks"]
    open_ones = {name for name, network in networks.items() if not (network or {}).get("internal")}
    assert open_ones == {"agents", "people", "outward"}
    members = {network: {name for name in SERVICES if network in networks_of(SERVICES[name])} for network in networks}
    assert (members["agents"], members["people"]) == ({"mosquitto"}, {"proxy"})
    assert members["outward"] == {"alertmanager", "collector", "grafana"}
    assert members["state"] == {"postgres", "collector", "authority"}


def test_the_document_tells_of_every_network() -> None:
    text = (REPOSITORY / "docs" / "deployment.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| ([a-z, ]+) \|", text, re.MULTILINE)
    told = {network: set(names.split(", ")) for network, names in rows}
    assert told == {
        network: {name for name in SERVICES if network in networks_of(SERVICES[name])} for network in compose()["networks"]
    }


# What the services are told


def test_the_collectors_settings_fit_the_services(local: Path, tmp_path: Path) -> None:
    settings = settings_of(local, "collector.toml", tmp_path)
    assert isinstance(settings, WithInflux)
    assert (settings.store.engine, settings.web.port) == ("victoriametrics", PORTS["collector"])
    assert str(settings.web.url) == "https://wifi.test"
    assert settings.enrolment.broker_port == PORTS["mosquitto"]
    networks = compose()["networks"]
    proxy = SERVICES["proxy"]["networks"]["pages"]["ipv4_address"]
    assert settings.web.proxies == (proxy,)
    subnets = {name: subnet["ipam"]["config"][0]["subnet"] for name, subnet in networks.items() if subnet.get("ipam")}
    assert ipaddress.ip_address(proxy) in ipaddress.ip_network(subnets["pages"])
    assert [str(network) for network in settings.alerts.allowed_networks] == [subnets["alerts"]]
    assert not ipaddress.ip_network(subnets["pages"]).overlaps(ipaddress.ip_network(subnets["alerts"]))
    state = urlsplit(str(settings.state.url))
    environment = SERVICES["postgres"]["environment"]
    assert (state.username, state.path) == (environment["POSTGRES_USER"], f"/{environment['POSTGRES_DB']}")
    for path in ("/etc/hangang/inventory", "/var/lib/hangang", "/etc/hangang/collector.toml"):
        assert mount_of(SERVICES["collector"], path) is not None


def test_the_step_that_makes_the_authority_has_the_collectors_settings(local: Path, tmp_path: Path) -> None:
    collector, step = (settings_of(local, name, tmp_path) for name in ("collector.toml", "enrolment.toml"))
    for key in ("collector", "enrolment", "state"):
        assert getattr(step, key) == getattr(collector, key)
    command = SERVICES["authority"]["command"]
    hosts = [value for option, value in zip(command, command[1:], strict=False) if option == "--broker-host"]
    assert hosts == ["wifi.example.org", "mosquitto"]  # how agents reach it, and how the collector does
    named = {collector.broker_settings.ca_file, collector.broker_settings.key_file}
    assert {path.name for path in named if path is not None} == {"authority.crt", "collector.key"}


def settings_of(local: Path, name: str, folder: Path) -> object:
    """One of the files as the collector reads it, with the files that exist only in its container left out."""
    text = (local / "local" / name).read_text(encoding="utf-8")
    files = {"ca_file": "authority.crt", "certificate_file": "collector.crt", "key_file": "collector.key"}
    document = tomllib.loads(text)
    for key, file in files.items():
        if key in document["broker"]:
            assert document["broker"][key] == f"/var/lib/hangang/enrolment/{file}"
    kept = "\n".join(line for line in text.splitlines() if not line.startswith(("certificate_file", "key_file", "ca_file")))
    (folder / "password").write_text("drawn")
    path = folder / name
    path.write_text(kept.replace("/run/secrets/postgres_password", str(folder / "password")), encoding="utf-8")
    settings = load_settings(path)
    broker = settings.broker
    assert broker is not None
    named = {key: Path(value) for key, value in document["broker"].items() if key in files}
    return settings.model_copy(update={"broker": broker.model_copy(update=named)})


def test_grafana_is_provisioned_with_the_boards_and_the_source_that_they_ask(local: Path) -> None:
    grafana = SERVICES["grafana"]
    provisioning = mount_of(grafana, "/etc/grafana/provisioning")
    assert provisioning is not None
    folder = FOLDER / provisioning.source
    text = "".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.yaml"))
    assert set(re.findall(r"\$\{(\w+)\}", text)) <= grafana["environment"].keys()
    (source,) = yaml.safe_load((folder / "datasources" / "hangang.yaml").read_text())["datasources"]
    assert source["uid"] == DATA_SOURCE_UIDS["victoriametrics"]
    boards = mount_of(grafana, str(BOARDS_AT))
    assert boards is not None
    (written,) = [each for each in mounts(SERVICES["boards"]) if each.source == boards.source]
    command = SERVICES["boards"]["command"]
    assert command[command.index("--to") + 1] == written.target
    assert command[command.index("--pages") + 1] == "https://wifi.example.org"
    root = urlsplit(grafana["environment"]["GF_SERVER_ROOT_URL"])
    assert f"handle {root.path}*" in (REPOSITORY / "deploy" / "caddy" / "Caddyfile").read_text()


def test_vmalert_finds_the_rules() -> None:
    vmalert = SERVICES["vmalert"]
    (pattern,) = [word.removeprefix("-rule=") for word in vmalert["command"] if word.startswith("-rule=")]
    mount = mount_of(vmalert, pattern)
    assert mount is not None
    rules = sorted(str(path) for path in (FOLDER / mount.source).glob(Path(pattern).name))
    assert rules
    assert subprocess.run([program("vmalert"), "-dryRun", *(f"-rule={rule}" for rule in rules)]).returncode == 0


def test_the_engine_has_the_flags_that_the_store_needs() -> None:
    text = (REPOSITORY / "docs" / "stores.md").read_text(encoding="utf-8")
    needed = re.findall(r"^\| `(-[\w.]+=\S+)` \|", text, re.MULTILINE)
    assert len(needed) == 4
    assert set(needed) <= set(SERVICES["victoriametrics"]["command"])


def test_alertmanager_reads_its_configuration_and_tells_ops(tmp_path: Path) -> None:
    text = (FOLDER / "alertmanager.yml").read_text(encoding="utf-8")
    amtool = program("amtool")
    version = subprocess.run([amtool, "--version"], capture_output=True, text=True)
    major, minor = map(int, re.findall(r"version (\d+)\.(\d+)", version.stdout + version.stderr)[0])
    if (major, minor) < (0, 26):  # which knows an address only as it is
        text = text.replace("url_file: /run/secrets/ops_webhook_url", "url: https://ops.test/alerts")
    path = tmp_path / "alertmanager.yml"
    path.write_text(text, encoding="utf-8")
    done = subprocess.run([amtool, "check-config", path], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    for labels in (["alertname=site_outage", "site=yeouido"], ["alertname=watchdog"], ["alertname=HangangCollectorSilent"]):
        routed = subprocess.run(
            [amtool, "config", "routes", "test", f"--config.file={path}", *labels], capture_output=True, text=True
        )
        assert routed.stdout.strip() == "ops"
