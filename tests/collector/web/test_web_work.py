"""The work list as a page: whose it is, what is on it, and in which order."""

import html
import re

import pytest
from web_browser import Pages
from web_city import EVIL
from web_work import (
    ACCESS,
    CONTACT,
    OTHER,
    PLANNER,
    TECHNICIAN,
    TODAY,
    TOMORROW,
    YESTERDAY,
    assign,
    logged_in_as,
    move,
    with_work,
    work_inventory,
)

from collector.access.roles import Role
from collector.fieldwork import work_desk
from collector.orders.changes import Change
from collector.orders.order import Status
from collector.web.work.phone_numbers import Piece, pieces_of
from inventory.models import Inventory


@pytest.fixture
def city(pages: Pages) -> Pages:
    return with_work(pages)


@pytest.fixture
def technician(city: Pages) -> Pages:
    return logged_in_as(city, TECHNICIAN, Role.TECHNICIAN)


async def page_of(pages: Pages, address: str = "/work-lists", *, language: str = "en", status: int = 200) -> str:
    async with pages.reader(language=language) as reader:
        answer = await reader.get(address)
    assert answer.status_code == status
    return answer.text


def orders_on(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'id="order-(\d+)"', page)]


async def test_a_technician_sees_what_is_theirs_today_and_what_is_overdue(technician: Pages) -> None:
    late = assign(technician, "park-1", day=YESTERDAY)
    now = assign(technician, "park-2")
    assign(technician, "park-3", day=TOMORROW)
    assign(technician, "library-1", OTHER)
    page = await page_of(technician)
    assert sorted(orders_on(page)) == [late.id, now.id]
    assert f"Overdue since {YESTERDAY}" in page


async def test_what_was_assigned_for_no_day_is_due_until_it_is_done(technician: Pages) -> None:
    desk = technician.services.order_desk
    order = desk.open("park-1", PLANNER)
    move(technician, order, Change(status=Status.ASSIGNED, technician=TECHNICIAN))
    assert orders_on(await page_of(technician)) == [order.id]
    assert orders_on(await page_of(technician, f"/work-lists?technician={TECHNICIAN}&day={TODAY}")) == []


async def test_a_planner_sees_everybodys_and_chooses(city: Pages) -> None:
    mine = assign(city, "park-1")
    other = assign(city, "library-1", OTHER)
    later = assign(city, "centre-1", OTHER, day=TOMORROW)
    assert sorted(orders_on(await page_of(city))) == [mine.id, other.id]
    assert orders_on(await page_of(city, f"/work-lists?technician={OTHER}&day=")) == [other.id, later.id]
    assert orders_on(await page_of(city, "/work-lists?site=park")) == [mine.id]
    assert orders_on(await page_of(city, "/work-lists?district=중구")) == [later.id]
    assert orders_on(await page_of(city, f"/work-lists?day={TOMORROW}")) == [later.id]
    assert orders_on(await page_of(city, "/work-lists?site=park&district=중구")) == []


async def test_what_is_planned_comes_only_when_it_is_asked_for_and_whatever_technician_is_chosen(city: Pages) -> None:
    planned = assign(city, "park-1", None)
    assigned = assign(city, "park-2")
    address = f"/work-lists?technician={TECHNICIAN}&day={TODAY}"
    assert orders_on(await page_of(city, address)) == [assigned.id]
    assert sorted(orders_on(await page_of(city, f"{address}&planned=true"))) == [planned.id, assigned.id]


async def test_what_is_on_hold_stands_apart_with_its_reason_and_what_is_over_is_gone(technician: Pages) -> None:
    held = move(technician, assign(technician, "park-1"), Change(status=Status.ON_HOLD, reason=f"공사 중 {EVIL}"))
    move(technician, assign(technician, "park-2"), Change(status=Status.CANCELLED, reason="x"))
    to_do = assign(technician, "park-3")
    page = await page_of(technician)
    before, _, after = page.partition('id="held"')
    assert (orders_on(before), orders_on(after)) == ([to_do.id], [held.id])
    assert f"공사 중 {html.escape(EVIL)}" in after
    assert "Orders: 1, sites: 1" in page


async def test_sites_come_in_driving_order_and_places_in_walking_order(technician: Pages) -> None:
    places = ["centre-1", "library-1", "library-2", "library-3", "park-0", "park-1", "park-2", "park-3"]
    at = {assign(technician, place).id: place for place in places}
    listed = [at[order] for order in orders_on(await page_of(technician))]
    in_park = ["park-1", "park-2", "park-3"]
    longitudes = [technician.services.inventory.access_points[place].longitude or 0 for place in in_park]
    along = [place for _, place in sorted(zip(longitudes, in_park, strict=True))]
    assert listed[:3] == ["library-3", "library-2", "library-1"]
    assert listed[3:6] in (along, along[::-1])
    assert listed[6:] == ["park-0", "centre-1"]


async def test_a_card_says_where_what_and_why_and_leads_on(technician: Pages) -> None:
    order = assign(technician, "park-1", note=f"사다리 {EVIL}")
    page = await page_of(technician)
    said = re.sub(r"<[^>]+>|\s+", " ", page)
    for words in ("park-1", "Outdoors", "Listed as YI-001", "Bravo B-7", "PoE+ (802.3at)", "Cat 6", "OLD-park-1"):
        assert words in said
    assert "Opened by hand" in said
    assert f'href="/orders/{order.id}"' in page
    assert f'href="/orders/{order.id}/finish"' in page
    assert 'href="https://map.kakao.com/link/to/' in page
    assert 'href="https://map.naver.com/p/search/37.5286' in page
    assert "<script>alert" not in page


