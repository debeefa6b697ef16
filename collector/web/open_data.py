"""`/open-data/replacement.csv`: how far the programme has come at each site, for everybody and without log-in.

What `collector.replacement.files.open_data` does not name is not in it. The answer is held for a minute, so that
whoever asks again and again makes no work.
"""

from datetime import date, timedelta
from typing import NamedTuple

from fastapi import HTTPException, Request
from fastapi.responses import Response
from starlette.routing import BaseRoute

from collector.replacement.book import Book
from collector.replacement.files.comma_separated import write_csv
from collector.replacement.files.open_data import open_data_sheet
from collector.web.city.held_answers import HeldAnswers
from collector.web.files import CSV, download, read_programme, words_in
from collector.web.guard import OPEN_DATA_PATH
from collector.web.language import Language
from collector.web.routing import Page
from collector.web.services import Services

HELD_FOR = timedelta(minutes=1)
_PATIENCE_SECONDS = 10.0


class _File(NamedTuple):
    content: bytes
    on: date


class OpenData:
    """The file in both languages, as of the last minute."""

    def __init__(self, services: Services, book: Book) -> None:
        self._services = services
        self._book = book
        self._held: HeldAnswers[Language, _File] = HeldAnswers(
            services.clock, fresh=HELD_FOR, usable=HELD_FOR, max_answers=len(Language)
        )

    def routes(self) -> list[BaseRoute]:
        """The one."""
        return [Page(OPEN_DATA_PATH, self._answer, needs=None)]

    async def close(self) -> None:
        """Let the questions end that are under way."""
        await self._held.close()

    async def _answer(self, request: Request) -> Response:
        """In Korean unless English is asked for: what a browser would rather have makes no other file of it."""
        language = Language.ENGLISH if request.query_params.get("lang") == Language.ENGLISH else Language.KOREAN
        try:
            file = await self._held.get(language, lambda: self._read(language), patience_seconds=_PATIENCE_SECONDS)
        except TimeoutError as error:
            raise HTTPException(503, headers={"Retry-After": "10"}) from error
        return download([file.content], CSV, f"hangang-wifi-replacement-{file.on}.csv")

    def _read(self, language: Language) -> _File:
        programme = read_programme(self._services, self._book)
        words = words_in(language)
        return _File(b"".join(write_csv(open_data_sheet(programme, self._services.inventory, words))), programme.on)
