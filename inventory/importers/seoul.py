"""Imports Seoul's list of public Wi-Fi: its CSV files of all years, and the answers of the TbPublicWifiInfo API."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from inventory.importing.columns import Columns
from inventory.importing.dates import newest_date
from inventory.importing.identifiers import identifier, normal_number
from inventory.importing.listing import Entry, Listing, ListingError, RawRow, Refusal
from inventory.importing.positions import SEOUL
from inventory.importing.texts import decoded, is_of_a_person, is_text, read_bytes, read_csv

AREA = SEOUL

COLUMNS = Columns(
    {
        "number": ["X_SWIFI_MGR_NO", "관리번호"],
        "district": ["X_SWIFI_WRDOFC", "자치구", "구명", "자치구명"],
        "place": ["X_SWIFI_MAIN_NM", "와이파이명", "지역명", "설치장소명"],
        "detail": ["X_SWIFI_ADRES2", "상세주소"],
        "floor": ["X_SWIFI_INSTL_FLOOR", "설치위치(층)", "설치위치"],
        "install_type": ["X_SWIFI_INSTL_TY", "설치유형", "유형"],
        "installed": ["X_SWIFI_CNSTC_YEAR", "설치년도", "설치연도"],
        "placement": ["X_SWIFI_INOUT_DOOR", "실내외구분"],
        "latitude": ["LAT", "Y좌표", "위도", "설치위치(Y좌표)"],
        "longitude": ["LNT", "LOT", "X좌표", "경도", "설치위치(X좌표)"],
        "worked_at": ["WORK_DTTM", "작업일자", "작업일시"],
    }
)
_REQUIRED = ("number", "district", "place")
_SERVICE = "TbPublicWifiInfo"
_SUCCESS = "INFO-000"


def read(path: Path, today: date) -> Listing:
    """A CSV file, the API's answer, or a list of its rows. Raises ListingError, also for an answer that is an error."""
    text = decoded(read_bytes(path))
    if text.lstrip()[:1] in {"{", "["}:
        rows, refused, lacks = _read_json(text)
    else:
        headers, rows, refused = read_csv(text)
        COLUMNS.require(headers, _REQUIRED)
        lacks = None
    return Listing(tuple(rows), tuple(refused), _as_of(rows, today), lacks)


def entry(values: Mapping[str, str]) -> Entry:
    """What a row of any year says."""
    said = COLUMNS.read(values)
    said.pop("worked_at", None)
    number = said.get("number", "")
    texts = {"place": "", "district": ""} | said
    return Entry(id=identifier(normal_number(number)), **texts)


def _as_of(rows: list[RawRow], today: date) -> date | None:
    return newest_date((COLUMNS.read(row.values).get("worked_at", "") for row in rows), today=today)


def _read_json(text: str) -> tuple[list[RawRow], list[Refusal], str | None]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ListingError(f"the list is not JSON: {error}") from error
    found, total = _rows_of(document)
    rows: list[RawRow] = []
    refused: list[Refusal] = []
    for number, row in enumerate(found, start=1):
        if not isinstance(row, dict) or any(isinstance(value, list | dict) for value in row.values()):
            refused.append(Refusal(number, "is no row; a row is an object with the names of the columns"))
            continue
        kept = {str(name): value for name, value in row.items() if not is_of_a_person(str(name))}
        values = {name: "" if value is None else str(value) for name, value in kept.items()}
        if is_text([*values, *values.values()]):
            rows.append(RawRow(number, values))
        else:
            refused.append(Refusal(number, "is not text of the list's encoding; save the list as UTF-8"))
    _require(rows)
    return rows, refused, _lacking(len(found), total)


def _require(rows: list[RawRow]) -> None:
    """As of a CSV file's header. Where some rows have the columns, the others are refused one by one."""
    if rows and not any(COLUMNS.of(row.values).keys() >= set(_REQUIRED) for row in rows):
        COLUMNS.require(rows[0].values, _REQUIRED)


def _lacking(rows: int, total: int | None) -> str | None:
    if total is None or rows >= total:
        return None
    return f"the answer has {rows} of {total} rows; join the rows of all its pages into one list"


def _rows_of(document: Any) -> tuple[list[Any], int | None]:
    """The rows of a bare list, or of the API's envelope with how many it says there are."""
    if isinstance(document, list):
        return document, None
    body = document.get(_SERVICE, document)
    result = body.get("RESULT") if isinstance(body, dict) else None
    if isinstance(result, dict) and result.get("CODE") != _SUCCESS:
        raise ListingError(f"the API has answered {result.get('CODE')}: {result.get('MESSAGE')}; ask it again")
    rows = body.get("row") if isinstance(body, dict) else None
    if not isinstance(rows, list):
        raise ListingError(f"the JSON is no answer of {_SERVICE}: it has no list of rows")
    total = body.get("list_total_count")
    return rows, total if isinstance(total, int) else None
