"""The plan and the programme as files, from a run in a state database to what a spreadsheet reads."""

import csv
import gc
import io
import tomllib
import tracemalloc
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from importlib import resources
from pathlib import Path
from typing import get_args

import openpyxl
import pytest
from judged_places import DAY, JUDGED_AT, add_run, keep_verification, see_replacement, told, verification
from sqlalchemy import Engine
from state_files import open_state

from collector.legacy.acceptance import Verdict
from collector.legacy.causes import Cause
from collector.legacy.documents import Standing
from collector.legacy.four_times import Change, Unknown
from collector.legacy.gates import GateState
from collector.legacy.generation import Evidence, Generation
from collector.legacy.reasons import ReasonLanguage
from collector.legacy.settings import LegacySettings
from collector.replacement.book import Book, Selection
from collector.replacement.files import open_data, plan, programme
from collector.replacement.files.comma_separated import write_csv
from collector.replacement.files.plan import PlanChangedError, open_plan, plan_sheet
from collector.replacement.files.programme import Programme, programme_sheet, programme_sheets
from collector.replacement.files.words import Words
from collector.replacement.files.workbook import write_workbook
from collector.replacement.reporting import report
from inventory.models import AccessPoint, Inventory, Site, SiteKind

REPOSITORY = Path(__file__).resolve().parents[3]
INVENTORY = Inventory(
    sites=(
        Site(
            id="yeouido",
            kind=SiteKind.PARK,
            name_ko="여의도한강공원",
            name_en="Yeouido Hangang Park",
            district="영등포구",
        ),
        Site(id="jung-senior", kind=SiteKind.SENIOR, name_ko="중구노인복지관", district="중구"),
    ),
    access_points=(
        AccessPoint(id="yeouido-1", site="yeouido", name="물빛무대", floor="1F"),
        AccessPoint(id="yeouido-2", site="yeouido"),
        AccessPoint(id="jung-1", site="jung-senior", name="=cmd|' /C calc'!A0"),
    ),
)
CHANGED_AT = datetime(2026, 3, 1, 3, tzinfo=UTC)
TODAY = date(2026, 5, 23)
EVERYTHING = Selection()


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Engine]:
    engine = open_state(tmp_path / "state.sqlite")
    yield engine
    engine.dispose()


@pytest.fixture
def judged(state: Engine) -> Book:
    add_run(
        state,
        [
            told("yeouido-1", "yeouido", number=None),
            told("yeouido-2", "yeouido", Standing.MEND),
            told("jung-1", "jung-senior"),
        ],
        ranked=["jung-1", "yeouido-1"],
    )
    see_replacement(state, "yeouido-2", CHANGED_AT)
    keep_verification(state, verification(CHANGED_AT - DAY, CHANGED_AT + DAY, {"yeouido-2": 5.0}))
    return Book(state, INVENTORY)


def rows_of(pieces: Iterator[bytes]) -> list[list[str]]:
    return list(csv.reader(io.StringIO(b"".join(pieces).decode("utf-8-sig"), newline=""), strict=True))


def plan_rows(book: Book, language: ReasonLanguage, selection: Selection = EVERYTHING) -> list[dict[str, str]]:
    opened = open_plan(book, selection)
    assert opened is not None
    header, *rows = rows_of(write_csv(plan_sheet(opened, Words(language))))
    return [dict(zip(header, row, strict=True)) for row in rows]


def read_programme(book: Book, state: Engine) -> Programme:
    listing = book.listing(limit=0)
    settings = LegacySettings()
    return Programme(
        report=report(book, INVENTORY, state, settings),
        run=None if listing is None else listing.run,
        verifications=book.verifications(),
        since=settings.programme_since,
        on=TODAY,
    )


# The plan


def test_a_place_of_the_plan_is_told_whole_in_english(judged: Book) -> None:
    assert plan_rows(judged, "en")[1] == {
        "Rank": "2",
        "Access point": "yeouido-1",
        "Site": "Yeouido Hangang Park",
        "District": "Yeongdeungpo-gu",
        "Kind of site": "Hangang park",
        "Floor": "1F",
        "Place": "물빛무대",
        "Standing": "Replace",
        "Vendor": "Acme",
        "Model": "AX-1",
        "Serial number": "SN-yeouido-1",
        "Generation": "Wi-Fi 5",
        "Generation proven by": "A part of the radios",
        "Security updates ended": "Yes",
        "End of security updates": "2024-09-30",
        "Service life passed": "No",
        "Installed on (or first seen)": "2023-03-01",
        "Need (0 to 1)": "0.8125",
        "Benefit (0 to 1)": "0.515625",
        "Weight of the place (0 to 1)": "0.84375",
        "Score (0 to 100)": "",
        "Present capacity (Mb/s)": "433.3",
        "Capacity limited by": "Uplink",
        "Best model": "Acme BE-9",
        "Times the capacity, as it is wired": "1.23",
        "Times the capacity, after changes": "5.43",
        "Changes beside the device": "Switch port, Cable",
        "To be looked at on site": "Indoors or outdoors",
        "To be mended first": "",
        "Reasons": "gate.support reason. gate.service reason. need.airtime reason. benefit.gain reason. "
        "weight.other reason. cause.missing_temperature reason.",
    }


