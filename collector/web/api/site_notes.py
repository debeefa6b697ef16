"""Whom to call at a site and how to get in, under `/sites/{id}/note`."""

import asyncio
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict

from collector.access.identity import Identity
from collector.access.roles import Permission
from collector.state.audit import Action
from collector.state.site_notes import SiteNote, StaleNoteError, note_of
from collector.web.api.permitting import needs, told
from collector.web.api.places import found_site
from collector.web.api.versions import TAG, Seen, SeenVersions, etag
from collector.web.note_writing import NoteText, rewrite_note
from collector.web.problems import ProblemError
from collector.web.recording import record
from collector.web.services import Services


class NoteTold(BaseModel):
    """The note of a site. Version 0 is that of a site about which nothing has been written yet."""

    model_config = ConfigDict(from_attributes=True)
    site: str
    version: int
    contact: str
    access_note: str
    changed_at: datetime | None
    changed_by: str | None


def site_note_router(services: Services) -> APIRouter:
    """`/sites/{id}/note`."""
    router = APIRouter(prefix="/sites/{site_id}/note", tags=["places"])

    @router.get("", responses={**told(404), 200: {"headers": TAG}})
    def note(site_id: str, response: Response, _: Annotated[Identity, needs(Permission.CONTACTS)]) -> NoteTold:
        """The note, with its version as ETag."""
        return _tagged(note_of(services.state, found_site(services, site_id).id), response)

    @router.put("", responses={**told(404, 412, 428), 200: {"headers": TAG}})
    async def write(
        site_id: str,
        *,
        identity: Annotated[Identity, needs(Permission.PLAN)],
        seen: Seen,
        text: NoteText,
        request: Request,
        response: Response,
    ) -> NoteTold:
        """Write the note anew. `If-Match` names the version that was seen."""
        site = found_site(services, site_id).id
        before = await asyncio.to_thread(note_of, services.state, site)
        try:
            after = await asyncio.to_thread(
                rewrite_note, services, site, text, seen_version=_seen_version(before, seen), by=identity.name
            )
        except StaleNoteError as error:
            members = {"note": NoteTold.model_validate(error.note).model_dump(mode="json")}
            raise ProblemError(
                412, f"{error}; look at `note` and send yours again", kind="note-changed", members=members
            ) from error
        if after.version != before.version:
            await record(services, request, Action.NOTE_WRITTEN, site)
        return _tagged(after, response)

    return router


def _seen_version(note: SiteNote, seen: SeenVersions) -> int:
    """The version of which somebody says that they have seen it. Raises StaleNoteError."""
    if seen.versions is None or note.version in seen.versions:
        return note.version
    raise StaleNoteError(note)


def _tagged(note: SiteNote, response: Response) -> NoteTold:
    response.headers["ETag"] = etag(note.version)
    return NoteTold.model_validate(note)
