"""The files as they are asked for: by who is logged in, by commands, and by everybody."""

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import httpx
import openpyxl
import pytest
from judged_places import add_run, see_replacement, told
from sqlalchemy import event
from starlette.exceptions import HTTPException
from web_browser import COMMAND_KEY, Pages
from web_city import EVIL_PLACE, FULL, NEVER, NOW, SILENT

from collector.legacy.documents import Standing
from collector.replacement.book import Book, Listing, Selection
from collector.web.files import files_of_the_programme, words_in

CSV = "text/csv; charset=utf-8; header=present"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FILES = ["/plan.csv", "/plan.xlsx", "/programme.csv", "/programme.xlsx"]
OPEN = "/open-data/replacement.csv"
EVERYTHING = Selection()
WITH_KEY = {"Authorization": f"Bearer {COMMAND_KEY}"}


@pytest.fixture
def judged(pages: Pages) -> Pages:
    state = pages.services.state
    add_run(
        state,
        [
            told(FULL, "yeouido"),
            told(SILENT, "yeouido", Standing.MEND),
            told(EVIL_PLACE, "mapo-library"),
            told(NEVER, "jung-senior", Standing.KEEP),
        ],
        ranked=[EVIL_PLACE, FULL],
    )
    see_replacement(state, NEVER, NOW - timedelta(days=40))
    return pages


def rows(answer: httpx.Response) -> list[list[str]]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == CSV
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""), strict=True))


def sheets(answer: httpx.Response) -> Sequence[str]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == XLSX
    names: Sequence[str] = openpyxl.load_workbook(io.BytesIO(answer.content)).sheetnames
    return names


def name_of(answer: httpx.Response) -> str:
    return answer.headers["content-disposition"]


async def test_the_plan_is_handed_out_as_csv(judged: Pages) -> None:
    async with judged.reader() as reader:
        answer = await reader.get("/plan.csv")
    assert [row[:2] for row in rows(answer)] == [
        ["Rank", "Access point"],
        ["1", EVIL_PLACE],
        ["2", FULL],
        ["", NEVER],
        ["", SILENT],
    ]
    assert name_of(answer) == 'attachment; filename="replacement-plan-2026-05-23.csv"'
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("standing=replace", [EVIL_PLACE, FULL]),
        ("standing=mend", [SILENT]),
        ("site=yeouido", [FULL, SILENT]),
        ("district=%EC%A4%91%EA%B5%AC", [NEVER]),
        ("kind=library", [EVIL_PLACE]),
        ("text=%EB%AC%BC%EB%B9%9B", [SILENT]),
        ("standing=&site=&district=&kind=&text=", [EVIL_PLACE, FULL, NEVER, SILENT]),
        ("text=nowhere", []),
    ],
)
async def test_the_plan_has_what_the_page_shows_for_the_same_query(judged: Pages, query: str, names: list[str]) -> None:
    async with judged.reader() as reader:
        answer = await reader.get(f"/plan.csv?{query}")
    assert [row[1] for row in rows(answer)[1:]] == names


@pytest.mark.parametrize(
    ("query", "accepted", "header"),
    [
        ("", "ko", "순위"),
        ("", "en", "Rank"),
        ("lang=en", "ko", "Rank"),
        ("lang=ko", "en", "순위"),
        ("lang=xx", "", "순위"),
    ],
)
async def test_a_file_is_in_the_language_asked_for(judged: Pages, query: str, accepted: str, header: str) -> None:
    async with judged.reader(language=accepted) as reader:
        answer = await reader.get(f"/plan.csv?{query}")
    assert rows(answer)[0][0] == header


async def test_plan_and_programme_are_workbooks_as_well(judged: Pages) -> None:
    async with judged.reader() as reader:
        plan, programme = await reader.get("/plan.xlsx"), await reader.get("/programme.xlsx")
    assert sheets(plan) == ["Replacement plan"]
    assert name_of(plan) == 'attachment; filename="replacement-plan-2026-05-23.xlsx"'
    assert sheets(programme) == ["Summary", "By park", "By district", "By kind of site", "Verification"]
    assert name_of(programme) == 'attachment; filename="replacement-programme-2026-05-23.xlsx"'


async def test_the_programme_is_handed_out_as_csv(judged: Pages) -> None:
    async with judged.reader() as reader:
        answer = await reader.get("/programme.csv")
    assert rows(answer)[1] == ["In all", "", "6", "1", "0", "2", "1", "1", "0", "2"]
    assert name_of(answer) == 'attachment; filename="replacement-programme-2026-05-23.csv"'


