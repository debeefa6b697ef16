"""Whom to call at a site and how to get in: who sees it, who writes it, and what happens to two who do at once."""

import re

import httpx
import pytest
from test_web_pages import text_of
from web_browser import Pages
from web_city import EVIL, NOW
from web_people import reader_of

from collector.access.roles import Role
from collector.orders.order import MAX_TEXT
from collector.state.audit import Action, entries
from collector.state.site_notes import SiteNote, note_of, write_note

SITE = "/sites/yeouido"
NOTE = f"{SITE}/note"


async def form(reader: httpx.AsyncClient) -> dict[str, str]:
    """What the form sends along by itself."""
    html = (await reader.get(NOTE)).text
    return {name: re.search(f'name="{name}" value="([^"]*)"', html)[1] for name in ("csrf", "version")}  # type: ignore[index]  # it is there


def write(pages: Pages, version: int, contact: str, access_note: str = "", by: str = "계획 이") -> None:
    write_note(pages.services.state, SiteNote("yeouido", version, contact, access_note, NOW, by))


async def test_a_note_is_written_shown_and_noted_in_the_audit_log(pages: Pages) -> None:
    async with pages.reader() as reader:
        hidden = await form(reader)
        answer = await reader.post(NOTE, data={**hidden, "contact": " 02-1 \r\n", "access_note": "문\r\n2층"})
        assert (answer.status_code, answer.headers["location"]) == (303, f"{SITE}#note")
        text = text_of((await reader.get(SITE)).text)
    assert "Contact 02-1 How to get in 문 2층 Changed by 관리자: just now" in text
    note = note_of(pages.services.state, "yeouido")
    assert (note.version, note.contact, note.access_note) == (1, "02-1", "문\n2층")
    [entry] = entries(pages.services.state, limit=10)
    assert (entry.entry.action, entry.entry.by, entry.entry.subject) == (Action.NOTE_WRITTEN, "관리자", "yeouido")
    assert "02-1" not in entry.entry.detail


async def test_what_is_the_same_is_not_written_again(pages: Pages) -> None:
    write(pages, 1, "02-1")
    async with pages.reader() as reader:
        answer = await reader.post(NOTE, data={**await form(reader), "contact": "02-1", "access_note": ""})
    assert answer.status_code == 303
    assert note_of(pages.services.state, "yeouido").version == 1
    assert entries(pages.services.state, limit=10) == []


async def test_who_was_slower_sees_the_others_text_beside_their_own(pages: Pages) -> None:
    async with pages.reader() as reader:
        hidden = await form(reader)
        write(pages, 1, f"theirs {EVIL}")
        mine = {"contact": f"mine {EVIL}", "access_note": "the other door"}
        answer = await reader.post(NOTE, data={**hidden, **mine})
        assert answer.status_code == 409
        text = text_of(answer.text)
        assert "계획 이 has changed this meanwhile." in text
        assert f"What is saved now Changed by 계획 이: just now Contact theirs {EVIL} How to get in empty" in text
        assert f"mine {EVIL}" in text
        assert "the other door" in text
        assert EVIL not in answer.text
        assert note_of(pages.services.state, "yeouido").contact == f"theirs {EVIL}"

        version = re.search(r'name="version" value="(\d+)"', answer.text)
        assert version is not None
        again = await reader.post(NOTE, data={**hidden, **mine, "version": version[1]})
    assert again.status_code == 303
    assert note_of(pages.services.state, "yeouido").contact == f"mine {EVIL}"


@pytest.mark.parametrize(
    ("contact", "problem"),
    [("x" * (MAX_TEXT + 1), "There is room for 1,000 letters."), ("bell\x07", "There are signs in it")],
)
async def test_what_cannot_be_kept_is_said_beside_its_field_and_nothing_is_lost(
    pages: Pages, contact: str, problem: str
) -> None:
    async with pages.reader() as reader:
        answer = await reader.post(NOTE, data={**await form(reader), "contact": contact, "access_note": "the door"})
    assert answer.status_code == 400
    assert problem in answer.text
    assert 'aria-describedby="problem-contact"' in answer.text
    assert contact in answer.text
    assert "the door</textarea>" in answer.text
    assert note_of(pages.services.state, "yeouido").version == 0


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 30])
async def test_a_form_that_is_not_ours_is_refused(pages: Pages, version: str) -> None:
    async with pages.reader() as reader:
        hidden = await form(reader)
        assert (await reader.post(NOTE, data={**hidden, "version": version})).status_code == 400
        assert (await reader.post(NOTE, data={"version": "0", "contact": "x"})).status_code == 403
        assert (await reader.post("/sites/nowhere/note", data=hidden)).status_code == 404
    assert note_of(pages.services.state, "yeouido").version == 0


@pytest.mark.parametrize(
    ("role", "sees", "writes"),
    [
        (Role.VIEWER, False, False),
        (Role.TECHNICIAN, False, False),
        (Role.OPS, True, False),
        (Role.PLANNER, True, True),
    ],
)
async def test_contacts_are_for_those_who_may_see_them(pages: Pages, role: Role, *, sees: bool, writes: bool) -> None:
    write(pages, 1, "02-secret")
    async with reader_of(pages, role) as reader:
        html = (await reader.get(SITE)).text
        assert ("02-secret" in html, f'href="{NOTE}"' in html) == (sees, writes)
        answer = await reader.get(NOTE)
        assert answer.status_code == (200 if writes else 403)
        assert ("02-secret" in answer.text) == writes
