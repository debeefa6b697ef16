"""Containers that talk to each other: who reaches whom at which port, and by what their settings agree."""

import ipaddress
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from compose_file import (
    FOLDER,
    REPOSITORY,
    commands_of,
    compose,
    files_read_by,
    follow,
    mount_of,
    mounts,
    networks_of,
    services,
    words,
)
from harness import program

from collector.config import WithDuckDB, WithInflux, load_settings
from dashboards.engines import DATA_SOURCE_UIDS
from dashboards.provisioning import BOARDS_AT

SERVICES = services()
PORTS = {"collector": 8080, "mosquitto": 8883, "postgres": 5432, "victoriametrics": 8428, "alertmanager": 9093}
PORTS |= {"grafana": 3000, "vmauth": 8427}
each_service = pytest.mark.parametrize("name", SERVICES)


# Who reaches whom


def called_by(name: str, prepared: Path) -> set[tuple[str, int]]:
    """Services and ports that a service is told to call, by its command, its environment and its files. A step reads
    settings of others, and calls whom it waits for."""
    said = " ".join([*words(SERVICES[name]), *files_read_by(SERVICES[name], prepared)])
    found = re.findall(rf"\b({'|'.join(SERVICES)}):(\d+)\b", said)
    is_step = SERVICES[name]["restart"] == "no"
    called = SERVICES[name].get("depends_on", {}) if is_step else SERVICES
    return {(other, int(port)) for other, port in found if other != name and other in called}


@each_service
def test_whom_a_service_calls_it_reaches_at_the_port_that_is_served(name: str, prepared: Path) -> None:
    for other, port in called_by(name, prepared):
        assert PORTS[other] == port
        shared = networks_of(SERVICES[name]) & networks_of(SERVICES[other])
        assert len(shared) == 1, f"{name} reaches {other} by {shared}: of several, a name leads to any"


def test_calls_are_those_that_are_meant(prepared: Path) -> None:
    calls = {name: {other for other, _ in called_by(name, prepared)} for name in SERVICES}
    assert {name: others for name, others in calls.items() if others} == {
        "authority": {"postgres"},
        "collector": {"mosquitto", "postgres", "victoriametrics", "alertmanager"},
        "grafana": {"vmauth"},
        "proxy": {"collector", "grafana"},
        "vmalert": {"victoriametrics", "alertmanager"},
        "vmauth": {"victoriametrics"},
    }


def test_only_the_broker_and_the_proxy_are_reached_from_outside() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"mosquitto": ["0.0.0.0:8883:8883"], "proxy": ["0.0.0.0:443:8443"]}
    networks = compose()["networks"]
    open_ones = {name for name, network in networks.items() if not (network or {}).get("internal")}
    outward = {f"{name}_outward" for name in ("alertmanager", "collector", "grafana")}
    assert open_ones == {"agents", "people", *outward}
    members = {network: {name for name in SERVICES if network in networks_of(SERVICES[name])} for network in networks}
    assert (members["agents"], members["people"]) == ({"mosquitto"}, {"proxy"})
    assert all(members[network] == {network.removesuffix("_outward")} for network in outward)
    assert members["state"] == {"postgres", "collector", "authority"}
    assert members["questions"] == {"grafana", "vmauth"}


def test_nobody_comes_by_ipv6_while_the_networks_have_none() -> None:
    """They would all have one address then, and five wrong passwords of one would keep out all others."""
    text = (FOLDER / "compose.yaml").read_text(encoding="utf-8")
    ports = re.findall(r"^ *ports: (.+)$", text, re.MULTILINE)
    assert len(ports) == 2
    assert all(each.startswith('["${HANGANG_ADDRESS:-0.0.0.0}:') for each in ports)  # also with an .env without it
    assert not any((network or {}).get("enable_ipv6") for network in compose()["networks"].values())
    assert "AAAA" in (REPOSITORY / "docs" / "deployment.md").read_text(encoding="utf-8")


def test_the_document_tells_of_every_network() -> None:
    text = (REPOSITORY / "docs" / "deployment.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| ([a-z, ]+) \|", text, re.MULTILINE)
    told = {network: set(names.split(", ")) for network, names in rows}
    assert told == {
        network: {name for name in SERVICES if network in networks_of(SERVICES[name])}
        for network in compose()["networks"]
    }


def test_the_broker_is_told_to_read_again_and_is_started_again_all_the_same() -> None:
    """A signal by `docker kill` counts as being stopped by hand, and `unless-stopped` then has no effect."""
    text = (REPOSITORY / "docs" / "deployment.md").read_text(encoding="utf-8")
    assert "docker compose kill -" not in text
    assert re.search(r"^ *docker compose exec mosquitto kill -HUP 1$", text, re.MULTILINE)
    assert SERVICES["mosquitto"]["init"] is True  # which is process 1 there, and hands signals on


