"""Containers that talk to each other: who reaches whom at which port, and by what their settings agree."""

import ipaddress
import re
import subprocess
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from compose_file import FOLDER, REPOSITORY, compose, files_read_by, mount_of, mounts, networks_of, services, words
from harness import program

from collector.config import WithDuckDB, WithInflux, load_settings
from dashboards.engines import DATA_SOURCE_UIDS
from dashboards.provisioning import BOARDS_AT

SERVICES = services()
PORTS = {"collector": 8080, "mosquitto": 8883, "postgres": 5432, "victoriametrics": 8428, "alertmanager": 9093}
PORTS |= {"grafana": 3000}
each_service = pytest.mark.parametrize("name", SERVICES)


# Who reaches whom


def reach_each_other(one: str, other: str) -> bool:
    return bool(networks_of(SERVICES[one]) & networks_of(SERVICES[other]))


def called_by(name: str, prepared: Path) -> set[tuple[str, int]]:
    """Services and ports that a service is told to call, by its command, its environment and its files."""
    said = " ".join([*words(SERVICES[name]), *files_read_by(SERVICES[name], prepared)])
    found = re.findall(rf"\b({'|'.join(SERVICES)}):(\d+)\b", said)
    return {(other, int(port)) for other, port in found if other != name}


@each_service
def test_whom_a_service_calls_it_reaches_at_the_port_that_is_served(name: str, prepared: Path) -> None:
    for other, port in called_by(name, prepared):
        assert PORTS[other] == port
        if (name, other) != ("authority", "mosquitto"):  # which reads the settings, and connects to no broker
            assert reach_each_other(name, other), f"{name} cannot reach {other}"


def test_calls_are_those_that_are_meant(prepared: Path) -> None:
    calls = {name: {other for other, _ in called_by(name, prepared)} for name in SERVICES}
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
        network: {name for name in SERVICES if network in networks_of(SERVICES[name])}
        for network in compose()["networks"]
    }


# What the services are told


def test_the_collectors_settings_fit_the_services(prepared: Path, tmp_path: Path) -> None:
    settings = settings_of(prepared, "collector.toml", tmp_path)
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


def test_the_step_that_makes_the_authority_has_the_collectors_settings(prepared: Path, tmp_path: Path) -> None:
    collector, step = (settings_of(prepared, name, tmp_path) for name in ("collector.toml", "enrolment.toml"))
    for key in ("collector", "enrolment", "state"):
        assert getattr(step, key) == getattr(collector, key)
    options = (word.partition("=") for word in SERVICES["authority"]["command"])
    hosts = [value for option, _, value in options if option == "--broker-host"]
    assert hosts == ["wifi.example.org", "mosquitto"]  # how agents reach it, and how the collector does
    named = {collector.broker_settings.ca_file, collector.broker_settings.key_file}
    assert {path.name for path in named if path is not None} == {"authority.crt", "collector.key"}


def settings_of(prepared: Path, name: str, folder: Path) -> WithDuckDB | WithInflux:
    """One of the files as the collector reads it, with the files that exist only in its container left out."""
    text = (prepared / "local" / name).read_text(encoding="utf-8")
    files = {"ca_file": "authority.crt", "certificate_file": "collector.crt", "key_file": "collector.key"}
    document = tomllib.loads(text)
    for key, file in files.items():
        if key in document["broker"]:
            assert document["broker"][key] == f"/var/lib/hangang/enrolment/{file}"
    kept = "\n".join(
        line for line in text.splitlines() if not line.startswith(("certificate_file", "key_file", "ca_file"))
    )
    (folder / "password").write_text("drawn")
    path = folder / name
    path.write_text(kept.replace("/run/secrets/postgres_password", str(folder / "password")), encoding="utf-8")
    settings = load_settings(path)
    broker = settings.broker
    assert broker is not None
    named = {key: Path(value) for key, value in document["broker"].items() if key in files}
    return settings.model_copy(update={"broker": broker.model_copy(update=named)})


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
