"""Seoul's list: header generations, encodings, and the answers of the API."""

import json
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inventory.importers import known_kinds, seoul
from inventory.importing import Entry, ListingError, Refusal
from inventory.importing.kept import Kept, KeptRow

TODAY = date(2026, 11, 28)
ROW = {
    "X_SWIFI_MGR_NO": "---GR000001",
    "X_SWIFI_WRDOFC": "구로구",
    "X_SWIFI_MAIN_NM": "고척공원",
    "X_SWIFI_ADRES1": "고척동 1",
    "X_SWIFI_ADRES2": "농구장",
    "X_SWIFI_INSTL_FLOOR": "",
    "X_SWIFI_INSTL_TY": "3. 공원(하천)",
    "X_SWIFI_CNSTC_YEAR": "2016",
    "X_SWIFI_INOUT_DOOR": "실외",
    "LAT": "126.8",
    "LNT": "37.5",
    "WORK_DTTM": "2023-04-12 10:58:19.0",
}
ENTRY = Entry(
    id="gr000001",
    number="---GR000001",
    place="고척공원",
    district="구로구",
    detail="농구장",
    install_type="3. 공원(하천)",
    latitude="126.8",
    longitude="37.5",
    installed="2016",
    placement="실외",
)


def read(folder: Path, content: str | bytes) -> seoul.Listing:
    path = folder / "list"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return seoul.read(path, TODAY)


def envelope(*rows: object, code: str = "INFO-000", total: int | None = None) -> str:
    body = {"list_total_count": total or len(rows), "RESULT": {"CODE": code, "MESSAGE": "정상"}, "row": rows}
    return json.dumps({"TbPublicWifiInfo": body}, ensure_ascii=False)


def test_the_kinds_are_the_modules() -> None:
    assert known_kinds() == ["national", "netbox", "plain", "seoul"]


@pytest.mark.parametrize(
    "header",
    [
        # July 2021, then with the columns that came later, in another order
        "관리번호,자치구,와이파이명,도로명주소,상세주소,설치위치(층),설치유형,설치기관,서비스구분,설치년도,실내외구분,X좌표,Y좌표",
        "와이파이명,관리번호,자치구,상세주소,설치위치(층),설치유형,망종류,설치년도,실내외구분,wifi접속환경,Y좌표,X좌표,작업일자",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
def test_a_csv_file_of_any_year(tmp_path: Path, header: str, encoding: str) -> None:
    values = {
        "관리번호": "WF1",
        "자치구": "중구",
        "와이파이명": "서울도서관",
        "상세주소": "로비",
        "설치위치(층)": "1층",
        "설치유형": "커뮤니티",
        "설치년도": "2014",
        "실내외구분": "실내",
        "X좌표": "126.97",
        "Y좌표": "37.56",
        "작업일자": "2022-12-07",
    }
    line = ",".join(values.get(name, "") for name in header.split(","))
    listing = read(tmp_path, f"{header}\n{line}\n".encode(encoding))
    assert [seoul.entry(row.values) for row in listing.rows] == [
        Entry(
            id="wf1",
            number="WF1",
            place="서울도서관",
            district="중구",
            detail="로비",
            install_type="커뮤니티",
            latitude="37.56",
            longitude="126.97",
            floor="1층",
            installed="2014",
            placement="실내",
        )
    ]
    assert listing.as_of == (date(2022, 12, 7) if "작업일자" in header else None)


def test_an_answer_of_the_api(tmp_path: Path) -> None:
    later = ROW | {"X_SWIFI_MGR_NO": "GR2", "WORK_DTTM": "2023-04-13 10:58:19.0"}
    listing = read(tmp_path, envelope(ROW, later))
    assert seoul.entry(listing.rows[0].values) == ENTRY
    assert (listing.as_of, listing.lacks, listing.refused) == (date(2023, 4, 13), None, ())
    assert listing.rows[0].values == ROW


def test_a_bare_list_of_rows_with_numbers_and_nothing_in_them(tmp_path: Path) -> None:
    listing = read(tmp_path, json.dumps([ROW | {"LAT": 126.8, "X_SWIFI_INSTL_FLOOR": None}]))
    assert seoul.entry(listing.rows[0].values) == ENTRY


def test_a_page_of_the_answer_is_told_to_be_a_part(tmp_path: Path) -> None:
    listing = read(tmp_path, envelope(ROW, total=24583))
    assert listing.lacks == "the answer has 1 of 24583 rows; join the rows of all its pages into one list"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (envelope(code="ERROR-500"), "the API has answered ERROR-500: 정상; ask it again"),
        ('{"RESULT": {"CODE": "INFO-200", "MESSAGE": "없음"}}', "the API has answered INFO-200: 없음; ask it again"),
        ('{"rows": []}', "no answer of TbPublicWifiInfo: it has no list of rows"),
        ('{"TbPublicWifiInfo": 1}', "no answer of TbPublicWifiInfo"),
        ("[1,", "is not JSON"),
        ("구명,유형,지역명\n중구,공원,남산\n", "no column is known for number; it has 구명, 유형, 지역명"),
    ],
)
def test_what_is_no_list_is_told(tmp_path: Path, content: str, problem: str) -> None:
    with pytest.raises(ListingError, match=problem):
        read(tmp_path, content)


