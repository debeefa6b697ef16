"""People, as an admin sees and changes them, and the audit log: on the pages and over the API. No secret stays anywhere
but on the page that shows it once."""

import html
import json
import logging
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, text
from web_browser import COMMAND_KEY, NAME, PASSWORD, Pages, log_in
from web_city import EVIL, NOW

from collector.access.identity import COMMAND
from collector.access.names import TAKEN_BY_US
from collector.access.roles import PERMISSIONS, Permission, Role
from collector.state.accounts import Person, add_user, lock_out, person
from collector.state.api_tokens import make_token
from collector.state.audit import Action, Entry, entries, note

PEOPLE = "/api/v1/people"
AUDIT = "/api/v1/audit"
DRAWN = re.compile(r"\b(?:[2-9a-z]{4}-){3}[2-9a-z]{4}\b")
DOCUMENT = Path(__file__).parents[3] / "docs" / "people.md"


def csrf_of(page: httpx.Response) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found is not None
    return found[1]


async def send(browser: httpx.AsyncClient, path: str, **fields: str) -> httpx.Response:
    """Fill in the form of a page of ours."""
    return await browser.post(path, data={"csrf": csrf_of(await browser.get(path)), **fields})


def drawn_in(page: httpx.Response) -> str:
    found = DRAWN.findall(page.text)
    assert len(found) == 1
    return str(found[0])


def add(pages: Pages, name: str, role: Role = Role.VIEWER) -> Person:
    assert add_user(pages.services.state, name, PASSWORD, NOW, role=role)
    return known(pages, name)


def known(pages: Pages, name: str) -> Person:
    found = person(pages.services.state, name)
    assert found is not None
    return found


def done(pages: Pages) -> list[tuple[str, Action, str, str]]:
    """What is in the log, the oldest first: by whom, what, whom about, and its detail."""
    kept = [each.entry for each in entries(pages.services.state, limit=50)]
    return [(entry.by, entry.action, entry.subject, entry.detail) for entry in reversed(kept)]


async def ask(
    pages: Pages, method: str, path: str, document: object = None, *, token: str = COMMAND_KEY
) -> tuple[int, Any]:
    async with pages.browser() as browser:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        content = None if document is None else json.dumps(document)
        answer = await browser.request(method, path, headers=headers, content=content)
        return answer.status_code, answer.json() if answer.content else None


async def test_who_is_let_in_logs_in_with_a_password_that_is_shown_once(pages: Pages) -> None:
    async with pages.reader() as reader, pages.browser() as browser:
        page = await send(reader, "/people", person=" 김 기사 ", role="technician")
        assert page.status_code == 200
        password = drawn_in(page)
        assert "shown only now" in page.text
        for path in ("/people", "/people/김 기사", "/audit"):
            shown = await reader.get(path)
            assert "김 기사" in shown.text
            assert password not in shown.text
        assert "Has to choose a password" in (await reader.get("/people")).text
        answer = await log_in(browser, name="김 기사", password=password)
        assert answer.status_code == 303
        assert (await browser.get("/")).headers["location"] == "/account/password"
    assert known(pages, "김 기사").role is Role.TECHNICIAN
    assert done(pages)[0] == (NAME, Action.PERSON_ADDED, "김 기사", "technician")


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("", 400, "This is no name."),
        ("k\u202eim", 400, "This is no name."),
        ("x" * 65, 400, "This is no name."),
        *((f"{NAME}{unseen}", 400, "This is no name.") for unseen in "\u034f\u1160\u2800\u3164\ufe0f\uffa0"),
        (NAME, 409, "This name is taken"),
        ("ｃｏｍｍａｎｄ", 409, "This name is taken"),
        *((name.upper(), 409, "This name is taken") for name in sorted(TAKEN_BY_US)),
    ],
)
async def test_a_name_that_cannot_be_is_told_beside_its_field_with_what_was_typed(
    pages: Pages, name: str, status: int, words: str
) -> None:
    async with pages.reader() as reader:
        page = await send(reader, "/people", person=name, role="ops")
    assert page.status_code == status
    assert words in page.text
    assert 'aria-invalid="true" aria-describedby="problem-person"' in page.text
    assert f'value="{html.escape(name)}"' in page.text
    assert '<option value="ops" selected>' in page.text
    assert done(pages) == []


