"""Puts the calls of the API together into one application, which the pages' mounts under `/api/v1`."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from collector.web.problems import PROBLEM_TYPE, Problem, ProblemError, problem
from collector.web.routing import allowed_methods
from collector.web.unanswered import UNANSWERED, unanswered_problem

VERSION = "1"
_DESCRIPTION = """\
Everything that the pages show and do. Send a token of yours as a bearer token; its scopes are permissions, and it may
never more than you may. What changes an order names the version that was seen (`ETag`, `If-Match`).

Lists come a page at a time: `next` is the cursor of the next one, and null at the end. What goes wrong is told as
`application/problem+json`. Instants are in UTC, days are days in Korea.
"""
_OF_BODIES = {"408": "What was sent did not come to its end", "413": "More was sent than is read"}
_OF_FASTAPI = {"$ref": "#/components/schemas/HTTPValidationError"}


def create_api(routers: Sequence[APIRouter]) -> FastAPI:
    """The application of these calls, with its description at `/openapi.json`."""
    api = FastAPI(
        title="Hangang Wi-Fi",
        version=VERSION,
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        separate_input_output_schemas=False,
        exception_handlers={
            HTTPException: _refused,
            RequestValidationError: _not_understood,
            **dict.fromkeys(UNANSWERED, unanswered_problem),
            Exception: _failed,
        },
    )
    for router in routers:
        api.include_router(router)
    _describe_who_may_ask(api)
    return api


def _describe_who_may_ask(api: FastAPI) -> None:
    describe = api.openapi

    def openapi() -> dict[str, Any]:
        document = describe()
        document.setdefault("components", {})["securitySchemes"] = {
            "token": {"type": "http", "scheme": "bearer", "description": "An API token, or the collector's command key"}
        }
        document["security"] = [{"token": []}]
        document["servers"] = [{"url": "/api/v1"}]
        for path in document["paths"].values():
            for call in path.values():
                if "requestBody" in call:
                    call["responses"] |= {status: {"description": words} for status, words in _OF_BODIES.items()}
                _tell_problems_as_such(call["responses"])
        return document

    api.openapi = openapi  # type: ignore[method-assign]  # as FastAPI's documentation has it


def _tell_problems_as_such(responses: dict[str, Any]) -> None:
    """Problems have a media type of their own; what FastAPI says of values that cannot be is told as one as well."""
    reference = {"$ref": f"#/components/schemas/{Problem.__name__}"}
    for status, response in responses.items():
        if int(status) >= 400:
            schema = response.get("content", {}).get("application/json", {}).get("schema", reference)
            response["content"] = {PROBLEM_TYPE: {"schema": reference if schema == _OF_FASTAPI else schema}}


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  # it is registered for those
    kind, members = (error.kind, error.members) if isinstance(error, ProblemError) else (None, None)
    headers = {"Allow": allowed_methods(request)} if error.status_code == 405 else error.headers
    return problem(error.status_code, str(error.detail), kind=kind, members=members, headers=headers)


async def _not_understood(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  # it is registered for those
    mistakes = [
        {"where": ".".join(str(part) for part in mistake["loc"]), "what": mistake["msg"]} for mistake in error.errors()
    ]
    detail = "; ".join(f"{mistake['where']}: {mistake['what']}" for mistake in mistakes)
    return problem(422, detail, kind="bad-value", members={"mistakes": mistakes})


async def _failed(_: Request, __: Exception) -> Response:
    """The server logs the traceback; who asks has no use for it."""
    return problem(500, "this is a failure of ours, and has been logged; try again in a moment")
