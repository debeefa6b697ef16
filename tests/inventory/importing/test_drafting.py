"""What the inventory would say of a row: its access point and its site."""

import unicodedata

import pytest
from small_list import DRAFTER, MAY, draft, row

from inventory.catalogue.dates import Partial
from inventory.importing.drafting import NotTakenError
from inventory.importing.positions import Position
from inventory.importing.remarks import Remark, noted, repaired
from inventory.importing.sites import SiteRef, site_of
from inventory.models import AccessPoint, Site, SiteKind

YEOUIDO = {"LAT": "37.528", "LNT": "126.933"}


def test_a_row_is_an_access_point_of_a_facility() -> None:
    found = draft("서울-6047-2")
    assert found.access_point == AccessPoint(
        id="seoul-6047-2",
        site="library-mapo-mapodoseogwan",
        name="2층 열람실",
        latitude=37.56,
        longitude=126.91,
        placement="indoor",
        installed=Partial(2020),
        floor="2",
        number="서울-6047-2",
    )
    assert found.site == SiteRef("library-mapo-mapodoseogwan", SiteKind.LIBRARY, "마포도서관", "마포구")
    assert found.remarks == ()


def test_a_park_has_what_lies_in_its_outline_whatever_it_is_called() -> None:
    found = draft("WF1", X_SWIFI_MAIN_NM="요트면허시험장", X_SWIFI_INSTL_TY="커뮤니티", **YEOUIDO)
    assert (found.site.id, found.site.is_built_in) == ("yeouido", True)
    assert found.access_point.name == "요트면허시험장 2층 열람실"


@pytest.mark.parametrize(
    ("name", "latitude", "longitude", "site"),
    [
        # A street that is named after the river, and a park that is named after the island
        ("한강대로 1", "37.5450", "126.9720", "street-yongsan-hangangdaero1"),
        ("여의도공원", "37.5260", "126.9222", "street-yongsan-yeouidogongwon"),
        # In the park by its name; there is no position that says so
        ("여의도한강공원", "0.0", "0.0", "street-yongsan-yeouidohanganggongwon"),
    ],
)
def test_a_park_has_nothing_by_its_name(name: str, latitude: str, longitude: str, site: str) -> None:
    others = {"X_SWIFI_MAIN_NM": name, "X_SWIFI_INSTL_TY": "1. 주요거리", "X_SWIFI_WRDOFC": "용산구"}
    assert draft("WF1", **others, LAT=latitude, LNT=longitude).site.id == site


@pytest.mark.parametrize("spelling", ["마포 도서관", "마포도서관 ", "마포(도서관)", "마포&middot;도서관"])
def test_spellings_of_one_name_are_one_site(spelling: str) -> None:
    assert draft("WF1", X_SWIFI_MAIN_NM=spelling).site.id == "library-mapo-mapodoseogwan"


def test_another_generation_of_the_taxonomy_leaves_the_site_as_it_is() -> None:
    types = ["커뮤니티", "7-1. 커뮤니티 - 행정", "7-1. 공공 - 행정", "7-1-3. 공공 - 시산하기관"]
    found = {draft("WF1", X_SWIFI_MAIN_NM="상수도사업본부", X_SWIFI_INSTL_TY=text).site.id for text in types}
    assert found == {"community-mapo-sangsudosaeopbonbu"}


@pytest.mark.parametrize(
    ("others", "remarks"),
    [
        ({"X_SWIFI_WRDOFC": "과천시"}, [noted("과천시 is no district of Seoul")]),
        ({"X_SWIFI_WRDOFC": "경기도"}, [noted("경기도 is no district of Seoul")]),
        ({"X_SWIFI_MAIN_NM": "마포&middot;도서관"}, [repaired("the name had signs as HTML writes them")]),
        ({"X_SWIFI_MAIN_NM": "마포\u200b도서\x07관"}, [repaired("the name had characters that cannot be seen")]),
        ({"X_SWIFI_MGR_NO": "-WF1"}, [repaired("the number -WF1 has dashes before it")]),
        ({"X_SWIFI_INSTL_FLOOR": "SKT고장시 자동해지"}, [noted("'SKT고장시 자동해지' is no floor")]),
        ({"X_SWIFI_INOUT_DOOR": "반지하"}, [noted("'반지하' is neither indoors nor outdoors")]),
        (
            {"X_SWIFI_INSTL_TY": "9. 새 유형"},
            [Remark("to review", "the taxonomy does not know the install type '9. 새 유형'")],
        ),
        (
            {"LAT": "126.91", "LNT": "37.56"},
            [repaired("latitude and longitude were swapped: 126.91, 37.56")],
        ),
    ],
)
def test_what_is_odd_is_told(others: dict[str, str], remarks: list[Remark]) -> None:
    assert list(DRAFTER.draft(row("WF1") | others, MAY).remarks) == remarks


