"""Work lists as files, beside their page and in the API. A list is short, and whole before it is sent."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from io import BytesIO

from fastapi import HTTPException, Request
from fastapi.responses import Response
from starlette.routing import BaseRoute

from collector.access.roles import Permission
from collector.fieldwork.work_desk import TooManyOrdersError, WorkDesk
from collector.fieldwork.work_list import Wanted
from collector.replacement.files.comma_separated import write_csv
from collector.replacement.files.sheets import Sheet
from collector.replacement.files.workbook import write_workbook
from collector.web.files import CSV, XLSX, download
from collector.web.language import Language, choose_language
from collector.web.routing import Endpoint, Page, identity_of
from collector.web.selection import BadQueryError
from collector.web.services import Services
from collector.web.work.work_selection import list_of_today, today, wanted_of
from collector.web.work.work_sheet import work_sheet

_MOST_LETTERS_OF_A_HOST = 253
WorkAnswer = Callable[[Request, Wanted, Language], Awaitable[Response]]
"""Makes a file of what is wanted, for who asks. Raises TooManyOrdersError."""


def base_url(services: Services, request: Request) -> str:
    """Where people open orders, without a slash at its end: as it is set, else as they have come here."""
    if services.public_url is not None:
        return services.public_url
    if len(request.url.netloc) > _MOST_LETTERS_OF_A_HOST:
        raise HTTPException(400)
    return f"{request.url.scheme}://{request.url.netloc}"


def work_files(services: Services, desk: WorkDesk) -> dict[str, WorkAnswer]:
    """The list as `.csv` and `.xlsx`."""

    def of_form(ending: str, media_type: str, write: Callable[[Sheet], bytes]) -> WorkAnswer:
        async def answer(request: Request, wanted: Wanted, language: Language) -> Response:
            base, day = base_url(services, request), today(services)

            def made() -> bytes:
                return write(work_sheet(desk.list_for(identity_of(request), wanted), language, base))

            content = await asyncio.to_thread(made)
            return download([content], media_type, f"work-list-{wanted.day or day}.{ending}")

        return answer

    return {"csv": of_form("csv", CSV, _csv), "xlsx": of_form("xlsx", XLSX, _xlsx)}


def work_file_routes(services: Services, files: Mapping[str, WorkAnswer]) -> list[BaseRoute]:
    """`/work-lists.csv` and `/work-lists.xlsx`."""

    def at_page(answer: WorkAnswer) -> Endpoint:
        async def respond(request: Request) -> Response:
            language = choose_language(
                asked=request.query_params.get("lang"),
                remembered=request.cookies.get("lang"),
                accept_language=request.headers.get("accept-language"),
            )
            default = list_of_today(identity_of(request), today(services))
            try:
                return await answer(request, wanted_of(request.query_params, default), language)
            except (BadQueryError, TooManyOrdersError) as error:
                raise HTTPException(400, str(error)) from error

        return respond

    return [Page(f"/work-lists.{ending}", at_page(answer), needs=Permission.READ) for ending, answer in files.items()]


def _csv(sheet: Sheet) -> bytes:
    return b"".join(write_csv(sheet))


def _xlsx(sheet: Sheet) -> bytes:
    file = BytesIO()
    write_workbook([sheet], file)
    return file.getvalue()
