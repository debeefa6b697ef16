"""Silences: those that hold something back, those that will, those that did; and where one is ended."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from collector.access.roles import Permission
from collector.alerting.alert_refusals import AlertDeskError, AlertProblem
from collector.alerts.holding.silences import Silence
from collector.state.audit import Action
from collector.state.suppressions import find_silences
from collector.web.alerts.alert_lines import Lines
from collector.web.alerts.matcher_words import Named, matcher_told
from collector.web.forms import own_form
from collector.web.reader import Reader
from collector.web.recording import record
from collector.web.rendering import Renderer
from collector.web.routing import Page, identity_of
from collector.web.selection import BadQueryError, number_of
from collector.web.services import Services

PAGE_SIZE = 50
MOST_AT_WORK = 500
_MOST_ID = 10**9 - 1


@dataclass(frozen=True, slots=True)
class ToldSilence:
    """A silence, and what it means in words."""

    silence: Silence
    means: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class Silences:
    """Those that hold something back, the ones that end first before the others; those that will; and a page of those
    that are over, the newest first. `next_before` is where the next page of these begins."""

    active: tuple[ToldSilence, ...]
    coming: tuple[ToldSilence, ...]
    over: tuple[ToldSilence, ...]
    next_before: int | None
    is_first_page: bool


def read_silences(services: Services, reader: Reader, before: int | None) -> Silences:
    """Read them. Blocks."""
    state, now, lines = services.state, reader.now, Lines(services, reader.language)

    def told(found: Sequence[Silence]) -> tuple[ToldSilence, ...]:
        return tuple(ToldSilence(each, matcher_told(each.matcher, reader, services.inventory, lines)) for each in found)

    at_work = find_silences(state, now, is_over=False, limit=MOST_AT_WORK)
    over = find_silences(state, now, is_over=True, before=before, limit=PAGE_SIZE + 1)
    return Silences(
        active=told(sorted((each for each in at_work if each.is_active(now)), key=lambda each: each.until)),
        coming=told(sorted((each for each in at_work if not each.is_active(now)), key=lambda each: each.starts_at)),
        over=told(over[:PAGE_SIZE]),
        next_before=int(over[PAGE_SIZE - 1].id) if len(over) > PAGE_SIZE else None,
        is_first_page=before is None,
    )


def silence_routes(services: Services, renderer: Renderer) -> list[BaseRoute]:
    """`/alerts/silences`, and where one is ended."""

    async def show(request: Request) -> Response:
        before = before_in(request)

        def values(reader: Reader) -> dict[str, object]:
            return {"view": read_silences(services, reader, before)}

        return await renderer.respond(request, "silences.html", values)

    async def end(request: Request) -> Response:
        await own_form(request)
        number = str(request.path_params["number"])
        try:
            silence = await asyncio.to_thread(services.alert_desk.end_silence, number, identity_of(request).name)
        except AlertDeskError as error:
            if error.problem is AlertProblem.NO_SUCH_SILENCE:
                raise HTTPException(404) from error
        else:
            await record(services, request, Action.SILENCE_ENDED, silence.id, silence.comment)
        return RedirectResponse(f"/alerts/silences#silence-{number}", status_code=303)

    return [
        Page("/alerts/silences", show, needs=Permission.READ),
        Page("/alerts/silences/{number:number}/end", end, needs=Permission.ALERTS, methods=["POST"]),
    ]


def before_in(request: Request) -> int | None:
    """Below which number a page of what is over begins; None on the first. Raises HTTPException."""
    try:
        return number_of(request.query_params, "before", default=0, most=_MOST_ID) or None
    except BadQueryError as error:
        raise HTTPException(400) from error
