"""What everybody may know of the programme: how far it has come at each site. Pure.

Every column is named here, one by one, and there is none that tells of a single device: which models hang where, and
which of them get no more security updates, would be a list for whoever means harm.
"""

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import NamedTuple

from collector.legacy.programme import ProgrammeRow
from collector.replacement.files.programme import Programme, day_of
from collector.replacement.files.sheets import Cell, Sheet
from collector.replacement.files.words import Words
from inventory.models import Inventory, Site


class _OfSite(NamedTuple):
    site: Site
    counts: ProgrammeRow
    on: date
    judged_on: date | None


def open_data_sheet(programme: Programme, inventory: Inventory, words: Words) -> Sheet:
    """A row for each site that has access points, in order of the inventory."""
    judged_on = None if programme.run is None else day_of(programme.run.assessed_at)
    rows = (_OfSite(inventory.sites[row.name], row, programme.on, judged_on) for row in programme.report.by_site)
    return Sheet(
        title=words("sheet", "open_data"),
        header=[words("column", name) for name in _COLUMNS],
        rows=([cell(row, words) for cell in _COLUMNS.values()] for row in rows),
    )


_COLUMNS: Mapping[str, Callable[[_OfSite, Words], Cell]] = MappingProxyType(
    {
        "site_ko": lambda row, _: row.site.name_ko,
        "site_en": lambda row, _: row.site.name_en,
        "district": lambda row, words: words.district(row.site.district),
        "kind": lambda row, words: words("kind", row.site.kind),
        "access_points": lambda row, _: row.counts.access_points,
        "replaced": lambda row, _: row.counts.replaced,
        "measured": lambda row, _: row.counts.verified,
        "not_measured": lambda row, _: row.counts.replaced - row.counts.verified,
        "planned": lambda row, _: None if row.judged_on is None else row.counts.pending,
        "judged_on": lambda row, _: row.judged_on,
        "date": lambda row, _: row.on,
    }
)
"""A column's name among the words, and what stands in it."""
