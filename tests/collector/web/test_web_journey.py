"""A replacement from the plan to the printed list and the device that reports, in a real browser, by the people whose
work it is."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pypdf
import pytest
import web_plan
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import delete
from web_browser import PASSWORD, Pages
from web_chromium import Served, chromium, served, window
from web_city import EVIL_PLACE, FULL, NOW, reading
from web_order_people import OTHER_TECHNICIAN
from web_orders import PLANNER, TECHNICIAN
from web_services import catalogue

from agent.wire import Device, Interface, Probe, Report
from collector.access.roles import Role
from collector.fieldwork.watch import OrderWatch
from collector.orders.changes import Change
from collector.orders.order import Confirmation, Order, Status
from collector.orders.settings import OrderSettings
from collector.state.accounts import add_user
from collector.state.newest import NewestReadings
from collector.state.orders import changes_of, find_orders, order_of
from collector.state.people_tables import sessions

PLANNERS_NAME = "계획 이"
SERIAL, MAC = "NEW-2026-1", "02:00:00:00:00:77"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def serving(pages: Pages) -> Iterator[Served]:
    web_plan.judge(pages.services.state)
    for name, role in (
        (PLANNERS_NAME, Role.PLANNER),
        (TECHNICIAN, Role.TECHNICIAN),
        (OTHER_TECHNICIAN, Role.TECHNICIAN),
    ):
        add_user(pages.services.state, name, PASSWORD, NOW, role=role)
    with served(pages.application) as running:
        yield running


def log_in(page: Page, name: str) -> None:
    page.locator("[name=name]").fill(name)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")


@contextmanager
def somebody(browser: Browser, serving: Served, name: str, *, width: int = 1280) -> Iterator[BrowserContext]:
    """Their window, in which they have logged in as people do."""
    with window(browser, serving.url, width=width, height=740) as context:
        page = context.new_page()
        page.goto("/login")
        log_in(page, name)
        page.wait_for_url("**/")
        page.close()
        yield context


def the_order(pages: Pages, access_point: str) -> Order:
    (order,) = [each for each in find_orders(pages.services.state) if each.access_point == access_point]
    return order


def test_from_the_plan_to_the_pole_and_until_it_is_accepted(pages: Pages, serving: Served, browser: Browser) -> None:
    with somebody(browser, serving, PLANNERS_NAME) as desk:
        plan_at_the_desk(pages, desk.new_page())
    order = the_order(pages, FULL)
    with somebody(browser, serving, TECHNICIAN, width=360) as phone:
        page = phone.new_page()
        finish_at_the_pole(page, order)
        done = the_order(pages, FULL)
        assert (done.status, done.new_serial, done.new_mac) == (Status.INSTALLED, SERIAL, MAC)
        assert done.confirmed == tuple(Confirmation)
        watch = OrderWatch(
            state=pages.services.state,
            fleet=pages.services.fleet,
            catalogue=catalogue(),
            settings=OrderSettings(),
            clock=pages.watch,
        )
        report(pages, minutes=1)
        watch.look()
        assert the_order(pages, FULL).status is Status.VERIFYING
        page.reload()
        expect(page.locator("#checks")).to_be_visible()
        report(pages, minutes=40)
        watch.look()
        assert the_order(pages, FULL).status is Status.ACCEPTED
    by = [change.by for change in changes_of(pages.services.state, order.id)]
    assert by == [PLANNERS_NAME, PLANNERS_NAME, TECHNICIAN, TECHNICIAN, "telemetry", "telemetry", "telemetry"]


def plan_at_the_desk(pages: Pages, page: Page) -> None:
    """Open two orders from the plan, give them to a technician for today, and print their list."""
    page.goto("/plan?standing=replace")
    for place in (FULL, EVIL_PLACE):
        page.locator(f"input[name=access_point][value='{place}']").check()
    page.locator("button[name=how][value=ticked]").click()
    page.wait_for_url("**/orders*")
    assert {order.status for order in find_orders(pages.services.state)} == {Status.OPEN}
    page.goto("/orders?view=table")
    for box in page.locator("input[name=order]").all():
        box.check()
    day = (NOW + timedelta(hours=9)).date()
    planning = page.locator("#planning")
    planning.locator("[name=technician]").select_option(TECHNICIAN)
    for name, value in (("planned_on", f"{day}"), ("vendor", "Acme"), ("model", "AX-9")):
        planning.locator(f"[name={name}]").fill(value)
    planning.locator("button[type=submit]").click()
    page.wait_for_url("**/orders/change*")
    orders = find_orders(pages.services.state)
    assert {(order.status, order.technician, order.planned_on) for order in orders} == {
        (Status.ASSIGNED, TECHNICIAN, day)
    }
    page.goto(f"/work-lists/print?technician={TECHNICIAN}&day={day}")
    printed = pypdf.PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    text = re.sub(r"\s", "", "".join(sheet.extract_text() for sheet in printed.pages))
    assert [each for each in (FULL, EVIL_PLACE, "AX-9", TECHNICIAN.replace(" ", "")) if each not in text] == []
    assert [round(float(side) / 72 * 25.4) for side in printed.pages[0].mediabox[2:]] == [210, 297]


def finish_at_the_pole(page: Page, order: Order) -> None:
    """From the list of today to the finished order, on a phone."""
    page.goto("/work-lists")
    page.locator(f"a[href='/orders/{order.id}']").first.click()
    page.locator("button[name=status][value=in_progress]").click()
    page.locator(f"a[href='/orders/{order.id}/finish']").first.click()
    page.locator("[name=new_serial]").fill(SERIAL)
    page.locator("[name=new_mac]").fill(MAC.upper().replace(":", "-"))
    for box in page.locator("[type=checkbox][name=confirmed]").all():
        box.check()
    page.locator("form[data-draft] button[type=submit]").click()
    page.wait_for_url(f"**/orders/{order.id}*")
    expect(page.locator("main")).to_contain_text(SERIAL)


def report(pages: Pages, *, minutes: int) -> None:
    """What the new device tells, so many minutes after it was put up: all is well, and somebody has joined."""
    pages.watch.now += timedelta(minutes=minutes)
    at = pages.watch.now
    probes = [Probe(kind=kind, target="t", is_ok=True) for kind in ("gateway", "dns", "portal")]
    told = Report(
        observed_at=at,
        interval_seconds=60,
        device=Device(vendor="Acme", model="AX-9", serial=SERIAL, mac=MAC),
        clients=3,
        uplink=Interface(name="eth0", is_up=True, speed_bits_per_second=10e9),
        probes=(*probes, Probe(kind="throughput", direction="download", throughput_bits_per_second=5e9)),
    )
    newest = pages.services.fleet.remember(FULL, reading(told, at))
    assert newest is not None
    NewestReadings(pages.services.state).save([(FULL, newest)])


def assigned(pages: Pages) -> Order:
    """An order of the technician's."""
    order = pages.services.order_desk.open(FULL, PLANNER)
    change = Change(status=Status.ASSIGNED, technician=TECHNICIAN)
    return pages.services.order_desk.change(order.id, order.version, change, PLANNER)