@pytest.mark.parametrize(
    ("others", "problem"),
    [
        ({"X_SWIFI_MGR_NO": "---"}, "has no number that could be its id; give it one"),
        ({"X_SWIFI_MAIN_NM": " - "}, "has no name of a place; give it one"),
        ({"X_SWIFI_WRDOFC": ""}, "names no district; add it"),
        (
            {"X_SWIFI_MGR_NO": "1" * 300},
            "number: String should have at most 200 characters; correct it in the list",
        ),
    ],
)
def test_a_row_that_cannot_be_taken_says_why(others: dict[str, str], problem: str) -> None:
    with pytest.raises(NotTakenError) as refused:
        DRAFTER.draft(row("WF1") | others, MAY)
    assert str(refused.value) == problem


def test_what_a_change_is() -> None:
    later = draft("-WF1", X_SWIFI_INSTL_FLOOR="지하1층", LAT="37.561", WORK_DTTM="2024-06-30 10:00:00.0")
    assert later.differences(draft("WF1")) == ["latitude: 37.56 -> 37.561", "floor: 2 -> B1"]
    assert draft("-WF1", WORK_DTTM="x").differences(draft("WF1")) == []


def test_a_site_has_the_name_that_most_give_it_and_the_middle_of_its_positions() -> None:
    refs = [draft("WF1", X_SWIFI_MAIN_NM=name).site for name in ("마포 도서관", "마포도서관", "마포도서관")]
    positions = [Position(37.5, 126.9), Position(37.6, 126.8), Position(37.7, 127.0)]
    assert site_of(refs, positions) == Site(
        id="library-mapo-mapodoseogwan",
        kind=SiteKind.LIBRARY,
        name_ko="마포도서관",
        district="마포구",
        latitude=37.6,
        longitude=126.9,
    )
    assert site_of(refs, []).latitude is None


def test_names_of_other_letters_are_not_one_site() -> None:
    names = ["漢江圖書館", "東京圖書館", "Ελλάδα", "漢도서관", "Café도서관"]
    ids = [draft(X_SWIFI_MAIN_NM=name, X_SWIFI_INSTL_TY="복지").site.id for name in names]
    assert len(set(ids)) == len(names)
    elsewhere = {draft(X_SWIFI_WRDOFC=district).site.id for district in ("漢區", "江區")}
    assert len(elsewhere) == 2
    assert draft(X_SWIFI_MAIN_NM="Mapo 도서관").site.id == "library-mapo-mapodoseogwan"


def test_a_name_in_parts_of_letters_is_the_same() -> None:
    whole = row("WF1")
    in_parts = {header: unicodedata.normalize("NFD", value) for header, value in whole.items()}
    assert DRAFTER.draft(in_parts, MAY) == DRAFTER.draft(whole, MAY)


def test_what_cannot_be_seen_is_left_out_of_a_name() -> None:
    found = draft(X_SWIFI_MAIN_NM="마포\u200b도서\x07관", X_SWIFI_ADRES2="2층\x1b열람실")
    assert (found.site.name, found.access_point.name) == ("마포도서관", "2층열람실")


def test_a_position_of_an_earlier_list_stays_where_the_row_has_none() -> None:
    found = DRAFTER.draft(row("WF1", LAT="0.0"), MAY, Position(37.528, 126.933))
    assert (found.site.id, found.access_point.latitude, found.has_earlier_position) == ("yeouido", 37.528, True)
    missing = noted("no position: 0.0 stands for a missing one")
    assert found.remarks == (missing, noted("the position of an earlier list stays"))
    assert DRAFTER.draft(row("WF1"), MAY, Position(37.528, 126.933)) == draft()
