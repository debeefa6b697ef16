"""Work lists, under `/work-lists`: what somebody has to do, in the order in which they go round, and as files."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from collector.access.identity import Identity
from collector.access.roles import Permission
from collector.fieldwork.work_desk import TooManyOrdersError, WorkDesk
from collector.fieldwork.work_list import Entry, Wanted
from collector.orders.map_links import MapLinks
from collector.orders.order import Line, Order
from collector.web.api.files import file_told
from collector.web.api.legacy import SiteTold
from collector.web.api.permitting import needs, told
from collector.web.files import CSV, XLSX
from collector.web.language import Language
from collector.web.problems import ProblemError
from collector.web.work.work_files import WorkAnswer
from inventory.models import Site

_FORMS = {"csv": CSV, "xlsx": XLSX}


class WorkAsked(BaseModel):
    """Which orders: what is assigned, in progress, rejected or on hold. What is left out does not matter."""

    model_config = ConfigDict(extra="forbid")
    technician: Annotated[Line | None, Field(description="The name by which they log in")] = None
    district: Annotated[Line | None, Field(description="In Korean, such as 영등포구")] = None
    site: Line | None = None
    day: Annotated[date | None, Field(ge=date(2000, 1, 1), le=date(2199, 12, 31))] = None
    overdue: bool = Field(default=False, description="With a day: also what was planned earlier, or for no day")
    planned: bool = Field(default=False, description="Also what is planned, and has no technician yet")

    @property
    def wanted(self) -> Wanted:
        """As lists are made."""
        return Wanted(
            technician=self.technician or None,
            district=self.district or None,
            site=self.site or None,
            day=self.day,
            has_overdue=self.overdue,
            has_planned=self.planned,
        )


class WorkFileAsked(WorkAsked):
    """The same, and in which language."""

    lang: Language = Language.KOREAN


class PlaceOfWork(BaseModel):
    """Where a device hangs, as the inventory has it."""

    id: str
    name: str | None
    floor: str | None
    number: str | None = Field(description="What the list that it comes from calls it")
    placement: str | None
    latitude: float | None
    longitude: float | None


class EntryTold(BaseModel):
    """One order on the list."""

    number: int | None = Field(description="From 1, in the order in which one goes round; null on hold")
    place: PlaceOfWork
    order: Order
    is_off_the_way: bool = Field(description="It hangs outdoors and has no position: it comes last at its site")
    links: MapLinks | None = Field(description="Map applications at the place; null where no position is known")
    is_at_site: bool = Field(description="The links lead to the site, as the place has no position")
    contact: str | None = Field(description="Whom to call; null as well for whoever may not see it")
    access_note: str | None = Field(description="How to get in; null as well for whoever may not see it")


class VisitTold(BaseModel):
    """A site, and what is to be done there in walking order."""

    site: SiteTold
    has_position: bool = Field(description="Without one it comes after the sites that have one")
    entries: list[EntryTold]


class WorkListTold(BaseModel):
    """Sites in driving order; apart from them what is on hold, and orders at places that have left the inventory."""

    visits: list[VisitTold]
    held: list[EntryTold]
    gone: list[Order]
    left_out: int = Field(description="So many orders more fit, and were planned later than these")


def work_list_router(desk: WorkDesk, files: dict[str, WorkAnswer]) -> APIRouter:
    """`/work-lists`, and the same as `.csv` and `.xlsx`."""
    router = APIRouter(tags=["orders"])

    @router.get("/work-lists", responses=told())
    def work_list(
        identity: Annotated[Identity, needs(Permission.READ)], asked: Annotated[WorkAsked, Query()]
    ) -> WorkListTold:
        """What is to be done, in driving order between sites and walking order within each."""
        try:
            work = desk.list_for(identity, asked.wanted)
        except TooManyOrdersError as error:
            raise _too_many(error) from error
        return WorkListTold(
            visits=[
                VisitTold(
                    site=_site_told(visit.site),
                    has_position=visit.has_position,
                    entries=[_entry_told(entry) for entry in visit.entries],
                )
                for visit in work.visits
            ],
            held=[_entry_told(entry) for entry in work.held],
            gone=list(work.gone),
            left_out=work.left_out,
        )

    for ending, answer in files.items():
        router.add_api_route(
            f"/work-lists.{ending}",
            _file_call(answer),
            name=f"work-lists.{ending}",
            response_class=Response,
            responses={**told(422), 200: file_told(_FORMS[ending])},
            summary="A work list as a table",
        )
    return router


def _file_call(answer: WorkAnswer):  # type: ignore[no-untyped-def]  # FastAPI reads the types of the call itself
    async def respond(
        request: Request,
        _: Annotated[Identity, needs(Permission.READ)],
        asked: Annotated[WorkFileAsked, Query()],
    ) -> Response:
        try:
            return await answer(request, asked.wanted, asked.lang)
        except TooManyOrdersError as error:
            raise _too_many(error) from error

    return respond


def _too_many(error: TooManyOrdersError) -> ProblemError:
    return ProblemError(400, str(error), kind="too-many-orders")


def _site_told(site: Site) -> SiteTold:
    return SiteTold(id=site.id, name_ko=site.name_ko, name_en=site.name_en, district=site.district, kind=site.kind)


def _entry_told(entry: Entry) -> EntryTold:
    return EntryTold(
        number=entry.number,
        place=PlaceOfWork.model_validate(entry.place, from_attributes=True),
        order=entry.order,
        is_off_the_way=entry.is_off_the_way,
        links=entry.links,
        is_at_site=entry.is_at_site,
        contact=(entry.note.contact or None) if entry.note else None,
        access_note=(entry.note.access_note or None) if entry.note else None,
    )
