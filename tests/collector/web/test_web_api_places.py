"""The API of places: sites, access points, their last day, notes, the search and the city at a glance."""

from datetime import timedelta
from typing import Any

import pytest
from judged_places import add_run
from sqlalchemy import Engine
from web_browser import COMMAND_KEY, Pages
from web_city import BARE, EVIL, FULL, INVENTORY, NEVER, NOW, SILENT
from web_orders import PLANNER, fill_with_orders
from web_plan import CITY, RANKED

from agent.wire import Report
from collector.state.audit import Action, entries
from collector.state.site_notes import SiteNote, note_of, write_note
from collector.stores.duckdb import open_store

KEY = {"Authorization": f"Bearer {COMMAND_KEY}"}
API = "/api/v1"
NOTE = f"{API}/sites/yeouido/note"


async def get(pages: Pages, path: str) -> Any:
    async with pages.browser() as browser:
        answer = await browser.get(API + path, headers=KEY)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def refused(pages: Pages, path: str) -> tuple[int, str]:
    async with pages.browser() as browser:
        answer = await browser.get(API + path, headers=KEY)
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["detail"]


async def test_sites_come_a_page_at_a_time_with_their_totals(pages: Pages) -> None:
    first = await get(pages, "/sites?limit=3")
    assert [site["id"] for site in first["sites"]] == ["jung-senior", "mapo-library", "ttukseom"]
    last = await get(pages, f"/sites?limit=3&cursor={first['next']}")
    assert (last["next"], last["sites"]) == (None, [await get(pages, "/sites/yeouido")])
    assert last["sites"][0]["totals"] == {
        "state": "some_silent",
        "access_points": 3,
        "reporting": 2,
        "silent": 1,
        "never_seen": 0,
        "clients": {"value": 12.0, "sample": 1},
        "download_bits_per_second": {"value": 12.34e6, "sample": 1},
        "upload_bits_per_second": {"value": 1.5e6, "sample": 1},
        "silent_since": "2026-05-23T07:04:05Z",
        "clients_cut_off": {"value": 7.0, "sample": 1},
    }
    assert first["sites"][0]["totals"]["clients"] == {"value": None, "sample": 0}
    parks = await get(pages, "/sites?kind=park&district=광진구")
    assert [site["id"] for site in parks["sites"]] == ["ttukseom"]


async def test_access_points_come_a_page_at_a_time_and_what_nobody_reported_is_null(pages: Pages) -> None:
    add_run(pages.services.state, CITY, ranked=RANKED)
    order = pages.services.order_desk.open(FULL, PLANNER)
    told, cursor = [], ""
    while True:
        page = await get(pages, f"/access-points?limit=4{cursor}")
        assert page["total"] == len(INVENTORY.access_points)
        told += page["access_points"]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert [each["id"] for each in told] == sorted(INVENTORY.access_points)
    of = {each["id"]: each for each in told}
    assert of[FULL] == {
        "id": FULL,
        "site": "yeouido",
        "name": None,
        "placement": None,
        "floor": None,
        "latitude": None,
        "longitude": None,
        "presence": "reporting",
        "observed_at": "2026-05-23T10:03:30Z",
        "clients": 12,
        "download_bits_per_second": 12.34e6,
        "upload_bits_per_second": 1.5e6,
        "device": {"vendor": "Acme", "model": "AX-6", "serial": "SN-1", "is_reported": True},
        "generation": "4",
        "open_order": {"number": order.id, "status": "open"},
    }
    assert (of[BARE]["clients"], of[BARE]["presence"]) == (None, "reporting")
    unheard = ("observed_at", "clients", "download_bits_per_second", "upload_bits_per_second", "open_order")
    assert [of[NEVER][name] for name in unheard] == [None] * len(unheard)


async def test_access_points_are_found_as_on_the_page(pages: Pages) -> None:
    for query, found in (("state=silent", [SILENT]), ("vendor=Acme", [FULL]), ("text=물빛&kind=park", [SILENT])):
        page = await get(pages, f"/access-points?{query}")
        assert ([each["id"] for each in page["access_points"]], page["total"]) == (found, 1)


