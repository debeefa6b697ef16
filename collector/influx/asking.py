"""Questions to an engine over HTTP, each in the thread of whoever asks. For the two languages' readers."""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from pydantic_core import from_json
from urllib3 import BaseHTTPResponse, PoolManager, Timeout
from urllib3.exceptions import HTTPError

from collector.influx.answers import Answer
from collector.influx.settings import InfluxSettings
from collector.stores import StoreError

_HEALTH_WITHIN_SECONDS = 5.0
_CONNECTIONS = 8
_MAX_FILTER_BYTES = 12_000
"""Of the names in one question: VictoriaMetrics reads questions of at most 16 KiB."""
_PART_BYTES = 256 * 1024
"""Reading them takes some 5 ms."""
_SPECIAL = frozenset("\\.+*?()|[]{}^$/")


class Asker:
    """Asks one engine. Threads may share it."""

    def __init__(self, settings: InfluxSettings, now: Callable[[], datetime]) -> None:
        self._settings = settings
        self._now = now
        self._pool = PoolManager(_CONNECTIONS, maxsize=_CONNECTIONS, retries=False)

    def ask(self, path: str, fields: Mapping[str, str]) -> Any:  # JSON
        """The JSON that answers a form posted to a path below the url. Raises StoreError."""
        return self._read(b"".join(self._pieces(path, fields)))

    def ask_in_parts(
        self, path: str, fields: Mapping[str, str], begins: bytes, items_of: Callable[[Any], list[Any]]
    ) -> Iterator[list[Any]]:
        """The same of an answer that is long: the items of its list, some at a time, as they come. To read tens of
        megabytes at once would keep all other threads waiting, and take ten times as much memory. `begins` is how every
        item begins, in which there is a quote: no text in the answer holds it, for there it would be escaped.
        `items_of` takes the list out of an answer, which at last is one of the items that are left. Raises StoreError,
        also when some were told already: what breaks off is no answer."""
        unread = bytearray()
        before: bytes | None = None
        with closing(self._pieces(path, fields)) as pieces:
            for piece in pieces:
                unread += piece
                if before is None:  # an answer that begins otherwise is read whole
                    begin = unread.find(b"[" + begins) + 1
                    before = bytes(unread[:begin])
                    del unread[:begin]
                end = unread.rfind(b"," + begins) if before else -1
                if end >= 0:
                    yield self._read(b"[" + unread[:end] + b"]")
                    del unread[: end + 1]
        yield items_of(self._read((before or b"") + unread))

    def answers_well(self, path: str) -> bool:
        """Whether a path below the url answers with 2xx, and soon."""
        try:
            answer = self._request("GET", path, {}, _HEALTH_WITHIN_SECONDS)
        except StoreError:
            return False
        answer.drain_conn()  # or its connection would be of no more use
        return answer.status // 100 == 2

    def close(self) -> None:
        """Let go of the connections."""
        self._pool.clear()

    def _pieces(self, path: str, fields: Mapping[str, str]) -> Generator[bytes, None, None]:
        """The answer as it comes, each piece but the last of `_PART_BYTES`. Raises StoreError."""
        answer = self._request("POST", path, fields, self._settings.timeout_seconds)
        try:
            if answer.status != 200:
                raise self._refusal(answer).error(self._now())
            while piece := answer.read(_PART_BYTES):
                yield piece
        except HTTPError as error:
            raise StoreError(f"{self._action}: {error}", is_permanent=False) from error
        finally:
            answer.close()  # what was read to its end has given its connection back already

    def _read(self, body: bytes) -> Any:  # JSON
        try:
            return from_json(body)
        except ValueError as error:
            raise StoreError(f"{self._action}: the answer is not JSON; check query_url", is_permanent=False) from error

    def _request(self, method: str, path: str, fields: Mapping[str, str], timeout_seconds: float) -> BaseHTTPResponse:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        try:
            token = self._settings.token()
            if token is not None:
                headers["Authorization"] = f"Token {token}"
            return self._pool.request(
                method,
                self._settings.asked_at + path,
                body=urlencode(fields) if method == "POST" else None,
                headers=headers,
                timeout=Timeout(total=min(timeout_seconds, self._settings.timeout_seconds)),
                redirect=False,
                preload_content=False,
            )
        except (HTTPError, ValueError) as error:
            raise StoreError(f"{self._action}: {error}", is_permanent=False) from error

    def _refusal(self, answer: BaseHTTPResponse) -> Answer:
        return Answer(self._action, answer.status, answer.data, answer.headers, self._settings.token())

    @property
    def _action(self) -> str:
        return f"{self._settings.asked_at} was not asked"


def alternatives(names: Iterable[str]) -> Iterator[str]:
    """Regular expressions, none too long for a question, that together match these names and nothing else."""
    gathered: list[str] = []
    size = 0
    for name in names:
        literal = "".join(f"\\{character}" if character in _SPECIAL else character for character in name)
        size += 2 * len(literal.encode()) + 1  # a quoted backslash is two
        if gathered and size > _MAX_FILTER_BYTES:
            yield "|".join(gathered)
            gathered, size = [], 2 * len(literal.encode()) + 1
        gathered.append(literal)
    if gathered:
        yield "|".join(gathered)
