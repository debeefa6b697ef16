"""A plain list with the inventory's own names."""

from datetime import date
from pathlib import Path

import pytest

from inventory.importers import plain
from inventory.importing import Entry, Listing, ListingError


def read(folder: Path, text: str) -> Listing:
    path = folder / "list.csv"
    path.write_text(text, encoding="utf-8")
    return plain.read(path, date(2026, 11, 28))


def test_all_columns(tmp_path: Path) -> None:
    listing = read(
        tmp_path,
        "number,site_name,site_kind,district,name,latitude,longitude,floor,installed,placement,as_of\n"
        "L-1,Central Library,library,Old Town,Reading room,52.5,13.4,2,2019-05,indoor,2026-05-31\n",
    )
    assert [plain.entry(row.values) for row in listing.rows] == [
        Entry(
            id="l-1",
            number="L-1",
            place="Central Library",
            district="Old Town",
            detail="Reading room",
            latitude="52.5",
            longitude="13.4",
            floor="2",
            installed="2019-05",
            placement="indoor",
            site_kind="library",
        )
    ]
    assert listing.as_of == date(2026, 5, 31)


def test_the_columns_that_are_needed(tmp_path: Path) -> None:
    listing = read(tmp_path, "district,site_name,number\nOld Town,Central Library,L-1\n")
    assert plain.entry(listing.rows[0].values) == Entry(
        id="l-1", number="L-1", place="Central Library", district="Old Town"
    )
    assert listing.as_of is None


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        ("number,site_name", "no column is known for district"),
        ("number,site_name,district,colour", "unknown column colour; the columns are number, site_name, site_kind"),
    ],
)
def test_a_header_that_is_none_of_ours_is_told(tmp_path: Path, header: str, problem: str) -> None:
    with pytest.raises(ListingError, match=problem):
        read(tmp_path, header + "\n")
