"""The page of one order, and its forms: what stands there, who may do what, and what becomes of what was typed."""

import re

import pytest
from test_web_pages import text_of
from web_browser import NAME, Pages
from web_city import EVIL, FULL, SILENT
from web_order_people import (
    OTHER_TECHNICIAN,
    assigned_order,
    logged_in_as,
    order_now,
    send,
    value_of,
)
from web_orders import PLANNER, TECHNICIAN, fill_with_orders, let_in

from collector.access.roles import Role
from collector.orders.changes import Change, Seen
from collector.orders.life import TELEMETRY, changed
from collector.orders.order import Order, Status
from collector.state.orders import change_order, changes_of
from collector.state.site_notes import SiteNote, write_note
from collector.web.pages.order import PATH, StepState, steps_of


@pytest.fixture
def orders(pages: Pages) -> dict[Status, Order]:
    return fill_with_orders(pages)


async def read(pages: Pages, path: str, *, language: str = "en") -> str:
    async with pages.reader(language=language) as reader:
        answer = await reader.get(path)
    assert answer.status_code == 200, path
    return answer.text


async def test_an_order_says_all_of_itself(pages: Pages, orders: dict[Status, Order]) -> None:
    html = await read(pages, f"/orders/{orders[Status.VERIFYING].id}")
    text = text_of(html)
    for fact in (
        "Verifying: The new device reports, and is checked by its own reports.",
        "Open done Planned done Assigned done In progress done Installed done Verifying now Accepted to come",
        f"New serial number NEW {EVIL}",
        "New MAC address 02:00:00:00:00:99",
        "It is fastened, and sealed where it hangs outdoors.",
        f"Model Passed 1 Gb/s 100 Mb/s {EVIL} 7 min ago",
        f"Uplink speed Failed 1 Gb/s 100 Mb/s {EVIL} 7 min ago",
        "Portal Not reported yet 1 Gb/s no report 7 min ago",
        "the device's reports Installed → Verifying",
        "계획 이 Planned → Assigned Technician: none → became 기사 김",
        "계획 이 The order was opened.",
    ):
        assert fact in text
    assert EVIL not in html
    korean = text_of(await read(pages, f"/orders/{orders[Status.ON_HOLD].id}", language="ko"))
    assert (
        f"보류: 사정이 있어 멈춘 작업입니다. 사정이 풀리면 멈춘 단계에서 이어 갑니다. 사유: 출입 불가 {EVIL}" in korean
    )
    assert "접수 완료 계획됨 완료 배정됨 멈춤 작업 중 예정" in korean


async def test_a_device_that_is_not_heard_of_is_told(pages: Pages, orders: dict[Status, Order]) -> None:
    order = orders[Status.VERIFYING]
    silent = changed(order, Seen(is_silent=True), by=TELEMETRY, at=pages.watch.now)
    change_order(pages.services.state, order.id, None, lambda _: silent)
    assert "nothing is heard of it" in text_of(await read(pages, f"/orders/{order.id}"))


def test_how_far_an_order_is_that_has_left_its_way(pages: Pages, orders: dict[Status, Order]) -> None:
    cancelled = pages.services.order_desk.change(
        orders[Status.ON_HOLD].id, orders[Status.ON_HOLD].version, Change(status=Status.CANCELLED, reason="x"), PLANNER
    )
    steps = steps_of(cancelled, changes_of(pages.services.state, cancelled.id))
    assert [step.status for step in steps] == list(PATH)
    assert [step.state for step in steps] == [StepState.DONE] * 2 + [StepState.STOPPED] + [StepState.TO_COME] * 4


async def test_there_is_no_such_order(pages: Pages) -> None:
    async with pages.reader() as reader:
        for path in (
            "/orders/77",
            "/orders/77/change",
            "/orders/77/finish",
            f"/orders/{'9' * 18}",
            f"/orders/{'9' * 30}",
        ):
            assert (await reader.get(path)).status_code == 404, path


async def test_whom_to_call_is_shown_to_whoever_has_to_go_there(pages: Pages) -> None:
    write_note(pages.services.state, SiteNote("yeouido", 1, "관리소 02-123", "정문 열쇠", pages.watch.now, "계획 이"))
    order = assigned_order(pages, FULL)
    path = f"/orders/{order.id}"
    assert "관리소 02-123" in await read(pages, path)
    async with logged_in_as(pages, TECHNICIAN) as own, logged_in_as(pages, OTHER_TECHNICIAN) as other:
        assert "정문 열쇠" in (await own.get(path)).text
        page = (await other.get(path)).text
        assert "관리소 02-123" not in page
        assert "정문 열쇠" not in page
        pages.services.order_desk.change(order.id, 2, Change(status=Status.CANCELLED, reason="x"), PLANNER)
        assert "정문 열쇠" not in (await own.get(path)).text


