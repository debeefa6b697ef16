"""The search: what it finds, in which order, and where it leads."""

from datetime import timedelta

import pytest
from judged_places import see_replacement
from test_web_pages import text_of
from web_browser import Pages
from web_city import EVIL, EVIL_PLACE, FULL, INVENTORY, NEVER, NOW, SILENT
from web_orders import PLANNER

from collector.web.city.search import MOST_HITS, mac_part
from inventory.models import AccessPoint, Device, Inventory


@pytest.mark.parametrize(
    ("text", "leads_to"),
    [
        ("yeouido", "/sites/yeouido"),
        ("YEOUIDO-002", f"/access-points/{SILENT}"),
        ("sn-1", f"/access-points/{FULL}"),
        ("02:00:00:00:00:01", f"/access-points/{FULL}"),
        ("02-00-00-00-00-01", f"/access-points/{FULL}"),
        ("0200.0000.0001", f"/access-points/{FULL}"),
        ("020000000001", f"/access-points/{FULL}"),
        ("1", "/orders/1"),
        ("#1", "/orders/1"),
    ],
)
async def test_what_is_named_in_whole_is_opened(pages: Pages, text: str, leads_to: str) -> None:
    pages.services.order_desk.open(SILENT, PLANNER)
    async with pages.reader() as reader:
        answer = await reader.get("/search", params={"q": text})
    assert (answer.status_code, answer.headers["location"]) == (303, leads_to)


@pytest.mark.parametrize(
    ("text", "finds"),
    [
        ("한강공원", "Parks and facilities 2 Yeouido Hangang Park yeouido · Hangang park · Yeongdeungpo-gu"),
        ("물빛", f"Access points 1 {SILENT} 물빛무대 · Yeouido Hangang Park"),
        ("02:00:00", f"Devices 1 SN-1 Acme AX-6 · 02:00:00:00:00:01 · {FULL}"),
        ("0200.00", f"Devices 1 SN-1 Acme AX-6 · 02:00:00:00:00:01 · {FULL}"),
        ("acme ax", "Models 1 Acme AX-6 at access points: 1"),
        ("alert(1)", f"Access points 1 {EVIL_PLACE} {EVIL} · Mapo {EVIL}"),
    ],
)
async def test_parts_of_names_addresses_and_models_are_found(pages: Pages, text: str, finds: str) -> None:
    async with pages.reader() as reader:
        answer = await reader.get("/search", params={"q": text})
    assert answer.status_code == 200
    assert finds in text_of(answer.text)
    assert EVIL not in answer.text


async def test_a_model_leads_to_its_access_points(pages: Pages) -> None:
    async with pages.reader() as reader:
        html = (await reader.get("/search?q=AX-6")).text
        assert 'href="/access-points?vendor=Acme&amp;model=AX-6"' in html
        assert FULL in (await reader.get("/access-points?vendor=Acme&model=AX-6")).text


async def test_exact_hits_come_first_and_the_rest_is_counted(pages: Pages) -> None:
    places = tuple(AccessPoint(id=f"wonhyo-{number:03}", site="yeouido") for number in range(MOST_HITS + 5))
    named = AccessPoint(id="wonhyo", site="yeouido")
    twin = INVENTORY.sites["ttukseom"].model_copy(update={"id": "wonhyo"})
    inventory = Inventory(sites=(INVENTORY.sites["yeouido"], twin), access_points=(*places, named))
    async with pages.changed(inventory=inventory).reader() as reader:
        text = text_of((await reader.get("/search?q=wonhyo")).text)
    assert f"Access points {MOST_HITS + 6} wonhyo Yeouido Hangang Park wonhyo-000" in text
    assert "and beside these: 6 Show all of them in the table" in text


async def test_a_device_that_is_gone_is_found_where_it_was(pages: Pages) -> None:
    see_replacement(pages.services.state, NEVER, NOW - timedelta(days=40))
    async with pages.reader() as reader:
        answer = await reader.get(f"/search?q=old-{NEVER}")
    assert answer.headers["location"] == f"/access-points/{NEVER}"


async def test_a_device_that_has_never_reported_is_found_in_the_inventory(pages: Pages) -> None:
    inventory = Inventory(
        sites=tuple(INVENTORY.sites.values()),
        access_points=tuple(INVENTORY.access_points.values()),
        devices=(
            Device(serial="STORE-1", vendor="Bravo", model="B-7"),
            Device(serial="STORE-2", access_point=NEVER),
            Device(serial="SN-1", access_point=FULL),
        ),
    )
    async with pages.changed(inventory=inventory).reader() as reader:
        text = text_of((await reader.get("/search?q=store")).text)
        assert "Devices 2 STORE-1 Bravo B-7 · not installed anywhere, by the inventory" in text
        assert f"STORE-2 · {NEVER}" in text
        assert "Devices 1 SN-1" in text_of((await reader.get("/search?q=n-1")).text)


@pytest.mark.parametrize("text", ["nothing like this", "100%", "_", "\x07\x1f?", "9" * 40, "\\"])
async def test_where_nothing_is_found_it_is_said_what_can_be_looked_for(pages: Pages, text: str) -> None:
    async with pages.reader() as reader:
        answer = await reader.get("/search", params={"q": text})
    assert answer.status_code == 200
    found = text_of(answer.text)
    assert "Nothing found for" in found
    assert "orders, by their number" in found


async def test_an_empty_search_says_what_can_be_looked_for(pages: Pages) -> None:
    async with pages.reader() as reader:
        text = text_of((await reader.get("/search")).text)
    assert "This can be found:" in text
    assert "Nothing found" not in text


@pytest.mark.parametrize(
    ("text", "part"),
    [("AA-BB-CC", "aa:bb:cc"), ("aabb.c", "aa:bb:c"), ("aab", None), ("xx:yy", None), ("0" * 13, None), ("", None)],
)
def test_parts_of_addresses_in_any_notation(text: str, part: str | None) -> None:
    assert mac_part(text) == part
