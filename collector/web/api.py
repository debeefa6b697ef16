"""The API under `/api/v1/legacy/`, which the `hangang legacy` command asks: JSON of what `collector.legacy.documents`
describes. Open to who is logged in, and to who has the command key."""

import asyncio
from collections.abc import Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from collector.replacement.book import Book, Entry
from collector.state.assessments import Run
from collector.web.selection import BadQueryError, number_of, selection_of
from collector.web.services import Services

MOST_AT_ONCE = 1_000
NOT_YET = "nothing has been judged yet; the collector does so soon after its start and then once a day"


def api_routes(services: Services, book: Book) -> list[BaseRoute]:
    """`/api/v1/legacy/plan` and `/access-points/{id}`."""

    async def plan(request: Request) -> Response:
        try:
            selection = selection_of(request.query_params)
            offset = number_of(request.query_params, "offset", default=0, most=10_000_000)
            limit = number_of(request.query_params, "limit", default=50, most=MOST_AT_ONCE)
        except BadQueryError as error:
            return api_error(400, str(error))
        listing = await asyncio.to_thread(book.listing, selection, offset=offset, limit=limit)
        if listing is None:
            return api_error(404, NOT_YET)
        places = [_entry_told(entry) for entry in listing.entries]
        return JSONResponse(
            {"run": _run_told(listing.run), "counts": listing.counts, "total": listing.total, "places": places}
        )

    async def access_point(request: Request) -> Response:
        name = request.path_params["access_point"]
        found = await asyncio.to_thread(book.entry, name)
        if found is not None:
            run, entry = found
            return JSONResponse({"run": _run_told(run), "place": _entry_told(entry)})
        if name in services.inventory.access_points:
            return api_error(404, f"{name} has not been judged yet; the collector does so once a day")
        return api_error(404, f"the inventory has no access point {name!r}; its ids are in the inventory's files")

    return [
        Route("/api/v1/legacy/plan", plan),
        Route("/api/v1/legacy/access-points/{access_point:path}", access_point),
    ]


def api_error(status_code: int, message: str) -> Response:
    """What went wrong and what to do, for whoever asked."""
    return JSONResponse({"error": message}, status_code)


def _run_told(run: Run) -> Mapping[str, str]:
    return {name: getattr(run, name).isoformat() for name in ("since", "until", "assessed_at")}


def _entry_told(entry: Entry) -> Mapping[str, Any]:
    site = entry.site
    return {
        "rank": entry.rank,
        "name": entry.place.name,
        "site": {
            "id": site.id,
            "name_ko": site.name_ko,
            "name_en": site.name_en,
            "district": site.district,
            "kind": site.kind,
        },
        **entry.told.model_dump(mode="json", exclude={"site"}),
    }
