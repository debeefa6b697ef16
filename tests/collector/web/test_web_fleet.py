"""The table of all access points: what it shows, finds, sorts and hands out."""

import csv
import io
import re
from datetime import timedelta

import openpyxl
import pytest
from judged_places import add_run
from test_web_pages import text_of
from web_browser import Pages
from web_city import BARE, EVIL, EVIL_PLACE, FULL, INVENTORY, NEVER, NOW, SILENT, city_readings, reading, site
from web_orders import PLANNER, fill_with_orders
from web_plan import CITY, RANKED

from agent.wire import Report
from collector.fleet import Fleet
from collector.web.pages.fleet import PAGE_SIZE
from inventory.models import AccessPoint, Device, Inventory

PATH = "/access-points"


async def places(pages: Pages, query: str = "") -> list[str]:
    """The ids of the rows, in their order."""
    async with pages.reader() as reader:
        answer = await reader.get(PATH + query)
    assert answer.status_code == 200, answer.text
    return re.findall(r'<th scope="row"><a href="/access-points/([^"]+)"', answer.text)


async def test_a_row_tells_all_of_a_place_and_what_nobody_reported_is_said_to_be_missing(pages: Pages) -> None:
    order = fill_with_orders(pages)
    add_run(pages.services.state, CITY, ranked=RANKED)
    async with pages.reader() as reader:
        html = (await reader.get(PATH)).text
    rows = dict(
        re.findall(r'<tr class="\w+">\n<th scope="row"><a href="/access-points/([^"]+)"(.*?)</tr>', html, re.DOTALL)
    )
    assert len(rows) == len(INVENTORY.access_points)
    full = text_of(f"<p {rows[FULL]}</p>")
    assert "Yeouido Hangang Park Yeongdeungpo-gu Reporting 12 12.3 Mb/s 1.5 Mb/s" in full
    assert "Acme AX-6 Wi-Fi 4 SN-1 35 s ago" in full
    assert f"No. {order['assigned'].id} Assigned" in full
    assert "Silent 7 no report no report no report Wi-Fi 4 no report 3 h ago" in text_of(f"<p {rows[SILENT]}</p>")
    assert "Never seen no report no report no report" in text_of(f"<p {rows[NEVER]}</p>")
    assert EVIL not in html


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?state=silent", [SILENT]),
        ("?state=never_seen", [NEVER]),
        ("?site=yeouido", [FULL, SILENT, BARE]),
        ("?district=마포구", [EVIL_PLACE]),
        ("?kind=senior", [NEVER]),
        ("?vendor=Acme", [FULL]),
        ("?model=AX-6", [FULL]),
        ("?generation=4", [EVIL_PLACE, FULL, SILENT]),
        ("?generation=6", ["ttukseom-001"]),
        ("?text=sn-1", [FULL]),
        ("?text=물빛", [SILENT]),
        ("?text=HANGANG&state=reporting", ["ttukseom-001", FULL, BARE]),
        ("?text=nowhere", []),
        ("?state=&site=&text=+", [NEVER, EVIL_PLACE, "ttukseom-001", FULL, SILENT, BARE]),
    ],
)
async def test_the_filters_find_what_they_say(pages: Pages, query: str, found: list[str]) -> None:
    add_run(pages.services.state, CITY, ranked=RANKED)
    assert await places(pages, query) == found


@pytest.mark.parametrize(
    ("sort", "first"),
    [
        ("place", [NEVER, EVIL_PLACE]),
        ("-place", [BARE, SILENT]),
        ("site", [NEVER, EVIL_PLACE, "ttukseom-001"]),
        ("district", ["ttukseom-001", NEVER]),
        ("state", [SILENT, NEVER]),
        ("clients", [EVIL_PLACE, "ttukseom-001", SILENT, FULL]),
        ("-clients", [FULL, SILENT, "ttukseom-001", EVIL_PLACE]),
        ("-download", [FULL]),
        ("upload", [FULL]),
        ("device", [EVIL_PLACE, FULL]),
        ("serial", [EVIL_PLACE, FULL]),
        ("last_report", [SILENT]),
    ],
)
async def test_every_column_sorts_and_what_is_not_known_comes_last(pages: Pages, sort: str, first: list[str]) -> None:
    assert (await places(pages, f"?sort={sort}"))[: len(first)] == first


async def test_orders_sort_by_their_number(pages: Pages) -> None:
    for place in (SILENT, FULL):
        pages.services.order_desk.open(place, PLANNER)
    assert (await places(pages, "?sort=-order"))[:2] == [FULL, SILENT]


async def test_the_head_of_the_sorted_column_says_so_and_turns_it_round(pages: Pages) -> None:
    async with pages.reader() as reader:
        html = (await reader.get(f"{PATH}?state=reporting&sort=-clients&page=7")).text
    sorted_heads = re.findall(r'<th scope="col"[^>]*aria-sort="(\w+)">\s*<a href="([^"]+)">(\w+)', html)
    assert sorted_heads == [("descending", "?state=reporting&amp;sort=clients&amp;page=1", "Clients")]
    assert '<option value="-clients" selected>' in html


