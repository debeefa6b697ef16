"""Bytes of a list to rows: every encoding that lists have come in, and rows that cannot be read."""

import pytest

from inventory.importing import ListingError, RawRow, Refusal
from inventory.importing.texts import decoded, read_csv

TABLE = "관리번호,자치구,와이파이명\nWF1,마포구,망원시장\nWF2,중구,서울도서관\n"
ROWS = [
    RawRow(2, {"관리번호": "WF1", "자치구": "마포구", "와이파이명": "망원시장"}),
    RawRow(3, {"관리번호": "WF2", "자치구": "중구", "와이파이명": "서울도서관"}),
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_list_is_read_in_each_encoding(encoding: str, line_end: str) -> None:
    headers, rows, refused = read_csv(decoded(TABLE.replace("\n", line_end).encode(encoding)))
    assert headers == ["관리번호", "자치구", "와이파이명"]
    assert (rows, refused) == (ROWS, [])


@pytest.mark.parametrize("encoding", ["utf-8", "cp949"])
def test_bytes_that_are_no_text_cost_their_row_alone(encoding: str) -> None:
    lines = TABLE.encode(encoding).splitlines(keepends=True)
    _, rows, refused = read_csv(decoded(b"".join([*lines[:2], b"WF9,\xff\xff,x\n", *lines[2:]])))
    assert rows == [ROWS[0], RawRow(4, ROWS[1].values)]
    assert refused == [Refusal(3, "is not text of the list's encoding; save the list as UTF-8")]


def test_utf_8_in_one_row_of_cp949_costs_that_row() -> None:
    lines = TABLE.encode("cp949").splitlines(keepends=True)
    _, rows, refused = read_csv(decoded(b"".join([*lines, "WF3,강서구,방화".encode()])))
    assert [row.values["관리번호"] for row in rows] == ["WF1", "WF2"]
    assert [refusal.row for refusal in refused] == [4]


def test_utf_16_is_told() -> None:
    with pytest.raises(ListingError, match="UTF-16; save it as UTF-8"):
        decoded(TABLE.encode("utf-16"))


def test_a_row_of_wrong_length_is_refused() -> None:
    _, rows, refused = read_csv("a,b\n1,2\n1,2,3\n\n4\n5,6\n")
    assert [row.values for row in rows] == [{"a": "1", "b": "2"}, {"a": "5", "b": "6"}]
    remedy = "look for a comma without quotes around it"
    assert refused == [
        Refusal(3, f"has 3 columns, the header 2; {remedy}"),
        Refusal(5, f"has 1 columns, the header 2; {remedy}"),
    ]


def test_quotes_hold_commas_and_lines_and_a_column_without_header_is_left_out() -> None:
    _, rows, _ = read_csv('a,b,\n"1,\n1",\u20282,\n')
    assert rows == [RawRow(2, {"a": "1,\n1", "b": "\u20282"})]


@pytest.mark.parametrize(("text", "problem"), [("", "empty"), ("a,a\n", "same header")])
def test_a_list_without_a_header_of_its_own_is_told(text: str, problem: str) -> None:
    with pytest.raises(ListingError, match=problem):
        read_csv(text)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('a,b\n1,"x\n2,y\n3,z\n4,"w"\n5,q', 2),
        ('a,b\n"1,x\n2,"y"\n', 2),
        ('a,b\n1,x\n2,"y', 3),
        ('a,b\n1,x\n2,"y\n', 3),
        ('a,b\n"1\n1",x\n"2,y\n3,z\n', 4),
        ('a,"b\n1,x\n', 1),
        ('a,b\n1,"x"y\n', 2),
    ],
)
def test_a_quote_that_is_not_closed_takes_no_rows_with_it(text: str, line: int) -> None:
    with pytest.raises(ListingError, match=rf"in the row that begins on line {line}: .*a quote that is not closed"):
        read_csv(text)


@pytest.mark.parametrize(
    "header",
    [
        "관리기관전화번호",
        "연락처",
        "휴대폰",
        "담당자명",
        "이메일",
        "TEL",
        "telno",
        "site_tel",
        "Phone",
        "E-Mail",
        "contact_name",
    ],
)
def test_what_is_about_a_person_is_not_kept(header: str) -> None:
    headers, rows, _ = read_csv(f"number,{header},hotel,telecom\nWF1,02-1,x,KT\n")
    assert headers == ["number", header, "hotel", "telecom"]
    assert rows == [RawRow(2, {"number": "WF1", "hotel": "x", "telecom": "KT"})]
