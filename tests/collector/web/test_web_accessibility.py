"""Every page in a real browser: axe finds nothing at WCAG 2.2 AA, nothing sticks out at 320 pixels or 200 %, everything
can be reached and seen by keyboard, in both languages."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import web_plan
from judged_places import keep_verification
from playwright.sync_api import Browser, ConsoleMessage, Error, Page
from starlette.routing import Mount
from starlette.routing import Route as AnyRoute
from web_alerts import fill_with_alerts
from web_browser import NAME, Pages
from web_chromium import Served, chromium, served, window
from web_city import EVIL_PLACE, FULL
from web_deliveries import RECEIVERS, SETTINGS, fill_with_deliveries
from web_orders import TECHNICIAN, fill_with_orders

import collector.web
from collector.web.board_links import BoardLinks

PATHS = [
    "/",
    "/access-points",
    "/access-points?state=silent&sort=clients",
    "/search?q=yeouido",
    "/search?q=nothing-like-it",
    "/sites/yeouido",
    "/sites/yeouido/note",
    f"/access-points/{FULL}",
    f"/access-points/{EVIL_PLACE}",
    "/plan",
    f"/plan/{FULL}",
    "/programme",
    "/orders",
    "/orders?view=table",
    "/orders/new?access_point=ttukseom-001",
    "/orders/1",
    "/orders/7",
    "/orders/4/change",
    "/orders/5/change?to=assigned",
    "/orders/6/finish",
    f"/work-lists?technician={quote(TECHNICIAN)}&day=2026-05-24",
    f"/work-lists/print?technician={quote(TECHNICIAN)}&day=2026-05-24",
    "/alerts",
    "/alerts?severity=info",
    "/alerts/history",
    "/alerts/outage",
    "/alerts/unknown",
    "/alerts/silences",
    "/alerts/silences/new",
    "/alerts/maintenance",
    "/alerts/maintenance/new",
    "/runbooks",
    "/runbooks/site_outage",
    "/alerts/endpoints",
    "/alerts/deliveries",
    "/alerts/deliveries/dead",
    "/unknown-devices",
    "/people",
    f"/people/{quote(NAME)}",
    "/account",
    "/account/password",
    "/audit",
    "/nowhere",
]
"""Every page that there is, by an address of each."""
NO_PAGES = re.compile(r"\.csv$|\.xlsx$|^/(events|metrics|healthz|readyz|login)$")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE = (resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def full(lasting_pages: Pages) -> Iterator[Served]:
    """The small city with everything in it that pages show. Nobody does more than look at them."""
    web_plan.judge(lasting_pages.services.state)
    keep_verification(lasting_pages.services.state, web_plan.RESULT)
    fill_with_orders(lasting_pages)
    fill_with_alerts(lasting_pages)
    fill_with_deliveries(lasting_pages.services.state)
    boards = BoardLinks("https://grafana.example.org", "victoriametrics")
    pages = lasting_pages.changed(receivers=RECEIVERS, alert_settings=SETTINGS, boards=boards)
    with served(pages.application) as serving:
        yield serving


@pytest.fixture(scope="module", params=["ko", "en"])
def tab(request: pytest.FixtureRequest, full: Served, lasting_pages: Pages, browser: Browser) -> Iterator[Page]:
    """In which somebody who may see everything goes from page to page. To open one takes longer than to look at it."""
    with window(browser, full.url, token=lasting_pages.token, language=request.param) as opened:
        yield opened.new_page()


@dataclass
class Watched:
    """A page, and what the browser complains about while it is there."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(message.text)

    def catch(self, error: Error) -> None:
        self.complaints.append(str(error))


@pytest.fixture
def watched(tab: Page) -> Iterator[Watched]:
    watched = Watched(tab)
    tab.set_viewport_size({"width": 1280, "height": 900})
    tab.on("console", watched.hear)
    tab.on("pageerror", watched.catch)
    yield watched
    tab.remove_listener("console", watched.hear)
    tab.remove_listener("pageerror", watched.catch)


def test_every_page_is_among_those_that_are_looked_at(pages: Pages) -> None:
    routes = [
        route
        for route in pages.application.routes
        if isinstance(route, AnyRoute) and "GET" in (route.methods or ()) and not NO_PAGES.search(route.path)
    ]
    assert len(routes) > 5
    assert [
        route.path for route in routes if not any(route.path_regex.match(path.partition("?")[0]) for path in PATHS)
    ] == []
    assert [route.path for route in pages.application.routes if isinstance(route, Mount)] == ["/api/v1", "/static"]


