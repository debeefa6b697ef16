"""Imports a plain CSV file whose headers are the names that the inventory itself uses: for a city with its own list."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from inventory.importing.columns import Columns
from inventory.importing.dates import newest_date
from inventory.importing.identifiers import identifier, normal_number
from inventory.importing.listing import Entry, Listing, ListingError
from inventory.importing.texts import decoded, read_bytes, read_csv

AREA = None

HEADERS: Mapping[str, str] = {
    "number": "number",
    "site_name": "place",
    "site_kind": "site_kind",
    "district": "district",
    "name": "detail",
    "latitude": "latitude",
    "longitude": "longitude",
    "floor": "floor",
    "installed": "installed",
    "placement": "placement",
    "port_bits_per_second": "port_bits_per_second",
    "port_poe": "port_poe",
    "cable": "cable",
    "as_of": "as_of",
}
"""The headers, each with what it is called in an `Entry`; `as_of` is the day of which the row is."""
REQUIRED = ("number", "site_name", "district")

COLUMNS = Columns({meaning: [header] for header, meaning in HEADERS.items()})
_BY_HEADER = Columns({header: [header] for header in HEADERS})


def read(path: Path, today: date) -> Listing:
    """All rows. Raises ListingError; a header that is not known is a mistake."""
    headers, rows, refused = read_csv(decoded(read_bytes(path)))
    unknown = sorted(set(headers) - set(COLUMNS.of(headers).values()) - {""})
    if unknown:
        raise ListingError(f"unknown column {', '.join(unknown)}; the columns are {', '.join(HEADERS)}")
    _BY_HEADER.require(headers, REQUIRED)
    days = (COLUMNS.read(row.values).get("as_of", "") for row in rows)
    return Listing(tuple(rows), tuple(refused), newest_date(days, today=today))


def entry(values: Mapping[str, str]) -> Entry:
    """What a row says."""
    said = {name: value for name, value in COLUMNS.read(values).items() if name != "as_of"}
    return Entry(id=identifier(normal_number(said.get("number", ""))), **{"place": "", "district": ""} | said)
