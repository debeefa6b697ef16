"""The board of orders and the table of them: what is shown where, and several planned at once."""

import re
from datetime import timedelta
from html import unescape

import pytest
from test_web_pages import text_of
from web_browser import NAME, Pages
from web_city import INVENTORY, NOW
from web_order_people import OTHER_TECHNICIAN, city_of, logged_in_as, order_now, send
from web_orders import PLANNER, TECHNICIAN, fill_with_orders

from collector.access.roles import Role
from collector.orders.changes import Change, Seen
from collector.orders.life import TELEMETRY, changed
from collector.orders.order import Order, Status
from collector.replacement.book import Book
from collector.state.orders import change_order
from collector.web.pages.orders import BOARD_SIZE, PAGE_SIZE
from inventory.models import AccessPoint, Inventory


@pytest.fixture
def orders(pages: Pages) -> dict[Status, Order]:
    return fill_with_orders(pages)


def shown_on(html: str) -> set[int]:
    return {int(number) for number in re.findall(r'<a href="/orders/([0-9]+)"', html)}


async def read(pages: Pages, path: str, *, language: str = "en") -> str:
    async with pages.reader(language=language) as reader:
        answer = await reader.get(path)
    assert answer.status_code == 200, path
    return answer.text


async def test_each_order_stands_in_the_column_of_its_status(pages: Pages, orders: dict[Status, Order]) -> None:
    html = await read(pages, "/orders")
    columns = re.findall(r'<section aria-labelledby="status-([a-z_]+)">(.*?)</section>', html, re.DOTALL)
    assert [status for status, _ in columns] == list(Status)
    for status, column in columns:
        of_status = {order.id for order in orders.values() if order.status == status}
        assert shown_on(column) == of_status
        assert f'<span class="count">{len(of_status)}</span>' in column
    assert "작업 4번 · 기사 김 · 2026-05-24" in text_of(await read(pages, "/orders", language="ko"))


async def test_conditions_choose_on_the_board_and_in_the_table(pages: Pages, orders: dict[Status, Order]) -> None:
    on_hold, planned, opened = orders[Status.ON_HOLD], orders[Status.PLANNED], orders[Status.OPEN]
    silent = changed(orders[Status.VERIFYING], Seen(is_silent=True), by=TELEMETRY, at=NOW)
    change_order(pages.services.state, orders[Status.VERIFYING].id, None, lambda _: silent)
    everything = {order.id for order in orders.values()}
    by_technician = {order.id for order in orders.values() if order.technician == TECHNICIAN}
    for query, found in {
        "": everything,
        "status=on_hold": {on_hold.id},
        "site=ttukseom": {planned.id},
        "district=중구": {opened.id, orders[Status.CANCELLED].id},
        "district=중구&site=ttukseom": set(),
        f"technician={TECHNICIAN}": by_technician,
        "technician=nobody": set(),
        "silent=yes": {orders[Status.VERIFYING].id},
        "text=물빛": {on_hold.id},
        "text=TTUKSEOM": {planned.id},
        "text=뚝섬": {planned.id},
        f"text={orders[Status.VERIFYING].id}": {orders[Status.VERIFYING].id},
        "text=new <scr": {orders[Status.VERIFYING].id},
        "text=기사": by_technician,
        "text=100%": set(),
    }.items():
        for view in ("board", "table"):
            html = await read(pages, f"/orders?view={view}&{query}")
            assert shown_on(html) == found, (view, query)
    assert "New device silent" in text_of(await read(pages, "/orders"))


async def test_what_cannot_be_understood_is_refused(pages: Pages) -> None:
    async with pages.reader() as reader:
        for query in ("status=nope", "view=cards", "silent=no", "before=x", "before=-1", f"before={'9' * 30}"):
            assert (await reader.get(f"/orders?{query}")).status_code == 400, query


async def test_what_is_most_urgent_comes_first_and_the_rest_is_linked(pages: Pages) -> None:
    large = city_of(pages, BOARD_SIZE + 1)
    desk = large.services.order_desk
    _, *dated = (desk.open(place, PLANNER) for place in large.services.inventory.access_points)
    for days, order in enumerate(reversed(dated)):
        desk.change(order.id, order.version, Change(planned_on=NOW.date() + timedelta(days=days - 1)), PLANNER)
    html = await read(large, "/orders?status=open")
    numbers = [int(number) for number in re.findall(r'<li><a href="/orders/([0-9]+)"', html)]
    assert numbers == [order.id for order in reversed(dated)]
    assert text_of(html).count("Overdue") == 1
    every = re.search(r'<p class="more"><a href="(\?[^"]*)">See all 51', html)
    assert every is not None
    newest = await read(large, f"/orders{unescape(every[1])}")
    assert shown_on(newest) == {order.id for order in dated}


async def test_the_table_is_turned_page_by_page(pages: Pages) -> None:
    large = city_of(pages, 2 * PAGE_SIZE + 1)
    numbers = [large.services.order_desk.open(place, PLANNER).id for place in large.services.inventory.access_points]
    address, turned = "/orders?view=table", []
    while True:
        html = await read(large, address)
        turned.append([int(number) for number in re.findall(r'<th scope="row"><a href="/orders/([0-9]+)"', html)])
        following = re.search(r'<a rel="next" href="(\?[^"]*)"', html)
        if following is None:
            break
        address = f"/orders{unescape(following[1])}"
    newest_first = numbers[::-1]
    assert turned == [newest_first[:50], newest_first[50:100], newest_first[100:]]


