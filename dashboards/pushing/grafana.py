"""The one room that speaks to Grafana: over its HTTP API, with grafana-client. Blocks.

What Grafana answers is translated here: into what the other rooms know, or into a GrafanaError. No redirect is
followed, since the token would go along, and since one leads to a login more often than to the API.
"""

import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Literal
from urllib.parse import urlsplit

from grafana_client import GrafanaApi  # type: ignore[import-untyped]  # has no types
from grafana_client.client import GrafanaException  # type: ignore[import-untyped]  # likewise
from requests import JSONDecodeError, RequestException, TooManyRedirects
from requests.exceptions import SSLError

from dashboards.pushing.boards import TAG, Folder, Wanted, own_part
from dashboards.pushing.marks import message_of
from dashboards.pushing.planning import Found

TIMEOUT_SECONDS = 30
_MOST_FOUND = 5_000  # more, the search does not give
_NEWEST_VERSIONS = 10  # one would do, if all versions of Grafana gave the newest first
_MOST_SAID = 300
_NEEDED = re.compile(r"[Pp]ermissions needed: (.+)")

Reason = Literal[
    "unreachable",  # no answer, or none that came to its end: what was sent may have been done
    "certificate",
    "redirected",  # `detail` is where to
    "not_grafana",
    "unauthorized",
    "forbidden",  # `detail` is the permission, where Grafana names it
    "not_found",
    "conflict",  # there is another already, or another version
    "refused",
    "failing",
]
_REASONS: Mapping[int, Reason] = {
    HTTPStatus.UNAUTHORIZED: "unauthorized",
    HTTPStatus.FORBIDDEN: "forbidden",
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.CONFLICT: "conflict",
    HTTPStatus.PRECONDITION_FAILED: "conflict",
}


