"""The plan and the programme as files, under the addresses of the pages and of the API alike.

A plan as CSV is sent while it is read; a workbook has to be whole before it is sent, and is made on the disk. That
takes the processor for seconds, so one is made after the other.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from tempfile import TemporaryFile
from typing import IO

from fastapi import HTTPException, Request
from fastapi.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from collector.korean_time import KST
from collector.replacement.book import Book
from collector.replacement.files.comma_separated import write_csv
from collector.replacement.files.plan import Plan, PlanChangedError, open_plan, plan_sheet
from collector.replacement.files.programme import Programme, day_of, programme_sheet, programme_sheets
from collector.replacement.files.sheets import Sheet
from collector.replacement.files.words import Words
from collector.replacement.files.workbook import write_workbook
from collector.replacement.reporting import report
from collector.web.api import NOT_YET, api_error
from collector.web.guard import API_PREFIX
from collector.web.language import Language, choose_language
from collector.web.selection import BadQueryError, selection_of
from collector.web.services import Services

API_FOLDER = "/api/v1/legacy"
CSV = "text/csv; charset=utf-8; header=present"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BYTES_AT_ONCE = 256 * 1024
_JUDGED_ANEW = "the city has just been judged anew; ask again"
Answer = Callable[[Request], Awaitable[Response]]


def file_routes(services: Services, book: Book) -> list[BaseRoute]:
    """`/plan` and `/programme`, each as `.csv` and `.xlsx`, and the same under `/api/v1/legacy`."""
    making = asyncio.Lock()

    async def open_selected(request: Request) -> Plan:
        plan = await asyncio.to_thread(open_plan, book, selection_of(request.query_params))
        if plan is None:
            raise HTTPException(404, NOT_YET)
        return plan

    async def workbook(sheets: Iterable[Sheet]) -> Iterator[bytes]:
        async with making:
            return _pieces(await asyncio.to_thread(_made, sheets))

    async def plan_csv(request: Request) -> Response:
        plan = await open_selected(request)
        sheet = plan_sheet(plan, words_for(request))
        return download(write_csv(sheet), CSV, f"replacement-plan-{day_of(plan.run.assessed_at)}.csv")

    async def plan_xlsx(request: Request) -> Response:
        plan = await open_selected(request)
        content = await workbook([plan_sheet(plan, words_for(request))])
        return download(content, XLSX, f"replacement-plan-{day_of(plan.run.assessed_at)}.xlsx")

    async def programme_csv(request: Request) -> Response:
        programme = await asyncio.to_thread(read_programme, services, book)
        sheet = programme_sheet(programme, services.inventory, words_for(request))
        return download(write_csv(sheet), CSV, f"replacement-programme-{programme.on}.csv")

    async def programme_xlsx(request: Request) -> Response:
        programme = await asyncio.to_thread(read_programme, services, book)
        content = await workbook(programme_sheets(programme, services.inventory, words_for(request)))
        return download(content, XLSX, f"replacement-programme-{programme.on}.xlsx")

    files: dict[str, Answer] = {
        "plan.csv": plan_csv,
        "plan.xlsx": plan_xlsx,
        "programme.csv": programme_csv,
        "programme.xlsx": programme_xlsx,
    }
    return [Route(f"{folder}/{name}", _told(answer)) for folder in ("", API_FOLDER) for name, answer in files.items()]


def read_programme(services: Services, book: Book) -> Programme:
    """How far the programme has come by now. Blocks."""
    settings = services.desk.settings
    listing = book.listing(limit=0)
    return Programme(
        report=report(book, services.inventory, services.state, settings),
        run=None if listing is None else listing.run,
        verifications=book.verifications(),
        since=settings.programme_since,
        on=services.clock().astimezone(KST).date(),
    )


def words_for(request: Request) -> Words:
    """In the language that the page would be in."""
    language = choose_language(
        asked=request.query_params.get("lang"),
        remembered=request.cookies.get("lang"),
        accept_language=request.headers.get("accept-language"),
    )
    return Words("en" if language is Language.ENGLISH else "ko")


def download(content: Iterable[bytes], media_type: str, name: str) -> Response:
    """An answer that a browser keeps as a file of that name."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Type": media_type}
    return StreamingResponse(content, headers=headers)


def _told(answer: Answer) -> Answer:
    """What went wrong, as JSON for who asks the API and as a page for the others."""

    async def tell(request: Request) -> Response:
        try:
            return await answer(request)
        except BadQueryError as error:
            refusal = HTTPException(400, str(error))
        except PlanChangedError:
            refusal = HTTPException(503, _JUDGED_ANEW, headers={"Retry-After": "1"})
        except HTTPException as error:
            refusal = error
        if request.url.path.startswith(API_PREFIX):
            return api_error(refusal.status_code, refusal.detail)
        raise refusal

    return tell


def _made(sheets: Iterable[Sheet]) -> IO[bytes]:
    file = TemporaryFile()  # noqa: SIM115  # closed by who reads it
    try:
        write_workbook(sheets, file)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(_BYTES_AT_ONCE):
            yield piece