async def test_a_role_is_given_and_counts_at_once(pages: Pages) -> None:
    add(pages, "kim")
    async with pages.reader() as reader, pages.browser() as browser:
        await log_in(browser, name="kim")
        assert (await browser.get("/audit")).status_code == 403
        answer = await send(reader, "/people/kim", change="role", role="ops")
        assert (answer.status_code, answer.headers["location"]) == (303, "/people/kim?done=role")
        assert "The role has been changed." in (await reader.get(answer.headers["location"])).text
        assert (await browser.get("/audit")).status_code == 200
        await send(reader, "/people/kim", change="role", role="ops")
    assert done(pages)[1:] == [(NAME, Action.ROLE_CHANGED, "kim", "viewer → ops")]


async def test_a_lock_out_ends_sessions_and_tokens_at_once_until_somebody_is_let_in_again(pages: Pages) -> None:
    add(pages, "kim")
    expires_at = NOW + timedelta(days=1)
    _, token = make_token(pages.services.state, "kim", "export", [Permission.READ], now=NOW, expires_at=expires_at)
    async with pages.reader() as reader, pages.browser() as browser:
        await log_in(browser, name="kim")
        assert (await ask(pages, "GET", "/api/v1/account", token=token))[0] == 200
        answer = await send(reader, "/people/kim", change="lock_out")
        assert answer.headers["location"] == "/people/kim?done=lock_out"
        assert (await browser.get("/")).headers["location"] == "/login"
        assert (await log_in(browser, name="kim")).status_code == 403
        assert (await ask(pages, "GET", "/api/v1/account", token=token))[0] == 401
        assert "Locked out" in (await reader.get("/people")).text
        await send(reader, "/people/kim", change="let_in")
        assert (await log_in(browser, name="kim")).status_code == 303
    whom = [(action, subject) for by, action, subject, _ in done(pages) if by == NAME]
    assert whom == [(Action.LOCKED_OUT, "kim"), (Action.LET_IN_AGAIN, "kim")]


async def test_who_has_forgotten_their_password_gets_another_to_begin_with(pages: Pages) -> None:
    add(pages, "kim")
    async with pages.reader() as reader, pages.browser() as browser:
        await log_in(browser, name="kim")
        page = await send(reader, "/people/kim", change="password")
        assert page.status_code == 200
        assert (await browser.get("/")).headers["location"] == "/login"
        assert (await log_in(browser, name="kim")).status_code == 403
        assert (await log_in(browser, name="kim", password=drawn_in(page))).status_code == 303
    assert known(pages, "kim").has_first_password


async def test_an_admin_sees_and_revokes_the_tokens_of_others(pages: Pages) -> None:
    add(pages, "kim")
    expires_at = NOW + timedelta(days=1)
    number, token = make_token(pages.services.state, "kim", EVIL, [Permission.READ], now=NOW, expires_at=expires_at)
    async with pages.reader() as reader:
        page = await reader.get("/people/kim")
        assert html.escape(EVIL) in page.text
        assert EVIL not in page.text
        await send(reader, "/people/kim", change="revoke", token=str(number))
    assert (await ask(pages, "GET", "/api/v1/account", token=token))[0] == 401
    assert done(pages) == [(NAME, Action.TOKEN_REVOKED, "kim", EVIL)]


@pytest.mark.parametrize(
    "fields",
    [{"change": "role", "role": "viewer"}, {"change": "lock_out"}, {"change": "password"}, {"change": "let_in"}],
)
async def test_nobody_does_it_to_themselves(pages: Pages, fields: dict[str, str]) -> None:
    before = known(pages, NAME)
    add(pages, "other", Role.ADMIN)
    async with pages.reader() as reader:
        own = await reader.get(f"/people/{NAME}")
        assert 'value="lock_out"' not in own.text
        page = await send(reader, f"/people/{NAME}", **fields)
    assert page.status_code == 409
    assert "You cannot do this to yourself." in page.text
    assert known(pages, NAME) == before
    assert done(pages) == []


@pytest.mark.parametrize("wanted", [{"role": "ops"}, {"is_locked_out": True}])
async def test_the_last_admin_stays(pages: Pages, wanted: dict[str, object]) -> None:
    before = known(pages, NAME)
    status, told = await ask(pages, "PATCH", f"{PEOPLE}/{NAME}", wanted)
    assert (status, told["type"]) == (409, "urn:hangang-wifi:problem:last-admin")
    assert "make somebody else one first" in told["detail"]
    assert known(pages, NAME) == before
    assert done(pages) == []


