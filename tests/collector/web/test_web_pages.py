import re
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from web_browser import Pages
from web_city import BARE, EVIL_PLACE, FULL, NEVER, NOW, SILENT

from collector.fleet import Fleet
from collector.stores.duckdb import open_store
from collector.web.language import Language, translator
from inventory.models import Inventory

PATHS = [
    "/",
    "/sites/yeouido",
    "/sites/mapo-library",
    "/sites/jung-senior",
    *(f"/access-points/{place}" for place in (FULL, SILENT, BARE, EVIL_PLACE, NEVER)),
    "/unknown-devices",
    "/nope",
    "/sites/nope",
    "/access-points/nope",
]
VOID_ELEMENTS = {"meta", "link", "input"}


class Outline(HTMLParser):
    """What a page is made of: its text, its headings, and whether every element is closed where it should be."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""
        self.headings: list[str] = []
        self.attributes: set[str] = set()
        self.elements: set[str] = set()
        self.scripts: list[dict[str, str | None]] = []
        self.mistakes: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.text += " "
        self.elements.add(tag)
        self.attributes.update(name for name, _ in attrs)
        if tag == "script":
            self.scripts.append(dict(attrs))
        if tag not in VOID_ELEMENTS:
            self.open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.text += " "
        self.elements.add(tag)
        self.attributes.update(name for name, _ in attrs)

    def handle_endtag(self, tag: str) -> None:
        self.text += " "
        if not self.open or self.open.pop() != tag:
            self.mistakes.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", Outline(html).text)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("language", ["ko", "en"])
async def test_every_page_in_both_languages_is_whole_and_without_style_or_script_of_its_own(
    pages: Pages, path: str, language: str
) -> None:
    async with pages.reader(language=language) as reader:
        answer = await reader.get(path)
    t = translator(Language(language))
    outline = Outline(answer.text)
    assert answer.status_code == (404 if path.endswith("nope") else 200)
    assert f'<html lang="{language}">' in answer.text
    assert answer.text.count(t("page.zone")) == 1
    assert f"· {t('product.name')}</title>" in answer.text
    assert (outline.open, outline.mistakes) == ([], [])
    assert outline.headings[0] == "h1"
    assert outline.headings.count("h1") == 1
    assert "style" not in outline.elements
    assert all((script["src"] or "").startswith("/static/") for script in outline.scripts)
    assert not {name for name in outline.attributes if name == "style" or name.startswith("on")}


@pytest.mark.parametrize("path", ["/", "/login", "/nope", "/healthz", "/readyz", "/metrics", "/static/style.css"])
async def test_security_headers_are_on_every_answer(pages: Pages, path: str) -> None:
    async with pages.browser() as browser:
        answer = await browser.get(path)
    assert answer.headers["content-security-policy"] == (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    assert answer.headers["permissions-policy"].startswith("camera=(self), microphone=()")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cache-control"] == ("public, max-age=86400" if "static" in path else "no-store")


async def test_the_overview_says_how_the_city_is_and_where_not(pages: Pages) -> None:
    async with pages.reader() as reader:
        html = (await reader.get("/")).text
    text = text_of(html)
    assert "Silent access points: 1" in text
    assert "4 / 6 silent 1 · never seen 1" in text
    assert "Clients 15 sum over access points: 3" in text
    assert "Download 12.3 Mb/s sum over access points: 1" in text
    assert "Yeouido Hangang Park Last report 3 h ago 1 of 3 silent · Clients before: 7" in text
    assert 'datetime="2026-05-23T07:04:05Z" title="2026-05-23 16:04:05"' in html
    assert "peak 2 Mb/s" in text
    assert "jung-senior English Senior facility Never seen 0/1" in text
    assert "Mapo-gu" in text


async def test_the_numbers_of_the_chart_stand_in_a_table_and_gaps_are_not_zeros(pages: Pages) -> None:
    async with pages.reader() as reader:
        html = (await reader.get("/")).text
    rows = re.findall(r'<tr><th scope="row">05-2\d \d\d:\d\d</th>', html)
    # 144 buckets of ten minutes, eleven of them wholly without a report.
    assert len(rows) == 144 - 11
    assert "10-minute spans with a report: 133 of 144" in html
    assert '<td class="number">2 Mb/s</td>' in html
    assert html.count('<span class="missing">no report</span>') >= 133


async def test_an_access_points_last_report_is_told_in_full(pages: Pages) -> None:
    async with pages.reader() as reader:
        text = text_of((await reader.get(f"/access-points/{FULL}")).text)
    for fact in (
        "Reporting Last report 35 s ago",
        "Observed 2026-05-23 19:03:30 · Received 2026-05-23 19:03:32 · Reporting agent gw-1 · Interval 1 min",
        "Vendor Acme Model AX-6 Serial number SN-1 Device MAC 02:00:00:00:00:01 Firmware 1.2.3 Device name ap-1",
        "Up for 1 d 2 h CPU in use 25% Memory in use 50% Load, 1 minute 0.4 Temperature 47.5 °C",
        "wlan0 2.4 GHz 6 20 MHz Wi-Fi 4 (802.11n) 4 63% 10% / 20% 8% 1 Mb/s 9 Mb/s -94 dBm 20 dBm",
        "eth0 Uplink up 100 Mb/s half 12.3 Mb/s 1.5 Mb/s <0.1 / 0 no report",
        "eth1 down no report no report",
        "SEOUL wlan0 4 hidden SSID wlan1 no report",
        "gateway OK 10.0.0.1 2.1 ms 0% no report 35 s ago portal failed timed out no report",
        "SN-1 Acme AX-6 02:00:00:00:00:01 35 s ago 35 s ago",
    ):
        assert fact in text


async def test_an_access_point_that_says_nothing_shows_no_report_and_no_zero(pages: Pages) -> None:
    async with pages.reader() as reader:
        text = text_of((await reader.get(f"/access-points/{BARE}")).text)
    assert "Clients no report" in text
    assert "Download no report" in text
    assert "Radios no report Wired links no report" in text
    assert not re.search(r"\b0 (b/s|kb/s|Mb/s|%)", text)


async def test_an_old_report_says_that_it_is_old(pages: Pages) -> None:
    async with pages.reader() as reader:
        text = text_of((await reader.get(f"/access-points/{SILENT}")).text)
        site = text_of((await reader.get("/sites/yeouido")).text)
    assert "What follows is the last report, not the present. ( 3 h ago )" in text
    assert "Clients 7 3 h ago" in text
    assert "yeouido-002 · 물빛무대 no report Silent 3 h ago 7" in site
    assert "Some silent 2 of 3 reporting" in site


async def test_a_place_that_never_reported_says_so(pages: Pages) -> None:
    async with pages.reader() as reader:
        text = text_of((await reader.get(f"/access-points/{NEVER}")).text)
    assert "This access point has never reported." in text
    assert "No device has reported a serial number here." in text


async def test_unknown_devices_and_refused_messages_are_shown_without_payload(pages: Pages) -> None:
    async with pages.reader() as reader:
        html = (await reader.get("/unknown-devices")).text
    text = text_of(html)
    assert "gw-1/XJ-9 Nobody <script>alert(1)</script> XJ-9 no report gw-1 just now 2 d ago" in text
    assert "not JSON <script>alert(1)</script> 1 gw-1 5 min ago 5 min ago" in text
    assert "of_the_future new reason 1 unknown 2 h ago 2 h ago" in text
    assert "secret payload" not in html


@pytest.mark.parametrize(
    "path", ["/", "/sites/mapo-library", f"/access-points/{EVIL_PLACE}", "/unknown-devices", "/login?next=/<script>"]
)
async def test_script_in_names_stays_text(pages: Pages, path: str) -> None:
    async with pages.reader() as reader:
        if path.startswith("/login"):
            reader.cookies.clear()
        html = (await reader.get(path)).text
    assert all((script["src"] or "").startswith("/static/") for script in Outline(html).scripts)
    assert path.startswith("/login") or "&lt;script&gt;" in html


async def test_the_language_that_was_chosen_is_remembered(pages: Pages) -> None:
    async with pages.reader(language="ko") as reader:
        assert '<html lang="ko">' in (await reader.get("/")).text
        assert '<html lang="en">' in (await reader.get("/?lang=en")).text
        assert '<html lang="en">' in (await reader.get("/sites/yeouido")).text
        assert '<html lang="en">' in (await reader.get("/sites/yeouido?lang=xx")).text


async def test_links_that_switch_something_never_lead_to_another_host(pages: Pages) -> None:
    async with pages.reader() as reader:
        html = (await reader.get("http://wifi.test//evil.example/")).text
    assert 'href="?lang=ko"' in html
    assert not re.search(r'href="(//|https?:)', html)


async def test_an_empty_city_has_pages_too(pages: Pages) -> None:
    empty = pages.changed(inventory=Inventory(sites=(), access_points=()), fleet=Fleet())
    async with empty.reader() as reader:
        text = text_of((await reader.get("/")).text)
    assert "The inventory has no access points" in text
    assert "The inventory has no facilities." in text
    assert "No reports in the last 24 hours, up to the last full ten minutes." in text


@pytest.mark.parametrize("path", ["/", "/sites/yeouido", f"/access-points/{FULL}"])
async def test_pages_live_without_the_store(pages: Pages, path: str, tmp_path: Path) -> None:
    closed = open_store(tmp_path / "points.duckdb")
    await closed.close()
    async with pages.changed(store=closed).reader() as reader:
        answer = await reader.get(path)
    assert answer.status_code == 200
    assert "The time-series store does not answer right now" in answer.text
    assert "12.3 Mb/s" in answer.text


async def test_a_failure_of_ours_shows_a_plain_page_without_a_traceback(pages: Pages) -> None:
    async with pages.changed(fleet=None).reader() as reader:
        answer = await reader.get("/")
    assert answer.status_code == 500
    assert "페이지를 만들지 못했습니다" in answer.text
    assert "This page could not be made" in answer.text
    assert "NoneType" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"


async def test_a_method_that_is_not_allowed_gets_a_page(pages: Pages) -> None:
    async with pages.reader() as reader:
        answer = await reader.post("/")
    assert (answer.status_code, set(answer.headers["allow"].split(", "))) == (405, {"GET", "HEAD"})
    assert "This request cannot be carried out" in answer.text


async def test_machines_are_answered_without_a_session(pages: Pages) -> None:
    async with pages.browser() as browser:
        health, ready, metrics = [await browser.get(path) for path in ("/healthz", "/readyz", "/metrics")]
        head = await browser.head("/healthz")
    assert (health.status_code, health.text, head.status_code) == (200, "ok", 200)
    assert (ready.status_code, ready.json()) == (200, {"is_ready": True, "reasons": []})
    assert (metrics.text, metrics.headers["content-type"]) == (
        "hangang_up 1\n",
        "text/plain; version=0.0.4; charset=utf-8",
    )


async def test_a_collector_that_is_not_ready_says_why(pages: Pages) -> None:
    async with pages.changed(readiness=lambda: ["the broker cannot be reached"]).browser() as browser:
        answer = await browser.get("/readyz")
    assert (answer.status_code, answer.json()) == (
        503,
        {"is_ready": False, "reasons": ["the broker cannot be reached"]},
    )


async def test_style_and_icon_come_from_here_under_a_name_for_their_content(pages: Pages) -> None:
    async with pages.browser() as browser:
        login = (await browser.get("/login")).text
        addresses = re.findall(r'<link rel="[a-z]+" href="(/static/[a-z.]+\?v=[0-9a-f]{12})"', login)
        answers = [await browser.get(address) for address in addresses]
        missing = await browser.get("/static/nothing.css")
    assert [(answer.status_code, answer.headers["content-type"].split(";")[0]) for answer in answers] == [
        (200, "text/css"),
        (200, "image/svg+xml"),
    ]
    assert missing.status_code == 404


async def test_a_report_that_arrives_shows_on_the_next_page(pages: Pages) -> None:
    async with pages.reader() as reader:
        pages.watch.now = NOW + timedelta(minutes=10)
        assert "No access point is answering" in text_of((await reader.get("/")).text)
        newest = pages.services.fleet.readings[FULL]
        at = pages.watch.now
        pages.services.fleet.remember(FULL, type(newest).of(newest.report, at, at, newest.agent))
        assert "Silent access points: 4" in text_of((await reader.get("/")).text)
