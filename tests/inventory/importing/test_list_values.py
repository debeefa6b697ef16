"""Positions, floors and dates of installation, in the forms that real lists have."""

from datetime import date

import pytest

from inventory.catalogue.dates import Partial
from inventory.importing import ListingError
from inventory.importing.dates import newest_date, snapshot_date
from inventory.importing.floors import read_floor
from inventory.importing.installed import read_installed
from inventory.importing.positions import SEOUL, Area, Position, read_position
from inventory.importing.remarks import Remark, noted, repaired
from inventory.importing.wires import read_cable, read_poe, read_port_speed

IN_SEOUL = Position(37.500145, 126.86959)


@pytest.mark.parametrize(
    ("latitude", "longitude", "area", "position", "remarks"),
    [
        ("37.500145", "126.86959", SEOUL, IN_SEOUL, []),
        (
            "126.86959",
            "37.500145",
            SEOUL,
            IN_SEOUL,
            [repaired("latitude and longitude were swapped: 126.86959, 37.500145")],
        ),
        ("0.0", "0.0", SEOUL, None, [noted("no position: 0.0 stands for a missing one")]),
        ("37.5", "0.0", SEOUL, None, [noted("no position: 0.0 stands for a missing one")]),
        ("", " ", SEOUL, None, [noted("no position")]),
        ("37.5", "", SEOUL, None, [noted("no position: 37.5,  are not two numbers")]),
        ("-", "-", SEOUL, None, [noted("no position: -, - are not two numbers")]),
        ("nan", "127", SEOUL, None, [noted("no position: there is no place at nan, 127")]),
        ("35.1", "129.0", SEOUL, Position(35.1, 129.0), [noted("the position 35.1, 129.0 is outside Seoul")]),
        # Swapped as well, but in Busan: that it would then be in Korea is no proof.
        ("129.0", "35.1", SEOUL, None, [noted("no position: there is no place at 129.0, 35.1")]),
        ("35.1", "129.0", None, Position(35.1, 129.0), []),
        ("126.86959", "37.500145", None, None, [noted("no position: there is no place at 126.86959, 37.500145")]),
    ],
)
def test_a_position(
    latitude: str, longitude: str, area: Area | None, position: Position | None, remarks: list[Remark]
) -> None:
    assert read_position(latitude, longitude, area) == (position, remarks)


@pytest.mark.parametrize(
    ("text", "floor"),
    [
        *((text, "1") for text in ("1", "1.0", "1층", "1F", "본관 1층", "보건소1층", "１층")),
        *((text, "B1") for text in ("B1", "B1F", "B1층", "-1", "-1층", "지하1", "지하 1층", "본관지하1층", "b1")),
        ("강남포바빌딩 지하2층", "B2"),
        ("B2 층", "B2"),
        ("12층 복도", "12"),
        ("3층-302호", "3"),
        ("3층 어린이방", "3"),
        ("1별관 2층", "2"),
        ("21", "21"),
    ],
)
def test_a_floor_in_one_form(text: str, floor: str) -> None:
    assert read_floor(text) == (floor, [])


@pytest.mark.parametrize(
    "text",
    [
        "0",
        "TF",
        "PH",
        "옥상",
        "지하층",
        "1층, 2층",
        "지하1~2층",
        "1-2층",
        "1/2층",
        "1~3층",
        "2,3층",
        "1층~3층",
        "1층,2",
        "B1층~B2층",
        "본관-지하 -1층",
        "1234층",
        "1충",
        "삼성역 7번출구 앞",
        "한양4차아파트 41동앞",
        "SKT고장시 자동해지",
        "999",
    ],
)
def test_what_says_no_floor_for_certain_is_noted(text: str) -> None:
    assert read_floor(text) == (None, [noted(f"{text!r} is no floor")])