@pytest.mark.parametrize("name", ["tokens", "..a", "50% off?", "#1", "O'Neill & <b>"])
async def test_whatever_somebody_is_called_has_a_page(pages: Pages, name: str) -> None:
    add(pages, name)
    async with pages.reader() as reader:
        links = re.findall(r'<a href="(/people/[^"]+)">', (await reader.get("/people")).text)
        shown = [await reader.get(html.unescape(link)) for link in links]
        (page,) = [each for each in shown if f"<h1>{name}</h1>" in html.unescape(each.text)]
        forms = set(re.findall(r'<form method="post" action="(/people/[^"]+)"', page.text))
        assert len(forms) == 1
        path = html.unescape(forms.pop())
        answer = await reader.post(path, data={"csrf": csrf_of(page), "change": "role", "role": "ops"})
        assert answer.status_code == 303
        assert (await reader.get(answer.headers["location"])).status_code == 200
    assert known(pages, name).role is Role.OPS


@pytest.mark.parametrize("name", ["nobody", "%ED%A0%80", "x" * 65, "a%2Fb"])
async def test_a_name_that_nobody_has_is_not_found(pages: Pages, name: str) -> None:
    async with pages.reader() as reader:
        word = csrf_of(await reader.get("/people"))
        assert (await reader.get(f"/people/{name}")).status_code == 404
        data = {"csrf": word, "change": "lock_out"}
        assert (await reader.post(f"/people/{name}", data=data)).status_code == 404
    status, told = await ask(pages, "PATCH", f"{PEOPLE}/{name}", {"role": "ops"})
    assert status == 404
    assert told["detail"]


@pytest.mark.parametrize("path", ["/people", "/people/kim"])
@pytest.mark.parametrize("form", [{}, {"csrf": ""}, {"csrf": "wrong"}])
async def test_a_form_without_its_token_changes_nothing(pages: Pages, path: str, form: dict[str, str]) -> None:
    before = add(pages, "kim")
    async with pages.reader() as reader:
        for change in ("role", "password", "lock_out", "let_in", "revoke"):
            fields = {**form, "change": change, "person": "lee", "role": "admin", "token": "1"}
            assert (await reader.post(path, data=fields)).status_code == 403
    assert known(pages, "kim") == before
    assert person(pages.services.state, "lee") is None
    assert done(pages) == []


@pytest.mark.parametrize(
    "fields", [{}, {"change": "fly"}, {"change": "role", "role": "king"}, {"change": "role"}, {"change": "revoke"}]
)
async def test_a_form_that_no_page_sends_is_refused(pages: Pages, fields: dict[str, str]) -> None:
    add(pages, "kim")
    async with pages.reader() as reader:
        assert (await send(reader, "/people/kim", **fields)).status_code == 400


@pytest.mark.parametrize("role", Role)
async def test_only_who_may_sees_people_and_the_log(pages: Pages, role: Role) -> None:
    add(pages, "kim", role)
    async with pages.browser() as browser:
        await log_in(browser, name="kim")
        for path, permission in (("/people", Permission.PEOPLE), ("/people/kim", Permission.PEOPLE)):
            allowed = permission in PERMISSIONS[role]
            assert (await browser.get(path)).status_code == (200 if allowed else 403)
            assert (await browser.get(PEOPLE)).status_code == (200 if allowed else 403)
            assert allowed or (await browser.post(path, data={})).status_code == 403
        allowed = Permission.AUDIT in PERMISSIONS[role]
        assert (await browser.get("/audit")).status_code == (200 if allowed else 403)
        assert (await browser.get(AUDIT)).status_code == (200 if allowed else 403)
        home = await browser.get("/")
        assert ('href="/audit"' in home.text) == allowed


async def test_people_are_let_in_changed_and_locked_out_over_the_api(pages: Pages) -> None:
    status, made = await ask(pages, "POST", PEOPLE, {"name": "kim", "role": "viewer"})
    assert status == 201
    password = made.pop("password")
    assert DRAWN.fullmatch(password)
    at = f"{NOW:%Y-%m-%dT%H:%M:%SZ}"
    assert made == {
        "name": "kim",
        "role": "viewer",
        "created_at": at,
        "locked_out_at": None,
        "has_first_password": True,
    }
    status, listed = await ask(pages, "GET", PEOPLE)
    assert (status, [each["name"] for each in listed["people"]]) == (200, ["kim", NAME])
    wanted = {"role": "planner", "is_locked_out": True}
    assert await ask(pages, "PATCH", f"{PEOPLE}/kim", wanted) == (
        200,
        {**made, "role": "planner", "locked_out_at": at, "password": None},
    )
    status, changed = await ask(pages, "PATCH", f"{PEOPLE}/kim", {"is_locked_out": False, "draw_password": True})
    assert (status, changed["locked_out_at"]) == (200, None)
    assert changed["password"] != password
    assert (await ask(pages, "PATCH", f"{PEOPLE}/kim", {}))[0] == 200
    assert {by for by, *_ in done(pages)} == {COMMAND.name}
    assert [action for _, action, *_ in done(pages)] == [
        Action.PERSON_ADDED,
        Action.ROLE_CHANGED,
        Action.LOCKED_OUT,
        Action.LET_IN_AGAIN,
        Action.PASSWORD_DRAWN,
    ]


