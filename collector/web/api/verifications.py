"""The acceptances of works, under `/legacy/verifications`: those that were measured, and to have one measured."""

from datetime import date, datetime, time, timedelta
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from collector.access.identity import Identity
from collector.access.roles import Permission
from collector.korean_time import KST
from collector.legacy.documents import VerificationTold
from collector.legacy.verification import FEWEST_DAYS, Works
from collector.replacement.book import Book
from collector.state.audit import Action
from collector.stores import StoreError
from collector.web.api.permitting import needs, told
from collector.web.problems import ProblemError
from collector.web.recording import record
from collector.web.services import Services

Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2199, 12, 31))]


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


class Verifications(BaseModel):
    """The acceptances that are kept, the newest first."""

    verifications: list[VerificationTold]


def verification_router(services: Services, book: Book) -> APIRouter:
    """`/legacy/verifications`."""
    router = APIRouter(prefix="/legacy/verifications", tags=["legacy"])

    @router.get("", responses=told())
    def verifications(_: Annotated[Identity, needs(Permission.READ)]) -> Verifications:
        """The acceptances that were measured."""
        return Verifications(verifications=book.verifications())

    @router.post("", responses=told(409))
    async def verify(
        request: Request, asked: WorksAsked, _: Annotated[Identity, needs(Permission.MEASURE)]
    ) -> VerificationTold:
        """Have it measured whether these works kept the promise: reads weeks of a city, and answers once it has."""
        try:
            works = asked.works
        except ValueError as error:
            raise ProblemError(422, str(error)) from error
        over = works.windows.after[1]
        if over > services.clock():
            day = over.astimezone(KST).date()
            raise ProblemError(409, f"the {works.days} days after the works are over on {day}; measure then")
        try:
            measured = await services.desk.verify(works)
        except StoreError as error:
            raise ProblemError(503, str(error)) from error
        await record(services, request, Action.MEASURED, f"{asked.first_day}/{asked.last_day}")
        return measured

    return router
