"""The broker and the proxy of deploy/compose with what its step `authority` makes for them: they start, and the broker
talks to nobody without a certificate."""

import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from compose_file import FOLDER, REPOSITORY, services
from harness import eventually, free_port, is_listening, program

SERVICES = services()
GROUP_OF_READERS = 10001


class Made:
    """What the step has made, in a folder for what is a volume there."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="hg-compose-"))
        self.folder.chmod(0o755)  # the broker runs as a user of its own
        self.port = free_port()
        self.broker = self.folder / "hangang-broker"
        self.enrolment = self.folder / "hangang" / "enrolment"
        self.broker.mkdir(parents=True)
        if os.getuid() == 0:
            os.chown(self.broker, GROUP_OF_READERS, GROUP_OF_READERS)
        self.broker.chmod(0o2750)

    def make(self) -> None:
        """Run the step's own command, on SQLite, which the state has no part in."""
        subprocess.run([FOLDER / "prepare.sh", "--host", "wifi.example.org", "--to", self.folder], check=True)
        path = self.folder / "local" / "collector.toml"
        text = re.sub(r"^\[state\]\n(.+\n)+", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        text = text.replace(":8883", f":{self.port}")
        text = text.replace("/var/lib", str(self.folder)).replace("/etc/hangang", str(self.folder / "local"))
        path.write_text(text, encoding="utf-8")
        command = [word.replace("/etc/hangang/collector.toml", str(path)) for word in SERVICES["authority"]["command"]]
        done = subprocess.run([sys.executable, "-m", "collector.cli.main", *command], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def made() -> Iterator[Made]:
    made = Made()
    made.make()
    yield made
    shutil.rmtree(made.folder)


@pytest.fixture
def mosquitto(made: Made) -> Iterator[subprocess.Popen[bytes]]:
    """By the service's command, as its user."""
    _, *command = (word.replace("/var/lib", str(made.folder)) for word in SERVICES["mosquitto"]["command"])
    user, _, group = SERVICES["mosquitto"]["user"].partition(":")
    as_user = ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups"] if os.getuid() == 0 else []
    process = subprocess.Popen([*as_user, program("mosquitto"), *command], stderr=subprocess.DEVNULL)
    yield process
    process.terminate()
    process.wait()


def greeted_as(host: str, made: Made, *, certificate: str | None) -> str:
    """The common name that the broker's certificate has, after a handshake; raises OSError where there is none."""
    context = ssl.create_default_context(cafile=str(made.enrolment / "authority.crt"))
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # in which a refusal is part of the handshake
    if certificate is not None:
        context.load_cert_chain(made.enrolment / f"{certificate}.crt", made.enrolment / f"{certificate}.key")
    with (
        socket.create_connection(("127.0.0.1", made.port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=host) as tls,
    ):
        names = {value for part in (tls.getpeercert() or {})["subject"] for key, value in part if key == "commonName"}
        return names.pop()


async def test_the_broker_starts_with_what_the_step_has_made(made: Made, mosquitto: subprocess.Popen[bytes]) -> None:
    await eventually(lambda: is_listening(made.port) or mosquitto.poll() is not None)
    assert mosquitto.poll() is None
    for host in ("wifi.example.org", "mosquitto"):  # for agents, and for the collector
        assert greeted_as(host, made, certificate="collector") == "wifi.example.org"
    with pytest.raises(OSError, match="certificate"):
        greeted_as("other.example.org", made, certificate="collector")
    with pytest.raises(OSError, match=r"handshake failure|certificate required|EOF|reset"):
        greeted_as("mosquitto", made, certificate=None)


def test_the_proxy_takes_its_file_with_the_brokers_certificate_and_with_another(made: Made) -> None:
    environment = {key: str(value) for key, value in SERVICES["proxy"]["environment"].items()}
    files = environment["HANGANG_TLS"].replace("/var/lib", str(made.folder))
    command = [
        program("caddy"),
        "adapt",
        "--config",
        REPOSITORY / "deploy" / "caddy" / "Caddyfile",
        "--adapter",
        "caddyfile",
    ]
    for tls in (files, "ops@example.org"):
        done = subprocess.run(
            [*command, *(["--validate"] if tls == files else [])],
            capture_output=True,
            text=True,
            env={"PATH": os.environ["PATH"], "HOME": str(made.folder), **environment, "HANGANG_TLS": tls},
        )
        assert done.returncode == 0, done.stderr
        upstreams = set(re.findall(r'"dial":"([^"]+)"', done.stdout))
        assert upstreams == {"collector:8080", "grafana:3000"}
        assert '"listen":[":8443"]' in done.stdout
        assert '"protocols":["h1","h2"]' in done.stdout  # a third would be told to browsers, at a port of UDP