async def test_one_access_point_tells_its_newest_report_as_it_came(pages: Pages) -> None:
    full = await get(pages, f"/access-points/{FULL}")
    assert Report.model_validate(full["report"]) == pages.services.fleet.readings[FULL].report
    assert (full["agent"], full["received_at"]) == ("gw-1", "2026-05-23T10:03:32Z")
    assert [(seen["serial"], seen["mac"]) for seen in full["devices"]] == [("SN-1", "02:00:00:00:00:01")]
    never = await get(pages, f"/access-points/{NEVER}")
    assert (never["report"], never["agent"], never["devices"]) == (None, None, [])


async def test_the_last_day_is_told_in_buckets_and_gaps_are_left_out(pages: Pages) -> None:
    of_site, of_place, of_city = [
        await get(pages, path) for path in ("/sites/yeouido/day", f"/access-points/{FULL}/day", "/overview/day")
    ]
    assert of_site == of_city
    assert (of_site["bucket_seconds"], len(of_site["points"])) == (600, 133)
    assert of_site["points"][0]["download_bits_per_second"] == 2e6
    assert of_site["points"][0]["upload_bits_per_second"] is None
    assert [point["at"] for point in of_place["points"]] == [point["at"] for point in of_site["points"]]
    assert of_place["points"][0]["radios"] == []
    assert len(of_place["outages"]) >= 1


async def test_a_store_that_does_not_answer_is_told(pages: Pages, tmp_path: Any) -> None:
    closed = open_store(tmp_path / "points.duckdb")
    await closed.close()
    silent = pages.changed(store=closed)
    for path in ("/sites/yeouido/day", f"/access-points/{FULL}/day", "/overview/day"):
        status, detail = await refused(silent, path)
        assert (status, "store does not answer" in detail) == (503, True)


@pytest.mark.parametrize("path", ["/sites/nope", "/sites/nope/day", "/access-points/nope", "/access-points/nope/day"])
async def test_what_is_not_there_is_said(pages: Pages, path: str) -> None:
    status, detail = await refused(pages, path)
    assert (status, "'nope'" in detail) == (404, True)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/access-points?state=asleep", 422),
        ("/access-points?limit=0", 422),
        ("/access-points?colour=red", 422),
        ("/access-points?cursor=W10", 400),
        ("/sites?kind=castle", 422),
        ("/sites?cursor=WzFd", 400),
        ("/search", 422),
        (f"/search?q={'x' * 101}", 422),
    ],
)
async def test_a_wrong_question_is_refused(pages: Pages, path: str, status: int) -> None:
    assert (await refused(pages, path))[0] == status


async def test_the_search_finds_what_the_page_finds(pages: Pages) -> None:
    order = pages.services.order_desk.open(SILENT, PLANNER)
    found = await get(pages, "/search?q=yeouido-00")
    assert [place["id"] for place in found["access_points"]] == [FULL, SILENT, BARE]
    assert (await get(pages, "/search?q=0200.0000.0001"))["devices"][0]["serial"] == "SN-1"
    assert (await get(pages, "/search?q=ax-6"))["models"] == [{"vendor": "Acme", "model": "AX-6", "places": 1}]
    told = {"id": order.id, "access_point": SILENT, "status": "open"}
    assert (await get(pages, f"/search?q=%23{order.id}"))["orders"] == [told]
    assert [site["id"] for site in (await get(pages, "/search?q=mapo"))["sites"]] == ["mapo-library"]
    nothing = await get(pages, "/search?q=%07")
    assert set(nothing["more"].values()) == {0}
    assert not any(nothing[kind] for kind in nothing["more"])


async def test_the_overview_tells_what_the_page_tells(pages: Pages) -> None:
    fill_with_orders(pages)
    told = await get(pages, "/overview")
    assert (told["totals"]["access_points"], told["totals"]["reporting"]) == (6, 4)
    assert told["troubles"] == [
        {
            "site": "yeouido",
            "access_points": 3,
            "silent": 1,
            "silent_since": "2026-05-23T07:04:05Z",
            "clients_cut_off": {"value": 7.0, "sample": 1},
        }
    ]
    assert told["progress"] == {"access_points": 6, "replaced": 0, "verified": 0, "pending": 0}
    assert (told["orders"]["cancelled"], told["orders"]["accepted"]) == (1, 0)