async def test_a_place_without_a_position_says_so_and_maps_open_at_its_site(technician: Pages) -> None:
    assign(technician, "park-0")
    assign(technician, "centre-1")
    page = await page_of(technician)
    assert page.count("Nobody has written down where this access point is") == 2
    assert "maps open at the site" in page
    assert "no map can be opened" in page


# Contacts


async def test_a_technician_sees_whom_to_call_where_their_orders_are_and_can_call(technician: Pages) -> None:
    assign(technician, "park-1")
    page = await page_of(technician)
    assert 'href="tel:023000000">02-300-0000</a>' in page
    assert ACCESS in page
    assert html.escape(EVIL) in page


@pytest.mark.parametrize(("role", "sees"), [(Role.VIEWER, False), (Role.OPS, True), (Role.PLANNER, True)])
@pytest.mark.parametrize(
    "address", ["/work-lists?day=", "/work-lists/print?day=", "/work-lists.csv?day=", "/api/v1/work-lists"]
)
async def test_contacts_of_others_are_for_those_who_may_see_all(
    city: Pages, role: Role, address: str, *, sees: bool
) -> None:
    assign(city, "park-1")
    page = await page_of(logged_in_as(city, "somebody", role), address)
    assert (ACCESS in page) is sees
    assert (CONTACT.partition(" ")[2].partition(" ")[0] in page) is sees


@pytest.mark.parametrize(
    "address", ["/work-lists?day=", "/work-lists/print?day=", "/work-lists.csv?day=", "/api/v1/work-lists"]
)
async def test_a_technician_does_not_see_whom_to_call_where_only_others_work(technician: Pages, address: str) -> None:
    assign(technician, "park-1", OTHER)
    assert ACCESS not in await page_of(technician, address)


async def test_only_who_may_say_that_it_is_done_is_led_to_say_so(city: Pages) -> None:
    assign(city, "park-1")
    assert "/finish" not in await page_of(logged_in_as(city, "viewer", Role.VIEWER))
    assert "/finish" not in await page_of(logged_in_as(city, OTHER, Role.TECHNICIAN), "/work-lists?day=")


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ("관리소 02-300-0000, 소장 010 1234 5678", ["023000000", "01012345678"]),
        ("대표 1588-1234", ["15881234"]),
        ("031.123.4567", ["0311234567"]),
        ("사물함 2580 / 2026-05-23 / YI-0212345678901", []),
        ("", []),
    ],
)
def test_phone_numbers_are_found_and_nothing_is_lost(text: str, calls: list[str]) -> None:
    pieces: list[Piece] = pieces_of(text)
    assert [piece.call for piece in pieces if piece.call] == calls
    assert "".join(piece.text for piece in pieces) == text


# Limits and mistakes


@pytest.mark.parametrize("address", ["/work-lists", "/work-lists/print", "/work-lists.csv", "/work-lists.xlsx"])
async def test_a_query_that_cannot_be_understood_is_refused(city: Pages, address: str) -> None:
    for query in ("day=2026-02-30", "day=tomorrow", "day=20260523", "overdue=maybe", "planned=2", "technician=%00"):
        await page_of(city, f"{address}?{query}", status=400)
    await page_of(city, f"{address}?site={'x' * 201}", status=400)


async def test_what_does_not_exist_gives_an_empty_list(city: Pages) -> None:
    assert "No order fits." in await page_of(city, "/work-lists?site=nowhere&technician=nobody")


async def test_of_more_orders_than_anybody_carries_the_first_ones_are_listed(
    city: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work_desk, "MOST_LISTED", 2)
    first = assign(city, "park-1", day=YESTERDAY)
    assign(city, "park-2", day=TOMORROW)
    second = assign(city, "park-3")
    page = await page_of(city, "/work-lists?day=")
    assert sorted(orders_on(page)) == [first.id, second.id]
    assert "Further orders: 1" in page


async def test_of_more_orders_than_can_be_looked_through_there_is_no_list_but_what_to_do(
    city: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work_desk, "MOST_READ", 1)
    assign(city, "park-1")
    assign(city, "park-2")
    for address in ("/work-lists?day=", "/work-lists/print?day="):
        assert "Choose a technician, a site or a district" in await page_of(city, address, status=400)
    for address in ("/work-lists.csv?day=", "/api/v1/work-lists", "/api/v1/work-lists.xlsx"):
        await page_of(city, address, status=400)
    await page_of(city, f"/work-lists?technician={OTHER}&day=")


async def test_orders_of_places_that_have_left_the_inventory_are_told_apart(city: Pages) -> None:
    order = assign(city, "park-1")
    before = work_inventory()
    left = Inventory(
        sites=tuple(before.sites.values()),
        access_points=tuple(place for place in before.access_points.values() if place.id != "park-1"),
    )
    page = await page_of(city.changed(inventory=left), "/work-lists?day=")
    assert orders_on(page) == []
    assert f'<a href="/orders/{order.id}">Order {order.id}</a> park-1' in page


async def test_links_of_a_page_ask_for_the_same_list(technician: Pages) -> None:
    order = assign(technician, "park-1")
    page = await page_of(technician)
    (address,) = re.findall(r'href="(/work-lists/print\?[^"]+)"', page)
    assert f"<span>Order {order.id}</span>" in await page_of(technician, html.unescape(address))
    (address,) = re.findall(r'href="(/work-lists\.csv\?[^"]+)"', page)
    assert f"/orders/{order.id}" in await page_of(technician, html.unescape(address))
