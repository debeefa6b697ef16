"""An order is finished on a phone, in a real browser: nothing typed is lost offline, and a label is read."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from web_browser import PASSWORD, Pages
from web_chromium import Served, chromium, served, window
from web_city import FULL, NOW
from web_order_people import assigned_order, order_now
from web_orders import PLANNER, TECHNICIAN

from collector.access.roles import Role
from collector.orders.changes import Change
from collector.orders.order import Confirmation, Order, Status
from collector.state.accounts import add_user
from collector.state.login_sessions import log_in
from collector.state.orders import changes_of

FAKE_CAMERA = """
Object.defineProperty(navigator, "mediaDevices", { value: {
  async getUserMedia(asked) {
    if (!asked.video || asked.audio) throw new Error("a camera is asked for, and no microphone");
    const canvas = document.createElement("canvas");
    canvas.getContext("2d").fillRect(0, 0, 64, 64);
    const stream = canvas.captureStream(30);
    (window.streams ??= []).push(stream);
    return stream;
  },
} });
window.BarcodeDetector = class {
  async detect(source) {
    const isPicture = source instanceof HTMLVideoElement && source.readyState >= 2 && source.videoWidth > 0;
    return isPicture && window.label ? [{ rawValue: window.label }] : [];
  }
};
"""
"""Stands in for the camera, and for the reader that Chromium has on phones only."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def order(pages: Pages) -> Order:
    return assigned_order(pages, FULL)


@pytest.fixture
def serving(pages: Pages) -> Iterator[Served]:
    with served(pages.application) as running:
        yield running


@pytest.fixture
def phone(pages: Pages, serving: Served, browser: Browser) -> Iterator[BrowserContext]:
    """That of the technician to whom the order is assigned."""
    add_user(pages.services.state, TECHNICIAN, PASSWORD, NOW, role=Role.TECHNICIAN)
    token = log_in(pages.services.state, TECHNICIAN, PASSWORD, NOW)
    with window(browser, serving.url, token=token, width=360, height=740, language="en") as opened:
        yield opened


def drafts(page: Page) -> list[str]:
    return [key for key in page.evaluate("Object.keys(localStorage)") if key.startswith("draft ")]


def test_finished_in_under_ten_taps_from_the_board(pages: Pages, phone: BrowserContext, order: Order) -> None:
    page = phone.new_page()
    page.goto("/orders")
    taps = 0
    for what in (
        page.get_by_role("link", name=FULL),
        page.get_by_role("link", name="Finish the work"),
        page.get_by_label("New serial number"),
        page.get_by_role("button", name="All of these"),
        page.get_by_role("button", name="Finished"),
    ):
        what.click()
        taps += 1
        if taps == 3:
            page.keyboard.type("SN-9")
    expect(page.get_by_role("status").filter(has_text="Saved as finished")).to_be_visible()
    assert taps < 10
    after = order_now(pages, order)
    assert (after.status, after.new_serial, after.confirmed) == (Status.INSTALLED, "SN-9", tuple(Confirmation))
    assert drafts(page) == []


def test_what_is_sent_without_a_connection_arrives_once_there_is_one(
    pages: Pages, phone: BrowserContext, order: Order
) -> None:
    page = phone.new_page()
    page.goto(f"/orders/{order.id}/finish")
    page.get_by_label("New serial number").fill("SN-9")
    page.get_by_label("Note").fill("덮개 교체")
    page.get_by_role("button", name="All of these").click()
    phone.set_offline(True)
    page.get_by_role("button", name="Finished").click()
    expect(page.get_by_role("status").filter(has_text="Not sent yet, as there is no connection.")).to_be_visible()
    expect(page.get_by_label("New serial number")).to_have_value("SN-9")
    assert order_now(pages, order) == order
    phone.set_offline(False)
    expect(page.get_by_role("status").filter(has_text="Saved as finished")).to_be_visible()
    after = order_now(pages, order)
    assert (after.new_serial, after.note, after.confirmed) == ("SN-9", "덮개 교체", tuple(Confirmation))
    assert len(changes_of(pages.services.state, order.id)) == order.version + 1
    assert drafts(page) == []


def test_what_was_typed_is_there_again_when_the_page_is_opened_anew(phone: BrowserContext, order: Order) -> None:
    page = phone.new_page()
    page.goto(f"/orders/{order.id}/finish")
    page.get_by_label("New serial number").fill("SN-9")
    page.get_by_label("The label of the place is on it.").check()
    page.close()
    page = phone.new_page()
    page.goto(f"/orders/{order.id}/finish")
    expect(page.get_by_label("New serial number")).to_have_value("SN-9")
    expect(page.get_by_label("The label of the place is on it.")).to_be_checked()
    expect(page.get_by_label("It is fastened")).not_to_be_checked()
    expect(page.get_by_role("status").filter(has_text="is filled in again")).to_be_visible()
    kept = page.evaluate("JSON.stringify(localStorage)")
    token = page.locator("form[data-draft] input[name=csrf]").input_value()
    assert "SN-9" in kept
    assert token
    assert token not in kept


