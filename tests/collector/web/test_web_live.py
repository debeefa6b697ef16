"""Pages that renew themselves, in a real browser: what has changed shows without a click, and nobody is disturbed."""

from collections.abc import Iterator
from datetime import timedelta
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from web_browser import Pages
from web_chromium import chromium, served, window
from web_city import BARE, reading

from agent.wire import Report
from collector.web import live
from collector.web.guard import SESSION_COOKIE


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def site(pages: Pages, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """The page of a park, open."""
    monkeypatch.setattr(live, "LOOKS_EVERY_SECONDS", 0.05)
    monkeypatch.setattr(live, "FLEET_AT_MOST_EVERY_LOOKS", 1)
    with served(pages.application) as serving, window(browser, serving.url, token=pages.token) as context:
        page = context.new_page()
        with page.expect_request("**/events?*"):
            page.goto("/sites/yeouido?lang=en")
        yield page


def report(pages: Pages, clients: int) -> None:
    """Another report of an access point that has said nothing of clients so far."""
    pages.watch.now += timedelta(seconds=1)
    at = pages.watch.now
    pages.services.fleet.remember(BARE, reading(Report(observed_at=at, clients=clients), at))


def clients_shown(page: Page) -> Locator:
    return page.get_by_role("row").filter(has_text=BARE)


def test_a_report_shows_by_itself(pages: Pages, site: Page) -> None:
    expect(clients_shown(site)).not_to_contain_text("4711")
    report(pages, 4711)
    expect(clients_shown(site)).to_contain_text("4,711")


def test_who_has_paused_it_is_left_alone_until_they_go_on(pages: Pages, site: Page) -> None:
    site.get_by_role("button", name="Pause live updates").click()
    expect(site.get_by_role("button", name="Resume live updates")).to_be_visible()
    report(pages, 4711)
    with site.expect_response(lambda answer: "/sites/yeouido" in answer.url):
        site.get_by_role("button", name="Resume live updates").click()
    expect(clients_shown(site)).to_contain_text("4,711")


def test_what_was_folded_out_stays_so_and_focus_where_it_was(pages: Pages, site: Page) -> None:
    numbers = site.locator("main details").first
    numbers.locator("summary").click()
    site.get_by_role("link", name=BARE).focus()
    report(pages, 4711)
    expect(clients_shown(site)).to_contain_text("4,711")
    expect(numbers).to_have_attribute("open", "")
    expect(site.get_by_role("link", name=BARE)).to_be_focused()


def test_a_collector_that_stops_ends_its_streams(pages: Pages) -> None:
    with served(pages.application) as serving:
        headers = {"Cookie": f"{SESSION_COOKIE}={pages.token}"}
        with urlopen(Request(f"{serving.url}/events?topics=fleet", headers=headers), timeout=30) as stream:
            assert stream.headers["Content-Type"].startswith("text/event-stream")
            assert stream.readline() == b"retry: 5000\n"
            serving.end_streams()
            assert stream.read() == b"\n"


def test_nobody_hears_of_anything_without_a_session_or_a_topic(pages: Pages, browser: Browser) -> None:
    with served(pages.application) as serving:
        with window(browser, serving.url) as stranger:
            assert stranger.request.get("/events?topics=fleet", max_redirects=0).status == 303
        with window(browser, serving.url, token=pages.token) as context:
            assert context.request.get("/events").status == 400
            assert context.request.get("/events?topics=secrets").status == 400


def test_what_was_typed_and_left_is_not_swept_away(
    pages: Pages, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "LOOKS_EVERY_SECONDS", 0.05)
    monkeypatch.setattr(live, "FLEET_AT_MOST_EVERY_LOOKS", 1)
    with served(pages.application) as serving, window(browser, serving.url, token=pages.token) as context:
        page = context.new_page()
        with page.expect_request("**/events?*"):
            page.goto("/access-points?lang=en")
        field = page.locator("main input[type=search]").first
        field.fill("typed")
        field.blur()
        report(pages, 4711)
        expect(page.get_by_role("button", name="Pause live updates")).to_be_visible()
        report(pages, 4712)
        expect(field).to_have_value("typed")
        field.fill("")
        field.blur()
        expect(clients_shown(page)).to_contain_text("4,712")