async def test_a_note_is_read_and_written_by_the_version_that_was_seen(pages: Pages) -> None:
    async with pages.browser() as browser:
        browser.headers.update(KEY)
        first = await browser.get(NOTE)
        assert (first.json()["version"], first.headers["etag"]) == (0, '"0"')
        text = {"contact": "02-1", "access_note": f"문 {EVIL}"}
        written = await browser.put(NOTE, json=text, headers={"If-Match": first.headers["etag"]})
        assert (written.status_code, written.headers["etag"]) == (200, '"1"')
        assert written.json() == {
            "site": "yeouido",
            "version": 1,
            **text,
            "changed_at": "2026-05-23T10:04:05Z",
            "changed_by": "command",
        }
        assert (await browser.get(NOTE)).json() == written.json()
        same = await browser.put(NOTE, json=text, headers={"If-Match": '"1"'})
        assert (same.status_code, same.headers["etag"]) == (200, '"1"')
        anyhow = await browser.put(NOTE, json={"contact": "02-2"}, headers={"If-Match": "*"})
        assert (anyhow.status_code, anyhow.json()["access_note"]) == (200, "")
    found = [each.entry for each in entries(pages.services.state, limit=10)]
    assert [(entry.action, entry.subject) for entry in found] == [(Action.NOTE_WRITTEN, "yeouido")] * 2


@pytest.mark.parametrize("seen", ['"0"', '"1"', '"3"', 'W/"2"'])
async def test_a_note_that_was_changed_meanwhile_is_not_written_over(pages: Pages, seen: str) -> None:
    fill(pages.services.state)
    async with pages.browser() as browser:
        answer = await browser.put(NOTE, json={"contact": "mine"}, headers={**KEY, "If-Match": seen})
    assert answer.status_code == 412
    assert (answer.json()["note"]["contact"], answer.json()["note"]["version"]) == ("theirs", 2)
    assert note_of(pages.services.state, "yeouido").contact == "theirs"


async def test_a_note_that_nobody_has_written_has_no_other_version(pages: Pages) -> None:
    async with pages.browser() as browser:
        answer = await browser.put(NOTE, json={"contact": "mine"}, headers={**KEY, "If-Match": '"4"'})
    assert answer.status_code == 412


async def test_a_note_is_not_written_blindly_or_wrongly(pages: Pages) -> None:
    async with pages.browser() as browser:
        browser.headers.update(KEY)
        assert (await browser.put(NOTE, json={"contact": "x"})).status_code == 428
        browser.headers["If-Match"] = '"0"'
        for wrong in ({"contact": "x" * 1001}, {"contact": "\x07"}, {"phone": "x"}, {"contact": None}):
            assert (await browser.put(NOTE, json=wrong)).status_code == 422
        nowhere = await browser.put(f"{API}/sites/nope/note", json={"contact": "x"})
    assert nowhere.status_code == 404
    assert note_of(pages.services.state, "yeouido").version == 0


def fill(state: Engine) -> None:
    """A note that was written twice."""
    for version, contact in ((1, "first"), (2, "theirs")):
        note = SiteNote("yeouido", version, contact, "", NOW - timedelta(hours=1), "계획 이")
        write_note(state, note)


async def test_the_table_of_the_page_is_there_as_a_file(pages: Pages) -> None:
    async with pages.reader() as reader:
        for ending in ("csv", "xlsx"):
            query = "lang=en&sort=-clients&kind=park"
            page = await reader.get(f"/access-points.{ending}?{query}")
            api = await reader.get(f"/api/v1/access-points.{ending}?{query}")
            assert (api.status_code, api.headers["content-type"]) == (200, page.headers["content-type"])
            assert api.headers["content-disposition"] == page.headers["content-disposition"]
            if ending == "csv":
                assert api.content == page.content
        for wrong in ("sort=colour", "sort=--clients", "page=2"):
            assert (await reader.get(f"/api/v1/access-points.csv?{wrong}")).status_code == 422
