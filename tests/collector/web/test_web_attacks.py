"""What a stranger, or one of us who should not, tries on the pages and the API, and how far they come."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import unquote

import httpx
import pytest
from fastapi import HTTPException, Request
from starlette.types import Message, Receive, Scope, Send
from web_browser import Pages, log_in
from web_city import FULL, SILENT
from web_plan import judge
from web_roles import API, NAMES, Everybody, let_everybody_in

from collector.access.identity import COMMAND, Identity, Means
from collector.access.roles import PERMISSIONS, Role
from collector.orders.changes import Change
from collector.orders.order import Status
from collector.state.accounts import set_password, set_role
from collector.state.orders import order_of
from collector.state.site_notes import SiteNote, write_note
from collector.web.api.cursors import to_cursor
from collector.web.bodies import MOST_BYTES, BoundedBodies
from collector.web.carrying import CARRIED_FIELD
from collector.web.guard import CSRF_HEADER
from collector.web.live import MOST_OF_ONE_PERSON, Live
from collector.web.routing import Page

SECRET = "02-300-1234 of the keeper"
PLANTED = json.dumps(["/people/ops-oh", [["change", "role"], ["role", "admin"]]])


@pytest.fixture(scope="module")
def everybody(tmp_path_factory: pytest.TempPathFactory) -> Everybody:
    return let_everybody_in(tmp_path_factory.mktemp("everybody") / "state.sqlite")


@pytest.fixture(scope="module")
def logged_in(everybody: Everybody) -> tuple[Path, str]:
    return everybody.path, everybody.sessions[Role.ADMIN]


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://wifi.test.evil.example"},
        {"Origin": "http://wifi.test:81"},
    ],
)
async def test_nobody_fills_in_a_form_for_somebody_else_to_send(pages: Pages, headers: Mapping[str, str]) -> None:
    """Over plain HTTP browsers send no `Sec-Fetch-Site`, but always where a form comes from."""
    async with pages.browser() as browser:
        login = await browser.post("/login", data={"csrf": "x", CARRIED_FIELD: PLANTED}, headers=headers)
        assert (login.status_code, CARRIED_FIELD in login.text) == (403, False)
        sent = await browser.post("/people/ops-oh", data={"change": "role", "role": "admin"}, headers=headers)
        assert (sent.status_code, sent.headers["location"]) == (303, "/login")


@pytest.mark.parametrize("headers", [{}, {"Origin": "http://wifi.test"}, {"Sec-Fetch-Site": "same-origin"}])
async def test_what_somebody_has_typed_themselves_is_kept(pages: Pages, headers: Mapping[str, str]) -> None:
    async with pages.browser() as browser:
        sent = await browser.post("/orders/1/change", data={"note": "무대 뒤"}, headers=headers)
    assert (sent.status_code, "무대 뒤" in sent.text) == (401, True)


@pytest.mark.parametrize("media_type", ["application/json", "text/plain", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize("token", [None, "", "guessed"])
async def test_a_session_changes_nothing_over_the_api_without_its_token_whatever_it_calls_what_it_sends(
    pages: Pages, everybody: Everybody, media_type: str, token: str | None
) -> None:
    async with everybody.reader(pages, Role.ADMIN) as admin:
        del admin.headers[CSRF_HEADER]
        headers = {"Content-Type": media_type, **({} if token is None else {CSRF_HEADER: token})}
        for method, path in (("POST", "orders"), ("PATCH", "orders"), ("POST", "people"), ("POST", "tokens")):
            answer = await admin.request(method, f"{API}/{path}", content=b"{}", headers=headers)
            assert (answer.status_code, "X-CSRF-Token" in answer.json()["detail"]) == (403, True)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.PLANNER])
async def test_nobody_fills_the_memory_with_what_they_send(pages: Pages, everybody: Everybody, role: Role) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while read < 20 * MOST_BYTES:
            read += 64 * 1024
            yield b"x" * 64 * 1024

    headers = {"Content-Type": "application/json"}
    async with everybody.program(pages, role) as program:
        for path in ("/orders", "/people", "/tokens"):
            answer = await program.post(path, content=endless(), headers=headers)
            assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")
    assert read < 4 * MOST_BYTES


async def test_what_does_not_come_to_its_end_is_not_waited_for() -> None:
    async def reading(_: Scope, receive: Receive, __: Send) -> None:
        while (await receive()).get("more_body"):
            pass

    never = asyncio.Event()

    async def slow() -> Message:
        if not never.is_set():
            never.set()
            return {"type": "http.request", "body": b"a", "more_body": True}
        await asyncio.Event().wait()
        raise AssertionError

    async def send(_: Message) -> None:
        raise AssertionError

    with pytest.raises(HTTPException) as refused:
        await BoundedBodies(reading, within_seconds=0.01)({"type": "http"}, slow, send)
    assert refused.value.status_code == 408


async def test_an_answer_may_take_longer_than_what_was_sent() -> None:
    """Streams listen for the end of the connection long after there was anything to be read."""
    received = []

    async def listening(_: Scope, receive: Receive, __: Send) -> None:
        received.append(await receive())
        received.append(await receive())

    messages = iter(({"type": "http.request", "body": b"a"}, {"type": "http.disconnect"}))

    async def client() -> Message:
        return next(messages)

    async def send(_: Message) -> None:
        raise AssertionError

    await BoundedBodies(listening, most_bytes=1, within_seconds=60)({"type": "http"}, client, send)
    assert [message["type"] for message in received] == ["http.request", "http.disconnect"]


@pytest.mark.parametrize("values", [[1, 2**63], [1, 10**100], [2**63, 1], [1, -1], [-1, 0]])
async def test_a_made_up_cursor_is_none(pages: Pages, everybody: Everybody, values: list[int]) -> None:
    judge(pages.services.state)
    async with everybody.program(pages, Role.VIEWER) as viewer:
        for path, parts in (("/legacy/plan", values), ("/orders", values[1:]), ("/sites", values[1:])):
            answer = await viewer.get(path, params={"cursor": to_cursor(*parts)})
            is_made_up = path != "/orders" or not 0 <= parts[0] < 2**63
            assert (path, answer.status_code) == (path, 400 if is_made_up else 200)


@pytest.mark.parametrize(
    "address",
    ["legacy/plan?text=%00", "audit?by=%00", "legacy/access-points/a%00", "people/a%00/tokens", "search?q=a%00"],
)
async def test_no_database_is_asked_for_what_it_cannot_be(pages: Pages, everybody: Everybody, address: str) -> None:
    async with everybody.reader(pages, Role.ADMIN) as admin:
        answer = await admin.get(f"{API}/{address}")
        assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")


@pytest.mark.parametrize("path", ["/people%0A", "/login%0A", "/metrics%0A", "/orders/1%0A"])
async def test_a_path_with_the_end_of_a_line_is_no_page(pages: Pages, everybody: Everybody, path: str) -> None:
    async with everybody.reader(pages, Role.ADMIN) as admin:
        assert (await admin.get(path)).status_code == 400


@pytest.mark.parametrize(
    "path",
    [
        "/static/../people",
        "/static/..%2fpeople",
        "/login/../people",
        "/login%2f..%2fpeople",
        "/./people",
        "/people;x",
        "/metrics/../audit",
        "/api/v1/../../people",
        "/api/v1/openapi.json/../people",
        "/healthz%3F/people",
        "/login%23/people",
    ],
)
async def test_no_way_leads_around_the_guard(pages: Pages, path: str) -> None:
    """As it comes from the network: what a browser would make of the dots is not what is sent."""
    answers: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        answers.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "http_version": "1.1",
        "root_path": "",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", b"wifi.test")],
        "client": ("192.0.2.7", 50_000),
        "server": ("wifi.test", 80),
    }
    await pages.application(scope, receive, send)
    assert answers[0]["status"] in {303, 401, 404}
    assert b"</table>" not in b"".join(message.get("body", b"") for message in answers)


@pytest.mark.parametrize(
    "host", ["evil.example/people?", "wifi.test/account/password?", "a b", "[::1", "a@b", "x" * 300]
)
async def test_a_made_up_host_opens_nothing(pages: Pages, everybody: Everybody, host: str) -> None:
    set_password(pages.services.state, NAMES[Role.VIEWER], "drawn for them, to be changed", has_first_password=True)
    async with pages.browser() as browser:
        await log_in(browser, name=NAMES[Role.VIEWER], password="drawn for them, to be changed")
        for path in ("/", "/orders", "/account", "/work-lists.csv"):
            answer = await browser.get(path, headers={"Host": host})
            assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/account/password")
        assert (await browser.get(f"{API}/account", headers={"Host": host})).status_code == 403


@pytest.mark.parametrize("method", ["TRACE", "OPTIONS", "HEAD", "PUT", "DELETE", "PROPFIND"])
async def test_no_other_method_opens_what_is_closed(pages: Pages, everybody: Everybody, method: str) -> None:
    override = {"X-HTTP-Method-Override": "GET", "X-Original-URL": "/people", "X-Rewrite-URL": "/people"}
    async with everybody.reader(pages, Role.VIEWER) as viewer:
        for path in ("/people", "/audit", f"{API}/people", f"{API}/audit"):
            assert (await viewer.request(method, path, headers=override)).status_code in {403, 405}
    async with pages.browser() as nobody:
        for path in ("/", "/orders", f"{API}/orders"):
            assert (await nobody.request(method, path, headers=override)).status_code in {303, 401}


async def test_whom_to_call_is_told_to_nobody_by_any_way(pages: Pages, everybody: Everybody) -> None:
    """A technician is told at the place of their own order, as long as that has not ended, and nowhere else."""
    state, desk = pages.services.state, pages.services.order_desk
    write_note(state, SiteNote("yeouido", 1, SECRET, SECRET, pages.watch.now, "planner-park"))
    theirs = desk.open(SILENT, COMMAND, Change(status=Status.ASSIGNED, technician="planner-park"))
    ways = (
        *("/", "/sites/yeouido", f"/access-points/{FULL}", f"/access-points/{SILENT}", "/search?q=keeper"),
        *("/orders", "/orders?view=table", "/orders?text=keeper", f"/orders/{theirs.id}", "/access-points?text=keeper"),
        *(
            "/work-lists",
            "/work-lists?day=",
            "/work-lists/print?day=",
            "/work-lists.csv?day=",
            "/plan",
            "/programme",
            "/audit",
            "/account",
        ),
        *("/work-lists?technician=planner-park&day=", "/work-lists.csv?technician=planner-park&day="),
        *(f"{API}/{path}" for path in ("orders", f"orders/{theirs.id}", f"orders/{theirs.id}/changes", "work-lists")),
        *(f"{API}/{path}" for path in ("work-lists.csv", "search?q=keeper", "sites/yeouido", "sites/yeouido/note")),
        *(f"{API}/{path}" for path in ("overview", "access-points", "legacy/plan", "audit", "people")),
        "/open-data/replacement.csv",
    )

    async def told(reader: httpx.AsyncClient) -> set[str]:
        return {way for way in ways if SECRET in (await reader.get(way)).text}

    async with everybody.reader(pages, Role.VIEWER) as viewer, everybody.reader(pages, Role.TECHNICIAN) as technician:
        assert (await told(viewer), await told(technician)) == (set(), set())
        own = desk.change(theirs.id, None, Change(technician=NAMES[Role.TECHNICIAN]), COMMAND)
        assert f"/orders/{own.id}" in await told(technician)
        assert await told(viewer) == set()
        set_role(state, NAMES[Role.TECHNICIAN], Role.VIEWER)
        assert await told(technician) == set()
        set_role(state, NAMES[Role.TECHNICIAN], Role.TECHNICIAN)
        desk.change(own.id, None, Change(status=Status.CANCELLED, reason="the pole is gone"), COMMAND)
        assert await told(technician) == set()


async def test_a_technician_changes_nothing_of_others_by_any_way(pages: Pages, everybody: Everybody) -> None:
    desk = pages.services.order_desk
    order = desk.open(SILENT, COMMAND, Change(status=Status.ASSIGNED, technician="planner-park"))
    change = {"status": "in_progress", "note": "mine now", "technician": NAMES[Role.TECHNICIAN]}
    path = f"/orders/{order.id}"
    async with everybody.reader(pages, Role.TECHNICIAN) as reader:
        form = {"csrf": everybody.csrf_tokens[Role.TECHNICIAN], "version": "1", "new_serial": "SN-9", **change}
        for way in (f"{path}/change", f"{path}/finish", "/orders/new", "/orders/change", "/plan"):
            sent = {**form, "access_point": FULL, "order": f"{order.id}:1", "how": "ticked"}
            assert (way, (await reader.post(way, data=sent)).status_code) == (way, 403)
    async with everybody.program(pages, Role.TECHNICIAN) as program:
        for said in ({"note": "x"}, change, {"new_serial": "SN-9"}, {"status": "installed", "new_serial": "SN-9"}):
            for query in ("", "?is_merging=true"):
                for seen in ('"1"', "*", '"0", "1"'):
                    answer = await program.patch(f"{path}{query}", json=said, headers={"If-Match": seen})
                    assert answer.status_code == 403
            batch = {"changes": [{"id": order.id, "version": 1, "change": said}], "is_merging": True}
            outcome = (await program.patch("/orders", json=batch)).json()["outcomes"][0]
            assert (outcome["order"], outcome["problem"]["status"]) == (None, 403)
        for way, said in (("/orders", {"access_point": FULL}), ("/orders/batch", {"access_points": [FULL]})):
            assert (await program.post(way, json=said)).status_code == 403
    assert order_of(pages.services.state, order.id) == order


def events_asked_by(role: Role) -> Request:
    """Somebody of this role asks for the stream of a page."""
    identity = Identity(NAMES[role], role, Means.SESSION, PERMISSIONS[role])
    return Request({"type": "http", "headers": [], "query_string": b"topics=fleet", "state": {"identity": identity}})


async def test_one_person_does_not_take_all_streams(pages: Pages) -> None:
    live = Live(pages.services)
    (route,) = live.routes()
    assert isinstance(route, Page)
    async with AsyncExitStack() as streams:

        async def begin(role: Role) -> AsyncGenerator[str]:
            answer = await route.endpoint(events_asked_by(role))
            stream: AsyncGenerator[str] = answer.body_iterator
            await anext(stream)
            streams.push_async_callback(stream.aclose)
            return stream

        first, *_ = [await begin(Role.VIEWER) for _ in range(MOST_OF_ONE_PERSON)]
        with pytest.raises(HTTPException, match="429"):
            await begin(Role.VIEWER)
        await begin(Role.TECHNICIAN)
        await first.aclose()
        await begin(Role.VIEWER)
        live.close()
