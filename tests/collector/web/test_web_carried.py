"""A session that ends in the middle of a form loses nothing typed, and sends nothing by itself."""

import html
import json
import re
from datetime import timedelta

import httpx
import pytest
from web_browser import NAME, PASSWORD, Pages
from web_city import EVIL, NOW

from collector.web.carrying import CARRIED_FIELD

TYPED = {
    "version": "4",
    "new_serial": 'SN 한글 & "quotes"',
    "note": f"two\nlines {EVIL}",
    "csrf": "of the session that is over",
}
PATH = "/orders/5/finish"


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, name
    return html.unescape(found[1])


async def type_without_session(browser: httpx.AsyncClient, **headers: str) -> httpx.Response:
    return await browser.post(PATH, data=TYPED, headers=headers)


async def test_what_was_typed_is_shown_again_after_logging_in_to_be_sent_with_one_tap(pages: Pages) -> None:
    async with pages.browser() as browser:
        login = await type_without_session(browser)
        assert login.status_code == 401
        assert "What you typed is kept" in login.text
        carried = field(login.text, CARRIED_FIELD)
        assert json.loads(carried) == [PATH, [[name, value] for name, value in TYPED.items() if name != "csrf"]]
        form = {"csrf": field(login.text, "csrf"), CARRIED_FIELD: carried, "name": NAME}
        wrong = await browser.post("/login", data={**form, "password": "wrong"})
        assert (wrong.status_code, field(wrong.text, CARRIED_FIELD)) == (403, carried)
        shown = await browser.post("/login", data={**form, "password": PASSWORD})
        assert shown.status_code == 200
        assert f'<form method="post" action="{PATH}"' in shown.text
        assert {name: field(shown.text, name) for name in TYPED if name != "csrf"} == {
            name: value for name, value in TYPED.items() if name != "csrf"
        }
        assert field(shown.text, "csrf") != TYPED["csrf"]
        assert "<script>alert" not in shown.text
        assert (await browser.get("/account")).status_code in {200, 404}  # logged in


async def test_what_another_site_sends_is_not_kept(pages: Pages) -> None:
    async with pages.browser() as browser:
        answer = await type_without_session(browser, **{"Sec-Fetch-Site": "cross-site"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")


async def test_passwords_are_not_carried(pages: Pages) -> None:
    async with pages.browser() as browser:
        answer = await browser.post("/account/password", data={"old_password": "secret-1", "new_password": "secret-2"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/login")
        both = await browser.post("/account/password", data={"note": "kept", "new_password": "secret-2"})
    assert "kept" in both.text
    assert "secret-2" not in both.text


async def test_a_form_with_nothing_typed_in_it_is_let_go(pages: Pages) -> None:
    async with pages.browser() as browser:
        assert (await browser.post(PATH, data={"version": "", "note": " "})).status_code == 303
        assert (await browser.post(PATH, content=b"\xff\xfe")).status_code == 303
        assert (await browser.post(PATH, content=b"x" * 100_000)).status_code == 303


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "nonsense",
        "[]",
        '["/orders/1"]',
        '["//evil.example/", [["a", "b"]]]',
        '["https://evil.example/", [["a", "b"]]]',
        '["/orders/1", [["a"]]]',
        '["/orders/1", [[1, 2]]]',
        '[7, [["a", "b"]]]',
        "[" * 10_000,
    ],
)
async def test_what_login_did_not_carry_itself_is_not_shown(pages: Pages, forged: str) -> None:
    async with pages.browser() as browser:
        login = await browser.get("/login")
        form = {"csrf": field(login.text, "csrf"), CARRIED_FIELD: forged, "name": NAME, "password": PASSWORD}
        answer = await browser.post("/login", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


async def test_a_form_of_a_session_that_has_just_ended_is_kept(pages: Pages) -> None:
    async with pages.reader() as reader:
        pages.watch.now = NOW + timedelta(hours=13)
        answer = await type_without_session(reader)
    assert answer.status_code == 401
    assert field(answer.text, CARRIED_FIELD)
