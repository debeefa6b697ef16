"""Imports a plain CSV file whose headers are the names that the inventory itself uses: for a city with its own list."""

from collections.abc import Mapping
from pathlib import Path

from inventory.importing.columns import Columns
from inventory.importing.dates import newest_date
from inventory.importing.identifiers import identifier, normal_number
from inventory.importing.listing import Entry, Listing, ListingError
from inventory.importing.texts import decoded, read_bytes, read_csv

AREA = None

COLUMNS: Mapping[str, str] = {
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
    "as_of": "as_of",
}
"""The headers, each with what it is called in an `Entry`; `as_of` is the day of which the row is."""
REQUIRED = ("number", "site_name", "district")

_COLUMNS = Columns({name: [name] for name in COLUMNS})


def read(path: Path) -> Listing:
    """All rows. Raises ListingError; a header that is not known is a mistake."""
    headers, rows, refused = read_csv(decoded(read_bytes(path)))
    unknown = sorted(set(headers) - set(_COLUMNS.of(headers).values()) - {""})
    if unknown:
        raise ListingError(f"unknown column {', '.join(unknown)}; the columns are {', '.join(COLUMNS)}")
    _COLUMNS.require(headers, REQUIRED)
    as_of = newest_date(_COLUMNS.read(row.values).get("as_of", "") for row in rows)
    return Listing(tuple(rows), tuple(refused), as_of)


def entry(values: Mapping[str, str]) -> Entry:
    """What a row says."""
    said = {COLUMNS[name]: value for name, value in _COLUMNS.read(values).items() if name != "as_of"}
    return Entry(id=identifier(normal_number(said.get("number", ""))), **{"place": "", "district": ""} | said)
