"""One's own account: a password that is changed, and API tokens, on the pages and over the API."""

import html
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
from web_browser import COMMAND_KEY, NAME, PASSWORD, Pages, log_in
from web_city import EVIL, NOW
from web_roles import api_token

from collector.access.roles import Permission, Role
from collector.access.throttle import FIRST_DELAY, FREE_FAILURES
from collector.state.accounts import add_user, is_password_of
from collector.state.api_tokens import MOST_OF_ONE_PERSON, make_token
from collector.state.audit import Action, entries
from collector.web.guard import SESSION_COOKIE

NEW = "a boat on the river at night"
DRAWN = "k7mp-x3qd-9tra-wf4h"
TOKENS = "/api/v1/tokens"


def csrf_of(page: httpx.Response) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found is not None
    return found[1]


async def send(browser: httpx.AsyncClient, path: str, **fields: str | list[str]) -> httpx.Response:
    """Fill in the form of a page of ours."""
    return await browser.post(path, data={"csrf": csrf_of(await browser.get(path)), **fields})


async def change(
    browser: httpx.AsyncClient, old: str, new: str, repeated: str | None = None, *, path: str = "/account/password"
) -> httpx.Response:
    typed = {"old_password": old, "new_password": new, "repeated_password": new if repeated is None else repeated}
    return await send(browser, path, **typed)


@asynccontextmanager
async def logged_in(pages: Pages, name: str, password: str) -> AsyncIterator[httpx.AsyncClient]:
    async with pages.browser() as browser:
        assert (await log_in(browser, name=name, password=password)).status_code == 303
        yield browser


def add(pages: Pages, name: str, role: Role, password: str = PASSWORD, *, has_first_password: bool = False) -> None:
    state = pages.services.state
    assert add_user(state, name, password, NOW, role=role, has_first_password=has_first_password)


def actions(pages: Pages, by: str) -> list[Action]:
    return [kept.entry.action for kept in entries(pages.services.state, limit=20, by=by)]


async def test_everybody_sees_who_they_are_and_what_they_may(pages: Pages) -> None:
    add(pages, "kim", Role.TECHNICIAN)
    async with logged_in(pages, "kim", PASSWORD) as browser:
        page = await browser.get("/account")
    assert page.status_code == 200
    assert "Field technician" in page.text
    assert "Do replacement work" in page.text
    assert "Manage people" not in page.text


async def test_a_password_is_changed_and_all_other_sessions_end(pages: Pages) -> None:
    async with pages.reader() as here, pages.browser() as elsewhere:
        await log_in(elsewhere)
        answer = await change(here, PASSWORD, NEW)
        assert (answer.status_code, answer.headers["location"]) == (303, "/account?done=password")
        assert "Your password has been changed" in (await here.get(answer.headers["location"])).text
        assert (await elsewhere.get("/")).status_code == 303
        assert (await log_in(elsewhere)).status_code == 403
        assert (await log_in(elsewhere, password=NEW)).status_code == 303
    assert actions(pages, NAME)[:3] == [Action.LOGGED_IN, Action.LOG_IN_REFUSED, Action.PASSWORD_CHANGED]


@pytest.mark.parametrize(
    ("typed", "words", "beside"),
    [
        (("wrong", NEW, NEW), "This is not your present password.", "old_password"),
        (("", NEW, NEW), "This is not your present password.", "old_password"),
        (("x" * 1_100, NEW, NEW), "This is not your present password.", "old_password"),
        ((PASSWORD, "short words", "short words"), "Please take at least 12 letters.", "new_password"),
        ((PASSWORD, "long " * 300, ""), "This is too long.", "new_password"),
        ((PASSWORD, f"{NAME} 1234567890", ""), "little more than your name", "new_password"),
        ((PASSWORD, "password1234", ""), "one of the passwords that are tried first", "new_password"),
        ((PASSWORD, PASSWORD, PASSWORD), "This is your present password.", "new_password"),
        ((PASSWORD, NEW, f"{NEW}s"), "These are not the same.", "repeated_password"),
    ],
)
async def test_a_password_that_cannot_be_is_told_beside_its_field(
    pages: Pages, typed: tuple[str, str, str], words: str, beside: str
) -> None:
    async with pages.reader() as reader:
        answer = await change(reader, *typed)
        assert answer.status_code == 400
        assert words in answer.text
        assert re.search(rf'id="{beside}"[^>]*aria-describedby="problem-{beside}[^>]*aria-invalid="true"', answer.text)
        for password in typed:
            assert len(password) < 6 or html.escape(password) not in answer.text
    async with pages.browser() as browser:
        assert (await log_in(browser)).status_code == 303


