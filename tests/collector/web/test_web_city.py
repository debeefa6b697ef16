"""What the overview and a site's page show of orders and of the programme, and how the overview bears a large city."""

from datetime import timedelta

from judged_places import keep_verification, see_replacement, verification
from sqlalchemy import event
from test_web_pages import text_of
from web_browser import Pages
from web_city import EVIL, FULL, NEVER, NOW, SILENT, YEOUIDO, site
from web_orders import PLANNER, fill_with_orders
from web_plan import judge

from collector.legacy.programme import ProgrammeRow
from collector.state.tables import devices_seen
from collector.web.city.programme_progress import Part, build_progress
from collector.web.city.summaries import SiteSummary, Totals
from collector.web.pages.overview import MOST_FACILITIES, MOST_OF_A_DISTRICT, build_overview
from inventory.models import SiteKind


def row(access_points: int, replaced: int, verified: int, pending: int) -> ProgrammeRow:
    return ProgrammeRow("", access_points, replaced, verified, pending, 0, 0, 0, 0)


def test_the_bar_has_what_is_proven_then_what_is_replaced_then_what_is_to_come() -> None:
    progress = build_progress(row(200, replaced=50, verified=20, pending=100))
    assert (progress.access_points, progress.parts) == (
        200,
        (
            Part("verified", 20, 0.1, 0.0, 10.0),
            Part("replaced", 30, 0.15, 10.0, 15.0),
            Part("pending", 100, 0.5, 25.0, 50.0),
        ),
    )


def test_the_bar_ends_at_its_end_and_an_empty_city_has_none() -> None:
    full = build_progress(row(10, replaced=8, verified=8, pending=5))
    assert [(part.number, part.width_percent) for part in full.parts] == [(8, 80.0), (0, 0.0), (5, 20.0)]
    assert {part.width_percent for part in build_progress(row(0, 0, 0, 0)).parts} == {0.0}


async def test_the_overview_tells_how_far_the_programme_is(pages: Pages) -> None:
    state = pages.services.state
    judge(state)
    see_replacement(state, NEVER, NOW - timedelta(days=40))
    see_replacement(state, SILENT, NOW - timedelta(days=40))
    start = NOW - timedelta(days=41)
    keep_verification(state, verification(start, start + timedelta(days=5), {NEVER: 4.5, SILENT: None}))
    order = fill_with_orders(pages)
    async with pages.reader() as reader:
        html = (await reader.get("/")).text
    text = text_of(html)
    assert "Replaced, effect measured 1 17%" in text
    assert "Replaced, not measured yet 1 17%" in text
    assert "On the list 2 33%" in text
    assert "All access points 6" in text
    assert "Orders Open 1 Planned 1 Assigned 1 In progress 1 Installed 0 Verifying 1 Accepted 0 On hold 1" in text
    assert 'href="/orders?status=on_hold"' in html
    assert len(order) == 7


async def test_a_site_shows_its_open_orders_and_where_it_is(pages: Pages) -> None:
    order = fill_with_orders(pages)
    async with pages.reader() as reader:
        html = (await reader.get("/sites/yeouido")).text
        elsewhere = (await reader.get("/sites/jung-senior")).text
    text = text_of(html)
    assert f"No. {order['assigned'].id} {FULL} Assigned 기사 김 2026-05-24" in text
    assert f"No. {order['on_hold'].id} {SILENT} On hold" in text
    assert "정문 경비실에서 열쇠" in text
    assert EVIL not in html
    assert 'href="/work-lists?site=yeouido"' in html
    assert f"/{YEOUIDO.latitude:.6f},{YEOUIDO.longitude:.6f}" in html
    assert "map.kakao.com" not in elsewhere
    assert f"No. {order['open'].id} {NEVER} Open not decided not decided" in text_of(elsewhere)
    assert f"No. {order['cancelled'].id} " not in text_of(elsewhere)


async def test_a_site_without_orders_says_so(pages: Pages) -> None:
    async with pages.reader() as reader:
        assert "There are no orders under way." in text_of((await reader.get("/sites/yeouido")).text)
        number = pages.services.order_desk.open(FULL, PLANNER).id
        assert f"/orders/{number}" in (await reader.get("/sites/yeouido")).text


def test_of_a_large_city_each_district_shows_its_troubles_and_counts_the_rest() -> None:
    sites = [
        SiteSummary(
            site(f"s{number:03}", SiteKind.OTHER, district="중구" if number % 2 else "강남구"),
            Totals(access_points=2, reporting=1, silent=1, silent_since=NOW - timedelta(hours=number))
            if number % 2 and number <= 2 * MOST_OF_A_DISTRICT + 2
            else Totals(access_points=2, reporting=2),
        )
        for number in range(MOST_FACILITIES + 2)
    ]
    gangnam, jung = build_overview(sites).districts
    half = (MOST_FACILITIES + 2) // 2
    assert (gangnam.facilities, gangnam.number_left_out, gangnam.left_out.state) == ((), half, "all_reporting")
    assert [each.site.id for each in jung.facilities] == ["s011", "s009", "s007", "s005", "s003"]
    assert (jung.number_left_out, jung.left_out.silent) == (half - MOST_OF_A_DISTRICT, 1)
    assert gangnam.left_out.access_points + jung.left_out.access_points == 2 * (len(sites) - MOST_OF_A_DISTRICT)


async def test_who_comes_first_finds_what_is_asked_about_the_city_read_already(pages: Pages) -> None:
    application = pages.application
    async with application.router.lifespan_context(application), pages.reader() as reader:
        await application.state.city.has_read.wait()
        asked: list[str] = []
        event.listen(
            pages.services.state, "before_cursor_execute", lambda _, __, statement, *___: asked.append(statement)
        )
        for path in ("/", "/access-points", "/programme"):
            assert (await reader.get(path)).status_code == 200
    assert asked
    assert [statement for statement in asked if "devices_seen" in statement] == []


async def test_a_state_database_that_fails_ends_nothing(pages: Pages) -> None:
    application = pages.application
    devices_seen.drop(pages.services.state)
    async with application.router.lifespan_context(application), pages.reader() as reader:
        await application.state.city.has_read.wait()
        assert (await reader.get("/account")).status_code == 200
