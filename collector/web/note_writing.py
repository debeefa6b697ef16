"""Writes down whom to call at a site and how to get in. For the site's page and the API."""

from pydantic import BaseModel, ConfigDict

from collector.orders.order import Lines
from collector.state.site_notes import SiteNote, StaleNoteError, note_of, write_note
from collector.web.services import Services


class NoteText(BaseModel):
    """What is written about a site. Nothing is an empty text."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    contact: Lines = ""
    access_note: Lines = ""


def rewrite_note(services: Services, site: str, text: NoteText, *, seen_version: int, by: str) -> SiteNote:
    """The note as it stands after somebody has written it who saw this version; the same as before where nothing
    changes. Blocks. Raises StaleNoteError where somebody else has written meanwhile."""
    current = note_of(services.state, site)
    if current.version != seen_version:
        raise StaleNoteError(current)
    if (current.contact, current.access_note) == (text.contact, text.access_note):
        return current
    note = SiteNote(
        site=site,
        version=seen_version + 1,
        contact=text.contact,
        access_note=text.access_note,
        changed_at=services.clock(),
        changed_by=by,
    )
    write_note(services.state, note)
    return note