def test_a_draft_is_forgotten_after_a_week_and_when_somebody_logs_out(phone: BrowserContext, order: Order) -> None:
    page = phone.new_page()
    path = f"/orders/{order.id}/finish"
    page.goto(path)
    page.get_by_label("New serial number").fill("SN-9")
    (key,) = drafts(page)
    age = "key => { const draft = JSON.parse(localStorage.getItem(key)); draft.at -= DAYS * 86400000;"
    age += " localStorage.setItem(key, JSON.stringify(draft)); }"
    page.evaluate(age.replace("DAYS", "6.9"), key)
    page.goto(path)
    expect(page.get_by_label("New serial number")).to_have_value("SN-9")
    page.evaluate(age.replace("DAYS", "7.1"), key)
    page.goto(path)
    expect(page.get_by_label("New serial number")).to_have_value("")
    assert drafts(page) == []
    page.get_by_label("New serial number").fill("SN-10")
    assert drafts(page) == [key]
    page.locator("summary", has_text="Menu").click()
    page.get_by_role("button", name="Log out").click()
    expect(page).to_have_url(f"{page.url.split('/login')[0]}/login")
    assert drafts(page) == []


def test_what_a_planner_has_changed_meanwhile_is_shown_even_after_the_connection_was_away(
    pages: Pages, phone: BrowserContext, order: Order
) -> None:
    page = phone.new_page()
    page.goto(f"/orders/{order.id}/finish")
    page.get_by_label("New serial number").fill("SN-9")
    page.get_by_label("Note").fill("mine")
    phone.set_offline(True)
    page.get_by_role("button", name="Finished").click()
    expect(page.get_by_role("status").filter(has_text="Not sent yet")).to_be_visible()
    pages.services.order_desk.change(order.id, order.version, Change(note="theirs"), PLANNER)
    phone.set_offline(False)
    expect(page.get_by_role("alert").filter(has_text="Somebody else has changed this order")).to_be_visible()
    expect(page.get_by_label("New serial number")).to_have_value("SN-9")
    expect(page.get_by_text("Written by somebody else: theirs")).to_be_visible()
    page.get_by_role("button", name="Finished").click()
    expect(page.get_by_role("status").filter(has_text="Saved as finished")).to_be_visible()
    assert (order_now(pages, order).new_serial, order_now(pages, order).note) == ("SN-9", "mine")


@pytest.mark.parametrize(
    ("label", "serial", "mac"),
    [
        ("XJ9-0042/7", "XJ9-0042/7", ""),
        ("00:1A:2B:3C:4D:5E", "", "00:1A:2B:3C:4D:5E"),
        ("001a.2b3c.4d5e", "", "001a.2b3c.4d5e"),
        ("S/N: XJ9-0042 MAC: 001A2B3C4D5E", "XJ9-0042", "001A2B3C4D5E"),
    ],
)
def test_a_scan_fills_the_field_of_its_shape(
    phone: BrowserContext, order: Order, label: str, serial: str, mac: str
) -> None:
    phone.add_init_script(FAKE_CAMERA)
    page = phone.new_page()
    page.goto(f"/orders/{order.id}/finish")
    page.get_by_role("button", name="Scan a barcode").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.evaluate("label => { window.label = label; }", label)
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_label("New serial number")).to_have_value(serial)
    expect(page.get_by_label("New MAC address")).to_have_value(mac)
    expect(page.get_by_role("status").filter(has_text="Filled in what was read:")).to_be_visible()
    page.wait_for_function("streams.every(stream => stream.getTracks().every(track => track.readyState === 'ended'))")
    assert len(drafts(page)) == 1


def test_without_a_reader_of_codes_there_is_no_button_for_it(phone: BrowserContext, order: Order) -> None:
    page = phone.new_page()
    page.add_init_script("delete window.BarcodeDetector")
    page.goto(f"/orders/{order.id}/finish")
    expect(page.get_by_role("button", name="All of these")).to_be_visible()
    expect(page.get_by_role("button", name="Scan a barcode")).to_be_hidden()


def test_a_camera_that_is_not_allowed_is_told(phone: BrowserContext, order: Order) -> None:
    phone.add_init_script(FAKE_CAMERA)
    phone.add_init_script("navigator.mediaDevices.getUserMedia = async () => { throw new Error('not allowed'); };")
    page = phone.new_page()
    page.goto(f"/orders/{order.id}/finish")
    page.get_by_role("button", name="Scan a barcode").click()
    expect(page.get_by_text("The camera cannot be used. Please type the number.")).to_be_visible()


def test_all_of_it_works_without_script(
    pages: Pages, serving: Served, browser: Browser, phone: BrowserContext, order: Order
) -> None:
    with browser.new_context(base_url=serving.url, java_script_enabled=False, locale="en-GB") as plain:
        plain.add_cookies(phone.cookies())  # type: ignore[arg-type]  # as it gives them
        page = plain.new_page()
        page.goto(f"/orders/{order.id}/finish")
        page.get_by_label("New serial number").fill("SN-9")
        for confirmation in ("It is fastened", "Cable and plug", "The label", "The old device"):
            page.get_by_label(confirmation).check()
        page.get_by_role("button", name="Finished").click()
        expect(page.get_by_text("Saved as finished.")).to_be_visible()
    assert order_now(pages, order).confirmed == tuple(Confirmation)
