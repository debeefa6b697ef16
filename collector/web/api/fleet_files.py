"""The table of all access points as files, under `/access-points.csv` and `.xlsx`."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import Field

from collector.access.identity import Identity
from collector.access.roles import Permission
from collector.web.api.files import file_told
from collector.web.api.permitting import needs, told
from collector.web.city.fleet_files import FleetFiles
from collector.web.city.fleet_table import COLUMNS, FleetFilter
from collector.web.files import CSV, XLSX
from collector.web.language import Language
from collector.web.pages.fleet import FIRST_COLUMN, Sorting


class FleetFileAsked(FleetFilter):
    """Which access points, by which column, and in which language."""

    sort: Annotated[
        str, Field(pattern=f"^-?(?:{'|'.join(COLUMNS)})$", description="A column; with a minus, the most first")
    ] = FIRST_COLUMN
    lang: Language = Language.KOREAN


def fleet_file_router(files: FleetFiles) -> APIRouter:
    """One call for each kind of file."""
    router = APIRouter(tags=["places"])
    for ending, media_type in (("csv", CSV), ("xlsx", XLSX)):
        router.add_api_route(
            f"/access-points.{ending}",
            _call(files, ending),
            name=f"access-points.{ending}",
            response_class=Response,
            responses={**told(422), 200: file_told(media_type)},
            summary="The access points as a table",
        )
    return router


def _call(files: FleetFiles, ending: str):  # type: ignore[no-untyped-def]  # FastAPI reads the types of the call itself
    async def respond(
        request: Request,
        _: Annotated[Identity, needs(Permission.READ)],
        asked: Annotated[FleetFileAsked, Query()],
    ) -> Response:
        wanted = FleetFilter(**{name: getattr(asked, name) for name in FleetFilter.model_fields})
        sorting = Sorting(asked.sort.removeprefix("-"), asked.sort.startswith("-"))
        return await files.answer(request, wanted, sorting, ending)

    return respond