def finishing(phone: BrowserContext, order: Order, serial: str) -> Page:
    """The form on a phone, with what somebody has typed into it."""
    page = phone.new_page()
    page.goto(f"/orders/{order.id}/finish")
    page.locator("[name=new_serial]").fill(serial)
    page.locator("[name=note]").fill(f"note beside {serial}")
    return page


def sent(page: Page) -> int:
    """Send the form; the status of the answer."""
    with page.expect_response(lambda answer: answer.request.method == "POST") as answered:
        page.locator("form[data-draft] button[type=submit]").click()
    return answered.value.status


def keeps(page: Page, serial: str) -> None:
    """The form is there again, with what was typed."""
    expect(page.locator("[name=new_serial]")).to_have_value(serial)
    expect(page.locator("[name=note]")).to_have_value(f"note beside {serial}")


def test_two_phones_finish_the_same_order_and_the_second_sees_what_the_first_has_done(
    pages: Pages, serving: Served, browser: Browser
) -> None:
    order = assigned(pages)
    with (
        somebody(browser, serving, TECHNICIAN, width=360) as first,
        somebody(browser, serving, TECHNICIAN, width=360) as second,
    ):
        faster, slower = finishing(first, order, "SN-OF-THE-FIRST"), finishing(second, order, "SN-OF-THE-SECOND")
        assert (sent(faster), sent(slower)) == (303, 409)
        expect(slower.locator("main")).to_contain_text("SN-OF-THE-FIRST")
        keeps(slower, "SN-OF-THE-SECOND")
        kept = the_order(pages, FULL)
        assert (kept.new_serial, kept.note) == ("SN-OF-THE-FIRST", "note beside SN-OF-THE-FIRST")
        assert sent(slower) == 303
    assert the_order(pages, FULL).new_serial == "SN-OF-THE-SECOND"


def test_an_order_that_was_given_to_somebody_else_meanwhile_is_not_theirs_to_finish(
    pages: Pages, serving: Served, browser: Browser
) -> None:
    order = assigned(pages)
    with (
        somebody(browser, serving, TECHNICIAN, width=360) as one,
        somebody(browser, serving, OTHER_TECHNICIAN, width=360) as other,
    ):
        page = finishing(one, order, "SN-OF-ONE")
        pages.services.order_desk.change(order.id, order.version, Change(technician=OTHER_TECHNICIAN), PLANNER)
        assert sent(page) == 409
        expect(page.locator("main")).to_contain_text(OTHER_TECHNICIAN)
        assert sent(page) == 403
        keeps(page, "SN-OF-ONE")
        assert the_order(pages, FULL).new_serial is None
        assert sent(finishing(other, order, "SN-OF-THE-OTHER")) == 303
    assert the_order(pages, FULL).new_serial == "SN-OF-THE-OTHER"


def test_a_session_that_ends_in_the_middle_of_a_form_loses_nothing_typed(
    pages: Pages, serving: Served, browser: Browser
) -> None:
    order = assigned(pages)
    with somebody(browser, serving, TECHNICIAN, width=360) as phone:
        page = phone.new_page()
        page.goto(f"/orders/{order.id}/finish")
        page.locator("[name=new_serial]").fill(SERIAL)
        page.locator("[name=note]").fill("덮개를 새로 달았음")
        page.locator("[name=confirmed][value=mounted]").check()
        with pages.services.state.begin() as connection:
            connection.execute(delete(sessions))
        page.locator("form[data-draft] button[type=submit]").click()
        page.wait_for_selector("[name=password]")
        log_in(page, TECHNICIAN)
        expect(page.locator("main")).to_contain_text(SERIAL)
        expect(page.locator("main")).to_contain_text("덮개를 새로 달았음")
        assert order_of(pages.services.state, order.id) == order
        page.locator("main form button[type=submit]").click()
        page.wait_for_url(f"**/orders/{order.id}?*")
    done = the_order(pages, FULL)
    assert (done.status, done.new_serial, done.note) == (Status.INSTALLED, SERIAL, "덮개를 새로 달았음")
    assert done.confirmed == (Confirmation.MOUNTED,)
