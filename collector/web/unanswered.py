"""What whoever asks is told while the state database does not answer: 503, and when to ask again.

Used by the guard, which asks it first, and by pages and API, whose questions may be the first to find it silent.
"""

import logging

from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionLeftError

from collector.web.problems import problem

UNANSWERED = (OperationalError, InterfaceError, NoConnectionLeftError)
"""What SQLAlchemy raises where a database cannot be asked. What else it raises is a failure of ours."""
_RETRY_AFTER = {"Retry-After": "10"}
_PAGE = """<!doctype html>
<html lang="ko"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>데이터베이스 응답 없음 · No answer</title></head>
<body><h1>데이터베이스가 응답하지 않습니다</h1>
<p>잠시 뒤에 다시 시도해 주세요. 입력한 내용을 보내던 중이었다면 저장되었는지 먼저 확인해 주세요.
<a href="/">현황으로</a></p>
<div lang="en"><h1>The database does not answer</h1>
<p>Please try again in a moment. If you were sending something, see first whether it was saved.
<a href="/">To the overview</a></p></div>
</body></html>
"""
"""Stands by itself: who asks, and in which language, is not known either."""
_logger = logging.getLogger(__name__)


async def unanswered_page(request: Request, error: Exception) -> Response:
    """The page that says so."""
    _note(request, error)
    return HTMLResponse(_PAGE, 503, _RETRY_AFTER)


async def unanswered_problem(request: Request, error: Exception) -> Response:
    """The same, as the API tells it."""
    _note(request, error)
    detail = "the state database does not answer; ask again in a moment, and see first whether a change was made"
    return problem(503, detail, kind="unanswered", headers=_RETRY_AFTER)


def _note(request: Request, error: Exception) -> None:
    _logger.error("state_did_not_answer path=%r error=%r", request.url.path, str(error.__cause__ or error))