@pytest.mark.parametrize(
    "query", ["?state=asleep", "?sort=nothing", "?sort=--place", "?page=x", "?kind=castle", f"?text={'x' * 101}"]
)
async def test_what_cannot_be_asked_for_is_refused(pages: Pages, query: str) -> None:
    async with pages.reader() as reader:
        assert (await reader.get(PATH + query)).status_code == 400


def many(pages: Pages, number: int) -> Pages:
    """A city of one park."""
    park = site("park")
    inventory = Inventory(
        sites=(park,), access_points=tuple(AccessPoint(id=f"park-{at:03}", site="park") for at in range(number))
    )
    return pages.changed(inventory=inventory, fleet=Fleet())


async def test_a_long_table_has_pages(pages: Pages) -> None:
    city = many(pages, 2 * PAGE_SIZE + 1)
    assert await places(city) == [f"park-{at:03}" for at in range(PAGE_SIZE)]
    assert await places(city, "?page=3") == ["park-100"]
    assert await places(city, "?page=99") == ["park-100"]
    async with city.reader() as reader:
        html = (await reader.get(f"{PATH}?sort=-place&page=2")).text
    assert "Access points 51 to 100 of 101" in text_of(html)
    assert 'href="?sort=-place&amp;page=3"' in html


async def test_a_device_that_never_reported_is_the_inventorys(pages: Pages) -> None:
    recorded = Inventory(
        sites=tuple(INVENTORY.sites.values()),
        access_points=tuple(INVENTORY.access_points.values()),
        devices=(
            Device(serial="INV-1", access_point=NEVER, vendor="Bravo", model="B-7"),
            Device(serial="INV-2", access_point=FULL, vendor="Bravo", model="B-7"),
        ),
    )
    assert await places(pages.changed(inventory=recorded), "?model=B-7") == [NEVER]


async def test_an_open_order_shows_at_once(pages: Pages) -> None:
    async with pages.reader() as reader:
        assert "/orders/" not in (await reader.get(f"{PATH}?text={FULL}")).text.partition("<main")[2]
        order = pages.services.order_desk.open(FULL, PLANNER)
        assert f'href="/orders/{order.id}"' in (await reader.get(f"{PATH}?text={FULL}")).text


async def test_the_csv_has_what_was_asked_for_in_its_order_and_no_formula(pages: Pages) -> None:
    pages.services.order_desk.open(FULL, PLANNER)
    async with pages.reader() as reader:
        answer = await reader.get(f"{PATH}.csv?state=reporting&sort=-clients&lang=en&page=2")
    header, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""), strict=True)
    assert [row[0] for row in rows] == [FULL, "ttukseom-001", EVIL_PLACE, BARE]
    assert dict(zip(header, rows[0], strict=True)) == {
        "Access point": FULL,
        "Place": "",
        "Site": "Yeouido Hangang Park",
        "Kind of site": "Hangang park",
        "District": "Yeongdeungpo-gu",
        "Floor": "",
        "State": "Reporting",
        "Last report (KST)": "2026-05-23 19:03:30",
        "Clients": "12",
        "Download (b/s)": "12340000.0",
        "Upload (b/s)": "1500000.0",
        "Vendor": "Acme",
        "Model": "AX-6",
        "Serial number": "SN-1",
        "Wi-Fi generation": "",
        "Open order": "1",
        "Status of the order": "Open",
    }
    assert 'filename="access-points-2026-05-23-1904.csv"' in answer.headers["content-disposition"]


async def test_the_workbook_has_numbers_as_numbers_and_names_as_text(pages: Pages) -> None:
    formula = "=1+1"
    park = site("park", name_ko=formula, name_en=formula)
    inventory = Inventory(sites=(park,), access_points=(AccessPoint(id="park-1", site="park", name=formula),))
    at = NOW - timedelta(seconds=5)
    fleet = Fleet([("park-1", reading(Report(observed_at=at, clients=3), at))])
    city = pages.changed(inventory=inventory, fleet=fleet)
    async with city.reader(language="ko") as reader:
        content = (await reader.get(f"{PATH}.xlsx")).content
        plain = (await reader.get(f"{PATH}.csv")).text
    header, row = openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows()
    cells = {head.value: cell for head, cell in zip(header, row, strict=True)}
    assert (cells["접속 기기"].value, cells["다운로드(b/s)"].value) == (3, None)
    assert [(cells[name].value, cells[name].data_type) for name in ("설치 위치", "공원·시설")] == [(formula, "s")] * 2
    assert ",=" not in plain


async def test_the_table_needs_somebody_who_is_logged_in(pages: Pages) -> None:
    async with pages.browser() as browser:
        for path in (PATH, f"{PATH}.csv", f"{PATH}.xlsx"):
            assert (await browser.get(path)).status_code == 303


async def test_a_place_that_was_silent_and_reports_again_is_found_by_its_new_state(pages: Pages) -> None:
    assert SILENT in await places(pages, "?state=silent")
    at = NOW - timedelta(seconds=1)
    pages.services.fleet.remember(SILENT, reading(Report(observed_at=at, clients=1), at))
    assert SILENT in await places(pages, "?state=reporting")
    assert len(city_readings()) == len(pages.services.fleet.readings)
