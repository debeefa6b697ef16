"""One place of the replacement plan, explained: what is judged of it, and how its number comes about."""

import asyncio
from dataclasses import dataclass
from datetime import date

from fastapi import HTTPException, Request
from fastapi.responses import Response
from starlette.routing import BaseRoute

from collector.access.roles import Permission
from collector.legacy import PROMISED_RATIO
from collector.legacy.documents import AssessmentTold, Standing
from collector.replacement.book import Book, Entry
from collector.state.assessments import Run
from collector.state.orders import open_orders_at
from collector.web.evidence_days import evidence_days
from collector.web.rendering import Renderer
from collector.web.routing import Page
from collector.web.services import Services


@dataclass(frozen=True, slots=True)
class PlanEntry:
    """What is judged of a place. `judgement` names the sentence that says what follows, and why; `on_list` is how many
    there are on the list. `promised_bits_per_second` is what a new device has to carry there, None where nobody knows
    what the present one can. `first_day` and `last_day` are those of the evidence."""

    run: Run
    entry: Entry
    judgement: str
    on_list: int
    promised_bits_per_second: float | None
    first_day: date
    last_day: date


def build_plan_entry(run: Run, entry: Entry, on_list: int) -> PlanEntry:
    """The view of a place."""
    capacity = entry.told.capacity
    first_day, last_day = evidence_days(run)
    return PlanEntry(
        run=run,
        entry=entry,
        judgement=judgement_of(entry.told),
        on_list=on_list,
        promised_bits_per_second=None if capacity is None else PROMISED_RATIO * capacity.bits_per_second,
        first_day=first_day,
        last_day=last_day,
    )


def judgement_of(told: AssessmentTold) -> str:
    """Which of the rules of `collector.legacy.assessing` decided."""
    if told.standing is Standing.REPLACE:
        is_due = any(gate.state == "closed" for gate in told.gates)
        return "replace_due" if is_due else "replace_old"
    if told.standing is Standing.INSUFFICIENT:
        return "insufficient_generation" if told.device.generation is None else "insufficient_score"
    return str(told.standing)


def plan_entry_routes(services: Services, renderer: Renderer, book: Book) -> list[BaseRoute]:
    """`/plan/{access_point}`."""
    settings = services.desk.settings

    def read(access_point: str) -> PlanEntry | None:
        found = book.entry(access_point)
        if found is None:
            return None
        return build_plan_entry(*found, sum(row.rank is not None for row in book.rows()))

    async def show(request: Request) -> Response:
        place = services.inventory.access_points.get(request.path_params["access_point"])
        if place is None:
            raise HTTPException(404)
        view = await asyncio.to_thread(read, place.id)
        values = {
            "view": view,
            "order": (await asyncio.to_thread(open_orders_at, services.state, [place.id])).get(place.id),
            "place": place,
            "site": services.inventory.sites[place.site],
            "promised_ratio": PROMISED_RATIO,
            "hour": settings.assess_at_hour,
            "gain": settings.score.gain_times,
        }
        return await renderer.respond(request, "plan_entry.html", lambda _: values)

    return [Page("/plan/{access_point}", show, needs=Permission.READ)]
