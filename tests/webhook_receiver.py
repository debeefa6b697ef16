"""A receiver of webhooks over HTTP, in threads of its own: it remembers what came and when, and verifies signatures by
the package that receivers use.

    with WebhookReceiver(SECRET) as receiver:
        ...                        # `receiver.url` is where it listens
        receiver.came              # all that was verified, in the order of its arrival
"""

import base64
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from standardwebhooks import Webhook, WebhookVerificationError


def secret_of(letter: str) -> str:
    """A secret that is not the one of another letter."""
    return "whsec_" + base64.b64encode(letter.encode() * 32).decode()


SECRET = secret_of("a")


@dataclass(frozen=True, slots=True)
class Arrival:
    """What came once. `at` is by the monotonic clock, in seconds; `body` is the JSON in it."""

    at: float
    headers: Mapping[str, str]
    body: dict[str, Any]

    @property
    def kind(self) -> str:
        """`begun`, `ended` ..., of one that we have written ourselves."""
        return str(self.body["type"]).removeprefix("alert.")

    @property
    def rule(self) -> str:
        """The rule that it tells of."""
        return str(self.body["data"]["rule"])

    @property
    def alerts(self) -> list[dict[str, Any]]:
        """What it tells of."""
        found: list[dict[str, Any]] = self.body["data"]["alerts"]
        return found


class _Server(ThreadingHTTPServer):
    request_queue_size = 128
    block_on_close = False  # one that never answers is not waited for

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever calls may have died."""


class WebhookReceiver:
    """Every one of `secrets` must verify whatever comes, and none of them where there are none. It answers 204, so many
    seconds later, until told otherwise; `answers` is asked for another status, and may take its time."""

    def __init__(
        self, *secrets: str, answers_after_seconds: float = 0.0, answers: Callable[[], int] = lambda: 204
    ) -> None:
        self.came: list[Arrival] = []
        self.refused: list[str] = []
        self._verifiers = [Webhook(secret) for secret in secrets]
        self.answers_after_seconds = answers_after_seconds
        self._answers = answers
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="receiver", daemon=True)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/hook"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def told(self) -> list[tuple[str, str]]:
        """Kind and rule of all that came."""
        return [(each.kind, each.rule) for each in list(self.came)]

    def _take(self, headers: Mapping[str, str], body: bytes) -> int:
        at = time.monotonic()
        try:
            for verifier in self._verifiers:
                verifier.verify(body, dict(headers))
        except WebhookVerificationError as error:
            self.refused.append(str(error))
            return 401
        self.came.append(Arrival(at, headers, json.loads(body)))
        if self.answers_after_seconds:
            threading.Event().wait(self.answers_after_seconds)
        return self._answers()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        take = self._take

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                status = take({name.lower(): text for name, text in self.headers.items()}, body)
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        return Handler