@pytest.mark.parametrize(
    ("method", "path", "document", "status"),
    [
        ("POST", PEOPLE, {"name": NAME, "role": "viewer"}, 409),
        ("POST", PEOPLE, {"name": "telemetry", "role": "viewer"}, 409),
        ("POST", PEOPLE, {"name": "..", "role": "viewer"}, 422),
        ("POST", PEOPLE, {"name": "a/b", "role": "viewer"}, 422),
        ("POST", PEOPLE, {"name": "\ud800", "role": "viewer"}, 422),
        ("POST", PEOPLE, {"name": "kim", "role": "king"}, 422),
        ("POST", PEOPLE, {"name": "kim"}, 422),
        ("PATCH", f"{PEOPLE}/kim", {"role": "viewer"}, 404),
        ("PATCH", f"{PEOPLE}/{NAME}", {"name": "lee"}, 422),
        ("GET", f"{PEOPLE}/kim/tokens", None, 404),
        ("DELETE", f"{PEOPLE}/{NAME}/tokens/1", None, 404),
        ("DELETE", f"{PEOPLE}/{NAME}/tokens/99999999999999999999", None, 422),
    ],
)
async def test_what_cannot_be_is_told(pages: Pages, method: str, path: str, document: object, status: int) -> None:
    answered, told = await ask(pages, method, path, document)
    assert (answered, told["status"]) == (status, status)
    assert told["detail"]


async def test_the_tokens_of_others_are_listed_and_revoked_over_the_api(pages: Pages) -> None:
    add(pages, "김 기사")
    expires_at = NOW + timedelta(days=1)
    number, token = make_token(
        pages.services.state, "김 기사", "export", [Permission.READ], now=NOW, expires_at=expires_at
    )
    path = f"{PEOPLE}/김 기사/tokens"
    status, listed = await ask(pages, "GET", path)
    assert (status, [each["id"] for each in listed["tokens"]]) == (200, [number])
    assert token not in json.dumps(listed)
    assert await ask(pages, "DELETE", f"{path}/{number}") == (204, None)
    assert (await ask(pages, "GET", "/api/v1/account", token=token))[0] == 401


async def test_a_token_lets_people_in_only_with_the_permission_for_it(pages: Pages) -> None:
    expires_at = NOW + timedelta(days=1)
    for scopes, status in (([Permission.READ, Permission.AUDIT], 403), ([Permission.PEOPLE], 201)):
        _, token = make_token(pages.services.state, NAME, "x", scopes, now=NOW, expires_at=expires_at)
        wanted = {"name": "kim", "role": "admin"}
        assert (await ask(pages, "POST", PEOPLE, wanted, token=token))[0] == status
    status, told = await ask(pages, "PATCH", f"{PEOPLE}/{NAME}", {"draw_password": True}, token=token)
    assert (status, told["type"]) == (409, "urn:hangang-wifi:problem:oneself")


async def test_the_log_is_read_and_searched_a_page_at_a_time(pages: Pages) -> None:
    for number in range(150):
        by = EVIL if number == 7 else ("kim", "lee")[number % 2]
        note(
            pages.services.state,
            Entry(NOW, by, "session", "192.0.2.1", Action.LOGGED_IN, subject=f"number {number:03}"),
        )
    async with pages.reader() as reader:
        first = await reader.get("/audit")
        numbers = re.findall(r"number (\d+)", first.text)
        assert numbers == [f"{number:03}" for number in range(149, 49, -1)]
        older = re.search(r'rel="next" href="([^"]+)"', first.text)
        assert older is not None
        last = await reader.get(f"/audit{html.unescape(older[1])}")
        assert re.findall(r"number (\d+)", last.text) == [f"{number:03}" for number in range(49, -1, -1)]
        assert 'rel="next"' not in last.text
        assert html.escape(EVIL) in last.text
        assert EVIL not in last.text
        found = await reader.get("/audit", params={"by": EVIL, "action": "logged_in"})
        assert re.findall(r"number (\d+)", found.text) == ["007"]
        assert "There are no such entries." in (await reader.get("/audit?by=nobody")).text
        assert (await reader.get("/audit?action=fly&by=kim")).status_code == 200
        assert (await reader.get("/audit?cursor=made-up")).status_code == 400
    status, page = await ask(pages, "GET", f"{AUDIT}?by=kim&action=logged_in&limit=70")
    rest = (await ask(pages, "GET", f"{AUDIT}?by=kim&limit=70&cursor={page['next']}"))[1]
    assert (status, len(page["entries"]), len(rest["entries"]), rest["next"]) == (200, 70, 5, None)
    assert page["entries"][0]["subject"] == "number 148"
    assert (await ask(pages, "GET", f"{AUDIT}?action=fly"))[0] == 422
    assert (await ask(pages, "GET", f"{AUDIT}?cursor=made-up"))[0] == 400