class GrafanaError(Exception):
    """Grafana cannot be asked, or does not do it: why, and what it said itself. Never holds the token."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason: Reason = reason
        self.detail = detail


class Grafana:
    """Every method raises GrafanaError."""

    def __init__(self, url: str, token: str) -> None:
        """`url` is http or https, with a host, and without user, query and fragment; it may have a path."""
        parts = urlsplit(url)
        host, path = parts.hostname or "", parts.path.strip("/")
        self._token = token
        self._api = GrafanaApi(
            token,
            protocol=parts.scheme,
            host=f"[{host}]" if ":" in host else host,
            port=parts.port,
            url_path_prefix=f"{path}/" if path else "",
            timeout=TIMEOUT_SECONDS,
        )
        self._api.client.s.max_redirects = 0

    def version(self) -> str | None:
        """Such as `12.1.0`; None where Grafana does not tell it. Needs no right."""
        try:
            health = self._ask(self._api.health.check)
        except GrafanaError as error:
            if error.reason == "not_found":
                raise GrafanaError("not_grafana") from error
            raise
        if not isinstance(health, dict) or not health.keys() & {"database", "version"}:
            raise GrafanaError("not_grafana")
        return health.get("version") or None

    def organisation(self) -> str | None:
        """The name of the one that the token belongs to; None where it may not be told."""
        answer = self._if_there(self._api.organization.get_current_organization)
        return None if answer is None else str(answer.get("name", ""))

    def permissions(self) -> frozenset[str] | None:
        """What the token may do somewhere, such as `folders:create`; None where Grafana does not tell."""
        answer = self._if_there(lambda: self._api.client.GET("/access-control/user/permissions"))
        return None if answer is None else frozenset(answer)

    def settings(self) -> Mapping[str, Any] | None:
        """What Grafana tells its own pages, data sources and panels among it; None where it does not."""
        answer: Mapping[str, Any] | None = self._if_there(lambda: self._api.client.GET("/frontend/settings"))
        return answer

    def plugins(self) -> frozenset[str] | None:
        """The ids of what is installed; None where it may not be told."""
        answer = self._if_there(self._api.plugin.list)
        return None if answer is None else frozenset(str(each["id"]) for each in answer)

    def has_folder(self, uid: str) -> bool:
        """Whether it is there for us."""
        return self._if_there(lambda: self._api.folder.get_folder(uid)) is not None

    def make_folder(self, folder: Folder) -> None:
        """Make it, in no other folder."""
        self._ask(lambda: self._api.folder.create_folder(folder.title, uid=folder.uid))

    def uids_of_tagged_boards(self) -> frozenset[str]:
        """Of all that have our tag, wherever they lie."""
        found = self._ask(lambda: self._api.search.search_dashboards(tag=TAG, type_="dash-db", limit=_MOST_FOUND))
        return frozenset(str(each["uid"]) for each in found)

    def board(self, uid: str) -> Found | None:
        """A board as it is now; None where it is not there for us."""
        answer = self._if_there(lambda: self._api.dashboard.get_dashboard(uid))
        if answer is None:
            return None
        document, meta = answer["dashboard"], answer["meta"]
        version = int(document.get("version") or 0)
        return Found(
            document=document,
            folder_uid=str(meta.get("folderUid") or ""),
            version=version,
            message=self._message(uid, version),
            is_provisioned=bool(meta.get("provisioned")),
            can_save=meta.get("canSave") is not False,
            can_delete=meta.get("canDelete") is not False,
        )

    def save(self, wanted: Wanted, seen_version: int | None) -> None:
        """Make a board, or make a new version of one that has had that version. GrafanaError has the reason `conflict`
        where it has another by now."""
        versioned = {} if seen_version is None else {"version": seen_version}
        request = {
            "dashboard": {**own_part(wanted.document), "id": None, **versioned},
            "folderUid": wanted.folder.uid,
            "message": message_of(wanted.document),
            "overwrite": False,
        }
        self._ask(lambda: self._api.dashboard.update_dashboard(request))

    def remove(self, uid: str) -> None:
        """Remove a board."""
        self._ask(lambda: self._api.dashboard.delete_dashboard(uid))

    def _message(self, uid: str, version: int) -> str | None:
        """Of the newest version, which is at least that one. The client would put the limit into a body. Whoever may
        not write the board may not ask (GrafanaError)."""
        answer = self._ask(lambda: self._api.client.GET(f"/dashboards/uid/{uid}/versions?limit={_NEWEST_VERSIONS}"))
        versions = answer.get("versions") if isinstance(answer, dict) else answer  # an object since 11, before a list
        newest = max(versions or (), key=lambda each: int(each["version"]), default=None)
        if newest is None or int(newest["version"]) < version:
            return None
        return str(newest.get("message") or "")

    def _if_there(self, ask: Callable[[], Any]) -> Any:
        """None where it is not there, or not for us: versions of Grafana differ in which of both they say. Who takes
        the one for the other overwrites nothing, since Grafana makes nothing anew that is there."""
        try:
            return self._ask(ask)
        except GrafanaError as error:
            if error.reason in {"not_found", "forbidden"}:
                return None
            raise

    def _ask(self, ask: Callable[[], Any]) -> Any:
        try:
            answer = ask()
        except GrafanaException as error:
            raise self._refusal(error) from error
        except TooManyRedirects as error:
            to = "" if error.response is None else error.response.headers.get("Location", "")
            raise GrafanaError("redirected", self._said(to.partition("?")[0])) from error
        except JSONDecodeError as error:
            raise GrafanaError("not_grafana") from error
        except SSLError as error:
            raise GrafanaError("certificate", self._said(str(error))) from error
        except RequestException as error:
            raise GrafanaError("unreachable", self._said(_innermost(error))) from error
        if isinstance(answer, str):
            raise GrafanaError("not_grafana")
        return answer

    def _refusal(self, error: Any) -> GrafanaError:
        said = error.response.get("message", "") if isinstance(error.response, dict) else ""
        reason = _REASONS.get(error.status_code, "refused" if error.status_code < 500 else "failing")
        needed = _NEEDED.search(said) if reason == "forbidden" else None
        return GrafanaError(reason, self._said(needed[1] if needed else said or str(error.status_code)))

    def _said(self, text: str) -> str:
        """What others have said, without the token, should they repeat it."""
        return text.replace(self._token, "…")[:_MOST_SAID]


def _innermost(error: BaseException) -> str:
    """What the operating system said; the outer ones tell of the client's own objects."""
    while True:
        inner = next((each for each in error.args if isinstance(each, BaseException)), None)
        inner = inner or getattr(error, "reason", None)
        if not isinstance(inner, BaseException):
            return getattr(error, "strerror", None) or str(error)
        error = inner
