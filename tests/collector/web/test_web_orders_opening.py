"""Orders are opened from the replacement plan, from one place of it, and by hand."""

import re

import pytest
from test_web_pages import text_of
from web_browser import NAME, Pages
from web_city import BARE, EVIL_PLACE, FULL
from web_order_people import logged_in_as, send, value_of
from web_orders import PLANNER
from web_plan import RANKED, judge

from collector.access.roles import Role
from collector.orders.order import Status
from collector.state.orders import find_orders, open_orders_at


@pytest.fixture
def judged(pages: Pages) -> Pages:
    judge(pages.services.state)
    return pages


async def test_what_is_ticked_on_the_plan_is_opened(judged: Pages) -> None:
    async with judged.reader() as reader:
        answer = await send(reader, "/plan", {"access_point": [FULL, EVIL_PLACE], "how": "ticked"})
        assert answer.status_code == 303
        page = text_of((await reader.get(answer.headers["location"])).text)
        assert "Orders opened: 2." in page
        assert "passed over" not in page
        plan = (await reader.get("/plan")).text
    orders = {order.access_point: order for order in find_orders(judged.services.state)}
    assert set(orders) == {FULL, EVIL_PLACE}
    assert (orders[FULL].rank, orders[FULL].model, orders[FULL].opened_by) == (1, "B-7", NAME)
    assert f'<a href="/orders/{orders[FULL].id}">Order {orders[FULL].id}</a>' in plan
    assert 'type="checkbox" name="access_point"' not in plan


async def test_the_first_of_the_list_are_opened_and_who_has_one_is_passed_over(judged: Pages) -> None:
    judged.services.order_desk.open(RANKED[0], PLANNER)
    async with judged.reader() as reader:
        answer = await send(reader, "/plan?standing=replace", {"how": "first", "first": "2"})
        page = text_of((await reader.get(answer.headers["location"])).text)
    assert "Orders opened: 1. Places passed over, as they have an order: 1." in page
    assert set(open_orders_at(judged.services.state, RANKED)) == set(RANKED)


async def test_the_first_are_of_the_list_that_is_shown(judged: Pages) -> None:
    async with judged.reader() as reader:
        await send(reader, "/plan?standing=replace&site=mapo-library", {"how": "first", "first": "1"})
    assert set(open_orders_at(judged.services.state, RANKED)) == {EVIL_PLACE}


@pytest.mark.parametrize(
    "fields", [{"how": "ticked"}, *({"how": "first", "first": text} for text in ("", "0", "-1", "201", "x"))]
)
async def test_nothing_to_open_is_told(judged: Pages, fields: dict[str, str]) -> None:
    async with judged.reader() as reader:
        answer = await send(reader, "/plan", fields)
    assert answer.status_code == 400
    assert "Please tick places, or write a number from 1 to 200." in text_of(answer.text)
    assert not find_orders(judged.services.state)


async def test_a_place_that_there_is_not_is_refused(judged: Pages) -> None:
    async with judged.reader() as reader:
        assert (await send(reader, "/plan", {"access_point": [FULL, "nowhere"], "how": "ticked"})).status_code == 400
    assert not find_orders(judged.services.state)


async def test_one_place_of_the_plan_is_opened_by_one_button(judged: Pages) -> None:
    path = f"/plan/{FULL}"
    async with judged.reader() as reader:
        html = (await reader.get(path)).text
        fields = {name: value_of(html, name) for name in ("csrf", "access_point")}
        answer = await reader.post("/orders/new", data=fields)
        (order,) = find_orders(judged.services.state)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/orders/{order.id}")
        assert f'href="/orders/{order.id}"' in (await reader.get(path)).text
        again = await reader.post("/orders/new", data=fields)
        assert again.status_code == 409
        assert f'<a href="/orders/{order.id}">Order {order.id}</a>' in again.text
    assert (order.status, order.access_point, order.model) == (Status.OPEN, FULL, "B-7")


async def test_one_is_opened_by_hand_as_far_as_is_known(judged: Pages) -> None:
    async with judged.reader() as reader:
        html = (await reader.get(f"/orders/new?access_point={FULL}")).text
        assert [value_of(html, name) for name in ("access_point", "vendor", "model")] == [FULL, "Bravo", "B-7"]
        for place, fields, status in (
            (BARE, {"note": "민원"}, Status.OPEN),
            (FULL, {"model": "AX-9", "planned_on": "2026-06-01"}, Status.PLANNED),
            (EVIL_PLACE, {"technician": NAME}, Status.ASSIGNED),
        ):
            await send(reader, "/orders/new", {"access_point": place, "technician": "", **fields})
            (order,) = (each for each in find_orders(judged.services.state) if each.access_point == place)
            assert order.status is status
            assert order.version == 1


async def test_a_mistake_keeps_what_was_typed(judged: Pages) -> None:
    async with judged.reader() as reader:
        for place, said in (("nowhere", "The inventory has no such access point."), ("", "This is needed.")):
            answer = await send(reader, "/orders/new", {"access_point": place, "note": "민원 접수", "planned_on": "x"})
            assert answer.status_code == 400
            assert re.search(rf'id="problem-access_point" role="alert">{said}', answer.text)
            assert 'id="problem-planned_on"' in answer.text
            assert [value_of(answer.text, name) for name in ("access_point", "note")] == [place, "민원 접수"]
        assert "no such access point" in (await reader.get("/orders/new?access_point=gone")).text
    assert not find_orders(judged.services.state)


async def test_nobody_opens_orders_but_planners(judged: Pages) -> None:
    async with logged_in_as(judged, "기사 김", Role.TECHNICIAN) as technician:
        plan = (await technician.get("/plan")).text
        assert 'type="checkbox"' not in plan
        assert "Open an order" not in (await technician.get(f"/plan/{FULL}")).text
        csrf = re.search(r'name="csrf" value="([^"]+)"', plan)
        assert csrf is not None
        for path in ("/plan", "/orders/new"):
            answer = await technician.post(path, data={"csrf": csrf[1], "access_point": FULL, "how": "ticked"})
            assert answer.status_code == 403, path
    assert not find_orders(judged.services.state)
