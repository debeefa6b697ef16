"""A collector that answers first contacts as a test has it, over TLS or in the clear, and keeps what it was told."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from made_certificates import MadeAuthority

TOKEN = "a-token-of-one-time"
BROKER = "mqtts://broker.example:8883"
Answer = tuple[int, dict[str, str], bytes]


@dataclass
class StandInCollector:
    """`authority` answers for its certificate, `grants` for tokens; either may be replaced. Who shows a token is sent
    `breaks_off` instead of an answer, if that is not None."""

    authority: MadeAuthority
    url: str = ""
    asked: list[tuple[str, str, bytes]] = field(default_factory=list)
    shows: Callable[[], Answer] | None = None
    grants: Callable[[dict[str, Any]], Answer] | None = None
    breaks_off: bytes | None = None

    @property
    def tokens(self) -> list[str]:
        """Those that it was shown."""
        return [json.loads(body)["token"] for method, _, body in self.asked if method == "POST"]

    def answer(self, method: str, path: str, body: bytes) -> Answer:
        self.asked.append((method, path, body))
        if (method, path) == ("GET", "/api/v1/enrolment/authority"):
            return self.shows() if self.shows else (200, {}, self.authority.pem.encode())
        if (method, path) == ("POST", "/api/v1/enrolment/certificates"):
            document = json.loads(body)
            return self.grants(document) if self.grants else self.grant(document)
        return 404, {}, b""

    def grant(self, document: dict[str, Any], **changed: str) -> Answer:
        """What a collector answers to a good token, but for what is changed of it."""
        if document["token"] != TOKEN:
            return problem(403, "the token is unknown, has been used, or is too old")
        granted = {
            "certificate_pem": self.authority.sign(document["request_pem"]),
            "authority_pem": self.authority.pem,
            "broker_url": BROKER,
            "valid_until": (datetime.now(UTC) + timedelta(days=90)).isoformat(),
        }
        return 201, {"Content-Type": "application/json"}, json.dumps(granted | changed).encode()


def problem(status: int, detail: str) -> Answer:
    kind = "urn:hangang-wifi:problem:bad-token" if status == 403 else "about:blank"
    body = {"type": kind, "title": "no", "status": status, "detail": detail}
    return status, {"Content-Type": "application/problem+json"}, json.dumps(body).encode()


@contextmanager
def serving(collector: StandInCollector, certificate: tuple[Path, Path] | None) -> Iterator[StandInCollector]:
    """At a port of its own; in the clear without a certificate."""

    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            status, headers, answer = collector.answer(self.command, self.path, body)
            if self.command == "POST" and collector.breaks_off is not None:
                self.wfile.write(collector.breaks_off)
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in (headers | {"Content-Length": str(len(answer))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = _answer  # noqa: N815  # as the library wants them called

        def log_message(self, *_: object) -> None:
            """Nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A client that goes away is what is tested."""

        def finish_request(self, request: Any, client_address: Any) -> None:
            """In the thread of the connection, so that a handshake that fails stops nobody."""
            if certificate is not None:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(*certificate)
                request = context.wrap_socket(request, server_side=True)
            super().finish_request(request, client_address)
            if certificate is not None:
                request.close()

    with Server(("127.0.0.1", 0), Handler) as server:
        collector.url = f"{'https' if certificate else 'http'}://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield collector
        finally:
            server.shutdown()
            thread.join()
