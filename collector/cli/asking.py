"""How commands ask the running collector: over its API, with the key that it leaves for them."""

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import IO, Any
from urllib.parse import quote, urlencode

from collector.command_key import read_command_key
from collector.config import CollectorSettings
from collector.main import CollectorError

_TIMEOUT_SECONDS = 60
Parameter = str | int | Sequence[str] | None
"""Of a query: several values of one name are sent one after the other, and None is left out."""
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""The collector is on this machine: no proxy leads there."""


def ask(settings: CollectorSettings, path: str, **parameters: Parameter) -> Any:
    """The answer's JSON. Raises CollectorError, saying what to do."""
    return json.loads(fetch(settings, path, **parameters))


def fetch(settings: CollectorSettings, path: str, **parameters: Parameter) -> bytes:
    """The answer as it comes. Raises CollectorError, saying what to do."""
    given = {name: value for name, value in parameters.items() if value is not None}
    return _exchange(
        settings,
        path + (f"?{urlencode(given, doseq=True, errors='replace')}" if given else ""),
        None,
        _TIMEOUT_SECONDS,
    )


@contextmanager
def opened(settings: CollectorSettings, path: str, *, timeout_seconds: float) -> Iterator[IO[bytes]]:
    """An answer to be read as it comes, each part of it within that time. Raises CollectorError, saying what to do,
    where there is none; what breaks off later raises OSError or HTTPException."""
    headers = {"Authorization": f"Bearer {_key(settings)}"}
    request = urllib.request.Request(f"{_address(settings)}{path}", headers=headers)  # noqa: S310  # http, to our own address
    with _told_in_words(settings):
        answer = _opener.open(request, timeout=timeout_seconds)
    with answer:
        yield answer


def segment(text: str) -> str:
    """Whatever was typed, as one segment of a path."""
    return quote(text, safe="", errors="replace")


def writable(text: str) -> str:
    """What was typed, as it can be sent in JSON: a terminal may have passed on what is no letter."""
    return text.encode(errors="replace").decode()


def send(settings: CollectorSettings, path: str, document: object, *, timeout_seconds: float) -> Any:
    """Send JSON; the answer's JSON. Raises CollectorError, saying what to do."""
    return json.loads(_exchange(settings, path, json.dumps(document).encode(), timeout_seconds))


def change(
    settings: CollectorSettings, path: str, document: object, *, timeout_seconds: float, version: int | None = None
) -> Any:
    """Send JSON that says what is to change (PATCH), where there are versions of the one that was seen; the answer's
    JSON. Raises CollectorError, saying what to do."""
    seen = {} if version is None else {"If-Match": f'"{version}"'}
    sent = json.dumps(document).encode()
    return json.loads(_exchange(settings, path, sent, timeout_seconds, method="PATCH", more_headers=seen))


def take_away(settings: CollectorSettings, path: str) -> None:
    """Have what is there taken away (DELETE). Raises CollectorError, saying what to do."""
    _exchange(settings, path, None, _TIMEOUT_SECONDS, method="DELETE")


def _exchange(
    settings: CollectorSettings,
    path: str,
    sent: bytes | None,
    timeout_seconds: float,
    *,
    method: str | None = None,
    more_headers: Mapping[str, str] = MappingProxyType({}),
) -> bytes:
    """The answer to a GET, to a POST where something is sent, or to another method."""
    headers = {"Authorization": f"Bearer {_key(settings)}", "Content-Type": "application/json", **more_headers}
    request = urllib.request.Request(f"{_address(settings)}{path}", data=sent, headers=headers, method=method)  # noqa: S310  # http, to our own address
    with _told_in_words(settings), _opener.open(request, timeout=timeout_seconds) as answer:
        body: bytes = answer.read()
        return body


@contextmanager
def _told_in_words(settings: CollectorSettings) -> Iterator[None]:
    """Why there is no answer, as CollectorError."""
    try:
        yield
    except urllib.error.HTTPError as error:
        raise CollectorError(_words_of(error)) from error
    except http.client.IncompleteRead as error:
        raise CollectorError(
            "the answer broke off: the city was judged anew, or the collector ended; ask again"
        ) from error
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise CollectorError(f"{_address(settings)} does not answer ({reason}); is the collector running?") from error


def _address(settings: CollectorSettings) -> str:
    address = settings.web.address
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address)  # noqa: S104  # what listens everywhere is here too
    return f"http://[{host}]:{settings.web.port}" if ":" in host else f"http://{host}:{settings.web.port}"


def _key(settings: CollectorSettings) -> str:
    path = settings.command_key_path
    try:
        return read_command_key(path)
    except FileNotFoundError as error:
        raise CollectorError(f"{path} is not there; start the collector, which makes it") from error
    except OSError as error:
        raise CollectorError(f"{path}: {error.strerror}; run this as the collector's user") from error


def _words_of(error: urllib.error.HTTPError) -> str:
    try:
        told = json.loads(error.read())["detail"]
    except (ValueError, KeyError, TypeError):
        return f"the collector answered {error.code}; see its log"
    return str(told)
