"""An HTTP server that answers like NetBox: it checks path, token and filters, and gives a page at a time."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

TOKEN = "0123456789abcdef0123456789abcdef01234567"


class NetBox(ThreadingHTTPServer):
    """Has sites and devices, and gives at most `page` of them in an answer, whatever it is asked for."""

    daemon_threads = True

    def __init__(
        self,
        sites: list[dict[str, object]],
        devices: list[dict[str, object]],
        *,
        interfaces: list[dict[str, object]] | None = None,
        cables: list[dict[str, object]] | None = None,
        page: int = 2,
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        tables = {"sites": sites, "devices": devices, "interfaces": interfaces or [], "cables": cables or []}
        self.tables = {f"/netbox/api/dcim/{name}/": rows for name, rows in tables.items()}
        self.page = page
        self.url = f"http://127.0.0.1:{self.server_port}/netbox"
        self.next_from: str | None = None
        self.answer: object = ...
        """What it answers in place of a page, where it is set."""
        self.asked: list[tuple[str, dict[str, list[str]]]] = []


class _Handler(BaseHTTPRequestHandler):
    server: NetBox

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = parse_qs(url.query)
        self.server.asked.append((url.path, query))
        if self.headers.get("Authorization") != f"Token {TOKEN}":
            self._answer(403, {"detail": "Invalid token"})
        elif url.path not in self.server.tables:
            self._answer(404, {"detail": "Not found."})
        elif self.server.answer is not ...:
            self._answer(200, self.server.answer)
        else:
            self._answer(200, self._page(url.path, query))

    def _page(self, path: str, query: dict[str, list[str]]) -> dict[str, object]:
        first = int(query.get("offset", ["0"])[0])
        size = min(int(query["limit"][0]), self.server.page)
        rows = [row for row in self.server.tables[path] if _is_asked_for(row, query)]
        more = urlencode({**query, "limit": size, "offset": first + size}, doseq=True)
        base = self.server.next_from or self.server.url.removesuffix("/netbox")
        url = f"{base}{path}?{more}" if first + size < len(rows) else None
        return {"count": len(rows), "next": url, "previous": None, "results": rows[first : first + size]}

    def _answer(self, status: int, document: object) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


def _is_asked_for(row: dict[str, Any], query: dict[str, list[str]]) -> bool:
    """Whether a row passes the filters, each of which takes any of its values."""
    has = {
        "role": lambda: row["role"]["slug"],
        "id": lambda: str(row["id"]),
        "device_id": lambda: str(row["device"]["id"]),
        "cabled": lambda: str(row["cable"] is not None),
    }
    return all(value() in query[name] for name, value in has.items() if name in query)


@contextmanager
def running(server: NetBox) -> Iterator[NetBox]:
    """The server, while the block runs."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