async def test_guessing_the_present_password_is_slowed_down_as_logging_in_is(pages: Pages) -> None:
    async with pages.reader() as reader:
        for _ in range(FREE_FAILURES):
            assert (await change(reader, "wrong", NEW)).status_code == 400
        answer = await change(reader, PASSWORD, NEW)
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "30")
        assert "Please try again in 30 seconds." in answer.text
        async with pages.browser() as browser:
            assert (await log_in(browser)).status_code == 429
        pages.watch.now += FIRST_DELAY
        assert (await change(reader, PASSWORD, NEW)).status_code == 303
    assert actions(pages, NAME) == [Action.PASSWORD_CHANGED, *[Action.PASSWORD_REFUSED] * FREE_FAILURES]


async def test_mistakes_that_guess_nothing_count_for_nothing(pages: Pages) -> None:
    async with pages.reader() as reader:
        for _ in range(FREE_FAILURES + 1):
            assert (await change(reader, PASSWORD, "short")).status_code == 400
        assert (await change(reader, PASSWORD, NEW)).status_code == 303


async def test_a_first_password_is_changed_before_anything_else_and_leads_on(pages: Pages) -> None:
    add(pages, "kim", Role.VIEWER, DRAWN, has_first_password=True)
    async with pages.browser() as browser:
        answer = await log_in(browser, name="kim", password=DRAWN, to="?next=/sites/yeouido%3Flang%3Den")
        assert answer.headers["location"] == "/sites/yeouido?lang=en"
        answer = await browser.get("/sites/yeouido?lang=en")
        assert answer.headers["location"] == "/account/password?next=/sites/yeouido%3Flang%3Den"
        assert (await browser.get("/account")).headers["location"] == "/account/password?next=/account"
        assert (await browser.get("/")).headers["location"] == "/account/password"
        assert (await browser.post("/account", data={})).headers["location"] == "/account/password"
        assert (await browser.get(TOKENS)).status_code == 403
        page = await browser.get(answer.headers["location"])
        assert "drawn by somebody else" in page.text
        answer = await change(browser, DRAWN, NEW, path=answer.headers["location"])
        assert (answer.status_code, answer.headers["location"]) == (303, "/sites/yeouido?lang=en")
        assert (await browser.get(answer.headers["location"])).status_code == 200


async def test_after_the_change_nobody_is_led_to_another_host(pages: Pages) -> None:
    async with pages.reader() as reader:
        answer = await change(reader, PASSWORD, NEW, path="/account/password?next=//evil.example/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


async def test_what_was_typed_before_a_first_password_was_drawn_is_kept_until_it_is_changed(pages: Pages) -> None:
    add(pages, "kim", Role.VIEWER, DRAWN, has_first_password=True)
    async with pages.browser() as browser:
        login = await browser.post("/orders/5/finish", data={"note": f"at the pole {EVIL}"})
        carried = re.search(r'name="carried" value="([^"]+)"', login.text)
        assert carried is not None
        form = {"csrf": csrf_of(login), "carried": html.unescape(carried[1]), "name": "kim", "password": DRAWN}
        page = await browser.post("/login", data=form)
        assert 'action="/account/password"' in page.text
        for new, status in (("short", 400), (NEW, 200)):
            carried = re.search(r'name="carried" value="([^"]+)"', page.text)
            assert carried is not None
            typed = {"old_password": DRAWN, "new_password": new, "repeated_password": new}
            fields = {"csrf": csrf_of(page), "carried": html.unescape(carried[1]), **typed}
            page = await browser.post("/account/password", data=fields)
            assert page.status_code == status
        assert 'action="/orders/5/finish"' in page.text
        assert f"at the pole {html.escape(EVIL)}" in page.text


async def make(browser: httpx.AsyncClient, **fields: str | list[str]) -> httpx.Response:
    wanted = {"token_name": "night export", "scope": ["read", "plan"], "days": "30", **fields}
    return await send(browser, "/account", change="make", **wanted)


def token_in(page: httpx.Response) -> str:
    found = re.findall(r"hangang_[\w-]{40,}", page.text)
    assert len(found) == 1
    return str(found[0])


async def test_a_token_is_shown_once_opens_the_api_and_is_revoked(pages: Pages) -> None:
    async with pages.reader() as reader, pages.browser() as program:
        token = token_in(await make(reader))
        program.headers["Authorization"] = f"Bearer {token}"
        account = (await program.get("/api/v1/account")).json()
        assert account == {"name": NAME, "role": "admin", "means": "token", "permissions": ["read", "plan"]}
        assert (await program.get("/api/v1/people")).status_code == 403
        assert (await program.get("/account")).status_code == 303
        page = await reader.get("/account")
        assert "night export" in page.text
        assert token not in page.text
        number = re.search(r'name="token" value="(\d+)"', page.text)
        assert number is not None
        answer = await send(reader, "/account", change="revoke", token=number[1])
        assert (answer.status_code, answer.headers["location"]) == (303, "/account?done=revoke")
        assert (await program.get("/api/v1/account")).status_code == 401
        assert "Revoked" in (await reader.get("/account")).text
    assert actions(pages, NAME) == [Action.TOKEN_REVOKED, Action.TOKEN_MADE]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"token_name": " "}, "A token needs a name of 1 to 64 letters"),
        ({"token_name": "\u202e x"}, "A token needs a name of 1 to 64 letters"),
        ({"scope": []}, "Please choose what the token may do."),
        ({"scope": ["fly"]}, "Please choose what the token may do."),
        ({"days": "0"}, "Please give a number of days from 1 to 366."),
        ({"days": "367"}, "Please give a number of days from 1 to 366."),
        ({"days": "soon"}, "Please give a number of days from 1 to 366."),
        ({"days": "9" * 5_000}, "Please give a number of days from 1 to 366."),
    ],
)
async def test_a_token_that_cannot_be_is_told_with_all_that_was_typed(
    pages: Pages, fields: dict[str, str | list[str]], words: str
) -> None:
    async with pages.reader() as reader:
        page = await make(reader, **fields)
    assert page.status_code == 400
    assert words in page.text
    assert ('value="night export"' in page.text) == ("token_name" not in fields)
    assert ('value="plan" checked' in page.text) == ("scope" not in fields)
    assert ('name="days" type="number" inputmode="numeric" min="1" max="366" required value="30"' in page.text) == (
        "days" not in fields
    )


