"""The acceptances over the API: those that were measured, and to have one measured, which takes the command key."""

import asyncio
from datetime import date, datetime, time, timedelta
from typing import Annotated

from fastapi import Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.routing import BaseRoute, Route

from collector.korean_time import KST
from collector.legacy.verification import FEWEST_DAYS, Works
from collector.replacement.book import Book
from collector.stores import StoreError
from collector.web.api import api_error
from collector.web.services import Services

Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2199, 12, 31))]
PATH = "/api/v1/legacy/verifications"


class WorksAsked(BaseModel):
    """Works from the first to the last day, in Korean time, and how many days each side is measured."""

    model_config = ConfigDict(extra="forbid")
    first_day: Day
    last_day: Day
    days: Annotated[int, Field(ge=FEWEST_DAYS, le=366)] = FEWEST_DAYS

    @property
    def works(self) -> Works:
        """As instants. Raises ValueError."""
        start, last = (datetime.combine(day, time.min, KST) for day in (self.first_day, self.last_day))
        return Works(start, last + timedelta(days=1), self.days)


def verification_routes(services: Services, book: Book) -> list[BaseRoute]:
    """`/api/v1/legacy/verifications`."""

    async def verifications(_: Request) -> Response:
        kept = await asyncio.to_thread(book.verifications)
        return JSONResponse({"verifications": [each.model_dump(mode="json") for each in kept]})

    async def verify(request: Request) -> Response:
        if getattr(request.state, "session", None) is not None:
            return api_error(
                403, "measuring reads weeks of a city; use `hangang legacy verify` on the collector's machine"
            )
        try:
            works = WorksAsked.model_validate_json(await request.body()).works
        except ValidationError as error:
            return api_error(
                400, "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
            )
        except ValueError as error:
            return api_error(400, str(error))
        over = works.windows.after[1]
        if over > services.clock():
            return api_error(
                409, f"the {works.days} days after the works are over on {over.astimezone(KST).date()}; measure then"
            )
        try:
            told = await services.desk.verify(works)
        except StoreError as error:
            return api_error(503, str(error))
        return JSONResponse(told.model_dump(mode="json"))

    return [Route(PATH, verifications, methods=["GET"]), Route(PATH, verify, methods=["POST"])]