async def test_every_action_has_words_on_the_page_of_the_log(pages: Pages) -> None:
    for action in Action:
        note(pages.services.state, Entry(NOW, "kim", "of a newer version", "192.0.2.1", action, detail=f"[{action}]"))
    async with pages.reader(language="ko") as reader:
        page = await reader.get("/audit")
    assert page.status_code == 200
    assert all(f"[{action}]" in page.text for action in Action)


async def test_no_secret_is_kept_in_the_database_in_a_page_or_in_a_log(
    pages: Pages, caplog: pytest.LogCaptureFixture
) -> None:
    """Of all that is typed, drawn and made, only hashes are kept."""
    caplog.set_level(logging.DEBUG)
    chosen, wrong = "the words that kim has chosen", "words that somebody has guessed"
    async with pages.reader() as reader, pages.browser() as browser:
        first = drawn_in(await send(reader, "/people", person="kim", role="viewer"))
        await log_in(browser, name="kim", password=wrong)
        await log_in(browser, name="kim", password=first)
        for old in (wrong, first):
            typed = {"old_password": old, "new_password": chosen, "repeated_password": chosen}
            await send(browser, "/account/password", **typed)
        made = await send(browser, "/account", change="make", token_name="x", scope="read", days="1")
        (token,) = re.findall(r"hangang_[\w-]{40,}", made.text)
        assert (await ask(pages, "GET", "/api/v1/account", token=token))[0] == 200
        session = browser.cookies["hangang_session"]
        pages_read = [
            (await who.get(path)).text
            for who, path in (
                *((browser, path) for path in ("/", "/account", "/account/password")),
                *((reader, path) for path in ("/people", "/people/kim", "/audit")),
            )
        ]
        second = drawn_in(await send(reader, "/people/kim", change="password"))
    told = json.dumps([await ask(pages, "GET", path) for path in (PEOPLE, AUDIT, f"{PEOPLE}/kim/tokens")])
    kept = stored_in(pages.services.state)
    for secret in (first, second, chosen, wrong, token, session):
        assert secret.encode() not in kept
        assert secret not in caplog.text
        assert secret not in told
        assert not any(secret in page for page in pages_read)
    assert b"kim" in kept  # it is read at all
    assert "kim" in told


def stored_in(state: Engine) -> bytes:
    """All bytes of the SQLite file, and of the log beside it."""
    with state.connect() as connection:
        path = Path(str(connection.execute(text("PRAGMA database_list")).one().file))
    return b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))


def test_the_document_says_what_each_role_may_and_what_is_noted() -> None:
    document = DOCUMENT.read_text(encoding="utf-8")
    roles = dict(re.findall(r"^\| `(\w+)` \| ((?:`\w+`(?:, )?)+) \|$", document, re.MULTILINE))
    assert {role: set(re.findall(r"\w+", cell)) for role, cell in roles.items()} == {
        str(role): {str(permission) for permission in PERMISSIONS[role]} for role in Role
    }
    named = re.findall(r"^\| `(\w+)` \|", document, re.MULTILINE)
    assert set(named) == {*Role, *Permission, *Action}


async def test_people_who_are_locked_out_stand_last(pages: Pages) -> None:
    for name in ("a", "z"):
        add(pages, name)
    lock_out(pages.services.state, "a", NOW)
    async with pages.reader() as reader:
        page = await reader.get("/people")
    assert re.findall(r'<a href="/people/[^"]+">([^<]+)</a>', page.text) == ["z", NAME, "a"]


async def test_two_people_are_not_taken_for_each_other(pages: Pages) -> None:
    async with pages.reader() as reader:
        assert (await send(reader, "/people", person="Kim Cheolsu", role="viewer")).status_code == 200
        for alike in ("kim cheolsu", "KIM CHEOLSU", "Kim  Cheolsu", "Ｋim Cheolsu"):
            assert (await send(reader, "/people", person=alike, role="admin")).status_code == 409
        assert (await send(reader, "/people", person="Kim Cheolsun", role="viewer")).status_code == 200