@pytest.mark.parametrize("path", FILES)
async def test_files_need_a_session(judged: Pages, path: str) -> None:
    async with judged.browser() as stranger:
        answer = await stranger.get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/login?next={path}")


@pytest.mark.parametrize("path", FILES)
async def test_commands_get_the_same_files_for_their_key(judged: Pages, path: str) -> None:
    async with judged.browser() as command:
        refused = await command.get(f"/api/v1/legacy{path}")
        answer = await command.get(f"/api/v1/legacy{path}?lang=en", headers=WITH_KEY)
    async with judged.reader() as reader:
        of_page = await reader.get(path)
    assert refused.status_code == 401
    assert (answer.status_code, name_of(answer)) == (200, name_of(of_page))
    if path.endswith(".csv"):
        assert answer.content == of_page.content


@pytest.mark.parametrize("path", ["/plan.csv", "/plan.xlsx"])
async def test_before_anything_was_judged_there_is_no_plan(pages: Pages, path: str) -> None:
    async with pages.reader() as reader:
        page = await reader.get(path)
        answer = await reader.get(f"/api/v1/legacy{path}")
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert answer.status_code == 404
    assert "nothing has been judged yet" in answer.json()["detail"]


class JudgedMeanwhile(Book):
    """One in which a new run shows with every part that is read of it."""

    def listing(
        self, selection: Selection = EVERYTHING, *, offset: int = 0, limit: int | None = None
    ) -> Listing | None:
        listing = super().listing(selection, offset=offset, limit=min(limit or 1, 1))
        assert listing is not None
        return replace(listing, run=replace(listing.run, id=listing.run.id + offset))


async def test_a_workbook_of_two_judgements_is_not_handed_out(judged: Pages) -> None:
    services = judged.services
    files = files_of_the_programme(services, JudgedMeanwhile(services.state, services.inventory))
    with pytest.raises(HTTPException) as refused:
        await files["plan.xlsx"](Selection(), words_in(None))
    assert (refused.value.status_code, refused.value.detail) == (503, "the city has just been judged anew; ask again")


async def test_a_query_that_means_nothing_is_refused(judged: Pages) -> None:
    async with judged.reader() as reader:
        page = await reader.get("/plan.csv?standing=burn")
        answer = await reader.get("/api/v1/legacy/plan.xlsx?kind=pub")
    assert page.status_code == 400
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("query.kind: Input should be 'park'")


async def test_what_everybody_may_know_needs_no_log_in(judged: Pages) -> None:
    async with judged.browser() as anybody:
        answer = await anybody.get(OPEN)
    header, *sites = rows(answer)
    assert header[0] == "시설명(한국어)"
    assert ",".join(sites[0]) == (
        "여의도한강공원,Yeouido Hangang Park,영등포구,한강공원,3,0,0,0,1,2026-05-23,2026-05-23"
    )
    assert sites[-1][3:9] == ["노인 시설", "1", "1", "0", "1", "0"]
    assert name_of(answer) == 'attachment; filename="hangang-wifi-replacement-2026-05-23.csv"'


async def test_open_data_are_in_english_only_where_the_address_asks_for_it(judged: Pages) -> None:
    async with judged.browser(language="en") as anybody:
        headers = [rows(await anybody.get(f"{OPEN}{query}"))[0][0] for query in ("", "?lang=en", "?lang=xx")]
    assert headers == ["시설명(한국어)", "Site (Korean)", "시설명(한국어)"]


async def test_who_asks_again_and_again_makes_no_work(judged: Pages) -> None:
    asked = []
    event.listen(judged.services.state, "before_cursor_execute", lambda *given: asked.append(given[2]))
    async with judged.browser() as anybody:
        first = await anybody.get(OPEN)
        of_first = len(asked)
        see_replacement(judged.services.state, SILENT, NOW - timedelta(days=1))
        asked.clear()
        again = [(await anybody.get(f"{OPEN}?lang=ko&n={number}")).content for number in range(5)]
        assert (of_first > 0, asked, again) == (True, [], [first.content] * 5)
        judged.watch.now += timedelta(seconds=61)
        later = await anybody.get(OPEN)
    assert rows(later)[1][5] == "1"


@pytest.mark.parametrize("path", [f"{OPEN}/", "/open-data/", "/open-data/plan.csv", "//open-data/replacement.csv"])
async def test_nothing_beside_it_is_open(judged: Pages, path: str) -> None:
    async with judged.browser() as anybody:
        answer = await anybody.get(f"http://wifi.test{path}")
    assert answer.status_code == 303