def test_the_plan_is_in_korean_where_nothing_else_is_asked_for(judged: Book) -> None:
    first, _, mended = plan_rows(judged, "ko")
    assert (first["순위"], first["공원·시설"], first["자치구"]) == ("1", "중구노인복지관", "중구")
    assert first["설치 위치"] == "'=cmd|' /C calc'!A0"
    assert first["점수(0~100)"] == "35.2"
    assert (mended["순위"], mended["판단"], mended["먼저 정비할 것"]) == ("", "먼저 정비", "과열")
    assert "cause.heat 이유." in mended["이유"]


def test_a_site_without_an_english_name_keeps_its_korean_one(judged: Book) -> None:
    assert plan_rows(judged, "en")[0]["Site"] == "중구노인복지관"


def test_only_what_was_selected_is_in_the_plan(judged: Book) -> None:
    names = [row["Access point"] for row in plan_rows(judged, "en", Selection(site="yeouido"))]
    assert names == ["yeouido-1", "yeouido-2"]
    assert plan_rows(judged, "en", Selection(text="nowhere")) == []


def test_a_workbook_of_the_plan_has_numbers_and_days(judged: Book) -> None:
    opened = open_plan(judged, EVERYTHING)
    assert opened is not None
    assert opened.run.assessed_at == JUDGED_AT
    file = io.BytesIO()
    write_workbook([plan_sheet(opened, Words("en"))], file)
    page = openpyxl.load_workbook(file)["Replacement plan"]
    header, first, *others = page.iter_rows(values_only=True)
    row = dict(zip(header, first, strict=True))
    assert len(others) == 2
    assert row["Place"] == "=cmd|' /C calc'!A0"
    assert {cell.data_type for row in page.iter_rows() for cell in row} == {"s", "n", "d"}  # none is a formula
    numbers = [row[name] for name in ("Rank", "Score (0 to 100)", "Times the capacity, after changes")]
    assert numbers == [1, 35.2, 5.43]
    assert row["End of security updates"] == datetime(2024, 9, 30)  # noqa: DTZ001  # a spreadsheet has no time zones


def test_before_anything_was_judged_there_is_no_plan(state: Engine) -> None:
    assert open_plan(Book(state, INVENTORY), EVERYTHING) is None


def test_the_plan_is_read_part_by_part_and_comes_whole(judged: Book) -> None:
    opened = open_plan(judged, EVERYTHING, places_at_once=1)
    assert opened is not None
    assert [entry.place.id for entry in opened.entries] == ["jung-1", "yeouido-1", "yeouido-2"]


def test_a_plan_is_of_one_run_or_ends_with_an_error(judged: Book, state: Engine) -> None:
    opened = open_plan(judged, EVERYTHING, places_at_once=1)
    assert opened is not None
    assert next(opened.entries).place.id == "jung-1"
    add_run(state, [told("yeouido-1", "yeouido")], ranked=["yeouido-1"], at=JUDGED_AT + DAY)
    with pytest.raises(PlanChangedError):
        list(opened.entries)


def test_a_plan_of_many_places_takes_no_more_memory_than_one_of_few(state: Engine) -> None:
    names = [f"{'few' if number < 200 else 'more'}-{number:04}" for number in range(2_000)]
    city = Inventory(
        sites=(INVENTORY.sites["yeouido"],),
        access_points=tuple(AccessPoint(id=name, site="yeouido") for name in names),
    )
    add_run(state, [told(name, "yeouido") for name in names], ranked=names)
    book = Book(state, city)
    book.rows()  # their names stay in memory once they are read

    def peak_of(selection: Selection) -> tuple[int, int]:
        gc.collect()
        tracemalloc.start()
        opened = open_plan(book, selection, places_at_once=50)
        assert opened is not None
        lines = sum(piece.count(b"\r\n") for piece in write_csv(plan_sheet(opened, Words("ko")), rows_at_once=50))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return lines, peak

    few_lines, few = peak_of(Selection(text="few"))
    many_lines, many = peak_of(EVERYTHING)
    assert (few_lines, many_lines) == (201, 2_001)
    assert many < 1.3 * few


# The programme