def test_the_document_backs_up_all_that_is_not_made_anew() -> None:
    text = (REPOSITORY / "docs" / "deployment.md").read_text(encoding="utf-8")
    there, back = re.findall(r"^ *for volume in ([a-z ]+); do$", text, re.MULTILINE)
    assert {*there.split()} == {*back.split()} == compose()["volumes"].keys() - {"boards"}
    copying = re.findall(r"docker run .*--volume \S+ (\S+)", text)
    assert {*copying} == {SERVICES["permissions"]["image"]}
    assert compose()["name"] == "hangang"  # which the volumes' names begin with


def test_the_copy_that_the_document_makes_is_for_its_owner_alone(prepared: Path, tmp_path: Path) -> None:
    (commands,) = [block for block in commands_of("deployment.md") if "docker compose stop" in block]
    shutil.copytree(prepared, tmp_path, dirs_exist_ok=True)
    folder = tmp_path / "backups"
    folder.mkdir(mode=0o755)
    earlier = folder / "state.tar"
    earlier.touch(mode=0o644)
    follow(commands.replace("/var/backups/hangang", str(folder)), tmp_path, docker="echo copied")
    assert folder.stat().st_mode & 0o777 == 0o700
    made = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir() if path != earlier}
    assert {"collector.tar", "local.tar"} <= made.keys()
    assert set(made.values()) == {0o600}
    assert earlier.read_text() == "copied\n"


# What the services are told


def test_the_collectors_settings_fit_the_services(prepared: Path, tmp_path: Path) -> None:
    settings = settings_of(prepared, tmp_path)
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


def test_commands_of_enrolment_reach_all_that_they_write(prepared: Path, tmp_path: Path) -> None:
    settings = settings_of(prepared, tmp_path)
    for name in ("authority", "collector"):  # where they are run
        for folder in (settings.enrolment_folder, settings.broker_folder):
            mount = mount_of(SERVICES[name], str(folder))
            assert mount is not None
            assert not mount.is_read_only


def test_an_address_that_is_given_is_given_to_nobody_else() -> None:
    networks = compose()["networks"]
    given = [
        (network, ipaddress.ip_address(where["ipv4_address"]))
        for service in SERVICES.values()
        for network, where in (service["networks"].items() if isinstance(service.get("networks"), dict) else ())
        if where
    ]
    assert given
    for network, address in given:
        (pool,) = networks[network]["ipam"]["config"]
        assert address not in ipaddress.ip_network(pool["ip_range"])
        assert address != ipaddress.ip_address(pool["gateway"])
        members = [name for name in SERVICES if network in networks_of(SERVICES[name])]
        assert ipaddress.ip_network(pool["ip_range"]).num_addresses > len(members)


def test_subnets_are_none_that_docker_gives_to_networks_of_others() -> None:
    of_docker = ["172.17.0.0/16", "172.18.0.0/15", "172.20.0.0/14", "172.24.0.0/13", "192.168.0.0/16"]
    for network in compose()["networks"].values():
        for pool in network.get("ipam", {}).get("config", []):
            subnet = ipaddress.ip_network(pool["subnet"])
            assert not any(subnet.overlaps(ipaddress.ip_network(each)) for each in of_docker)


def test_the_database_is_healthy_once_it_is_reached_by_others() -> None:
    assert "--host=127.0.0.1" in SERVICES["postgres"]["healthcheck"]["test"]  # at its socket, one answers before


def test_the_step_that_makes_the_authority_has_the_collectors_settings() -> None:
    files = [mount_of(SERVICES[name], "/etc/hangang/collector.toml") for name in ("authority", "collector")]
    assert files[0] == files[1] is not None
    assert set(SERVICES["authority"]["secrets"]) == set(SERVICES["collector"]["secrets"])
    options = (word.partition("=") for word in SERVICES["authority"]["command"])
    hosts = [value for option, _, value in options if option == "--broker-host"]
    assert hosts == ["wifi.example.org", "mosquitto"]  # how agents reach it, and how the collector does


def settings_of(prepared: Path, folder: Path) -> WithDuckDB | WithInflux:
    """The collector's as it reads them, but for certificates, which are its step's to make, and the secret's place."""
    text = (prepared / "local" / "collector.toml").read_text(encoding="utf-8")
    (folder / "password").write_text("drawn")
    path = folder / "collector.toml"
    path.write_text(text.replace("/run/secrets/postgres_password", str(folder / "password")), encoding="utf-8")
    settings = load_settings(path, has_certificates=False)
    files = {"ca_file": "authority.crt", "certificate_file": "collector.crt", "key_file": "collector.key"}
    named = {key: value for key, value in tomllib.loads(text)["broker"].items() if key in files}
    assert named == {key: str(settings.enrolment_folder / file) for key, file in files.items()}
    return settings


def test_grafana_is_provisioned_with_the_boards_and_the_source_that_they_ask(prepared: Path) -> None:
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
    for labels in (
        ["alertname=site_outage", "site=yeouido"],
        ["alertname=watchdog"],
        ["alertname=HangangCollectorSilent"],
    ):
        routed = subprocess.run(
            [amtool, "config", "routes", "test", f"--config.file={path}", *labels], capture_output=True, text=True
        )
        assert routed.stdout.strip() == "ops"
