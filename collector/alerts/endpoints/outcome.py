"""What a receiver's answer means for a delivery: done, to be tried again, given up, or the end of the endpoint. Pure.

By Standard Webhooks (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md):
2xx is success, a redirect is a failure, 410 says that nothing is wanted any more, and Retry-After is heeded.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from http import HTTPStatus

LONGEST_WAIT_SECONDS = 86_400.0
"""The longest step of the retries: a receiver that asks for more is asked again all the same."""
_RETRIED = frozenset({408, 425, 429})
"""The 4xx that say `not now`: the request took too long, came too early, or was one of too many (RFC 9110, 8470,
6585)."""


class Result(StrEnum):
    """It has been `delivered`; may succeed if it is tried `again`; is `refused` for good, as it is; or the receiver is
    `gone` and wants none at all."""

    DELIVERED = "delivered"
    AGAIN = "again"
    REFUSED = "refused"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`reason` is in words that are fit for a page, with nothing of the address in them. `wait_seconds` is what the
    receiver asked to be left alone for."""

    result: Result
    reason: str = ""
    wait_seconds: float | None = None


def judge(status: int, headers: Mapping[str, str], body: bytes, at: datetime) -> Outcome:  # noqa: ARG001  # formats
    """What an answer means, for every receiver that has no words of its own. `headers` are in lower case."""
    if 200 <= status < 300:
        return Outcome(Result.DELIVERED)
    if status == HTTPStatus.GONE:
        return Outcome(Result.GONE, f"{in_words(status)}: the receiver wants no more notices")
    if 300 <= status < 400:
        return Outcome(Result.AGAIN, f"{in_words(status)}: redirects are not followed; configure the final address")
    if status >= 500 or status in _RETRIED:
        return Outcome(Result.AGAIN, in_words(status), wait_of(headers, at))
    return Outcome(Result.REFUSED, in_words(status))


def in_words(status: int) -> str:
    """`503 Service Unavailable`."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def wait_of(headers: Mapping[str, str], at: datetime) -> float | None:
    """The seconds of Retry-After, which is a number of them or a date (RFC 9110, 10.2.3); None where it is neither."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), LONGEST_WAIT_SECONDS)
    try:
        then = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    then = then if then.tzinfo is not None else then.replace(tzinfo=UTC)
    return min(max((then - at).total_seconds(), 0.0), LONGEST_WAIT_SECONDS)
