"""The plan and the programme as files, beside their pages and in the API.

A plan as CSV is sent while it is read; a workbook has to be whole before it is sent, and is made on the disk. That
takes the processor for seconds, so one is made after the other.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from tempfile import TemporaryFile
from typing import IO

from fastapi import HTTPException, Request
from fastapi.responses import Response, StreamingResponse
from starlette.routing import BaseRoute

from collector.access.roles import Permission
from collector.korean_time import KST
from collector.replacement.book import Book, Selection
from collector.replacement.files.comma_separated import write_csv
from collector.replacement.files.plan import Plan, PlanChangedError, open_plan, plan_sheet
from collector.replacement.files.programme import Programme, day_of, programme_sheet, programme_sheets
from collector.replacement.files.sheets import Sheet
from collector.replacement.files.words import Words
from collector.replacement.files.workbook import write_workbook
from collector.replacement.reporting import report
from collector.web.api.legacy import NOT_YET
from collector.web.language import Language, choose_language
from collector.web.routing import Endpoint, Page
from collector.web.selection import BadQueryError, selection_of
from collector.web.services import Services

CSV = "text/csv; charset=utf-8; header=present"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BYTES_AT_ONCE = 256 * 1024
_JUDGED_ANEW = "the city has just been judged anew; ask again"
Answer = Callable[[Selection, Words], Awaitable[Response]]
"""Makes a file of what is selected, in the language of the words. Of the programme nothing is selected: it is whole."""


def file_routes(files: Mapping[str, Answer]) -> list[BaseRoute]:
    """The files at the address of their page."""

    def at_page(answer: Answer) -> Endpoint:
        async def respond(request: Request) -> Response:
            try:
                selection = selection_of(request.query_params)
            except BadQueryError as error:
                raise HTTPException(400, str(error)) from error
            return await answer(selection, words_for(request))

        return respond

    return [Page(f"/{name}", at_page(answer), needs=Permission.READ) for name, answer in files.items()]


def files_of_the_programme(services: Services, book: Book) -> dict[str, Answer]:
    """`plan` and `programme`, each as `.csv` and `.xlsx`."""
    making = asyncio.Lock()

    async def open_selected(selection: Selection) -> Plan:
        try:
            plan = await asyncio.to_thread(open_plan, book, selection)
        except PlanChangedError as error:
            raise HTTPException(503, _JUDGED_ANEW, headers={"Retry-After": "1"}) from error
        if plan is None:
            raise HTTPException(404, NOT_YET)
        return plan

    async def workbook(sheets: Iterable[Sheet]) -> Iterator[bytes]:
        async with making:
            try:
                return await asyncio.to_thread(workbook_of, sheets)
            except PlanChangedError as error:
                raise HTTPException(503, _JUDGED_ANEW, headers={"Retry-After": "1"}) from error

    async def plan_csv(selection: Selection, words: Words) -> Response:
        plan = await open_selected(selection)
        sheet = plan_sheet(plan, words)
        return download(write_csv(sheet), CSV, f"replacement-plan-{day_of(plan.run.assessed_at)}.csv")

    async def plan_xlsx(selection: Selection, words: Words) -> Response:
        plan = await open_selected(selection)
        content = await workbook([plan_sheet(plan, words)])
        return download(content, XLSX, f"replacement-plan-{day_of(plan.run.assessed_at)}.xlsx")

    async def programme_csv(_: Selection, words: Words) -> Response:
        programme = await asyncio.to_thread(read_programme, services, book)
        sheet = programme_sheet(programme, services.inventory, words)
        return download(write_csv(sheet), CSV, f"replacement-programme-{programme.on}.csv")

    async def programme_xlsx(_: Selection, words: Words) -> Response:
        programme = await asyncio.to_thread(read_programme, services, book)
        content = await workbook(programme_sheets(programme, services.inventory, words))
        return download(content, XLSX, f"replacement-programme-{programme.on}.xlsx")

    return {
        "plan.csv": plan_csv,
        "plan.xlsx": plan_xlsx,
        "programme.csv": programme_csv,
        "programme.xlsx": programme_xlsx,
    }


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
    return words_in(
        choose_language(
            asked=request.query_params.get("lang"),
            remembered=request.cookies.get("lang"),
            accept_language=request.headers.get("accept-language"),
        )
    )


def words_in(language: Language | None) -> Words:
    """In this language, in Korean where none is asked for."""
    return Words("en" if language is Language.ENGLISH else "ko")


def download(content: Iterable[bytes], media_type: str, name: str) -> Response:
    """An answer that a browser keeps as a file of that name."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Type": media_type}
    return StreamingResponse(content, headers=headers)


def workbook_of(sheets: Iterable[Sheet]) -> Iterator[bytes]:
    """A workbook, which is made on the disk and whole when this returns, piece by piece. Blocks, of a city for seconds.
    Raises what the sheets raise."""
    file = TemporaryFile()  # noqa: SIM115  # closed by who reads it
    try:
        write_workbook(sheets, file)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return _pieces(file)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(_BYTES_AT_ONCE):
            yield piece
