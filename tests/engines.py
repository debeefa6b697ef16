"""Time-series engines as processes of their own, for tests: VictoriaMetrics, and InfluxDB 1.6 behind a v2 write API."""

import re
import subprocess
import threading
import time
import urllib.parse
import urllib.request
from contextlib import suppress
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from harness import free_port, program, status

_WITHIN_SECONDS = 30.0


def _await(process: subprocess.Popen[bytes], url: str) -> None:
    """Until an engine answers; fails where its process ends instead."""
    deadline = time.monotonic() + _WITHIN_SECONDS
    while time.monotonic() < deadline:
        if status(url) // 100 == 2:
            return
        with suppress(subprocess.TimeoutExpired):
            pytest.fail(f"{process.args} ended with {process.wait(0.02)}")
    pytest.fail(f"{url} does not answer")


class VictoriaMetrics:
    """A single VictoriaMetrics. What was written is read after `flush`."""

    def __init__(self, folder: Path, *flags: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._command = [
            program("victoria-metrics"),
            f"-storageDataPath={folder / 'victoria-metrics'}",
            f"-httpListenAddr=127.0.0.1:{self.port}",
            "-retentionPeriod=100y",
            "-search.latencyOffset=0s",
            "-dedup.minScrapeInterval=1ms",
            "-memory.allowedBytes=64MiB",
            *flags,
        ]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _await(self._process, f"{self.url}/health")

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def is_told_apart(self) -> bool:
        """Whether it started a second ago or more: frames written sooner are asked for again, for another run that
        began in the same second could not be told from this one."""
        with urllib.request.urlopen(f"{self.url}/metrics", timeout=30) as answer:
            return re.search(r"^vm_app_uptime_seconds [1-9]", answer.read().decode(), re.MULTILINE) is not None

    def flush(self) -> None:
        """Make what was written visible to questions."""
        urllib.request.urlopen(f"{self.url}/internal/force_flush", timeout=30).close()

    def series(self, selector: str = '{__name__!=""}') -> list[str]:
        """What is stored, a line of JSON for each series."""
        form = urllib.parse.urlencode({"match[]": selector}).encode()
        with urllib.request.urlopen(f"{self.url}/api/v1/export", form, timeout=30) as answer:
            text: str = answer.read().decode()
        return text.splitlines()


TOKEN = "of-the-tests"
ORG = "seoul"
BUCKET = "wifi"
_STRING_FIELD = re.compile(rb'[ ,][a-z_0-9]+="')


class InfluxDB:
    """An InfluxDB 1.6 with a v2 write API before it, which is held to what the API asks of its users.

    Debian's InfluxDB is older than the v2 write API. Its `/write` is the same but for names; questions go through.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "influxdb"
        self._folder.mkdir()
        self.engine_port, self._rpc_port, self.port = free_port(), free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.faults: list[str] = []
        self._program = program("influxd")
        self._process: subprocess.Popen[bytes] | None = None
        self._server: ThreadingHTTPServer | None = None

    def start(self) -> None:
        configuration = self._folder / "influxdb.conf"
        configuration.write_text(
            f"""
reporting-disabled = true
bind-address = "127.0.0.1:{self._rpc_port}"
[meta]
dir = "{self._folder}/meta"
[data]
dir = "{self._folder}/data"
wal-dir = "{self._folder}/wal"
[http]
bind-address = "127.0.0.1:{self.engine_port}"
log-enabled = false
[monitor]
store-enabled = false
"""
        )
        self._process = subprocess.Popen(
            [self._program, "-config", str(configuration)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        engine = f"http://127.0.0.1:{self.engine_port}"
        _await(self._process, f"{engine}/ping")
        form = urllib.parse.urlencode({"q": f"CREATE DATABASE {BUCKET}"}).encode()
        urllib.request.urlopen(f"{engine}/query", form, timeout=30).close()
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), self._handler())
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def kill(self) -> None:
        """kill -9, with the API before it."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def flush(self) -> None:
        """Nothing is to be done: what is answered is visible."""

    def write_fault(self, query: dict[str, str], headers: dict[str, str], body: bytes) -> str | None:
        """What is wrong with a request to the v2 write API."""
        expected = {"org": ORG, "bucket": BUCKET, "precision": "ms"}
        if query != expected:
            return f"query {query}, expected {expected}"
        if headers.get("authorization") != f"Token {TOKEN}":
            return "no token"
        if not headers.get("content-type", "").startswith("text/plain"):
            return f"content type {headers.get('content-type')}"
        if _STRING_FIELD.search(body):
            return "a field with text"
        return None

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        influx = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                parts = urllib.parse.urlsplit(self.path)
                path = self.path
                if parts.path == "/api/v2/write":
                    query = dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True))
                    fault = influx.write_fault(query, {k.lower(): v for k, v in self.headers.items()}, body)
                    if fault is not None:
                        influx.faults.append(fault)
                        self._answer(422, fault.encode())
                        return
                    path = f"/write?db={query['bucket']}&precision={query['precision']}"
                self._pass_on("POST", path, body)

            def do_GET(self) -> None:
                self._pass_on("GET", self.path, None)

            def _pass_on(self, method: str, path: str, body: bytes | None) -> None:
                connection = HTTPConnection("127.0.0.1", influx.engine_port, timeout=30)
                headers = {"Content-Type": self.headers.get("content-type", "text/plain")}
                connection.request(method, path, body, headers)
                answer = connection.getresponse()
                self._answer(answer.status, answer.read())
                connection.close()

            def _answer(self, code: int, body: bytes) -> None:
                self.send_response(code)
                self.send_header("Content-Type", "application/json")
                if code != 204:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if code != 204:
                    self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's
                pass

        return Handler
