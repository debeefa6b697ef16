"""A state database that does not answer: whoever asks is told so in words, with 503, and never that we have failed."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError
from test_web_permissions import ROWS, Row, answer
from web_browser import Pages
from web_roles import Everybody, let_everybody_in

from collector.access.roles import Role
from collector.web.problems import PROBLEM_TYPE

IS_WHO_ASKS = ("FROM sessions JOIN users", "FROM users JOIN sessions", "FROM api_tokens JOIN users")
NEEDS_NO_STATE = {"/metrics", "/healthz", "/readyz", "/static/style.css", "/api/v1/openapi.json"}
ENROLS_NOBODY = {"/api/v1/enrolment/authority": 404, "/api/v1/enrolment/certificates": 422}
"""Where no authority was made, and nothing was sent, there is nothing to ask a database about."""
STANDS_ON_THE_STATE = {"/orders", "/orders/1", "/plan", "/people", "/audit", "/work-lists", "/sites/yeouido/note"}
"""Pages that have nothing to show without the state."""


@pytest.fixture(scope="module")
def everybody(tmp_path_factory: pytest.TempPathFactory) -> Everybody:
    return let_everybody_in(tmp_path_factory.mktemp("everybody") / "state.sqlite")


@pytest.fixture(scope="module")
def logged_in(everybody: Everybody) -> tuple[Path, str]:
    return everybody.path, everybody.sessions[Role.ADMIN]


@pytest.fixture
def fall_silent(state: Engine) -> Iterator[Callable[..., None]]:
    """Have the database answer nothing more, or nothing but questions that have one of these words in them."""
    answered: list[str] = []

    def refuse(_: object, __: object, statement: str, *___: object) -> None:
        if not any(words in " ".join(statement.split()) for words in answered):
            raise OperationalError(statement, None, Exception("the server has closed the connection"))

    def silence(*words: str) -> None:
        answered.extend(words)
        event.listen(state, "before_cursor_execute", refuse)

    yield silence
    event.remove(state, "before_cursor_execute", refuse)


def is_told(row: Row, sent: httpx.Response) -> bool:
    """Whether the answer says in words that the database does not answer, and when to ask again."""
    if "Retry-After" not in sent.headers or sent.headers["X-Content-Type-Options"] != "nosniff":
        return False
    if row.is_api:
        return sent.headers["Content-Type"] == PROBLEM_TYPE and "database does not answer" in sent.json()["detail"]
    return "데이터베이스가 응답하지 않습니다" in sent.text and "database does not answer" in sent.text


async def test_nobody_is_known_without_a_database_and_everybody_is_told_so(
    pages: Pages, everybody: Everybody, fall_silent: Callable[..., None]
) -> None:
    fall_silent()
    async with everybody.reader(pages, Role.ADMIN) as reader:
        for row in ROWS:
            sent = await answer(reader, row, everybody.csrf_tokens[Role.ADMIN])
            if row.path in NEEDS_NO_STATE:
                assert (row.name, sent.status_code) == (row.name, 200)
            elif row.path in ENROLS_NOBODY:
                assert (row.name, sent.status_code) == (row.name, ENROLS_NOBODY[row.path])
            elif row.name != "POST /login":  # a form of nobody's is refused before anything is asked
                assert (row.name, sent.status_code, is_told(row, sent)) == (row.name, 503, True)


async def test_what_falls_silent_after_who_asks_is_known_is_told_too(
    pages: Pages, everybody: Everybody, fall_silent: Callable[..., None]
) -> None:
    fall_silent(*IS_WHO_ASKS)
    async with everybody.reader(pages, Role.ADMIN) as reader:
        found = {row: await answer(reader, row, everybody.csrf_tokens[Role.ADMIN]) for row in ROWS}
    unanswered = {row for row, sent in found.items() if sent.status_code >= 500}
    assert {row.name: (found[row].status_code, is_told(row, found[row])) for row in unanswered} == {
        row.name: (503, True) for row in unanswered
    }
    assert {row.path for row in unanswered if row.method == "GET"} >= STANDS_ON_THE_STATE
