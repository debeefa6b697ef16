"""The national list: the rows of Seoul, ids that are made of what a row says, and no telephone number."""

import unicodedata
from datetime import date
from pathlib import Path

import pytest

from inventory.importers import national
from inventory.importing import Entry, Listing, ListingError

HEADER_2016 = (
    "설치장소명,설치장소상세,설치시도명,설치시군구명,설치시설구분,서비스제공사명,와이파이SSID,설치년월,"
    "소재지도로명주소,소재지지번주소,관리기관명,관리기관전화번호,위도,경도,데이터기준일자,"
)
HEADER_2020 = HEADER_2016.replace("설치년월", "설치연월").replace("위도,경도", "WGS84위도,WGS84경도").rstrip(",")
HERE = (
    "노원구청,본관 2층,서울특별시,노원구,관공서,노원구청,Public WiFi,Dec-14,노해로 437,,노원구청,02-1,"
    "37.65,127.05,2016-06-15"
)
ELSEWHERE = HERE.replace("서울특별시,노원구", "경기도,안산시").replace("2016-06-15", "2022-01-01")


def read(folder: Path, *lines: str, encoding: str = "cp949") -> Listing:
    path = folder / "national.csv"
    path.write_text("\n".join(lines), encoding=encoding)
    return national.read(path, date(2026, 11, 28))


@pytest.mark.parametrize("encoding", ["cp949", "utf-8-sig"])
@pytest.mark.parametrize(("header", "end"), [(HEADER_2016, ","), (HEADER_2020, "")])
def test_the_rows_of_seoul(tmp_path: Path, header: str, end: str, encoding: str) -> None:
    listing = read(tmp_path, header, HERE + end, ELSEWHERE + end, encoding=encoding)
    assert [national.entry(row.values) for row in listing.rows] == [
        Entry(
            id="national-nowon-nowongucheong-8c0f5721",
            place="노원구청",
            district="노원구",
            detail="본관 2층",
            install_type="관공서",
            latitude="37.65",
            longitude="127.05",
            installed="Dec-14",
        )
    ]
    assert (listing.rows[0].row, listing.as_of) == (2, date(2016, 6, 15))


def test_the_telephone_number_is_not_kept(tmp_path: Path) -> None:
    (row,) = read(tmp_path, HEADER_2020, HERE).rows
    assert "관리기관전화번호" not in row.values
    assert "02-1" not in row.values.values()


def test_an_id_is_made_of_what_says_where_it_is_and_whose(tmp_path: Path) -> None:
    (row,) = read(tmp_path, HEADER_2020, HERE).rows
    id_ = national.entry(row.values).id
    same = {"설치연월": "2014-12", "WGS84위도": "37.66", "데이터기준일자": "2020-01-01", "설치장소명": " 노원구청 "}
    assert national.entry({**row.values, **same}).id == id_
    for name in ("설치장소명", "설치장소상세", "설치시군구명", "서비스제공사명", "와이파이SSID", "소재지도로명주소"):
        assert national.entry({**row.values, name: "다른 것"}).id != id_


def test_a_list_without_what_ids_are_made_of_is_told(tmp_path: Path) -> None:
    with pytest.raises(ListingError, match="no column is known for road_address; it has 설치장소명"):
        read(tmp_path, HEADER_2020.replace("소재지도로명주소", "도로명주소"), HERE)


def test_another_way_to_write_the_telephone_number_is_not_kept(tmp_path: Path) -> None:
    (row,) = read(tmp_path, HEADER_2020.replace("관리기관전화번호", "담당자 연락처"), HERE).rows
    assert "02-1" not in row.values.values()


def test_an_id_is_the_same_in_parts_of_letters(tmp_path: Path) -> None:
    ids = [
        national.entry(row.values).id
        for form in ("NFC", "NFD")
        for row in read(tmp_path, HEADER_2020, unicodedata.normalize(form, HERE), encoding="utf-8").rows
    ]
    assert len(ids) == 2
    assert len(set(ids)) == 1


def test_another_list_is_told(tmp_path: Path) -> None:
    with pytest.raises(ListingError, match="no column is known for province and district and place"):
        read(tmp_path, "관리번호,자치구", "WF1,중구")