def test_what_is_no_row_is_refused(tmp_path: Path) -> None:
    bad = json.dumps(ROW | {"X_SWIFI_MAIN_NM": "??"}, ensure_ascii=False).encode().replace(b"??", b"\xff\xff")
    listing = read(tmp_path, b"[1," + bad + b"," + json.dumps(ROW).encode() + b"]")
    assert [row.row for row in listing.rows] == [3]
    assert listing.refused == (
        Refusal(1, "is no row; a row is an object with the names of the columns"),
        Refusal(2, "is not text of the list's encoding; save the list as UTF-8"),
    )


@pytest.mark.parametrize("end", [b"", b"\n", b'"'])
@given(data=st.binary())
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_file_has_is_read_or_told(tmp_path: Path, end: bytes, data: bytes) -> None:
    for beginning in ("관리번호,자치구,와이파이명\n", "[", '[{"X_SWIFI_MGR_NO": "', '{"TbPublicWifiInfo": '):
        with suppress(ListingError):
            listing = read(tmp_path, beginning.encode() + data + end)
            kept = [KeptRow("x", date.min, date.min, row.values) for row in listing.rows]
            Kept("seoul", rows={str(number): row for number, row in enumerate(kept)}).to_bytes()


def test_half_a_letter_costs_its_row(tmp_path: Path) -> None:
    listing = read(tmp_path, '[{"X_SWIFI_MGR_NO": "\\ud800"}, {"\\udfff": ""}]')
    assert [refusal.row for refusal in listing.refused] == [1, 2]


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ListingError, match="nowhere cannot be read: No such file"):
        seoul.read(tmp_path / "nowhere", TODAY)


@pytest.mark.parametrize("content", ["[" * 100_000, '[{"X":' * 100_000])
def test_json_that_is_too_deep_is_told(tmp_path: Path, content: str) -> None:
    with pytest.raises(ListingError, match="the list is not JSON: maximum recursion depth"):
        read(tmp_path, content)


def test_a_value_that_is_a_list_is_no_row(tmp_path: Path) -> None:
    listing = read(tmp_path, json.dumps([ROW, ROW | {"LAT": ["37.5"]}]))
    assert [refusal.row for refusal in listing.refused] == [2]


def test_json_needs_the_columns_that_csv_needs(tmp_path: Path) -> None:
    renamed = {("X_DISTRICT" if name == "X_SWIFI_WRDOFC" else name): value for name, value in ROW.items()}
    with pytest.raises(ListingError, match="no column is known for district; it has X_SWIFI_MGR_NO, X_DISTRICT"):
        read(tmp_path, json.dumps([renamed, renamed]))
    assert len(read(tmp_path, json.dumps([renamed, ROW])).rows) == 2


def test_what_is_about_a_person_is_not_kept(tmp_path: Path) -> None:
    assert read(tmp_path, json.dumps([ROW | {"담당자": "x", "X_SWIFI_TEL": "02-1"}])).rows[0].values == ROW


def test_a_date_in_the_future_is_passed_over(tmp_path: Path) -> None:
    assert read(tmp_path, envelope(ROW, ROW | {"WORK_DTTM": "2099-12-31"})).as_of == date(2023, 4, 12)
