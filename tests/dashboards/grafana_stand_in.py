"""A Grafana for tests of what is pushed: keeps folders, boards with their versions, data sources and permissions, and
answers as the published HTTP API does (grafana.com/docs/grafana/latest/developers/http_api: folder, dashboard,
dashboard_versions, folder_dashboard_search, org; administration/service-accounts for the permissions of a token).

Whatever that API does not know (a path, a method, a parameter, a field, a content type, no bearer token) is a fault,
and tests ask for `faults`.
"""

import contextlib
import json
import re
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, NamedTuple, Self
from urllib.parse import parse_qsl, urlsplit

import jsonschema_rs

TOKEN = "glsa_" + "s3cret" * 5 + "_0badcafe"
EDITOR = frozenset(
    {
        "dashboards:read", "dashboards:write", "dashboards:create", "dashboards:delete",
        "folders:read", "folders:create", "orgs:read", "plugins:read",
    }
)  # fmt: skip
PANELS = ("barchart", "geomap", "stat", "state-timeline", "table", "timeseries")
_UID = {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,40}$"}
_SAVE = {
    "type": "object",
    "required": ["dashboard"],
    "additionalProperties": False,
    "properties": {
        "dashboard": {
            "type": "object",
            "required": ["title"],
            "properties": {
                "id": {"type": ["integer", "null"]},
                "uid": {"anyOf": [_UID, {"type": "null"}]},
                "title": {"type": "string", "minLength": 1, "maxLength": 5000},
                "tags": {"type": "array", "items": {"type": "string"}},
                "version": {"type": "integer", "minimum": 0},
                "schemaVersion": {"type": "integer"},
            },
        },
        "folderId": {"type": "integer"},
        "folderUid": _UID,
        "message": {"type": "string", "maxLength": 500},
        "overwrite": {"type": "boolean"},
    },
}
_FOLDER = {
    "type": "object",
    "required": ["title"],
    "additionalProperties": False,
    "properties": {"uid": _UID, "title": {"type": "string", "minLength": 1}, "parentUid": _UID},
}


class Answer(NamedTuple):
    """What is answered."""

    status: int
    body: Any


@dataclass
class Board:
    """A board with all its versions, the newest last."""

    folder: str
    versions: list[dict[str, Any]] = field(default_factory=list)
    is_provisioned: bool = False

    @property
    def newest(self) -> dict[str, Any]:
        return self.versions[-1]

    def add(self, document: Mapping[str, Any], message: str) -> None:
        number = len(self.versions) + 1
        kept = {**deepcopy(dict(document)), "id": 1, "version": number}
        self.versions.append({"version": number, "message": message, "document": kept})


class Route(NamedTuple):
    """One call of the API: the permission that it takes, the parameters that it knows, the body that it wants."""

    method: str
    path: str
    permission: str | None
    answer: Callable[..., Answer]
    parameters: frozenset[str] = frozenset()
    body: dict[str, Any] | None = None


