"""A plain list with the inventory's own names."""

from datetime import date
from pathlib import Path

import pytest

from inventory.importers import plain
from inventory.importing import Entry, Listing, ListingError
from inventory.importing.drafting import Drafter
from inventory.importing.remarks import noted
from inventory.importing.sites import Parks
from inventory.importing.taxonomy import load_taxonomy


def read(folder: Path, text: str) -> Listing:
    path = folder / "list.csv"
    path.write_text(text, encoding="utf-8")
    return plain.read(path, date(2026, 11, 28))


def test_all_columns(tmp_path: Path) -> None:
    listing = read(
        tmp_path,
        "number,site_name,site_kind,district,name,latitude,longitude,floor,installed,placement,"
        "port_bits_per_second,port_poe,cable,as_of\n"
        "L-1,Central Library,library,Old Town,Reading room,52.5,13.4,2,2019-05,indoor,"
        "1000000000,802.3af,cat5e,2026-05-31\n",
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
            port_bits_per_second="1000000000",
            port_poe="802.3af",
            cable="cat5e",
        )
    ]
    assert listing.as_of == date(2026, 5, 31)


def test_what_a_place_is_wired_with_comes_into_the_inventory_and_what_is_none_is_told(tmp_path: Path) -> None:
    listing = read(
        tmp_path,
        "number,site_name,district,latitude,longitude,port_bits_per_second,port_poe,cable\n"
        "L-1,Central Library,Old Town,52.5,13.4,1E+10,IEEE 802.3at,Cat 6A\n"
        "L-2,Central Library,Old Town,52.5,13.4,10 Gb/s,802.3bt,UTP\n"
        "L-3,Central Library,Old Town,52.5,13.4,,,\n",
    )
    drafter = Drafter(plain, Parks(()), load_taxonomy())
    drafts = [drafter.draft(row.values, date(2026, 5, 31)) for row in listing.rows]
    places = [draft.access_point for draft in drafts]
    assert [(place.port_bits_per_second, place.port_poe, place.cable) for place in places] == [
        (10**10, "802.3at", "cat6a"),
        (None, None, None),
        (None, None, None),
    ]
    assert [[remark for remark in draft.remarks if remark.kind == "noted"] for draft in drafts] == [
        [],
        [
            noted("'10 Gb/s' is no speed of a port in bits a second"),
            noted("'802.3bt' is no class of power over Ethernet"),
            noted("'UTP' is no kind of cable"),
        ],
        [],
    ]
    assert drafts[2].differences(drafts[0])[-3:] == [
        "port_bits_per_second: 10000000000 -> None",
        "port_poe: 802.3at -> None",
        "cable: cat6a -> None",
    ]


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