@pytest.mark.parametrize("text", ["", " ", "-"])
def test_no_floor_is_no_remark(text: str) -> None:
    assert read_floor(text) == (None, [])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2014", Partial(2014)),
        ("2020.0", Partial(2020)),
        ("2016-12", Partial(2016, 12)),
        ("2014.12", Partial(2014, 12)),
        ("2015.01", Partial(2015, 1)),
        ("201412", Partial(2014, 12)),
        ("20141231", Partial(2014, 12, 31)),
        ("2016-12-31", Partial(2016, 12, 31)),
        ("2015-10-2", Partial(2015, 10, 2)),
        ("2016년 07월 01일", Partial(2016, 7, 1)),
        ("2016년 7월", Partial(2016, 7)),
    ],
)
def test_a_date_of_installation(text: str, found: Partial) -> None:
    assert read_installed(text, newest_year=2021) == (found, [])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Dec-14", Partial(2014, 12)),
        ("14-Dec", Partial(2014, 12)),
        ("07-Nov", Partial(2007, 11)),
        ("2013-Sep", Partial(2013, 9)),
        ("Jan-16", Partial(2016, 1)),
    ],
)
def test_what_a_spreadsheet_has_mangled_is_repaired(text: str, found: Partial) -> None:
    said = repaired(f"a spreadsheet has made {text!r} of {found}")
    assert read_installed(text, newest_year=2016) == (found, [said])


@pytest.mark.parametrize("text", ["190001", "2014.1", "2016-13", "2016-02-30", "31-Dec", "Foo-14", "작년", "2030", "0"])
def test_what_is_no_date_of_installation_is_noted(text: str) -> None:
    assert read_installed(text, newest_year=2016) == (None, [noted(f"{text!r} is no date of installation")])


@pytest.mark.parametrize("text", ["", " - "])
def test_no_date_is_no_remark(text: str) -> None:
    assert read_installed(text, newest_year=2016) == (None, [])


def test_the_newest_date_of_a_list_is_none_of_the_future() -> None:
    texts = ["2024-05-31", "2024.06.30 10:00", "2024-07-02", "2099-12-31", "", "x"]
    assert newest_date(texts, today=date(2024, 7, 1)) == date(2024, 6, 30)
    assert newest_date(texts, today=date(2024, 7, 2)) == date(2024, 7, 2)
    assert newest_date(["2099-12-31"], today=date(2024, 7, 1)) is None


def test_the_day_of_a_list_is_said_or_found_and_none_of_the_future() -> None:
    today, before = date(2024, 7, 1), date(2024, 6, 30)
    assert snapshot_date(before, today, today=today) == before
    assert snapshot_date(None, today, today=today) == today
    with pytest.raises(ListingError, match="2024-07-02 is after today, 2024-07-01; correct --snapshot"):
        snapshot_date(date(2024, 7, 2), before, today=today)
    with pytest.raises(ListingError, match="say it with --snapshot"):
        snapshot_date(None, None, today=today)


@pytest.mark.parametrize("text", ["1000000000", " 1_000_000_000", "1,000,000,000", "1E+09", "1000000000.0"])
def test_a_speed_of_a_port(text: str) -> None:
    assert read_port_speed(text) == (10**9, [])


@pytest.mark.parametrize(
    "text", ["1000", "1 Gb/s", "0.5", "-1000000000", "nan", "inf", "1E+999999999", "-1E+999999999"]
)
def test_what_is_no_speed_of_a_port(text: str) -> None:
    assert read_port_speed(text) == (None, [noted(f"{text!r} is no speed of a port in bits a second")])


def test_a_class_of_power_and_a_kind_of_cable() -> None:
    assert [read_poe(text)[0] for text in ("802.3AF", "IEEE 802.3bt-4", " passive", "None")] == [
        "802.3af",
        "802.3bt-4",
        "passive",
        "none",
    ]
    assert [read_cable(text)[0] for text in ("CAT5E", "Cat. 6A", "cat-6", "fiber", "Fibre")] == [
        "cat5e",
        "cat6a",
        "cat6",
        "fibre",
        "fibre",
    ]
    assert read_poe("802.3bt") == (None, [noted("'802.3bt' is no class of power over Ethernet")])
    assert read_cable("UTP") == (None, [noted("'UTP' is no kind of cable")])


@pytest.mark.parametrize("text", ["", " ", "-"])
def test_a_wiring_that_nobody_has_written_down_is_none(text: str) -> None:
    assert read_port_speed(text) == read_poe(text) == read_cable(text) == (None, [])
