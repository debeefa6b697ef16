"""CSV and XLSX as other programs read them."""

import csv
import io
from collections.abc import Iterator
from datetime import date

import openpyxl
import pytest

from collector.replacement.files.comma_separated import write_csv
from collector.replacement.files.sheets import Cell, Sheet
from collector.replacement.files.workbook import write_workbook

FORMULAS = [
    "=1+1",
    "+82-2-120",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(A1)",
    '=HYPERLINK("http://example.org")',
]
TEXTS = [
    "여의도, 물빛무대",
    'the "old" one',
    "two\nlines",
    "https://example.org/",
    "007",
    "true",
    "",
    " =1",
    "<b>&",
    "🛜",
]


def sheet(*rows: list[Cell], title: str = "Plan") -> Sheet:
    return Sheet(title, ["이름", "value"], rows)


def csv_of(made: Sheet) -> str:
    return b"".join(write_csv(made)).decode("utf-8-sig")


def parsed(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def workbook_of(*sheets: Sheet) -> openpyxl.Workbook:
    file = io.BytesIO()
    write_workbook(sheets, file)
    file.seek(0)
    return openpyxl.load_workbook(file)


def test_csv_begins_with_the_mark_of_utf_8_and_ends_lines_as_the_standard_has_it() -> None:
    assert b"".join(write_csv(sheet(["한강", 1]))) == "\ufeff이름,value\r\n한강,1\r\n".encode()


@pytest.mark.parametrize("text", TEXTS)
def test_text_comes_back_from_csv_as_it_was(text: str) -> None:
    assert parsed(csv_of(sheet([text, 1])))[1] == [text, "1"]


def test_numbers_and_days_are_plain_in_csv_and_what_is_unknown_is_empty() -> None:
    row: list[Cell] = [-1234567.5, None]
    assert csv_of(sheet(row, [date(2026, 5, 23), 0])) == "이름,value\r\n-1234567.5,\r\n2026-05-23,0\r\n"


@pytest.mark.parametrize("text", FORMULAS)
def test_text_that_begins_like_a_formula_is_harmless_in_csv(text: str) -> None:
    assert parsed(csv_of(sheet([text, text])))[1] == [f"'{text}", f"'{text}"]


def test_a_header_that_begins_like_a_formula_is_harmless_too() -> None:
    assert csv_of(Sheet("Plan", ["=1"], [])) == "'=1\r\n"


def test_csv_is_written_while_its_rows_come() -> None:
    taken = []

    def rows() -> Iterator[list[Cell]]:
        for number in range(6):
            taken.append(number)
            yield ["한강", number]

    pieces = write_csv(Sheet("Plan", ["이름", "value"], rows()), rows_at_once=2)
    next(pieces)
    assert taken == [0, 1]
    assert b"".join(pieces).decode() == "".join(f"한강,{number}\r\n" for number in range(2, 6))


@pytest.mark.parametrize("text", [text for text in (*FORMULAS, *TEXTS) if text and "\r" not in text])
def test_text_is_text_in_a_workbook_whatever_it_looks_like(text: str) -> None:
    cell = workbook_of(sheet([text, 1]))["Plan"]["A2"]
    assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)


def test_numbers_and_days_are_such_in_a_workbook_and_what_is_unknown_is_empty() -> None:
    page = workbook_of(sheet([-1234567.5, None], [date(2026, 5, 23), 0]))["Plan"]
    assert [cell.data_type for row in page["A2:B3"] for cell in row] == ["n", "n", "d", "n"]
    assert [cell.value for cell in page[2]] == [-1234567.5, None]
    assert (page["A3"].value.date(), page["A3"].number_format, page["B3"].value) == (date(2026, 5, 23), "yyyy-mm-dd", 0)


def test_what_no_xml_can_hold_spoils_no_workbook() -> None:
    page = workbook_of(sheet(["a\x1b[31mb\x00\ufffe", 1]))["Plan"]
    assert page["B2"].value == 1


def test_a_workbook_has_its_sheets_in_order_with_headers_that_stay_and_filter() -> None:
    book = workbook_of(sheet(["한강", 1], title="요약"), sheet(title="공원별"))
    assert book.sheetnames == ["요약", "공원별"]
    page = book["요약"]
    assert [cell.value for cell in page[1]] == ["이름", "value"]
    assert (page.freeze_panes, page.auto_filter.ref) == ("A2", "A1:B2")
    assert book["공원별"].max_row == 1