async def test_a_token_may_no_more_than_who_makes_it(pages: Pages) -> None:
    add(pages, "kim", Role.VIEWER)
    async with logged_in(pages, "kim", PASSWORD) as browser:
        assert "Manage people" not in (await browser.get("/account")).text
        page = await make(browser, scope=["read", "people"])
    assert page.status_code == 400
    assert "A token may not do more than you may." in page.text


async def test_tokens_of_others_are_neither_listed_nor_revoked(pages: Pages) -> None:
    add(pages, "kim", Role.VIEWER)
    expires_at = NOW + timedelta(days=1)
    number, token = make_token(
        pages.services.state, NAME, "of the admin", [Permission.READ], now=NOW, expires_at=expires_at
    )
    async with logged_in(pages, "kim", PASSWORD) as browser:
        assert "of the admin" not in (await browser.get("/account")).text
        assert (await send(browser, "/account", change="revoke", token=str(number))).status_code == 303
        status, _ = await ask(pages, "GET", "/api/v1/account", token)
    assert status == 200


@pytest.mark.parametrize("path", ["/account", "/account/password"])
@pytest.mark.parametrize("form", [{}, {"csrf": ""}, {"csrf": "wrong"}])
async def test_a_form_without_its_token_changes_nothing(pages: Pages, path: str, form: dict[str, str]) -> None:
    typed = {"old_password": PASSWORD, "new_password": NEW, "repeated_password": NEW}
    async with pages.reader() as reader:
        fields = {**form, **typed, "change": "make", "token_name": "x", "scope": "read", "days": "1"}
        assert (await reader.post(path, data=fields)).status_code == 403
    assert actions(pages, NAME) == []


@pytest.mark.parametrize("fields", [{}, {"change": "fly"}, {"change": "revoke", "token": "²"}, {"change": "revoke"}])
async def test_a_form_that_no_page_sends_is_refused(pages: Pages, fields: dict[str, str]) -> None:
    async with pages.reader() as reader:
        assert (await send(reader, "/account", **fields)).status_code == 400


async def ask(pages: Pages, method: str, path: str, token: str, document: object = None) -> tuple[int, Any]:
    async with pages.browser() as browser:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        content = None if document is None else json.dumps(document)
        answer = await browser.request(method, path, headers=headers, content=content)
        return answer.status_code, answer.json() if answer.content else None


