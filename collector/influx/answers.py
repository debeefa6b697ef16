"""What an engine's answer over HTTP means: a StoreError in words that name the key to mend. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from collector.stores import StoreError

_LONGEST_QUOTE = 300
_LONGEST_WAIT_SECONDS = 3600.0
_REMEDIES = {
    401: "check token_file",
    403: "check token_file: the token may not do this in org and bucket",
    404: "check url, query_url, org and bucket",
}
"""For what the configuration, or a right at the engine, has to mend."""
_NO_SUCH_PATH = b"unsupported path requested"


_ABOUT_THE_REQUEST = {400, 413, 422}
"""422 is InfluxDB 2's for a point that is older than the bucket keeps any."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer over HTTP that is none: what was wanted, and what came. `secret` is never repeated."""

    action: str
    status: int
    body: bytes
    headers: Mapping[str, str]
    secret: str | None

    @property
    def words(self) -> str:
        """The answer's body, short, in one line of printable characters."""
        return quote(self.body, self.secret)

    @property
    def is_about_the_request(self) -> bool:
        """Whether another request, or a part of this one, might be taken."""
        return self.status in _ABOUT_THE_REQUEST and not self.is_misconfigured

    @property
    def is_misconfigured(self) -> bool:
        """Whether it will not get better by itself. VictoriaMetrics answers 400 at an address that it does not have."""
        is_elsewhere = not 400 <= self.status < 600
        return self.status in _REMEDIES or is_elsewhere or (self.status == 400 and _NO_SUCH_PATH in self.body)

    def error(self, now: datetime, *, is_permanent: bool = False) -> StoreError:
        """The same as an error. What is wrong may be mended while frames wait: permanent only where the caller says."""
        words = f" ({self.words})" if self.words else ""
        remedy = ""
        if self.is_misconfigured:
            remedy = "; " + _REMEDIES.get(self.status, "check url and query_url: something else answers there")
        return StoreError(
            f"{self.action}: the engine answered {self.status}{words}{remedy}",
            is_permanent=is_permanent,
            retry_after_seconds=retry_after_seconds(self.headers, now),
        )


def retry_after_seconds(headers: Mapping[str, str], now: datetime) -> float | None:
    """When to try again, from a Retry-After header of either form: seconds, or a date. None where there is none that
    can be read; at most an hour."""
    value = next((text for name, text in headers.items() if name.lower() == "retry-after"), "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value), _LONGEST_WAIT_SECONDS)
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    seconds = ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds()
    return min(max(seconds, 0.0), _LONGEST_WAIT_SECONDS)


def quote(body: bytes, secret: str | None) -> str:
    """Somebody's words, short, in one line of printable characters, without the secret."""
    text = body[: 4 * _LONGEST_QUOTE].decode("utf-8", "replace")
    if secret:
        text = text.replace(secret, "…")
    words = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    return words if len(words) <= _LONGEST_QUOTE else f"{words[:_LONGEST_QUOTE]}…"
