"""A small list in the form of Seoul's, and what an import of it would do."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from inventory.importers import seoul
from inventory.importing import Listing, RawRow
from inventory.importing.clashes import Neighbours
from inventory.importing.drafting import Draft, Drafter
from inventory.importing.generating import generated_rows
from inventory.importing.kept import Kept
from inventory.importing.planning import Plan, plan_import
from inventory.importing.sites import Parks
from inventory.importing.taxonomy import load_taxonomy
from inventory.importing.writing import digests, write_import
from inventory.reading import load_parks

MAY, JUNE = date(2024, 5, 31), date(2024, 6, 30)
NOBODY = Neighbours()
DRAFTER = Drafter(seoul, Parks(load_parks()), load_taxonomy())


def row(number: str, **others: str) -> dict[str, str]:
    """A row that lacks nothing, as the API has it."""
    return {
        "X_SWIFI_MGR_NO": number,
        "X_SWIFI_WRDOFC": "마포구",
        "X_SWIFI_MAIN_NM": "마포도서관",
        "X_SWIFI_ADRES2": "2층 열람실",
        "X_SWIFI_INSTL_FLOOR": "2",
        "X_SWIFI_INSTL_TY": "4. 문화체육관광",
        "X_SWIFI_CNSTC_YEAR": "2020",
        "X_SWIFI_INOUT_DOOR": "실내",
        "LAT": "37.56",
        "LNT": "126.91",
    } | others


def listing(*rows: Mapping[str, str], lacks: str | None = None) -> Listing:
    """A list of these rows, which stand in it from 1."""
    return Listing(tuple(RawRow(number, values) for number, values in enumerate(rows, start=1)), lacks=lacks)


def plan(
    *rows: Mapping[str, str], kept: Kept | None = None, as_of: date = MAY, neighbours: Neighbours = NOBODY
) -> Plan:
    """What an import of these rows would do."""
    return plan_import(listing(*rows), kept or Kept("seoul"), neighbours, drafter=DRAFTER, as_of=as_of)


def write(folder: Path, planned: Plan, neighbours: Neighbours = NOBODY) -> None:
    """Write what was planned."""
    before = digests(folder, planned.kept.kind)
    write_import(folder, planned, generated_rows(planned.drafts, neighbours), before=before)


def draft(number: str = "WF1", **others: str) -> Draft:
    """What the inventory would say of a row."""
    return DRAFTER.draft(row(number, **others), MAY)
