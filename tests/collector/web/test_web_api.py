"""The API of the replacement programme: who may ask, what is answered, and what is said where there is nothing."""

import json
from typing import Any

import pytest
from judged_places import add_run
from sqlalchemy import Engine
from web_browser import COMMAND_KEY, Pages
from web_city import NOW

from collector.legacy.documents import (
    AssessmentTold,
    DeviceTold,
    FactorTold,
    ScoreTold,
    Standing,
)
from inventory.models import Inventory

KEY = {"Authorization": f"Bearer {COMMAND_KEY}"}
PLAN = "/api/v1/legacy/plan"


def assessment(access_point: str, site: str, standing: Standing) -> AssessmentTold:
    nothing = FactorTold(value=None)
    return AssessmentTold(
        access_point=access_point,
        site=site,
        standing=standing,
        device=DeviceTold(**dict.fromkeys(DeviceTold.model_fields)),
        gates=(),
        causes=(),
        is_device_cleared=None,
        missing=(),
        score=ScoreTold(number=None, formula="", need=nothing, benefit=nothing, weight=nothing),
        capacity=None,
        fits=(),
        fits_in_all=0,
    )


def judge(state: Engine, inventory: Inventory) -> list[str]:
    """A run in which every second access point is on the list; those, in order."""
    places = list(inventory.access_points.values())
    told = [
        assessment(place.id, place.site, Standing.REPLACE if number % 2 else Standing.KEEP)
        for number, place in enumerate(places)
    ]
    ranked = [each.access_point for each in told if each.standing is Standing.REPLACE]
    add_run(state, told, ranked=ranked, at=NOW)
    return ranked


async def get(pages: Pages, path: str, **headers: str) -> tuple[int, Any]:
    async with pages.browser() as browser:
        answer = await browser.get(path, headers=headers or KEY)
        return answer.status_code, answer.json()


@pytest.mark.parametrize("headers", [{"X": "y"}, {"Authorization": "Bearer wrong"}, {"Authorization": COMMAND_KEY}])
async def test_nobody_is_answered_without_key_or_session(pages: Pages, headers: dict[str, str]) -> None:
    status, told = await get(pages, PLAN, **headers)
    assert status == 401
    assert "log in" in told["error"]


async def test_the_key_opens_nothing_but_the_api(pages: Pages) -> None:
    async with pages.browser() as browser:
        for path in ("/", "/unknown-devices", "/plan"):
            assert (await browser.get(path, headers=KEY)).status_code == 303


async def test_before_anything_is_judged_that_is_said(pages: Pages) -> None:
    status, told = await get(pages, PLAN)
    assert (status, "nothing has been judged yet" in told["error"]) == (404, True)


async def test_the_list_comes_a_page_at_a_time(pages: Pages) -> None:
    ranked = judge(pages.services.state, pages.services.inventory)
    status, told = await get(pages, f"{PLAN}?standing=replace&offset=1&limit=2")
    assert status == 200
    assert [place["access_point"] for place in told["places"]] == ranked[1:3]
    assert [place["rank"] for place in told["places"]] == [2, 3]
    assert (told["total"], told["counts"]["replace"]) == (len(ranked), len(ranked))
    assert told["places"][0]["site"]["name_ko"]


async def test_who_is_logged_in_is_answered_too(pages: Pages) -> None:
    judge(pages.services.state, pages.services.inventory)
    async with pages.reader() as reader:
        assert (await reader.get(PLAN)).status_code == 200


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("standing=broken", "standing is 'broken'; it is one of replace, mend, keep, insufficient"),
        ("kind=castle", "kind is 'castle'; it is one of park,"),
        ("limit=1001", "limit is '1001'; it is a whole number from 0 to 1000"),
        ("offset=-1", "offset is '-1'"),
        ("offset=٣", "offset is '٣'"),
        ("limit=99999999999999999999", "limit is"),
    ],
)
async def test_a_wrong_question_is_told(pages: Pages, query: str, words: str) -> None:
    status, told = await get(pages, f"{PLAN}?{query}")
    assert status == 400
    assert told["error"].startswith(words)


async def test_one_place_is_told_whole(pages: Pages) -> None:
    ranked = judge(pages.services.state, pages.services.inventory)
    status, told = await get(pages, f"/api/v1/legacy/access-points/{ranked[0]}")
    assert (status, told["place"]["access_point"], told["place"]["rank"]) == (200, ranked[0], 1)
    assert told["run"]["assessed_at"] == NOW.isoformat()


async def test_a_place_that_is_not_there_is_told(pages: Pages) -> None:
    status, told = await get(pages, "/api/v1/legacy/access-points/zz-1")
    assert (status, "no access point 'zz-1'" in told["error"]) == (404, True)
    known = next(iter(pages.services.inventory.access_points))
    status, told = await get(pages, f"/api/v1/legacy/access-points/{known}")
    assert (status, "not been judged yet" in told["error"]) == (404, True)


async def post(pages: Pages, document: object) -> tuple[int, Any]:
    async with pages.browser() as browser:
        answer = await browser.post("/api/v1/legacy/verifications", content=json.dumps(document), headers=KEY)
        return answer.status_code, answer.json()


@pytest.mark.parametrize(
    ("works", "status", "words"),
    [
        ({"first_day": "2026-01-05"}, 400, "last_day: Field required"),
        ({"first_day": "yesterday", "last_day": "2026-01-05"}, 400, "first_day: "),
        ({"first_day": "2026-01-05", "last_day": "2026-01-01"}, 400, "works end after they begin"),
        ({"first_day": "2026-01-05", "last_day": "2026-01-06", "days": 27}, 400, "days: "),
        ({"first_day": "9999-12-31", "last_day": "9999-12-31"}, 400, "first_day: "),
        ({"first_day": "2026-01-05", "last_day": "2199-01-01"}, 409, "the 28 days after the works are over on"),
        ([], 400, ""),
    ],
)
async def test_works_that_cannot_be_measured_are_told(pages: Pages, works: object, status: int, words: str) -> None:
    found, told = await post(pages, works)
    assert found == status
    assert words in told["error"]


async def test_measuring_takes_the_key(pages: Pages) -> None:
    async with pages.reader() as reader:
        answer = await reader.post("/api/v1/legacy/verifications", content="{}")
    assert (answer.status_code, "hangang legacy verify" in answer.json()["error"]) == (403, True)


async def test_what_was_measured_is_kept(pages: Pages) -> None:
    works = {"first_day": "2026-01-05", "last_day": "2026-01-06"}
    status, told = await post(pages, works)
    assert (status, told["passive"]["verdict"]) == (200, "no conclusion")
    status, kept = await get(pages, "/api/v1/legacy/verifications")
    assert (status, kept["verifications"]) == (200, [told])