def findings(page: Page) -> list[str]:
    """What axe has to say, in a line each."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    result: dict[str, Any] = page.evaluate(
        "options => axe.run(document, options)", {"runOnly": TAGS, "resultTypes": ["violations"]}
    )
    return [
        f"{found['id']} ({found['help']}): {node['html'][:200]} {json.dumps(node['any'] or node['all'])[:300]}"
        for found in result["violations"]
        for node in found["nodes"]
    ]


def sticking_out(page: Page) -> list[str]:
    """What is wider than the window, but for what scrolls by itself. A page that is as wide as its window has none."""
    found: list[str] = page.evaluate(
        """() => document.documentElement.scrollWidth <= document.documentElement.clientWidth ? [] :
        [...document.querySelectorAll("body *")].filter(it => !it.closest(".scroll") && !it.closest("svg svg")
            && it.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
        .map(it => it.outerHTML.slice(0, 150))"""
    )
    return found


def walk(page: Page) -> tuple[list[str], list[str]]:
    """What the Tab key leads to, one after the other, and what of it does not show that it has the focus."""
    reached, unseen = [], []
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    for _ in range(400):
        page.keyboard.press("Tab")
        focused: dict[str, Any] = page.evaluate(
            """() => {
                const it = document.activeElement, style = getComputedStyle(it);
                const has = it !== document.body && (style.outlineStyle !== "none" && style.outlineWidth !== "0px");
                return {key: it === document.body ? null : it.dataset.walked || (it.dataset.walked = Math.random()),
                        html: it.outerHTML.slice(0, 150), has};
            }"""
        )
        if reached and focused["key"] == reached[-1]:
            continue  # a date takes a stop for each of its parts
        if focused["key"] is None or focused["key"] in reached:
            break
        reached.append(focused["key"])
        if not focused["has"]:
            unseen.append(focused["html"])
    return reached, unseen


def told_by_colour_alone(page: Page) -> list[str]:
    """Marks of a state that have no word beside them. Which shape each has is another than the others' by itself."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll("main svg.mark")].filter(it => !it.parentElement.textContent.trim())
        .map(it => it.parentElement.outerHTML.slice(0, 150))"""
    )
    return found


def in_reach(page: Page) -> int:
    """How many things there are on a page that somebody may want to use."""
    number: int = page.evaluate(
        """() => [...document.querySelectorAll("a[href], button, input, select, textarea, summary")].filter(it =>
            it.tabIndex >= 0 && !it.disabled && it.type !== "hidden" && it.checkVisibility({visibilityProperty: true})
            && !(it.type === "radio" && !it.checked)).length"""
    )
    return number


@pytest.mark.parametrize("path", PATHS)
def test_everybody_can_use_every_page(watched: Watched, path: str) -> None:
    page = watched.page
    answer = page.goto(path)
    assert answer is not None
    assert answer.status == (404 if path == "/nowhere" else 200)
    assert findings(page) == []
    assert told_by_colour_alone(page) == []
    if page.locator("html").get_attribute("lang") == "ko":  # what is in reach is the same in both languages
        reached, unseen = walk(page)
        assert unseen == []
        assert len(reached) >= in_reach(page)
    for width in (640, 320):
        page.set_viewport_size({"width": width, "height": 640})
        assert sticking_out(page) == [], width
    assert findings(page) == []
    assert [complaint for complaint in watched.complaints if "404" not in complaint] == []


def test_the_login_page_is_for_everybody(pages: Pages, browser: Browser) -> None:
    with served(pages.application) as serving, window(browser, serving.url, width=320) as context:
        page = context.new_page()
        page.goto("/login")
        assert findings(page) == []
        assert sticking_out(page) == []
        reached, unseen = walk(page)
        assert (len(reached) >= in_reach(page), unseen) == (True, [])


def test_each_tone_has_a_shape_of_its_own() -> None:
    macros = (Path(collector.web.__file__).parent / "templates" / "macros.html").read_text(encoding="utf-8")
    shapes = re.search(r"set shapes = \{(.*?)\}", macros, re.DOTALL)
    tones = re.search(r"set tones = \{(.*?)\}", macros, re.DOTALL)
    assert shapes is not None
    assert tones is not None
    shape_of = dict(re.findall(r'"([a-z-]+)": "(M[^"]+)"', shapes[1]))
    assert len(set(shape_of.values())) == len(shape_of)
    assert set(re.findall(r'": "([a-z-]+)"', tones[1])) == shape_of.keys()
