"""What is written down about sites: nobody writes over what they have not seen."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from collector.state.site_notes import SiteNote, StaleNoteError, note_of, notes_of, write_note

NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)


def a_note(site: str = "lab", *, version: int = 1, by: str = "lee", contact: str = "관리소 02-120") -> SiteNote:
    return SiteNote(site, version, contact, "key at the kiosk", NOW, by)


def test_a_site_of_which_nothing_is_written_has_an_empty_note(engine: Engine) -> None:
    assert note_of(engine, "lab") == SiteNote("lab", 0, "", "", None, None)
    assert notes_of(engine, ["lab", "pier"]) == {}


def test_a_note_is_found_as_it_was_written_and_each_site_has_its_own(engine: Engine) -> None:
    for site in ("lab", "pier"):
        write_note(engine, a_note(site, contact=site))
    second = replace(a_note(version=2, by="park"), access_note="")
    write_note(engine, second)
    assert note_of(engine, "lab") == second
    assert notes_of(engine, ["pier", "dock", "pier"]) == {"pier": a_note("pier", contact="pier")}


@pytest.mark.parametrize("version", [1, 2, 4, 7])
def test_who_saw_another_version_is_shown_what_stands_there(engine: Engine, version: int) -> None:
    for number in (1, 2):
        write_note(engine, a_note(version=number, by="park"))
    with pytest.raises(StaleNoteError, match="park has changed the note of lab meanwhile") as stale:
        write_note(engine, a_note(version=version, contact="lost"))
    assert stale.value.note == note_of(engine, "lab") == a_note(version=2, by="park")


@pytest.mark.parametrize("written", [0, 1])
def test_of_several_who_write_at_once_one_does_and_the_others_are_told(engine: Engine, written: int) -> None:
    for version in range(1, written + 1):
        write_note(engine, a_note(version=version))
    barrier = threading.Barrier(4)

    def write(which: int) -> SiteNote | None:
        barrier.wait()
        try:
            write_note(engine, a_note(version=written + 1, by=f"person {which}"))
        except StaleNoteError as error:
            return error.note
        return None

    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(write, range(4)))
    stands = note_of(engine, "lab")
    assert stands.version == written + 1
    assert [note for note in told if note is not None] == [stands] * 3
    assert stands.changed_by == f"person {told.index(None)}"
