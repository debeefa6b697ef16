"""The form in which a planner writes down whom to call at a site, and how to get in.

A page of its own: the site's page renews itself, and would take away what is typed.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from fastapi import HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import ValidationError
from starlette.routing import BaseRoute

from collector.access.roles import Permission
from collector.orders.order import MAX_TEXT
from collector.state.audit import Action
from collector.state.site_notes import SiteNote, StaleNoteError, note_of
from collector.web.forms import Form, own_form
from collector.web.note_writing import NoteText, rewrite_note
from collector.web.recording import record
from collector.web.rendering import Renderer
from collector.web.routing import Page, identity_of
from collector.web.services import Services
from inventory.models import Site

FIELDS = tuple(NoteText.model_fields)
_MOST_VERSION_DIGITS = 9


@dataclass(frozen=True, slots=True)
class NoteForm:
    """What the form shows: the texts of its fields, the version that they are made from, what is wrong with which of
    them, and what somebody else has written meanwhile."""

    typed: Mapping[str, str]
    version: int
    problems: Mapping[str, str] = field(default_factory=dict)
    theirs: SiteNote | None = None


def form_of(note: SiteNote) -> NoteForm:
    """The form of whoever begins to change a note."""
    return NoteForm({name: getattr(note, name) for name in FIELDS}, note.version)


def note_routes(services: Services, renderer: Renderer) -> list[BaseRoute]:
    """`/sites/{id}/note`."""

    def site_of(request: Request) -> Site:
        site = services.inventory.sites.get(request.path_params["id"])
        if site is None:
            raise HTTPException(404)
        return site

    async def respond(request: Request, site: Site, form: NoteForm, status_code: int) -> Response:
        values = {"site": site, "form": form, "fields": FIELDS, "most_letters": MAX_TEXT}
        return await renderer.respond(request, "site_note.html", lambda _: values, status_code=status_code)

    async def show(request: Request) -> Response:
        site = site_of(request)
        note = await asyncio.to_thread(note_of, services.state, site.id)
        return await respond(request, site, form_of(note), 200)

    async def write(request: Request) -> Response:
        site, form = site_of(request), await own_form(request)
        typed, version = _typed(form), _version(form)
        try:
            note = await asyncio.to_thread(
                rewrite_note,
                services,
                site.id,
                NoteText.model_validate(typed),
                seen_version=version,
                by=identity_of(request).name,
            )
        except ValidationError as error:
            problems = {str(mistake["loc"][0]): mistake["type"] for mistake in error.errors()}
            return await respond(request, site, NoteForm(typed, version, problems), 400)
        except StaleNoteError as error:
            return await respond(request, site, NoteForm(typed, error.note.version, theirs=error.note), 409)
        if note.version != version:
            await record(services, request, Action.NOTE_WRITTEN, site.id)
        return RedirectResponse(f"/sites/{site.id}#note", status_code=303)

    return [
        Page("/sites/{id}/note", show, needs=Permission.PLAN),
        Page("/sites/{id}/note", write, needs=Permission.PLAN, methods=["POST"]),
    ]


def _typed(form: Form) -> dict[str, str]:
    """Browsers end lines as the network does, which would count twice."""
    return {name: form.text(name).replace("\r\n", "\n") for name in FIELDS}


def _version(form: Form) -> int:
    text = form.text("version")
    if not (text.isascii() and text.isdigit()) or len(text) > _MOST_VERSION_DIGITS:
        raise HTTPException(400)
    return int(text)