class GrafanaStandIn:
    """Runs in a thread as long as it is entered."""

    def __init__(self, version: str = "12.1.0") -> None:
        self.version = version
        self.permissions: frozenset[str] | None = EDITOR
        self.tells_permissions = True
        self.data_sources = {"VM": {"uid": "hangang-victoriametrics", "type": "prometheus", "name": "VM"}}
        self.panels: tuple[str, ...] | None = PANELS
        self.tells_settings = True
        self.newest_versions_missing = 0
        self.folders: dict[str, str] = {}
        self.boards: dict[str, Board] = {}
        self.faults: list[str] = []
        self.requests: list[tuple[str, str]] = []
        self.drops_request: int | None = None
        self.drops: Literal["the question", "the answer"] = "the question"
        self.before: Callable[[str, str], None] = lambda _method, _path: None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="grafana", daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def writes(self) -> list[tuple[str, str]]:
        """All requests that were to change something."""
        return [each for each in self.requests if each[0] != "GET"]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def edit_by_hand(self, uid: str, **changes: Any) -> None:
        """Somebody saves the board in the browser."""
        board = self.boards[uid]
        board.add({**board.newest["document"], **changes}, "")

    def snapshot(self) -> Any:
        """All that is kept, to be compared."""
        boards = {uid: (board.folder, deepcopy(board.versions)) for uid, board in self.boards.items()}
        return dict(self.folders), boards

    def _routes(self) -> Iterator[Route]:
        read, write = "dashboards:read", "dashboards:write"
        yield Route("GET", "/api/health", None, self._health)
        yield Route("GET", "/api/org", "orgs:read", lambda: Answer(200, {"id": 1, "name": "Main Org."}))
        yield Route("GET", "/api/access-control/user/permissions", None, self._permissions)
        yield Route("GET", "/api/frontend/settings", None, self._settings)
        yield Route("GET", "/api/plugins", "plugins:read", self._plugins, frozenset({"embedded"}))
        yield Route("GET", "/api/search", None, self._search, frozenset({"tag", "type", "limit", "query", "page"}))
        yield Route("GET", "/api/folders/([^/]+)", "folders:read", self._folder)
        yield Route("POST", "/api/folders", "folders:create", self._make_folder, body=_FOLDER)
        yield Route("GET", "/api/dashboards/uid/([^/]+)", read, self._board)
        yield Route("GET", "/api/dashboards/uid/([^/]+)/versions", write, self._versions, frozenset({"limit", "start"}))
        yield Route("POST", "/api/dashboards/db", None, self._save, body=_SAVE)
        yield Route("DELETE", "/api/dashboards/uid/([^/]+)", "dashboards:delete", self._delete)

    def take(self, method: str, target: str, headers: Mapping[str, str], sent: bytes) -> Answer:
        """Check a request against the API, and do what it says."""
        parts = urlsplit(target)
        path = parts.path.removesuffix("/") if parts.path == "/api/search/" else parts.path
        for route in self._routes():
            match = re.fullmatch(route.path, path)
            if match is not None and route.method == method:
                return self._follow(route, match.groups(), dict(parse_qsl(parts.query)), headers, sent)
        self.faults.append(f"{method} {target}: the API has no such call")
        return Answer(404, {"message": "Not found"})

    def _follow(
        self, route: Route, names: tuple[str, ...], parameters: dict[str, str], headers: Mapping[str, str], sent: bytes
    ) -> Answer:
        where = f"{route.method} {route.path}"
        unknown = parameters.keys() - route.parameters
        self.faults += [f"{where}: no parameter {name}" for name in sorted(unknown)]
        if route.body is None and sent:
            self.faults.append(f"{where}: takes no body")
        if not headers.get("authorization", "").startswith("Bearer "):
            self.faults.append(f"{where}: without a bearer token")
        if route.path != "/api/health" and headers.get("authorization") != f"Bearer {TOKEN}":
            return Answer(401, {"message": "Invalid API key"})
        if route.permission is not None and not self._may(route.permission):
            return _forbidden(route.permission)
        if route.body is None:
            return route.answer(*names, **({"parameters": parameters} if route.parameters else {}))
        if headers.get("content-type") != "application/json":
            self.faults.append(f"{where}: content type {headers.get('content-type')}")
        body = json.loads(sent)
        mistakes = [f"{where}: {error.message}" for error in jsonschema_rs.validator_for(route.body).iter_errors(body)]
        self.faults += mistakes
        return Answer(400, {"message": "bad request data"}) if mistakes else route.answer(*names, body)

    def _may(self, permission: str) -> bool:
        return self.permissions is None or permission in self.permissions

    def _health(self) -> Answer:
        return Answer(200, {"commit": "abc", "database": "ok", "version": self.version})

    def _permissions(self) -> Answer:
        if not self.tells_permissions:
            return Answer(404, {"message": "Not found"})
        return Answer(200, {each: [""] for each in self.permissions or ()})

    def _settings(self) -> Answer:
        if not self.tells_settings:
            return _forbidden("")
        panels = None if self.panels is None else {each: {"id": each} for each in self.panels}
        return Answer(200, {"buildInfo": {}, "datasources": self.data_sources, "panels": panels})

    def _plugins(self, **_: object) -> Answer:
        return Answer(200, [{"id": each, "type": "panel"} for each in PANELS])

    def _search(self, parameters: Mapping[str, str]) -> Answer:
        found = []
        for uid, board in self.boards.items():
            document = board.newest["document"]
            if self._may("dashboards:read") and parameters.get("tag") in document.get("tags", ()):
                found.append({"uid": uid, "title": document["title"], "type": "dash-db", "folderUid": board.folder})
        return Answer(200, found[: int(parameters.get("limit", 1000))])

    def _folder(self, uid: str) -> Answer:
        if uid not in self.folders:
            return Answer(404, {"message": "folder not found"})
        return Answer(200, {"id": 1, "uid": uid, "title": self.folders[uid], "version": 1})

    def _make_folder(self, body: Mapping[str, Any]) -> Answer:
        if body["uid"] in self.folders or body["title"] in self.folders.values():
            return Answer(409, {"message": "a folder with the same name already exists in the current location"})
        self.folders[body["uid"]] = body["title"]
        return self._folder(body["uid"])

    def _board(self, uid: str) -> Answer:
        if uid not in self.boards:
            return Answer(404, {"message": "Dashboard not found"})
        board = self.boards[uid]
        meta = {
            "folderUid": board.folder,
            "provisioned": board.is_provisioned,
            "version": board.newest["version"],
            "canSave": self._may("dashboards:write") and not board.is_provisioned,
            "canDelete": self._may("dashboards:delete") and not board.is_provisioned,
        }
        return Answer(200, {"dashboard": board.newest["document"], "meta": meta})

    def _versions(self, uid: str, parameters: Mapping[str, str]) -> Answer:
        if uid not in self.boards:
            return Answer(404, {"message": "Dashboard not found"})
        known = self.boards[uid].versions[::-1][self.newest_versions_missing :]
        newest = known[: int(parameters.get("limit", 1000))]
        told = [{"uid": uid, "version": each["version"], "message": each["message"]} for each in newest]
        is_old = int(self.version.split(".")[0]) < 11
        return Answer(200, told if is_old else {"continueToken": "", "versions": told})

    def _save(self, body: Mapping[str, Any]) -> Answer:
        document, folder = body["dashboard"], body.get("folderUid", "")
        uid, board = document["uid"], self.boards.get(document["uid"])
        needed = "dashboards:create" if board is None else "dashboards:write"
        if not self._may(needed):
            return _forbidden(needed)
        if folder not in self.folders:
            return Answer(400, {"message": "folder not found"})
        if board is not None and board.is_provisioned:
            return Answer(400, {"message": "Cannot save provisioned dashboard"})
        has = 0 if board is None else board.newest["version"]
        if document.get("version", 0) != has and board is not None and not body.get("overwrite"):
            message = "The dashboard has been changed by someone else"
            return Answer(412, {"message": message, "status": "version-mismatch"})
        board = self.boards.setdefault(uid, Board(folder))
        board.folder = folder
        board.add(document, body.get("message", ""))
        return Answer(200, {"id": 1, "uid": uid, "status": "success", "version": board.newest["version"]})

    def _delete(self, uid: str) -> Answer:
        if uid not in self.boards:
            return Answer(404, {"message": "Dashboard not found"})
        board = self.boards.pop(uid)
        return Answer(200, {"title": board.newest["document"]["title"], "message": "deleted", "id": 1})

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def handle_one_request(self) -> None:
                with contextlib.suppress(ConnectionError):
                    super().handle_one_request()

            def do_any(self) -> None:
                sent = self.rfile.read(int(self.headers.get("content-length", 0)))
                method, path = self.command, self.path.partition("?")[0]
                stand_in.before(method, path)
                stand_in.requests.append((method, path))
                is_dropped = len(stand_in.requests) == stand_in.drops_request
                if is_dropped and stand_in.drops == "the question":
                    return self.drop()
                headers = {name.lower(): text for name, text in self.headers.items()}
                answer = stand_in.take(method, self.path, headers, sent)
                return self.drop() if is_dropped else self.give(answer)

            def drop(self) -> None:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)

            def give(self, answer: Answer) -> None:
                body = json.dumps(answer.body).encode()
                self.send_response(answer.status)
                self.send_header("content-type", "application/json; charset=UTF-8")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_any  # noqa: N815  # the server's names

        return Handler


def _forbidden(permission: str) -> Answer:
    said = "You'll need additional permissions to perform this action."
    needed = f" Permissions needed: {permission}" if permission else ""
    return Answer(403, {"accessErrorId": "ACE1", "message": said + needed, "title": "Access denied"})