async def test_an_order_whose_place_has_left_the_inventory_is_still_shown(
    pages: Pages, orders: dict[Status, Order]
) -> None:
    park = INVENTORY.sites["yeouido"]
    rest = Inventory(sites=(park,), access_points=(AccessPoint(id="yeouido-009", site="yeouido"),))
    shrunk = pages.changed(inventory=rest, book=Book(pages.services.state, rest))
    for view in ("board", "table"):
        assert shown_on(await read(shrunk, f"/orders?view={view}")) == {order.id for order in orders.values()}
    assert "mapo-library-01" in await read(shrunk, f"/orders/{orders[Status.VERIFYING].id}")


async def test_several_are_planned_at_once_and_each_is_told(pages: Pages, orders: dict[Status, Order]) -> None:
    opened, planned, held = orders[Status.OPEN], orders[Status.PLANNED], orders[Status.ON_HOLD]
    stale = orders[Status.ASSIGNED]
    pages.services.order_desk.change(stale.id, stale.version, Change(note="other"), PLANNER)
    ticked = [f"{order.id}:{order.version}" for order in (opened, planned, held, stale)]
    async with logged_in_as(pages, "계획 정", Role.PLANNER) as planner:
        answer = await send(
            planner,
            "/orders/change",
            {"order": ticked, "technician": NAME, "planned_on": ""},
            shown="/orders?view=table",
        )
    assert answer.status_code == 200
    text = text_of(answer.text)
    assert f"Orders not changed: 1 Order {stale.id} yeouido-001 Assigned Somebody else has changed" in text
    assert "(계획 이)" in text
    assert "Orders changed: 3" in text
    for order, status in ((opened, Status.ASSIGNED), (planned, Status.ASSIGNED), (held, Status.ON_HOLD)):
        after = order_now(pages, order)
        assert (after.status, after.technician, after.planned_on) == (status, NAME, order.planned_on)
    assert order_now(pages, stale).technician == TECHNICIAN


async def test_a_day_plans_what_has_a_model(pages: Pages, orders: dict[Status, Order]) -> None:
    opened = orders[Status.OPEN]
    fields = {"order": f"{opened.id}:{opened.version}", "planned_on": "2026-06-01"}
    async with pages.reader() as reader:
        await send(reader, "/orders/change", fields, shown="/orders?view=table")
        assert order_now(pages, opened).status is Status.OPEN
        again = {**fields, "order": f"{opened.id}:{opened.version + 1}", "model": "AX-9"}
        await send(reader, "/orders/change", again, shown="/orders?view=table")
    after = order_now(pages, opened)
    assert (after.status, after.model, str(after.planned_on)) == (Status.PLANNED, "AX-9", "2026-06-01")


async def test_nothing_goes_where_all_are_stale_and_that_is_a_conflict(
    pages: Pages, orders: dict[Status, Order]
) -> None:
    opened = orders[Status.OPEN]
    fields = {"order": f"{opened.id}:0", "model": "AX-9"}
    async with pages.reader() as reader:
        answer = await send(reader, "/orders/change", fields, shown="/orders?view=table")
    assert answer.status_code == 409
    assert order_now(pages, opened) == opened


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"order": [], "technician": NAME}, "Please tick orders in the table first."),
        ({"technician": ""}, "Please fill in at least one thing that is to change."),
        ({"planned_on": "someday"}, "Please write a date such as 2026-05-23."),
        ({"technician": OTHER_TECHNICIAN}, "This is nobody who can do the work."),
        ({"model": "x" * 201}, "This is too long. It may have 200 letters."),
    ],
)
async def test_a_mistake_shows_the_table_again_with_what_was_ticked_and_typed(
    pages: Pages, orders: dict[Status, Order], fields: dict[str, object], said: str
) -> None:
    opened = orders[Status.OPEN]
    ticked = f"{opened.id}:{opened.version}"
    path = "/orders/change?view=table&site=jung-senior"
    async with pages.reader() as reader:
        answer = await send(reader, path, {"order": ticked, "vendor": "", **fields}, shown="/orders?view=table")
    assert answer.status_code == 400
    assert said in text_of(answer.text)
    assert (f'value="{ticked}" checked' in answer.text) == ("order" not in fields)
    assert shown_on(answer.text) == {opened.id, orders[Status.CANCELLED].id}
    assert order_now(pages, opened) == opened


async def test_only_planners_tick_and_change_several(pages: Pages, orders: dict[Status, Order]) -> None:
    async with logged_in_as(pages, TECHNICIAN) as technician:
        html = (await technician.get("/orders?view=table")).text
        assert 'name="order"' not in html
        token = re.search(r'name="csrf" value="([^"]+)"', html)
        assert token is not None
        answer = await technician.post("/orders/change", data={"csrf": token[1], "order": "1:1", "model": "X"})
    assert answer.status_code == 403
