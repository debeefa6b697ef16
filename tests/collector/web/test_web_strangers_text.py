"""Script in whatever strangers may have written stays text: names of sites, places, devices, people and tokens, SSIDs,
notes of orders and sites, reasons, serial numbers, and what is looked for."""

import re
from urllib.parse import quote

import pytest
from test_web_permissions import ROWS
from web_alerts import EVIL_ALERT, UNKNOWN, fill_with_alerts
from web_browser import PASSWORD, Pages, log_in
from web_city import EVIL, EVIL_PLACE, NOW
from web_orders import PLANNER, fill_with_orders
from web_plan import judge
from web_roles import api_token

from collector.access.roles import Permission, Role
from collector.orders.changes import Change
from collector.orders.order import Status
from collector.state.accounts import add_user
from collector.state.orders import find_orders

OWN_SCRIPT = re.compile(r'<script src="/static/[a-z_]+\.js\?v=[0-9a-f]{12}"( defer| type="module")?></script>')
WITH_NOTHING_OF_STRANGERS = {"/account/password", "/programme"}


@pytest.fixture
def evil_pages(pages: Pages) -> Pages:
    """Whatever can be written down is a script, and somebody of that name, an admin, looks at it."""
    state, desk = pages.services.state, pages.services.order_desk
    judge(state)
    fill_with_orders(pages)
    fill_with_alerts(pages)
    add_user(state, EVIL, PASSWORD, NOW, role=Role.ADMIN)
    for order in find_orders(state):
        if order.status is Status.ASSIGNED:
            desk.change(order.id, order.version, Change(technician=EVIL, model=EVIL, note=EVIL), PLANNER)
    api_token(state, EVIL, Permission.READ)
    return pages


async def test_script_in_strangers_text_stays_text_on_every_page(evil_pages: Pages) -> None:
    numbers = [order.id for order in find_orders(evil_pages.services.state)]
    looked_for = quote(EVIL)
    paths = [
        *(row.path for row in ROWS if row.method == "GET" and "{" not in row.template and "." not in row.path),
        "/sites/mapo-library",
        "/sites/yeouido/note",
        f"/access-points/{EVIL_PLACE}",
        f"/plan/{EVIL_PLACE}",
        f"/people/{looked_for}",
        f"/search?q={looked_for}",
        f"/search?text={looked_for}",
        f"/access-points?text={looked_for}",
        f"/plan?text={looked_for}",
        f"/orders?text={looked_for}",
        f"/orders/new?access_point={EVIL_PLACE}",
        f"/alerts/silences/new?access_points={looked_for}&site={looked_for}&rule={looked_for}",
        f"/alerts/maintenance/new?access_points={looked_for}",
        *(f"/alerts/{each.id}" for each in (EVIL_ALERT, UNKNOWN)),
        *(f"/orders/{number}{page}" for number in numbers for page in ("", "/change", "/finish")),
    ]
    for language in ("ko", "en"):
        async with evil_pages.browser(language=language) as browser:
            await log_in(browser, name=EVIL)
            for path in paths:
                answer = await browser.get(path)
                if answer.headers.get("content-type", "").startswith("text/html"):
                    ours = OWN_SCRIPT.sub("", answer.text)
                    assert "<script" not in ours, path
                    assert "&lt;script&gt;" in ours, path


async def test_a_form_that_is_shown_again_shows_what_was_typed_as_text(evil_pages: Pages) -> None:
    posts = [row for row in ROWS if row.method == "POST" and not row.is_api and row.path not in {"/login", "/logout"}]
    fields = ("text", "note", "reason", "technician", "model", "name", "contact", "access_note", "access_point", "role")
    fields += ("site", "access_points", "rule", "comment", "span", "until", "starts", "ends", "from_time", "first_day")
    async with evil_pages.browser() as browser:
        await log_in(browser, name=EVIL)
        page = await browser.get("/account")
        token = re.search(r'name="csrf" value="([^"]+)"', page.text)
        assert token is not None
        for row in posts:
            answer = await browser.post(row.path, data=dict.fromkeys(fields, EVIL) | {"csrf": token[1]})
            assert "<script" not in OWN_SCRIPT.sub("", answer.text), row.path
            assert answer.status_code < 500, row.path
