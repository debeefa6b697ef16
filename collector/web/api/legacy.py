"""What was judged of each place, under `/legacy`: the replacement plan, and how each place's number came about."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from collector.access.identity import Identity
from collector.access.roles import Permission
from collector.legacy.documents import AssessmentTold, Standing
from collector.replacement.book import Book, Entry
from collector.state.assessments import Run
from collector.web.api.cursors import from_cursor, to_cursor
from collector.web.api.permitting import needs, told
from collector.web.api.plan_queries import SelectionAsked
from collector.web.problems import ProblemError
from collector.web.services import Services
from inventory.models import SiteKind

MOST_AT_ONCE = 1_000
NOT_YET = "nothing has been judged yet; the collector does so soon after its start and then once a day"
JUDGED_ANEW = "the city has just been judged anew; ask again from the first page"


class PlanAsked(SelectionAsked):
    """Which places, how many at once, and from where on."""

    limit: Annotated[int, Field(ge=1, le=MOST_AT_ONCE)] = 50
    cursor: Annotated[str | None, Field(max_length=200)] = None


class RunTold(BaseModel):
    """A judgement of the whole city: when it was made, and by the evidence of which time."""

    since: datetime
    until: datetime
    assessed_at: datetime


class SiteTold(BaseModel):
    """A park or a facility."""

    id: str
    name_ko: str
    name_en: str | None
    district: str
    kind: SiteKind


class PlaceTold(AssessmentTold):
    """An access point, what is judged of it, and its rank from 1 where it is on the list."""

    rank: int | None
    name: str | None
    site: SiteTold  # type: ignore[assignment]  # the whole of it, in place of its id


class PlanPage(BaseModel):
    """Places in order of their rank. `counts` are of the whole city by standing, `total` of what was asked for."""

    run: RunTold
    counts: dict[Standing, int]
    total: int
    places: list[PlaceTold]
    next: str | None


class PlaceOfRun(BaseModel):
    """One place of a judgement."""

    run: RunTold
    place: PlaceTold


def legacy_router(services: Services, book: Book) -> APIRouter:
    """`/legacy/plan` and `/legacy/access-points/{id}`."""
    router = APIRouter(prefix="/legacy", tags=["legacy"])

    @router.get("/plan", responses=told(404, 409))
    def plan(_: Annotated[Identity, needs(Permission.READ)], asked: Annotated[PlanAsked, Query()]) -> PlanPage:
        """The places that were judged, those on the list first."""
        run_id, offset = (int(value) for value in from_cursor(asked.cursor, int, int) or (0, 0))
        listing = book.listing(asked.selection, offset=offset, limit=asked.limit)
        if listing is None:
            raise ProblemError(404, NOT_YET)
        if asked.cursor is not None and listing.run.id != run_id:
            raise ProblemError(409, JUDGED_ANEW, kind="judged-anew")
        after = offset + len(listing.entries)
        return PlanPage(
            run=_run_told(listing.run),
            counts=dict(listing.counts),
            total=listing.total,
            places=[_place_told(entry) for entry in listing.entries],
            next=to_cursor(listing.run.id, after) if listing.entries and after < listing.total else None,
        )

    @router.get("/access-points/{access_point:path}", responses=told(404))
    def access_point(access_point: str, _: Annotated[Identity, needs(Permission.READ)]) -> PlaceOfRun:
        """All that is judged of one place, and how its number comes about."""
        found = book.entry(access_point)
        if found is not None:
            run, entry = found
            return PlaceOfRun(run=_run_told(run), place=_place_told(entry))
        if access_point in services.inventory.access_points:
            raise ProblemError(404, f"{access_point} has not been judged yet; the collector does so once a day")
        raise ProblemError(
            404, f"the inventory has no access point {access_point!r}; its ids are in the inventory's files"
        )

    return router


def _run_told(run: Run) -> RunTold:
    return RunTold(since=run.since, until=run.until, assessed_at=run.assessed_at)


def _place_told(entry: Entry) -> PlaceTold:
    site = entry.site
    return PlaceTold.model_construct(
        **{name: getattr(entry.told, name) for name in AssessmentTold.model_fields if name != "site"},
        rank=entry.rank,
        name=entry.place.name,
        site=SiteTold(id=site.id, name_ko=site.name_ko, name_en=site.name_en, district=site.district, kind=site.kind),
    )
