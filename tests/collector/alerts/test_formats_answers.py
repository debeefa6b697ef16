"""What a receiver's answer means, for every format and every status."""

from datetime import UTC, datetime

import pytest

from collector.alerts.endpoints.outcome import Outcome, Result
from collector.alerts.formats import format_of, known_kinds

NOW = datetime(2026, 7, 3, 5, 5, tzinfo=UTC)
RESULTS = {
    200: Result.DELIVERED,
    201: Result.DELIVERED,
    202: Result.DELIVERED,
    204: Result.DELIVERED,
    301: Result.AGAIN,
    302: Result.AGAIN,
    304: Result.AGAIN,
    307: Result.AGAIN,
    400: Result.REFUSED,
    401: Result.REFUSED,
    403: Result.REFUSED,
    404: Result.REFUSED,
    405: Result.REFUSED,
    408: Result.AGAIN,
    409: Result.REFUSED,
    410: Result.GONE,
    413: Result.REFUSED,
    422: Result.REFUSED,
    425: Result.AGAIN,
    429: Result.AGAIN,
    451: Result.REFUSED,
    500: Result.AGAIN,
    502: Result.AGAIN,
    503: Result.AGAIN,
    504: Result.AGAIN,
    599: Result.AGAIN,
}


@pytest.mark.parametrize("kind", known_kinds())
@pytest.mark.parametrize(("status", "result"), RESULTS.items())
def test_each_status(kind: str, status: int, result: Result) -> None:
    outcome = format_of(kind).judge(status, {}, b"", NOW)
    assert outcome.result is result
    assert outcome.reason == "" if result is Result.DELIVERED else outcome.reason.startswith(str(status))


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("Fri, 03 Jul 2026 05:07:00 GMT", 120.0),
        ("Fri, 03 Jul 2026 05:00:00 GMT", 0.0),
        ("Sat, 03 Jul 2027 05:00:00 GMT", 86_400.0),
        ("99999999999999999999", 86_400.0),
        ("-5", None),
        ("1e3", None),
        ("nan", None),
        ("١٢", None),
        ("soon", None),
        ("", None),
    ],
)
@pytest.mark.parametrize("kind", known_kinds())
def test_retry_after_is_heeded(kind: str, header: str, seconds: float | None) -> None:
    for status in (429, 503):
        assert format_of(kind).judge(status, {"retry-after": header}, b"", NOW).wait_seconds == seconds


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (400, b"invalid_blocks", Outcome(Result.REFUSED, "400 Bad Request: invalid_blocks")),
        (404, b"no_service\n", Outcome(Result.REFUSED, "404 Not Found: no_service")),
        (410, b"channel_is_archived", Outcome(Result.GONE, "410 Gone: channel_is_archived")),
        (400, b"<html>https://hooks.example.org/secret</html>", Outcome(Result.REFUSED, "400 Bad Request")),
    ],
)
def test_slack_names_what_it_dislikes(status: int, body: bytes, outcome: Outcome) -> None:
    assert format_of("slack").judge(status, {}, body, NOW) == outcome


def test_an_answer_never_shows_in_words_of_ours() -> None:
    for kind in known_kinds():
        outcome = format_of(kind).judge(400, {"location": "https://secret.example"}, b"https://secret.example", NOW)
        assert "secret" not in outcome.reason