def moves_on(html: str) -> set[str]:
    return set(re.findall(r'name="status" value="([a-z_]+)"', html)) | set(re.findall(r"\?to=([a-z_]+)", html))


async def test_each_reader_is_offered_what_they_may_do(pages: Pages) -> None:
    order = assigned_order(pages, FULL)
    path = f"/orders/{order.id}"
    async with (
        logged_in_as(pages, TECHNICIAN) as own,
        logged_in_as(pages, OTHER_TECHNICIAN) as other,
        logged_in_as(pages, "보는 사람", Role.VIEWER) as viewer,
        pages.reader() as admin,
    ):
        assert moves_on((await own.get(path)).text) == {"in_progress", "on_hold"}
        assert f'href="{path}/finish"' in (await own.get(path)).text
        assert moves_on((await admin.get(path)).text) == {"open", "planned", "in_progress", "on_hold", "cancelled"}
        for reader in (other, viewer):
            assert moves_on((await reader.get(path)).text) == set()
            assert f'href="{path}/finish"' not in (await reader.get(path)).text
            assert (await reader.get(f"{path}/change?to=on_hold")).status_code == 403


async def test_a_technician_begins_holds_and_goes_on(pages: Pages) -> None:
    order = assigned_order(pages, FULL)
    path = f"/orders/{order.id}"
    async with logged_in_as(pages, TECHNICIAN) as technician:
        begun = await send(technician, f"{path}/change", {"status": "in_progress"}, shown=path)
        assert (begun.status_code, begun.headers["location"]) == (303, path)
        form = f"{path}/change?to=on_hold"
        refused = await send(technician, f"{path}/change", {"status": "on_hold", "reason": " "}, shown=form)
        assert refused.status_code == 400
        assert "This is needed. Please fill it in." in text_of(refused.text)
        assert 'aria-describedby="problem-reason"' in refused.text
        await send(technician, f"{path}/change", {"status": "on_hold", "reason": "잠겨 있음"}, shown=form)
        held = order_now(pages, order)
        assert (held.status, held.reason) == (Status.ON_HOLD, "잠겨 있음")
        assert "Go on from: In progress" in text_of((await technician.get(path)).text)
        await send(technician, f"{path}/change", {"status": "in_progress"}, shown=path)
    assert order_now(pages, order).status is Status.IN_PROGRESS


async def test_a_planner_plans_assigns_and_edits(pages: Pages) -> None:
    order = pages.services.order_desk.open(SILENT, PLANNER)
    path = f"/orders/{order.id}/change"
    plan = {"status": "planned", "vendor": "Acme", "model": "AX-9", "planned_on": "2026-06-01", "note": "사다리"}
    async with pages.reader() as reader:
        assert (await send(reader, path, plan, shown=f"{path}?to=planned")).status_code == 303
        assign = {"status": "assigned", "technician": NAME, "planned_on": "2026-06-02", "note": "사다리"}
        assert (await send(reader, path, assign, shown=f"{path}?to=assigned")).status_code == 303
        html = (await reader.get(path)).text
        assert [value_of(html, name) for name in ("vendor", "model", "planned_on", "note")] == [
            "Acme",
            "AX-9",
            "2026-06-02",
            "사다리",
        ]
        edit = {"poe": "802.3at", "cable": "cat6", "uplink_bits_per_second": "2500000000", "vendor": "", "note": ""}
        assert (await send(reader, path, edit)).status_code == 303
        page = text_of((await reader.get(f"/orders/{order.id}")).text)
    after = order_now(pages, order)
    assert (after.status, after.technician, str(after.planned_on)) == (Status.ASSIGNED, NAME, "2026-06-02")
    assert (after.poe, after.cable, after.uplink_bits_per_second) == ("802.3at", "cat6", 2_500_000_000)
    assert (after.vendor, after.model, after.note) == (None, "AX-9", "")
    for change in ("Power (PoE): none → became PoE+ (802.3at)", "Cable class: none → became Cat 6"):
        assert change in page


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"planned_on": "2026-13-01"}, "Please write a date such as 2026-05-23."),
        ({"uplink_bits_per_second": "fast"}, "Please choose a speed from the list."),
        ({"poe": "802.3zz"}, "This value cannot be used."),
        ({"technician": OTHER_TECHNICIAN}, "This is nobody who can do the work."),
        ({"note": "bell\x07"}, "There are signs in it that cannot be shown."),
        ({"new_mac": "12:34"}, "A MAC address has twelve digits"),
    ],
)
async def test_a_mistake_is_told_beside_its_field_and_nothing_typed_is_lost(
    pages: Pages, fields: dict[str, str], said: str
) -> None:
    order = assigned_order(pages, FULL)
    path = f"/orders/{order.id}/change"
    async with pages.reader() as reader:
        answer = await send(reader, path, {"model": "typed anew", **fields})
    (name,) = fields
    assert answer.status_code == 400
    assert re.search(rf'id="problem-{name}" role="alert">{said}', answer.text)
    assert value_of(answer.text, "model") == "typed anew"
    assert value_of(answer.text, "version") == str(order.version)
    assert order_now(pages, order) == order


