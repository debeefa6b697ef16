"""People who work with orders on the pages: a planner and two technicians, logged in, and how they fill in a form."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape

import httpx
from web_browser import PASSWORD, Pages
from web_city import NOW, YEOUIDO
from web_orders import PLANNER, TECHNICIAN, let_in
from web_services import services_over

from collector.access.roles import Role
from collector.orders.changes import Change
from collector.orders.order import Order, Status
from collector.state.login_sessions import log_in
from collector.state.orders import order_of
from collector.web.guard import SESSION_COOKIE
from inventory.models import AccessPoint, Inventory

OTHER_TECHNICIAN = "기사 박"


@asynccontextmanager
async def logged_in_as(
    pages: Pages, name: str, role: Role = Role.TECHNICIAN, *, language: str = "en"
) -> AsyncIterator[httpx.AsyncClient]:
    """A browser of somebody of this name, who is let in if nobody has been yet."""
    let_in(pages, name, role)
    token = log_in(pages.services.state, name, PASSWORD, NOW)
    assert token is not None
    async with pages.browser(language=language) as browser:
        browser.cookies.set(SESSION_COOKIE, token)
        yield browser


def assigned_order(pages: Pages, access_point: str, technician: str = TECHNICIAN) -> Order:
    """An order that a planner has given to a technician."""
    let_in(pages, technician)
    order = pages.services.order_desk.open(access_point, PLANNER)
    change = Change(status=Status.ASSIGNED, technician=technician, vendor="Acme", model="AX-9")
    return pages.services.order_desk.change(order.id, order.version, change, PLANNER)


def city_of(pages: Pages, places: int) -> Pages:
    """The same pages over a park with so many access points."""
    inventory = Inventory(
        sites=(YEOUIDO,),
        access_points=tuple(AccessPoint(id=f"ap-{each:03}", site=YEOUIDO.id) for each in range(places)),
    )
    services = pages.services
    large = services_over(
        inventory=inventory, fleet=services.fleet, store=services.store, state=services.state, clock=services.clock
    )
    return Pages(large, pages.watch, pages.token)


def order_now(pages: Pages, order: Order) -> Order:
    """The order as it is kept."""
    found = order_of(pages.services.state, order.id)
    assert found is not None
    return found


def value_of(html: str, name: str) -> str:
    """What a field of the page's form has."""
    form = html[html.index("<main") :]
    found = re.search(rf'<input[^>]* name="{name}"[^>]*? value="([^"]*)"', form)
    if found is None:
        found = re.search(rf'<textarea[^>]* name="{name}"[^>]*>([^<]*)</textarea>', form)
    assert found is not None, name
    return unescape(found[1])


async def send(
    browser: httpx.AsyncClient, path: str, fields: dict[str, object], *, shown: str | None = None
) -> httpx.Response:
    """Open a page, and send its form with these fields beside its token and version, or another version."""
    html = (await browser.get(shown or path)).text
    hidden = {name: value_of(html, name) for name in ("csrf", "version") if f'name="{name}"' in html}
    return await browser.post(path, data={**hidden, **fields})
