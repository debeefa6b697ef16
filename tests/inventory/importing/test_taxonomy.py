"""The kind of a site by install type and name, in every generation of the taxonomy."""

from pathlib import Path

import pytest

from agent.settings import SettingsError
from inventory.importing.taxonomy import Judgement, load_taxonomy
from inventory.models import SiteKind

TAXONOMY = load_taxonomy()


@pytest.mark.parametrize(
    ("install_type", "name", "kind", "group"),
    [
        # Of 2021
        ("커뮤니티", "상수도사업본부", SiteKind.OTHER, "community"),
        ("커뮤니티", "중림종합사회복지관", SiteKind.WELFARE, "community"),
        ("커뮤니티", "일원청소년독서실", SiteKind.CHILDREN, "community"),
        ("커뮤니티", "민원복지동(우)", SiteKind.OTHER, "community"),
        ("복지", "노원노인종합복지관", SiteKind.SENIOR, "welfare"),
        ("복지", "강남장애인복지관", SiteKind.DISABILITY, "welfare"),
        ("복지", "성동구다문화가족지원센터", SiteKind.WELFARE, "welfare"),
        ("복지", "신내 경로당", SiteKind.SENIOR, "welfare"),
        ("복지", "꿈나무지역아동센터", SiteKind.CHILDREN, "welfare"),
        ("복지", "이든아이빌", SiteKind.WELFARE, "welfare"),
        ("문화관광체육시설", "마포중앙도서관", SiteKind.LIBRARY, "culture"),
        ("문화관광체육시설", "동작문화복지센터", SiteKind.OTHER, "culture"),
        ("커뮤니티", "미아동복합청사", SiteKind.OTHER, "community"),
        # A place beside a facility is none
        ("버스정류소", "마포중앙도서관", SiteKind.OTHER, "bus-stop"),
        ("공원/하천", "어린이대공원", SiteKind.OTHER, "green"),
        ("주요거리", "봉제산노인복지센터앞거리", SiteKind.OTHER, "street"),
        ("기타", "노원노인복지관 앞", SiteKind.OTHER, "public"),
        ("전통시장", "망원시장", SiteKind.OTHER, "market"),
        # Of 2022 to 2024
        ("5-2. 버스정류소(시비)", "구로도서관", SiteKind.OTHER, "bus-stop"),
        ("3. 공원(하천)", "안양천공원", SiteKind.OTHER, "green"),
        ("4. 문화체육관광", "내곡동체육시설", SiteKind.OTHER, "culture"),
        ("6-3. 복지 - 장애인", "늘푸른집", SiteKind.DISABILITY, "welfare"),
        ("6-4. 복지 - 아동청소년", "꿈터", SiteKind.CHILDREN, "welfare"),
        ("7-1. 커뮤니티 - 행정", "상수도사업본부", SiteKind.OTHER, "community"),
        ("7-1. 공공 - 행정", "상수도사업본부", SiteKind.OTHER, "community"),
        ("7-1-3. 공공 - 시산하기관", "상수도사업본부", SiteKind.OTHER, "community"),
        # Of the national list
        ("서민·복지시설", "성동구립도서관", SiteKind.LIBRARY, "public"),
        ("서민복지시설", "노원구민회관", SiteKind.OTHER, "public"),
        ("관공서", "양천구청", SiteKind.OTHER, "community"),
        ("교육시설", "푸른들청소년도서관", SiteKind.LIBRARY, "education"),
        ("교통시설", "강변역", SiteKind.OTHER, "transport"),
        # Of a list without install types
        ("", "서울도서관", SiteKind.LIBRARY, "other"),
    ],
)
def test_what_is_known_is_told_apart(install_type: str, name: str, kind: SiteKind, group: str) -> None:
    assert TAXONOMY.judge(install_type, name) == Judgement(kind, group)


@pytest.mark.parametrize(
    ("install_type", "name", "judgement"),
    [
        (
            "9-1. 우주정거장",
            "서울도서관",
            Judgement(SiteKind.OTHER, "other", "the taxonomy does not know the install type '9-1. 우주정거장'"),
        ),
        ("", "해누리", Judgement(SiteKind.OTHER, "other", "neither install type nor name '해누리' says what it is")),
        (
            "복지",
            "서울시농아노인지원센터",
            Judgement(
                SiteKind.WELFARE,
                "welfare",
                "the name '서울시농아노인지원센터' is that of several kinds: disability and senior",
            ),
        ),
    ],
)
def test_what_is_not_known_is_to_be_reviewed(install_type: str, name: str, judgement: Judgement) -> None:
    assert TAXONOMY.judge(install_type, name) == judgement


def test_a_pattern_that_does_not_compile_is_told(tmp_path: Path) -> None:
    path = tmp_path / "taxonomy.toml"
    path.write_text('version = 1\nnames = []\n[[install_types]]\ngroup = "x"\npattern = "("\n')
    with pytest.raises(SettingsError, match=r"install_types\[0\]\.pattern: is no regular expression"):
        load_taxonomy(path)