async def test_a_token_makes_others_that_may_no_more_and_revokes_them(pages: Pages) -> None:
    _, token = make_token(
        pages.services.state, NAME, "first", [Permission.READ], now=NOW, expires_at=NOW + timedelta(days=1)
    )
    status, told = await ask(pages, "POST", TOKENS, token, {"name": "more", "scopes": ["read", "people"]})
    assert (status, told["type"]) == (403, "urn:hangang-wifi:problem:beyond")
    assert "leave out the scopes that you lack" in told["detail"]
    status, told = await ask(pages, "POST", TOKENS, token, {"name": "second", "scopes": ["read"], "days": 2})
    assert (status, told["type"]) == (403, "urn:hangang-wifi:problem:outlives")
    status, made = await ask(pages, "POST", TOKENS, token, {"name": "second", "scopes": ["read"], "days": 1})
    assert status == 201
    status, listed = await ask(pages, "GET", TOKENS, made["token"])
    assert [each["name"] for each in listed["tokens"]] == ["second", "first"]
    assert listed["tokens"][0] == {
        "id": made["id"],
        "name": "second",
        "scopes": ["read"],
        "created_at": f"{NOW:%Y-%m-%dT%H:%M:%SZ}",
        "expires_at": f"{NOW + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}",
        "last_used_at": f"{NOW:%Y-%m-%dT%H:%M:%SZ}",
        "revoked_at": None,
        "is_good": True,
    }
    assert await ask(pages, "DELETE", f"{TOKENS}/{made['id']}", token) == (204, None)
    assert (await ask(pages, "DELETE", f"{TOKENS}/{made['id']}", token))[0] == 404
    assert (await ask(pages, "GET", TOKENS, made["token"]))[0] == 401


@pytest.mark.parametrize(
    ("document", "status"),
    [
        ({"name": "", "scopes": ["read"]}, 422),
        ({"name": "-", "scopes": ["read"]}, 422),
        ({"name": "\ud800", "scopes": ["read"]}, 422),
        ({"name": "x", "scopes": []}, 422),
        ({"name": "x", "scopes": ["fly"]}, 422),
        ({"name": "x", "scopes": ["read"], "days": 367}, 422),
        ({"name": "x", "scopes": ["read"], "owner": "kim"}, 422),
        ({"name": "x", "scopes": ["read"]}, 403),
    ],
)
async def test_a_command_has_no_tokens_and_what_cannot_be_one_is_told(
    pages: Pages, document: object, status: int
) -> None:
    answered, told = await ask(pages, "POST", TOKENS, COMMAND_KEY, document)
    assert (answered, told["status"]) == (status, status)
    assert (await ask(pages, "GET", TOKENS, COMMAND_KEY))[1] == {"tokens": []}


async def test_nobody_has_more_tokens_than_so_many(pages: Pages) -> None:
    for number in range(MOST_OF_ONE_PERSON):
        make_token(
            pages.services.state, NAME, f"{number}", [Permission.READ], now=NOW, expires_at=NOW + timedelta(days=1)
        )
    async with pages.reader() as reader:
        page = await make(reader)
    assert page.status_code == 409
    assert f"You have {MOST_OF_ONE_PERSON} tokens already." in page.text


async def test_a_session_makes_a_token_over_the_api_only_with_its_own_word(pages: Pages) -> None:
    wanted = {"name": "x", "scopes": ["read"]}
    async with pages.reader() as reader:
        assert (await reader.post(TOKENS, json=wanted)).status_code == 403
        word = csrf_of(await reader.get("/account"))
        assert (await reader.post(TOKENS, json=wanted, headers={"X-CSRF-Token": word})).status_code == 201
        assert reader.cookies[SESSION_COOKIE] == pages.token


async def test_the_own_password_is_changed_over_the_api_by_who_knows_it(pages: Pages) -> None:
    wanted = "a horse of another colour"
    async with pages.browser() as program:
        program.headers["Authorization"] = f"Bearer {api_token(pages.services.state, NAME, Permission.READ)}"

        async def put(present: str, new: str) -> httpx.Response:
            return await program.put("/api/v1/account/password", json={"present": present, "wanted": new})

        for present, new, words in (
            ("wrong", wanted, "this is not the present password"),
            (PASSWORD, "short", "at least 12 letters"),
            (PASSWORD, PASSWORD, "choose another one"),
        ):
            refused = await put(present, new)
            assert (refused.status_code, words in refused.json()["detail"]) == (422, True)
        assert (await put(PASSWORD, wanted)).status_code == 204
    async with pages.reader() as reader:
        assert (await reader.get("/")).status_code == 303
    assert is_password_of(pages.services.state, NAME, wanted)
    actions = [kept.entry.action for kept in entries(pages.services.state, limit=2)]
    assert actions == [Action.PASSWORD_CHANGED, Action.PASSWORD_REFUSED]


async def test_guessing_the_own_password_over_the_api_has_to_wait_as_well(pages: Pages) -> None:
    async with pages.browser() as program:
        program.headers["Authorization"] = f"Bearer {api_token(pages.services.state, NAME, Permission.READ)}"
        guess = {"present": "wrong", "wanted": "a horse of another colour"}
        answers = [await program.put("/api/v1/account/password", json=guess) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [422] * 5 + [429]
    assert answers[-1].headers["retry-after"] == "30"
