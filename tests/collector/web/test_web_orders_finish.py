"""A technician finishes an order: the new device is written down, once, whatever the device and the connection do."""

from datetime import timedelta

import pytest
from test_web_pages import text_of
from web_browser import Pages
from web_city import FULL
from web_order_people import OTHER_TECHNICIAN, assigned_order, logged_in_as, order_now, send, value_of
from web_orders import PLANNER, TECHNICIAN

from collector.orders.changes import Change, Seen
from collector.orders.life import TELEMETRY, changed
from collector.orders.order import Confirmation, Order, Status
from collector.state.orders import change_order, changes_of

ALL = [str(each) for each in Confirmation]
DONE = {"new_serial": "SN-9", "new_mac": "AABB.CC00.1122", "confirmed": ["", *ALL], "note": "덮개 교체"}


@pytest.fixture
def order(pages: Pages) -> Order:
    return assigned_order(pages, FULL)


def report(pages: Pages, order: Order, seen: Seen) -> None:
    """What telemetry changes meanwhile."""
    at = pages.watch.now + timedelta(minutes=1)
    change_order(pages.services.state, order.id, None, lambda it: changed(it, seen, by=TELEMETRY, at=at))


async def test_the_new_device_is_written_down(pages: Pages, order: Order) -> None:
    path = f"/orders/{order.id}/finish"
    async with logged_in_as(pages, TECHNICIAN) as technician:
        answer = await send(technician, path, DONE)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/orders/{order.id}?saved=finish")
        html = (await technician.get(answer.headers["location"])).text
        assert f'data-draft-done="finish {order.id} {TECHNICIAN}"' in html
        assert f'data-draft="finish {order.id} {TECHNICIAN}"' in (await technician.get(path)).text
    after = order_now(pages, order)
    assert (after.status, after.new_serial, after.new_mac) == (Status.INSTALLED, "SN-9", "aa:bb:cc:00:11:22")
    assert (after.confirmed, after.note) == (tuple(Confirmation), "덮개 교체")


async def test_sent_twice_is_done_once(pages: Pages, order: Order) -> None:
    path = f"/orders/{order.id}/finish"
    async with logged_in_as(pages, TECHNICIAN) as technician:
        html = (await technician.get(path)).text
        form = {**DONE, "csrf": value_of(html, "csrf"), "version": value_of(html, "version")}
        for _ in range(2):
            assert (await technician.post(path, data=form)).status_code == 303
        changes = len(changes_of(pages.services.state, order.id))
        report(pages, order, Seen(status=Status.VERIFYING, first_report_at=pages.watch.now))
        assert (await technician.post(path, data=form)).status_code == 303
        report(pages, order, Seen(status=Status.ACCEPTED))
        assert (await technician.post(path, data=form)).status_code == 303
    assert len(changes_of(pages.services.state, order.id)) == changes + 2
    assert order_now(pages, order).status is Status.ACCEPTED


async def test_a_device_that_reports_first_is_no_conflict(pages: Pages, order: Order) -> None:
    path = f"/orders/{order.id}/finish"
    async with logged_in_as(pages, TECHNICIAN) as technician:
        html = (await technician.get(path)).text
        report(pages, order, Seen(status=Status.INSTALLED, new_serial="SN-9"))
        report(pages, order, Seen(status=Status.VERIFYING, first_report_at=pages.watch.now))
        form = {**DONE, "csrf": value_of(html, "csrf"), "version": value_of(html, "version")}
        assert (await technician.post(path, data=form)).status_code == 303
    after = order_now(pages, order)
    assert (after.status, after.confirmed) == (Status.VERIFYING, tuple(Confirmation))
    assert after.new_mac == "aa:bb:cc:00:11:22"


async def test_what_a_planner_has_changed_is_shown_beside_what_was_typed(pages: Pages, order: Order) -> None:
    path = f"/orders/{order.id}/finish"
    async with logged_in_as(pages, TECHNICIAN) as technician:
        html = (await technician.get(path)).text
        pages.services.order_desk.change(order.id, order.version, Change(note="뒷문으로"), PLANNER)
        form = {**DONE, "csrf": value_of(html, "csrf"), "version": value_of(html, "version")}
        answer = await technician.post(path, data=form)
        assert answer.status_code == 409
        assert "Written by somebody else: 뒷문으로" in text_of(answer.text)
        assert [value_of(answer.text, name) for name in ("new_serial", "note")] == ["SN-9", "덮개 교체"]
        assert answer.text.count(" checked") == len(ALL)
        again = {**form, "version": value_of(answer.text, "version")}
        assert (await technician.post(path, data=again)).status_code == 303
    assert order_now(pages, order).note == "덮개 교체"


@pytest.mark.parametrize(
    ("fields", "name", "said"),
    [
        ({"new_serial": " "}, "new_serial", "This is needed."),
        ({"new_mac": "00:11:22"}, "new_mac", "A MAC address has twelve digits"),
        ({"new_serial": "x" * 129}, "new_serial", "This is too long. It may have 128 letters."),
    ],
)
async def test_a_mistake_is_told_beside_its_field_and_boxes_stay_ticked(
    pages: Pages, order: Order, fields: dict[str, str], name: str, said: str
) -> None:
    async with logged_in_as(pages, TECHNICIAN) as technician:
        answer = await send(technician, f"/orders/{order.id}/finish", {**DONE, **fields})
    assert answer.status_code == 400
    assert f'id="problem-{name}" role="alert">{said}' in answer.text
    assert answer.text.count(" checked") == len(ALL)
    assert value_of(answer.text, "note") == "덮개 교체"
    assert order_now(pages, order) == order


async def test_what_was_typed_wrong_is_put_right_afterwards(pages: Pages, order: Order) -> None:
    path = f"/orders/{order.id}/finish"
    async with logged_in_as(pages, TECHNICIAN) as technician:
        await send(technician, path, DONE)
        assert f'href="{path}"' in (await technician.get(f"/orders/{order.id}")).text
        html = (await technician.get(path)).text
        assert value_of(html, "new_serial") == "SN-9"
        assert html.count(" checked") == len(ALL)
        await send(technician, path, {**DONE, "new_serial": "SN-10", "confirmed": ["", "mounted"]})
    after = order_now(pages, order)
    assert (after.new_serial, after.confirmed) == ("SN-10", (Confirmation.MOUNTED,))


async def test_only_who_it_is_assigned_to_finishes_it(pages: Pages, order: Order) -> None:
    path = f"/orders/{order.id}/finish"
    async with logged_in_as(pages, OTHER_TECHNICIAN) as technician:
        assert (await technician.get(path)).status_code == 403
        html = (await technician.get("/orders")).text
        csrf = html.split('name="csrf" value="')[1].split('"')[0]
        answer = await technician.post(path, data={**DONE, "csrf": csrf, "version": order.version})
    assert answer.status_code == 403
    assert value_of(answer.text, "new_serial") == "SN-9"
    assert order_now(pages, order) == order


async def test_what_has_ended_leads_to_the_order(pages: Pages, order: Order) -> None:
    pages.services.order_desk.change(order.id, 2, Change(status=Status.CANCELLED, reason="x"), PLANNER)
    async with pages.reader() as reader:
        answer = await reader.get(f"/orders/{order.id}/finish")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/orders/{order.id}")