def test_the_programme_is_one_table_in_csv(judged: Book, state: Engine) -> None:
    sheet = programme_sheet(read_programme(judged, state), INVENTORY, Words("en"))
    header, *rows = rows_of(write_csv(sheet))
    assert header == [
        "Group",
        "Name",
        "Access points",
        "Replaced",
        "Replaced and measured",
        "To be replaced",
        "To be mended first",
        "Kept",
        "Too little known",
        "Not judged yet",
    ]
    assert rows == [
        ["In all", "", "3", "1", "1", "2", "1", "0", "0", "0"],
        ["By park", "Yeouido Hangang Park", "2", "1", "1", "1", "1", "0", "0", "0"],
        ["By district", "Yeongdeungpo-gu", "2", "1", "1", "1", "1", "0", "0", "0"],
        ["By district", "Jung-gu", "1", "0", "0", "1", "0", "0", "0", "0"],
        ["By kind of site", "Hangang park", "2", "1", "1", "1", "1", "0", "0", "0"],
        ["By kind of site", "Senior facility", "1", "0", "0", "1", "0", "0", "0", "0"],
    ]


def test_how_many_are_on_a_list_is_unknown_before_anything_was_judged(state: Engine) -> None:
    sheet = programme_sheet(read_programme(Book(state, INVENTORY), state), INVENTORY, Words("en"))
    _, total, *_ = rows_of(write_csv(sheet))
    assert total == ["In all", "", "3", "0", "0", "", "", "", "", "3"]


def test_the_workbook_has_a_sheet_for_each_view_and_what_was_measured(judged: Book, state: Engine) -> None:
    file = io.BytesIO()
    write_workbook(programme_sheets(read_programme(judged, state), INVENTORY, Words("ko")), file)
    book = openpyxl.load_workbook(file)
    assert book.sheetnames == ["요약", "공원별", "자치구별", "시설 종류별", "효과 측정"]
    facts = dict(list(book["요약"].iter_rows(values_only=True))[1:])
    days = {name: value.date() for name, value in facts.items() if isinstance(value, datetime)}
    assert days == {
        "데이터 기준일": TODAY,
        "판단일": date(2026, 5, 23),
        "판단 자료 시작일": date(2026, 4, 25),
        "판단 자료 종료일": date(2026, 5, 22),
    }
    assert facts["사업 시작일(이날부터 교체로 집계)"] is None
    assert (facts["전체 AP 수"], facts["교체한 AP 수"], facts["교체 대상 AP 수"]) == (3, 1, 2)
    assert [cell.value for cell in book["공원별"][2]] == ["여의도한강공원", 2, 1, 1, 1, 1, 0, 0, 0]
    header, *measured = book["효과 측정"].iter_rows(values_only=True)
    passive, active, phy = (dict(zip(header, row, strict=True)) for row in measured)
    assert (passive["판정"], passive["속도 변화(배)"], passive["95% 신뢰구간 하한(배)"]) == ("달성", 4.57, 3.57)
    assert (active["판정"], active["속도 변화(배)"]) == ("판정 불가", None)
    assert (phy["판정"], phy["속도 변화(배)"], phy["네 배에 이른 AP 수"]) == (None, 6.54, 9)
    works = [passive[name].date() for name in ("교체 공사 시작일", "교체 공사 종료일")]
    assert works == [date(2026, 2, 28), date(2026, 3, 2)]


# The words


def words_of_files() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    return tomllib.loads(resources.files("collector.replacement.files").joinpath("words.toml").read_text("utf-8"))


@pytest.mark.parametrize(
    ("group", "words"),
    [
        ("standing", list(Standing)),
        ("kind", list(SiteKind)),
        ("generation", get_args(Generation)),
        ("generation_at_least", get_args(Generation)),
        ("proven_by", get_args(Evidence)),
        ("gate", list(GateState)),
        ("change", list(Change)),
        ("unknown", list(Unknown)),
        ("cause", list(Cause)),
        ("verdict", list(Verdict)),
    ],
)
def test_whatever_may_be_judged_has_a_word(group: str, words: list[str]) -> None:
    assert set(words_of_files()[group]) == set(words)


def test_every_word_is_in_both_languages() -> None:
    for group, words in words_of_files().items():
        for word, languages in words.items():
            assert set(languages) == {"ko", "en"}, f"{group}.{word}"
            assert all(languages.values()), f"{group}.{word}"


def test_every_column_is_documented_in_both_languages() -> None:
    document = (REPOSITORY / "docs" / "replacement.md").read_text(encoding="utf-8")
    names = [*plan._COLUMNS, *open_data._COLUMNS, *programme._COUNTS, *programme._MEASURED]
    columns = words_of_files()["column"]
    missing = [name for name in names if f"| {columns[name]['ko']} | {columns[name]['en']} |" not in document]
    assert missing == []
