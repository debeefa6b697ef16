"""A real Mosquitto, configured by `hangang enroll init`, and a collector that enrols agents for it."""

import json
import re
import signal
import socket
import ssl
import subprocess
import urllib.error
import urllib.request
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from aiomqtt import Client, ProtocolVersion
from harness import Command, free_port, is_listening, program, write_collector
from requests_for_certificates import Key, key_pem, make_key, request_pem

from collector.cli.command import run


class Enrolment:
    """Everything of one collector in one folder, its broker included. `days` is for how long agents are certified."""

    def __init__(self, folder: Path, *, days: float = 90.0) -> None:
        self.folder = folder
        self.web_port, self.port, self.password_port = free_port(), free_port(), free_port()
        self.files = folder / "data" / "enrolment"
        self.config = write_collector(folder, self._tables(days), web_port=self.web_port)
        self.pid_file, self.log = folder / "mosquitto.pid", folder / "mosquitto.log"
        self._process: subprocess.Popen[bytes] | None = None
        assert self.command("init", "--broker-host", "127.0.0.1", "--broker-host", "localhost") == 0
        self._add_second_collector()
        self.collector = Command(folder, "collector", "collector.cli.main", "collector", "--config", str(self.config))

    def _add_second_collector(self) -> None:
        """As of a group: it has the same folder, and may what the first may."""
        second = self.folder / "second.toml"
        second.write_text(f'[collector]\nname = "second"\n{self.config.read_text()}')
        assert run(["enroll", "init", "--config", str(second)]) == 0

    def _tables(self, days: float) -> str:
        return f"""
[broker]
url = "mqtts://127.0.0.1:{self.port}"
ca_file = "data/enrolment/authority.crt"
certificate_file = "data/enrolment/collector.crt"
key_file = "data/enrolment/collector.key"
[enrolment]
broker_url = "mqtts://127.0.0.1:{self.port}"
password_port = {self.password_port}
days = {days}
"""

    def command(self, action: str, *arguments: str) -> int:
        """`hangang enroll`, which speaks English here."""
        return run(["enroll", action, "--config", str(self.config), "--lang", "en", *arguments])

    def token(self, agent: str, capsys: pytest.CaptureFixture[str]) -> str:
        """A token of this agent."""
        capsys.readouterr()
        code = self.command("token", agent, "--url", f"http://127.0.0.1:{self.web_port}", *self.told_by)
        printed = capsys.readouterr()
        assert code == 0, printed.err
        token = re.search(r"token=([^&]+)&", printed.out)
        assert token is not None
        return token[1]

    @property
    def told_by(self) -> tuple[str, str]:
        """How the broker is told by a command."""
        return "--broker-pid", str(self.pid_file)

    def start_broker(self) -> None:
        """As root, whose folder a test's is; on loopback alone."""
        text = (self.files / "broker" / "mosquitto.conf").read_text()
        text = re.sub(r"^listener (\d+)$", r"listener \1 127.0.0.1", text, flags=re.MULTILINE)
        configuration = self.folder / "mosquitto.conf"
        configuration.write_text(f"user root\npid_file {self.pid_file}\nlog_type all\n{text}")
        with self.log.open("ab") as log:
            command = [program("mosquitto"), "-c", str(configuration)]
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        while not (is_listening(self.port) and is_listening(self.password_port) and self.pid_file.exists()):
            try:
                code = self._process.wait(0.02)
            except subprocess.TimeoutExpired:
                continue
            pytest.fail(f"mosquitto ended with {code}: {self.log.read_text()}")

    def ask(self, agent: str, token: str, key: Key | None = None, **changes: str) -> tuple[int, dict[str, str]]:
        """First contact over HTTP: status and answer. What came is kept as files, as an agent does."""
        key = key or make_key()
        wanted = {"agent": agent, "token": token, "request_pem": request_pem(agent, key=key), **changes}
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.web_port}/api/v1/enrolment/certificates",
            data=json.dumps(wanted).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                told: dict[str, str] = json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)
        self.keep(agent, told["certificate_pem"], key)
        return 201, told

    def keep(self, agent: str, certificate_pem: str, key: Key) -> None:
        """Lay a certificate where `client` finds it."""
        (self.folder / f"{agent}.crt").write_text(certificate_pem)
        (self.folder / f"{agent}.key").write_bytes(key_pem(key))

    def client(self, agent: str, identifier: str | None = None) -> AbstractAsyncContextManager[Client]:
        """A connection with the agent's certificate."""
        return self._client(self.port, self._context(agent), identifier or agent)

    def _context(self, agent: str | None) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.files / "authority.crt")
        if agent is not None:
            folder = self.files if agent == "second" else self.folder
            context.load_cert_chain(folder / f"{agent}.crt", folder / f"{agent}.key")
        return context

    def lets_in(self, agent: str, password: str | None = None) -> bool:
        """Whether the broker does, by the agent's certificate, or by this password without one. It is asked in a packet
        that is made here: clients notice the end of a connection that was never one by their time limit only."""
        port = self.port if password is None else self.password_port
        fields = [agent] if password is None else [agent, agent, password]
        flags = 0x02 if password is None else 0xC2
        body = (
            b"\0\4MQTT\4" + bytes([flags, 0, 60]) + b"".join(bytes([0, len(each)]) + each.encode() for each in fields)
        )
        context = self._context(agent if password is None else None)
        try:
            with (
                socket.create_connection(("127.0.0.1", port), 30) as connection,
                context.wrap_socket(connection, server_hostname="127.0.0.1") as secured,
            ):
                secured.sendall(bytes([0x10, len(body)]) + body)
                answer = secured.recv(4)
        except (ssl.SSLError, ConnectionError):
            return False
        return answer == b"\x20\x02\0\0"

    @property
    def reloads(self) -> int:
        """How often the broker has read its files again."""
        return self.log.read_text().count("Reloading config")

    def client_with_password(self, agent: str, password: str) -> AbstractAsyncContextManager[Client]:
        """A connection without one."""
        return self._client(self.password_port, self._context(None), agent, username=agent, password=password)

    def _client(
        self, port: int, context: ssl.SSLContext, identifier: str, **more: str
    ) -> AbstractAsyncContextManager[Client]:
        version = ProtocolVersion.V5  # which tells who may not publish
        return Client(
            "127.0.0.1", port, tls_context=context, identifier=identifier, protocol=version, timeout=20, **more
        )

    def stop(self) -> None:
        """End what was started."""
        if self.collector.is_running:
            self.collector.stop()
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(30)
