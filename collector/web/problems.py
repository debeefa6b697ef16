"""What goes wrong, as the API tells it: `application/problem+json` (RFC 9457)."""

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import HTTPException
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

PROBLEM_TYPE = "application/problem+json"


class Problem(BaseModel):
    """What went wrong and what to do. Some problems have members beside these."""

    model_config = ConfigDict(extra="allow")
    type: str = Field("about:blank", description="Which kind of problem; `about:blank` where the status says it all")
    title: str
    status: int
    detail: str = Field(description="What went wrong here, and what to do about it")


class ProblemError(HTTPException):
    """A problem to be told: `kind` is a word of ours for it, `members` what there is beside the words."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        kind: str | None = None,
        members: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, detail, headers=dict(headers) if headers else None)
        self.kind = kind
        self.members = dict(members or {})

    @property
    def document(self) -> Problem:
        """As it is told."""
        return _document(self.status_code, str(self.detail), self.kind, self.members)


def problem(
    status: int,
    detail: str,
    *,
    kind: str | None = None,
    members: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem as an answer."""
    told = _document(status, detail, kind, members or {})
    return JSONResponse(told.model_dump(mode="json"), status, dict(headers or {}), media_type=PROBLEM_TYPE)


def _document(status: int, detail: str, kind: str | None, members: Mapping[str, object]) -> Problem:
    return Problem(
        type=f"urn:hangang-wifi:problem:{kind}" if kind else "about:blank",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        **members,
    )
