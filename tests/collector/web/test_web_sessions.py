import re
from datetime import timedelta

import pytest
from starlette.types import Message
from web_browser import NAME, PASSWORD, Pages, log_in
from web_city import NOW

from collector.access.throttle import FIRST_DELAY, FREE_FAILURES
from collector.web.guard import local_path


@pytest.mark.parametrize(
    "path", ["/", "/sites/yeouido", "/access-points/yeouido-001", "/unknown-devices", "/docs", "/openapi.json", "/nope"]
)
async def test_nobody_sees_a_page_without_logging_in(pages: Pages, path: str) -> None:
    async with pages.browser() as browser:
        answer = await browser.get(path)
    assert (answer.status_code, answer.text) == (303, "")
    assert answer.headers["location"] == ("/login" if path == "/" else f"/login?next={path}")


async def test_the_way_back_keeps_what_was_asked_for(pages: Pages) -> None:
    async with pages.browser() as browser:
        answer = await browser.get("/sites/yeouido?lang=en&live=on")
        assert answer.headers["location"] == "/login?next=/sites/yeouido%3Flang%3Den%26live%3Don"
        answer = await log_in(browser, to="?next=/sites/yeouido%3Flang%3Den%26live%3Don")
        assert (answer.status_code, answer.headers["location"]) == (303, "/sites/yeouido?lang=en&live=on")
        assert (await browser.get(answer.headers["location"])).status_code == 200


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        ("/sites/yeouido?lang=ko", "/sites/yeouido?lang=ko"),
        (None, "/"),
        ("", "/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("/\t/evil.example/", "/"),
        ("/\n/evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("sites/yeouido", "/"),
    ],
)
def test_login_leads_to_this_host_only(wanted: str | None, path: str) -> None:
    assert local_path(wanted) == path


async def test_an_open_redirect_is_refused(pages: Pages) -> None:
    async with pages.browser() as browser:
        answer = await log_in(browser, to="?next=//evil.example/")
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        again = await browser.get("/login?next=https://evil.example/")
        assert (again.status_code, again.headers["location"]) == (303, "/")


async def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(pages: Pages) -> None:
    async with pages.browser(base_url="https://wifi.test") as browser:
        answer = await log_in(browser)
    cookie = next(value for value in answer.headers.get_list("set-cookie") if value.startswith("hangang_session="))
    attributes = {attribute.strip().lower() for attribute in cookie.split(";")[1:]}
    assert attributes == {"httponly", "secure", "samesite=lax", "path=/", "max-age=43200"}


async def test_over_plain_http_the_cookie_is_not_marked_secure(pages: Pages) -> None:
    async with pages.browser() as browser:
        answer = await log_in(browser)
        assert "secure" not in answer.headers["set-cookie"].lower()
        assert (await browser.get("/")).status_code == 200


@pytest.mark.parametrize(("name", "password"), [(NAME, "wrong"), ("nobody", PASSWORD), ("", ""), ("a" * 65, PASSWORD)])
async def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(pages: Pages, name: str, password: str) -> None:
    async with pages.browser() as browser:
        answer = await log_in(browser, name=name, password=password)
        assert answer.status_code == 403
        assert "The name or the password is wrong." in answer.text
        assert "hangang_session" not in browser.cookies


async def test_guessing_is_slowed_down_even_for_the_right_password_and_ends(pages: Pages) -> None:
    async with pages.browser() as browser:
        for _ in range(FREE_FAILURES):
            assert (await log_in(browser, password="wrong")).status_code == 403
        answer = await log_in(browser)
        assert answer.status_code == 429
        assert answer.headers["retry-after"] == "30"
        assert "Please try again in 30 seconds." in answer.text
        pages.watch.now += FIRST_DELAY
        assert (await log_in(browser)).status_code == 303


async def test_somebody_else_can_log_in_meanwhile(pages: Pages) -> None:
    async with pages.browser(address="198.51.100.9") as guesser:
        for _ in range(FREE_FAILURES):
            await log_in(guesser, name="root", password="wrong")
        assert (await log_in(guesser, name="root")).status_code == 429
    async with pages.browser() as browser:
        assert (await log_in(browser)).status_code == 303


async def test_login_needs_the_form_of_this_browser(pages: Pages) -> None:
    form = {"name": NAME, "password": PASSWORD}
    async with pages.browser() as browser:
        assert (await browser.post("/login", data=form)).status_code == 403
        assert (await browser.post("/login", data={**form, "csrf": ""})).status_code == 403
        await browser.get("/login")
        answer = await browser.post("/login", data={**form, "csrf": "some other token"})
        assert answer.status_code == 403
        assert "This form is too old" in answer.text
        assert "hangang_session" not in browser.cookies


async def test_the_form_in_another_tab_stays_good(pages: Pages) -> None:
    async with pages.browser() as browser:
        first = re.search(r'name="csrf" value="([^"]+)"', (await browser.get("/login")).text)
        await browser.get("/login")
        assert first is not None
        answer = await browser.post("/login", data={"csrf": first[1], "name": NAME, "password": PASSWORD})
        assert answer.status_code == 303


async def test_a_form_that_is_none_of_ours_is_not_read(pages: Pages) -> None:
    async with pages.browser() as browser:
        assert (await browser.post("/login", content=b"x" * 70_000)).status_code == 413
        assert (await browser.post("/login", content=b"name=%ff%fe")).status_code == 400
        assert (await browser.post("/login", content=b"&".join([b"a=1"] * 2_000))).status_code == 400


async def test_logging_out_ends_the_session(pages: Pages) -> None:
    async with pages.browser() as reader:
        await log_in(reader)
        page = await reader.get("/")
        token = re.search(r'name="csrf" value="([^"]+)"', page.text)
        assert token is not None
        cookies = dict(reader.cookies)
        answer = await reader.post("/logout", data={"csrf": token[1]})
        assert (answer.status_code, answer.headers["location"]) == (303, "/login")
        assert "hangang_session" not in reader.cookies
        reader.cookies.update(cookies)
        assert (await reader.get("/")).headers["location"] == "/login"


@pytest.mark.parametrize("form", [{}, {"csrf": ""}, {"csrf": "wrong"}, {"csrf": "틀림"}])
async def test_nobody_else_can_log_a_person_out(pages: Pages, form: dict[str, str]) -> None:
    async with pages.reader() as reader:
        assert (await reader.post("/logout", data=form)).status_code == 403
        assert (await reader.get("/")).status_code == 200


async def test_logging_out_without_a_session_leads_to_the_login_page(pages: Pages) -> None:
    async with pages.browser() as browser:
        answer = await browser.post("/logout")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")


async def test_a_session_ends_by_itself(pages: Pages) -> None:
    async with pages.reader() as reader:
        pages.watch.now = NOW + timedelta(hours=12, seconds=1)
        assert (await reader.get("/")).status_code == 303


async def test_an_unknown_session_is_none(pages: Pages) -> None:
    async with pages.browser() as browser:
        browser.cookies.set("hangang_session", "made-up")
        assert (await browser.get("/")).status_code == 303


async def test_a_websocket_is_refused(pages: Pages) -> None:
    answers: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        answers.append(message)

    scope = {"type": "websocket", "path": "/", "headers": [], "query_string": b"", "client": ("192.0.2.7", 50_000)}
    await pages.application(scope, receive, send)
    assert answers == [{"type": "websocket.close", "code": 1008}]
