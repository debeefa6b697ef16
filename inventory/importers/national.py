"""Imports the rows of Seoul from the national list of free Wi-Fi (data.go.kr), as published in 2016 and since 2020.

The list has no numbers. An id is made of what says where an access point is and whose: rows that agree in all of that
cannot be told apart, and are refused.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from inventory.districts import DISTRICTS
from inventory.importing.columns import Columns, normal_text
from inventory.importing.dates import newest_date
from inventory.importing.identifiers import with_digest
from inventory.importing.listing import Entry, Listing
from inventory.importing.positions import SEOUL
from inventory.importing.texts import decoded, read_bytes, read_csv

AREA = SEOUL

COLUMNS = Columns(
    {
        "place": ["설치장소명"],
        "detail": ["설치장소상세"],
        "province": ["설치시도명"],
        "district": ["설치시군구명"],
        "install_type": ["설치시설구분"],
        "provider": ["서비스제공사명"],
        "ssid": ["와이파이SSID"],
        "installed": ["설치년월", "설치연월"],
        "road_address": ["소재지도로명주소"],
        "lot_address": ["소재지지번주소"],
        "latitude": ["위도", "WGS84위도"],
        "longitude": ["경도", "WGS84경도"],
        "as_of": ["데이터기준일자"],
    }
)
_SEOUL = "서울"
_IDENTITY = ("district", "place", "detail", "provider", "ssid", "road_address", "lot_address")
_REQUIRED = ("province", *_IDENTITY)
"""Without one of them each id would be another one."""
_ENTRY = ("place", "district", "detail", "install_type", "latitude", "longitude", "installed")
_ENGLISH = {district.name_ko: district.name_en for district in DISTRICTS}


def read(path: Path, today: date) -> Listing:
    """The rows of Seoul. Raises ListingError."""
    headers, rows, refused = read_csv(decoded(read_bytes(path)))
    COLUMNS.require(headers, _REQUIRED)
    columns = COLUMNS.of(headers)
    of_seoul = [row for row in rows if normal_text(row.values[columns["province"]]).startswith(_SEOUL)]
    days = (row.values.get(columns.get("as_of", ""), "").strip() for row in of_seoul)
    return Listing(tuple(of_seoul), tuple(refused), newest_date(days, today=today))


def entry(values: Mapping[str, str]) -> Entry:
    """What a row of any year says."""
    said = COLUMNS.read(values)
    texts = {"place": "", "district": ""} | {name: said[name] for name in _ENTRY if name in said}
    identity = [" ".join(said.get(name, "").split()) for name in _IDENTITY]
    where = _ENGLISH.get(texts["district"], texts["district"])
    return Entry(id=with_digest(f"national {where} {texts['place']}", *identity), **texts)
