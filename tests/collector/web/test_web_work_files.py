"""Work lists as files and over the API: as other programs read them, with nothing in them that a spreadsheet does."""

import csv
import io
from datetime import datetime

import httpx
import openpyxl
import pytest
from web_browser import COMMAND_KEY, Pages
from web_work import ACCESS, FORMULA, OTHER, TECHNICIAN, TODAY, TOMORROW, assign, move, with_work

from collector.orders.changes import Change
from collector.orders.order import Status

HARMFUL = "@SUM(A1:A9)"
WITH_KEY = {"Authorization": f"Bearer {COMMAND_KEY}"}


@pytest.fixture
def city(pages: Pages) -> Pages:
    """Three orders with words in them that a spreadsheet would take for formulas, one of them on hold."""
    pages = with_work(pages).changed(public_url="https://wifi.example")
    assign(pages, "library-1", note=HARMFUL, vendor="=cmd|' /C calc'!A0", firmware="+1")
    assign(pages, "park-1", OTHER, TOMORROW, uplink_bits_per_second=2_500_000_000)
    move(pages, assign(pages, "library-2"), Change(status=Status.ON_HOLD, reason=f"-{FORMULA}"))
    return pages


async def answer_of(pages: Pages, address: str, *, language: str = "en") -> httpx.Response:
    async with pages.reader(language=language) as reader:
        answer = await reader.get(address)
    assert answer.status_code == 200, answer.text
    return answer


def csv_rows(answer: httpx.Response) -> list[dict[str, str]]:
    text = answer.content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def workbook_rows(answer: httpx.Response) -> list[dict[str, object]]:
    (page,) = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets
    header, *rows = page.iter_rows(values_only=True)
    return [dict(zip(map(str, header), row, strict=True)) for row in rows]


async def test_a_csv_has_a_row_an_order_as_one_goes_round(city: Pages) -> None:
    answer = await answer_of(city, "/work-lists.csv?day=")
    assert answer.headers["content-disposition"] == f'attachment; filename="work-list-{TODAY}.csv"'
    library, park, held = csv_rows(answer)
    assert (library["Position"], park["Position"], held["Position"]) == ("1", "2", "")
    assert library["Address of the order"] == f"https://wifi.example/orders/{library['Order']}"
    assert {name: park[name] for name in ("Access point", "Technician", "Day of the work", "Power (PoE)", "Cable")} == {
        "Access point": "park-1",
        "Technician": OTHER,
        "Day of the work": str(TOMORROW),
        "Power (PoE)": "PoE+ (802.3at)",
        "Cable": "Cat 6",
    }
    assert (park["Uplink (Mb/s)"], park["How to get in"]) == ("2500.0", ACCESS)
    assert park["KakaoMap"].startswith("https://map.kakao.com/link/map/")
    assert held["Status"] == "On hold"


async def test_no_cell_of_a_csv_begins_a_formula(city: Pages) -> None:
    answer = await answer_of(city, "/work-lists.csv?day=")
    cells = [cell for row in csv_rows(answer) for cell in row.values()]
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))] == []
    assert {f"'{FORMULA}", f"'{HARMFUL}", f"'-{FORMULA}", "'-Acme AN-4", "'+로비"} <= set(cells)


async def test_no_cell_of_a_workbook_is_a_formula_or_a_link(city: Pages) -> None:
    answer = await answer_of(city, "/work-lists.xlsx?day=")
    (page,) = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets
    cells = [cell for row in page.iter_rows() for cell in row]
    assert [cell for cell in cells if cell.data_type == "f" or cell.hyperlink is not None] == []
    assert {FORMULA, HARMFUL, f"-{FORMULA}"} <= {cell.value for cell in cells}


async def test_a_workbook_has_numbers_and_days_as_such_in_korean_as_well(city: Pages) -> None:
    library, park, held = workbook_rows(await answer_of(city, "/work-lists.xlsx?day=", language="ko"))
    assert (library["순서"], park["순서"], held["순서"]) == (1, 2, None)
    assert park["작업 예정일"] == datetime(TOMORROW.year, TOMORROW.month, TOMORROW.day)  # noqa: DTZ001  # as the file has it
    assert (park["업링크(Mb/s)"], library["위도"], park["위도"]) == (2500, None, 37.5286)
    assert (held["상태"], library["전원(PoE)"], library["실내외"]) == ("보류", "PoE+ (802.3at)", "실내")


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
async def test_the_api_hands_out_the_same_files(city: Pages, ending: str) -> None:
    shown = await answer_of(city, f"/work-lists.{ending}?technician={TECHNICIAN}&lang=ko")
    async with city.browser() as program:
        called = await program.get(f"/api/v1/work-lists.{ending}?technician={TECHNICIAN}", headers=WITH_KEY)
    assert called.status_code == 200
    if ending == "csv":
        assert csv_rows(called) == csv_rows(shown)
    else:
        assert workbook_rows(called) == workbook_rows(shown)


async def test_the_api_tells_the_round_as_the_page_shows_it(city: Pages) -> None:
    told = (await answer_of(city, "/api/v1/work-lists")).json()
    assert [(visit["site"]["id"], len(visit["entries"])) for visit in told["visits"]] == [("library", 1), ("park", 1)]
    entry = told["visits"][1]["entries"][0]
    assert entry["place"] == {
        "id": "park-1",
        "name": city.services.inventory.access_points["park-1"].name,
        "floor": None,
        "number": "YI-001",
        "placement": "outdoor",
        "latitude": 37.5286,
        "longitude": city.services.inventory.access_points["park-1"].longitude,
    }
    assert (entry["number"], entry["is_off_the_way"], entry["is_at_site"]) == (2, False, False)
    assert (entry["order"]["technician"], entry["access_note"]) == (OTHER, ACCESS)
    assert entry["links"]["naver"].startswith("https://map.naver.com/p/search/37.528600,")
    assert [held["order"]["status"] for held in told["held"]] == ["on_hold"]
    assert (told["gone"], told["left_out"]) == ([], 0)


async def test_the_api_selects_as_the_page_does(city: Pages) -> None:
    async def places(query: str) -> list[str]:
        told = (await answer_of(city, f"/api/v1/work-lists?{query}")).json()
        return [entry["place"]["id"] for visit in told["visits"] for entry in visit["entries"]]

    assert await places(f"technician={OTHER}") == ["park-1"]
    assert await places(f"day={TODAY}") == ["library-1"]
    assert await places(f"day={TOMORROW}&overdue=true") == ["library-1", "park-1"]
    assert await places("district=중구") == []


async def test_a_query_that_the_api_does_not_know_is_refused(city: Pages) -> None:
    async with city.reader() as reader:
        for query in ("page=2", "day=tomorrow", "day=1999-01-01"):
            answer = await reader.get(f"/api/v1/work-lists?{query}")
            assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
