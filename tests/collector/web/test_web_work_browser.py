"""The work list in a real browser: codes that a phone reads, paper that tears nothing apart, targets for a thumb."""

import base64
import io
import re
from collections.abc import Iterator

import numpy as np
import pypdf
import pytest
import zxingcpp
from playwright.sync_api import Browser, Locator, Page
from web_browser import Pages
from web_chromium import chromium, served, window
from web_work import TECHNICIAN, assign, logged_in_as, with_work, work_inventory

from collector.access.roles import Role

NARROW = 320
FEWEST_PIXELS = 44
PIXELS = """async (picture) => {
  const image = await createImageBitmap(await (await fetch(picture)).blob());
  const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
  canvas.drawImage(image, 0, 0);
  const { data, width, height } = canvas.getImageData(0, 0, image.width, image.height);
  return { width, height, grey: Array.from({ length: width * height }, (_, at) => data[at * 4 + 1]) };
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


def picture_of(locator: Locator, blank: Page) -> np.ndarray:
    """What is drawn there, as greys: decoded by a page of the browser that forbids itself nothing."""
    shot = base64.b64encode(locator.screenshot()).decode()
    pixels = blank.evaluate(PIXELS, f"data:image/png;base64,{shot}")
    return np.array(pixels["grey"], np.uint8).reshape(pixels["height"], pixels["width"])


@pytest.fixture
def city(pages: Pages) -> Pages:
    return with_work(pages)


@pytest.mark.parametrize(("language", "scheme"), [("ko", "light"), ("en", "dark")])
def test_each_code_on_paper_opens_its_order(city: Pages, browser: Browser, language: str, scheme: str) -> None:
    orders = [assign(city, place).id for place in ("park-1", "park-2", "library-1")]
    with served(city.application) as server, window(browser, server.url, token=city.token, language=language) as opened:
        page, blank = opened.new_page(), opened.new_page()
        page.emulate_media(media="print", color_scheme="dark" if scheme == "dark" else "light")
        page.goto("/work-lists/print?site=park&day=")
        read = [zxingcpp.read_barcodes(picture_of(code, blank)) for code in page.locator("svg.code").all()]
        assert sorted(code.text for (code,) in read) == [f"{server.url}/orders/{order}" for order in orders[:2]]
        assert {code.format for (code,) in read} == {zxingcpp.BarcodeFormat.QRCode}


def test_codes_lead_to_where_people_reach_the_pages(city: Pages, browser: Browser) -> None:
    order = assign(city, "park-1")
    public = city.changed(public_url="https://wifi.seoul.example/hangang")
    with served(public.application) as server, window(browser, server.url, token=city.token) as opened:
        page = opened.new_page()
        page.goto("/work-lists/print?day=")
        (code,) = zxingcpp.read_barcodes(picture_of(page.locator("svg.code"), opened.new_page()))
    assert code.text == f"https://wifi.seoul.example/hangang/orders/{order.id}"


def test_thirty_orders_on_a4_and_none_of_them_is_torn_apart(pages: Pages, browser: Browser) -> None:
    city = with_work(pages, work_inventory(outdoors=31))
    for number in range(1, 31):
        assign(city, f"park-{number}", note="\n".join(f"NOTE-{number}-{line}." for line in range(number % 5 + 1)))
    with served(city.application) as server:
        for language, blanks in (("ko", "새 MAC"), ("en", "New MAC")):
            with window(browser, server.url, token=city.token, language=language) as opened:
                page = opened.new_page()
                page.goto("/work-lists/print?day=")
                check_paper(page.pdf(prefer_css_page_size=True), blanks)


def check_paper(printed: bytes, blanks: str) -> None:
    """Each of the thirty orders begins and ends on one sheet, and so does the field with these words."""
    paper = pypdf.PdfReader(io.BytesIO(printed))
    texts = [" ".join(sheet.extract_text().split()) for sheet in paper.pages]
    assert {tuple(round(float(side)) for side in sheet.mediabox[2:]) for sheet in paper.pages} == {(595, 842)}
    assert len(texts) > 10
    for number in range(1, 31):
        begun = [at for at, text in enumerate(texts) if re.search(rf"YI-{number:03}\b", text)]
        ended = [at for at, text in enumerate(texts) if f"NOTE-{number}-{number % 5}." in text]
        assert (len(begun), ended) == (1, begun), f"order at park-{number}"
    names = [len(re.findall(r"YI-\d{3}", text)) for text in texts]
    assert names == [text.count(blanks) for text in texts]
    assert sum(names) == 30


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_list_fits_a_narrow_phone_and_a_thumb(city: Pages, browser: Browser, language: str) -> None:
    technician = logged_in_as(city, TECHNICIAN, Role.TECHNICIAN)
    for place in ("park-1", "park-0", "library-1", "centre-1"):
        assign(technician, place)
    with (
        served(technician.application) as server,
        window(browser, server.url, token=technician.token, width=NARROW, language=language) as opened,
    ):
        page = opened.new_page()
        page.goto("/work-lists")
        page.locator("details.choose summary").click()
        assert page.evaluate("document.documentElement.scrollWidth") == NARROW
        targets = page.locator(
            "main .job a, main .contact a, main .files a, main h2 a, main summary, main form a, main form button,"
            " main form select, main form input[type=date], main form label:has(input)"
        )
        small = [
            target.inner_text()
            for target in targets.all()
            if (box := target.bounding_box()) is not None and box["height"] < FEWEST_PIXELS
        ]
        assert targets.count() > 20
        assert small == []


def test_a_list_is_chosen_by_keyboard(city: Pages, browser: Browser) -> None:
    order = assign(city, "park-1")
    with served(city.application) as server, window(browser, server.url, token=city.token) as opened:
        page = opened.new_page()
        page.goto("/work-lists?site=library")
        page.locator("details.choose summary").focus()
        page.keyboard.press("Enter")
        page.locator("#site").focus()
        page.keyboard.press("ArrowUp")
        page.locator("main form button").focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**site=park**")
        assert page.locator(f"#order-{order.id}").is_visible()
