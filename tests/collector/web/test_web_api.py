"""The API of the replacement programme: who may ask, what is answered, and what is said where there is nothing."""

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
    assert "log in" in told["detail"]


async def test_the_key_opens_nothing_but_the_api(pages: Pages) -> None:
    async with pages.browser() as browser:
        for path in ("/", "/unknown-devices", "/plan"):
            assert (await browser.get(path, headers=KEY)).status_code == 303


async def test_before_anything_is_judged_that_is_said(pages: Pages) -> None:
    status, told = await get(pages, PLAN)
    assert (status, "nothing has been judged yet" in told["detail"]) == (404, True)


async def test_the_list_comes_a_page_at_a_time(pages: Pages) -> None:
    ranked = judge(pages.services.state, pages.services.inventory)
    status, first = await get(pages, f"{PLAN}?standing=replace&limit=2")
    assert (status, first["total"], first["counts"]["replace"]) == (200, len(ranked), len(ranked))
    assert first["places"][0]["site"]["name_ko"]
    status, last = await get(pages, f"{PLAN}?standing=replace&limit=2&cursor={first['next']}")
    assert (status, last["next"]) == (200, None)
    told = [*first["places"], *last["places"]]
    assert [place["access_point"] for place in told] == ranked
    assert [place["rank"] for place in told] == [1, 2, 3]


async def test_a_page_of_an_older_judgement_is_told(pages: Pages) -> None:
    judge(pages.services.state, pages.services.inventory)
    _, first = await get(pages, f"{PLAN}?standing=replace&limit=2")
    judge(pages.services.state, pages.services.inventory)
    status, told = await get(pages, f"{PLAN}?standing=replace&limit=2&cursor={first['next']}")
    assert (status, "judged anew" in told["detail"]) == (409, True)


async def test_who_is_logged_in_is_answered_too(pages: Pages) -> None:
    judge(pages.services.state, pages.services.inventory)
    async with pages.reader() as reader:
        assert (await reader.get(PLAN)).status_code == 200


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("standing=broken", 422, "query.standing: Input should be 'replace', 'mend', 'keep' or 'insufficient'"),
        ("kind=castle", 422, "query.kind: Input should be 'park',"),
        ("limit=1001", 422, "query.limit: Input should be less than or equal to 1000"),
        ("limit=0", 422, "query.limit: "),
        ("limit=99999999999999999999", 422, "query.limit: "),
        ("offset=3", 422, "query.offset: Extra inputs are not permitted"),
        ("cursor=W10", 400, "this cursor is none of this list"),
        ("cursor=%C3%A9", 400, "this cursor is none of this list"),
        ("cursor=WyIxIiwyXQ", 400, "this cursor is none of this list"),
    ],
)
async def test_a_wrong_question_is_told(pages: Pages, query: str, status: int, words: str) -> None:
    judge(pages.services.state, pages.services.inventory)
    answered, told = await get(pages, f"{PLAN}?{query}")
    assert (answered, told["status"]) == (status, status)
    assert told["detail"].startswith(words)


async def test_one_place_is_told_whole(pages: Pages) -> None:
    ranked = judge(pages.services.state, pages.services.inventory)
    status, told = await get(pages, f"/api/v1/legacy/access-points/{ranked[0]}")
    assert (status, told["place"]["access_point"], told["place"]["rank"]) == (200, ranked[0], 1)
    assert told["run"]["assessed_at"] == f"{NOW:%Y-%m-%dT%H:%M:%SZ}"


async def test_a_place_that_is_not_there_is_told(pages: Pages) -> None:
    status, told = await get(pages, "/api/v1/legacy/access-points/zz-1")
    assert (status, "no access point 'zz-1'" in told["detail"]) == (404, True)
    known = next(iter(pages.services.inventory.access_points))
    status, told = await get(pages, f"/api/v1/legacy/access-points/{known}")
    assert (status, "not been judged yet" in told["detail"]) == (404, True)


async def post(pages: Pages, document: object) -> tuple[int, Any]:
    async with pages.browser() as browser:
        answer = await browser.post("/api/v1/legacy/verifications", json=document, headers=KEY)
        return answer.status_code, answer.json()


@pytest.mark.parametrize(
    ("works", "status", "words"),
    [
        ({"first_day": "2026-01-05"}, 422, "body.last_day: Field required"),
        ({"first_day": "yesterday", "last_day": "2026-01-05"}, 422, "body.first_day: "),
        ({"first_day": "2026-01-05", "last_day": "2026-01-01"}, 422, "works end after they begin"),
        ({"first_day": "2026-01-05", "last_day": "2026-01-06", "days": 27}, 422, "body.days: "),
        ({"first_day": "9999-12-31", "last_day": "9999-12-31"}, 422, "body.first_day: "),
        ({"first_day": "2026-01-05", "last_day": "2199-01-01"}, 409, "the 28 days after the works are over on"),
        ([], 422, ""),
    ],
)
async def test_works_that_cannot_be_measured_are_told(pages: Pages, works: object, status: int, words: str) -> None:
    found, told = await post(pages, works)
    assert found == status
    assert words in told["detail"]


async def test_what_was_measured_is_kept(pages: Pages) -> None:
    works = {"first_day": "2026-01-05", "last_day": "2026-01-06"}
    status, told = await post(pages, works)
    assert (status, told["passive"]["verdict"]) == (200, "no conclusion")
    status, kept = await get(pages, "/api/v1/legacy/verifications")
    assert (status, kept["verifications"]) == (200, [told])
