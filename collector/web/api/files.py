"""The plan and the programme as files, under `/legacy`."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict

from collector.access.identity import Identity
from collector.access.roles import Permission
from collector.replacement.book import Selection
from collector.web.api.permitting import needs, told
from collector.web.api.plan_queries import SelectionAsked
from collector.web.files import CSV, XLSX, Answer, words_in
from collector.web.language import Language


class _InLanguage(BaseModel):
    model_config = ConfigDict(extra="forbid")
    lang: Language = Language.KOREAN


class _SelectedInLanguage(SelectionAsked):
    lang: Language = Language.KOREAN


def file_router(files: Mapping[str, Answer]) -> APIRouter:
    """One call for each of these files, by its name."""
    router = APIRouter(prefix="/legacy", tags=["legacy"])
    for name, answer in files.items():
        router.add_api_route(
            f"/{name}",
            _of_the_plan(answer) if name.startswith("plan.") else _of_the_programme(answer),
            name=name,
            response_class=Response,
            responses={**told(404, 422), 200: file_told(CSV if name.endswith(".csv") else XLSX)},
            summary=f"The {name.partition('.')[0]} as a table",
        )
    return router


def _of_the_plan(answer: Answer):  # type: ignore[no-untyped-def]  # FastAPI reads the types of the call itself
    async def respond(
        _: Annotated[Identity, needs(Permission.READ)], asked: Annotated[_SelectedInLanguage, Query()]
    ) -> Response:
        return await answer(asked.selection, words_in(asked.lang))

    return respond


def _of_the_programme(answer: Answer):  # type: ignore[no-untyped-def]  # as above
    async def respond(
        _: Annotated[Identity, needs(Permission.READ)], asked: Annotated[_InLanguage, Query()]
    ) -> Response:
        return await answer(Selection(), words_in(asked.lang))

    return respond


def file_told(media_type: str) -> dict[str, Any]:
    """A file as an answer, for the description of a call."""
    return {"content": {media_type.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}}}}
