"""What the proxy says of requests that failed: that something behind it does not answer, and nothing of who asked."""

import os
import socket
import ssl
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import eventually, free_port, is_listening, program
from trial_root import REPOSITORY

HOST = "wifi.test"
CLIENT = "127.0.0.77"
REQUEST = (
    f"GET /places/marked-path?marked=query HTTP/1.1\r\nHost: {HOST}\r\nUser-Agent: marked-agent\r\n"
    "Cookie: marked-cookie\r\n\r\n"
).encode()
NAMES_THE_CLIENT = (CLIENT, "marked", "places")
RESET_ON_CLOSE = struct.pack("ii", 1, 0)
"""SO_LINGER for no time: whoever closes goes at once, and without a word."""


class Proxy:
    """Caddy with the file of deploy/caddy, in front of a port of ours."""

    def __init__(self, folder: Path) -> None:
        self.port, self.behind = free_port(), free_port()
        self._folder = folder
        self._certificate, key = folder / "server.crt", folder / "server.key"
        command = [program("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        names = ["-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}"]
        subprocess.run([*command, *names, "-keyout", key, "-out", self._certificate], check=True, capture_output=True)
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "HANGANG_HOST": HOST,
            "HANGANG_TLS": f"{self._certificate} {key}",
            "HANGANG_HTTPS_PORT": str(self.port),
            "HANGANG_COLLECTOR": f"127.0.0.1:{self.behind}",
        }
        configuration = REPOSITORY / "deploy" / "caddy" / "Caddyfile"
        with (folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [program("caddy"), "run", "--config", configuration, "--adapter", "caddyfile"],
                stdout=log,
                stderr=log,
                env=environment,
            )

    async def is_up(self) -> None:
        await eventually(lambda: is_listening(self.port))

    def asked(self) -> ssl.SSLSocket:
        """A connection from an address of its own, with the request on its way."""
        context = ssl.create_default_context(cafile=str(self._certificate))
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=30, source_address=(CLIENT, 0))
        connection = context.wrap_socket(plain, server_hostname=HOST)
        connection.sendall(REQUEST)
        return connection

    @property
    def said(self) -> str:
        """All that it has said so far."""
        return (self._folder / "log").read_text(encoding="utf-8")

    def stop(self) -> str:
        """All that it has said."""
        self._process.terminate()
        self._process.wait()
        return self.said


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[Proxy]:
    proxy = Proxy(tmp_path)
    yield proxy
    proxy.stop()


async def test_it_says_that_nobody_is_behind_it_and_not_who_asked(proxy: Proxy) -> None:
    await proxy.is_up()
    with proxy.asked() as connection:
        assert b" 502 " in connection.recv(100)
    said = proxy.stop()
    assert f"127.0.0.1:{proxy.behind}: connect: connection refused" in said
    assert '"status":502' in said
    assert [name for name in NAMES_THE_CLIENT if name in said] == []


async def test_it_says_nothing_of_who_has_gone_before_the_answer_came(proxy: Proxy) -> None:
    """Of several: what it says of one may come when it is asked to end."""
    with socket.create_server(("127.0.0.1", proxy.behind)) as behind:
        behind.settimeout(30)
        await proxy.is_up()
        for _ in range(8):
            go_early(proxy, behind)
    with proxy.asked() as later:  # nobody is behind it any more
        assert b" 502 " in later.recv(100)
    await eventually(lambda: '"status":502' in proxy.said)
    said = proxy.stop()
    assert [name for name in NAMES_THE_CLIENT if name in said] == []


def go_early(proxy: Proxy, behind: socket.socket) -> None:
    """Ask, and leave without a word while the answer is on its way."""
    connection = proxy.asked()
    answering, _ = behind.accept()
    with answering:
        answering.settimeout(30)
        answering.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n" + bytes(100_000))
        with connection:
            assert connection.recv(100)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        with pytest.raises(OSError, match=r"reset|Broken pipe"):  # once the proxy has noticed
            answering.sendall(bytes(50_000_000))