async def test_the_second_of_two_sees_what_the_first_has_changed_and_loses_nothing(pages: Pages) -> None:
    order = assigned_order(pages, FULL)
    path = f"/orders/{order.id}/change"
    theirs = Change(model="AX-10", firmware="7.1", note=f"그쪽 메모 {EVIL}")
    async with pages.reader() as reader:
        typed = {"version": order.version, "vendor": "Acme", "model": "BE-1", "firmware": "", "note": "내 메모"}
        pages.services.order_desk.change(order.id, order.version, theirs, PLANNER)
        answer = await send(reader, path, typed)
        assert answer.status_code == 409
        text = text_of(answer.text)
        assert "Somebody else has changed this order meanwhile." in text
        assert (
            "계획 이 Model of the new device: AX-9 → became AX-10 Firmware of the new device: none → became 7.1" in text
        )
        assert "Written by somebody else: AX-10" in text
        assert f"Written by somebody else: 그쪽 메모 {EVIL}" in text
        assert order_now(pages, order).model == "AX-10"
        mine = {name: value_of(answer.text, name) for name in ("version", "model", "firmware", "note")}
        assert mine == {"version": str(order.version + 1), "model": "BE-1", "firmware": "7.1", "note": "내 메모"}
        assert (await reader.post(path, data={**mine, "csrf": value_of(answer.text, "csrf")})).status_code == 303
    after = order_now(pages, order)
    assert (after.model, after.firmware, after.note) == ("BE-1", "7.1", "내 메모")


async def test_a_move_that_is_not_possible_any_more_says_what_is_and_keeps_what_was_typed(pages: Pages) -> None:
    order = assigned_order(pages, FULL)
    path = f"/orders/{order.id}/change"
    async with pages.reader(language="ko") as reader:
        shown = (await reader.get(f"{path}?to=on_hold")).text
        done = Change(status=Status.INSTALLED, new_serial="SN-9")
        after = pages.services.order_desk.change(order.id, order.version, done, PLANNER)
        csrf = value_of(shown, "csrf")
        fields = {"csrf": csrf, "version": after.version, "status": "planned", "note": "남길 말"}
        answer = await reader.post(path, data=fields)
        assert answer.status_code == 409
        text = text_of(answer.text)
        assert "이 작업은 설치됨 상태여서 계획됨 상태로 바꿀 수 없습니다." in text
        assert "지금 할 수 있는 상태: 작업 중, 검수 중, 검수 완료, 보류, 반려, 취소" in text
        assert value_of(answer.text, "note") == "남길 말"
        chosen = {**fields, "version": value_of(answer.text, "version"), "status": "verifying"}
        assert (await reader.post(path, data=chosen)).status_code == 303
        offered = await reader.get(f"{path}?to=planned")
        assert (offered.status_code, offered.headers["location"]) == (303, f"/orders/{order.id}")
    assert (order_now(pages, order).status, order_now(pages, order).note) == (Status.VERIFYING, "남길 말")


async def test_an_order_that_was_given_to_somebody_else_keeps_what_was_typed(pages: Pages) -> None:
    order = assigned_order(pages, FULL)
    path = f"/orders/{order.id}/change"
    async with logged_in_as(pages, TECHNICIAN) as technician:
        csrf = value_of((await technician.get(path)).text, "csrf")
        let_in(pages, OTHER_TECHNICIAN)
        after = pages.services.order_desk.change(order.id, 2, Change(technician=OTHER_TECHNICIAN), PLANNER)
        stale = await technician.post(path, data={"csrf": csrf, "version": 2, "note": "현장 상황"})
        assert stale.status_code == 409
        refused = await technician.post(path, data={"csrf": csrf, "version": after.version, "note": "현장 상황"})
    assert refused.status_code == 403
    assert value_of(refused.text, "note") == "현장 상황"
    assert order_now(pages, order).note == ""


async def test_what_no_form_of_ours_sends_is_refused(pages: Pages) -> None:
    order = assigned_order(pages, FULL)
    path = f"/orders/{order.id}/change"
    async with pages.reader() as reader:
        csrf = value_of((await reader.get(path)).text, "csrf")
        for fields in ({"version": "x"}, {"version": ""}, {"version": "2", "status": "nope"}, {"version": "9" * 30}):
            assert (await reader.post(path, data={"csrf": csrf, **fields})).status_code == 400, fields
        assert (await reader.post(path, data={"version": "2", "note": "x"})).status_code == 403
        assert (await reader.get(f"{path}?to=nope")).status_code == 400
    assert order_now(pages, order) == order
