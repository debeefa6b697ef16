"""What people have written down about sites: whom to call, and how to get in."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, insert, select, update
from sqlalchemy.exc import IntegrityError

from collector.state.order_tables import site_notes


@dataclass(frozen=True, slots=True)
class SiteNote:
    """The note of one site. Version 0 is that of a site about which nothing has been written yet."""

    site: str
    version: int = 0
    contact: str = ""
    access_note: str = ""
    changed_at: datetime | None = None
    changed_by: str | None = None


class StaleNoteError(Exception):
    """Somebody else has written meanwhile. `note` is what stands there now."""

    def __init__(self, note: SiteNote) -> None:
        self.note = note
        super().__init__(f"{note.changed_by} has changed the note of {note.site} meanwhile")


def note_of(engine: Engine, site: str) -> SiteNote:
    """The note of a site, which may be empty."""
    return notes_of(engine, [site]).get(site, SiteNote(site))


def notes_of(engine: Engine, sites: Iterable[str]) -> dict[str, SiteNote]:
    """The notes of those of these sites that have one."""
    with engine.connect() as connection:
        rows = connection.execute(select(site_notes).where(site_notes.c.site.in_(sorted(set(sites)))))
        return {row.site: SiteNote(*row) for row in rows}


def write_note(engine: Engine, note: SiteNote) -> None:
    """Write the note of a site, as the version that follows the one that was seen. Raises StaleNoteError."""
    site, seen_version = note.site, note.version - 1
    values = {name: getattr(note, name) for name in ("version", "contact", "access_note", "changed_at", "changed_by")}
    try:
        with engine.begin() as connection:
            if seen_version == 0:
                connection.execute(insert(site_notes).values(site=site, **values))
                return
            matches = (site_notes.c.site == site) & (site_notes.c.version == seen_version)
            if connection.execute(update(site_notes).where(matches).values(**values)).rowcount:
                return
    except IntegrityError:
        pass  # the first note of the site, of two people at once
    raise StaleNoteError(note_of(engine, site))
