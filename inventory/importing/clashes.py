"""Rows that would come to one id with others: never merged, each refused with where the other is.

Pure, but that `Neighbours.of` looks which files an import has written.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from inventory.importing.drafting import Draft
from inventory.importing.kept import is_generated
from inventory.importing.listing import Refusal
from inventory.importing.sites import normal_name
from inventory.tables import Tables

Identity = tuple[str, str]
"""District and normal name of a site."""
_TOLD_AT_MOST = 5


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What the other files of the inventory have, by id: access points with their file, sites with what they are.

    `by_hand` has the site of each access point that stands in a file which no import has written.
    """

    access_points: Mapping[str, str] = field(default_factory=dict)
    sites: Mapping[str, Identity] = field(default_factory=dict)
    by_hand: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, tables: Tables) -> "Neighbours":
        """Of the rows of these files."""
        rows = tables.access_points.rows
        generated = {file for file in {row.file for row in rows} if is_generated(file)}
        return cls(
            {row.item.id: row.file.name for row in rows},
            {row.item.id: (row.item.district, normal_name(row.item.name_ko)) for row in tables.sites.rows},
            {row.item.id: row.item.site for row in rows if row.file not in generated},
        )

    def have_by_hand(self, draft: Draft) -> bool:
        """Whether somebody has written this access point down, at this site: it is left to them, with all its keys."""
        return self.by_hand.get(draft.access_point.id) == draft.site.id


def clashes(
    drafted: Sequence[tuple[int, Draft]], earlier: Mapping[str, Draft], neighbours: Neighbours
) -> Iterator[Refusal]:
    """The rows that are to be refused, each once. `earlier` are the drafts that are kept, by id."""
    refused = {refusal.row: refusal for refusal in (*_in_other_files(drafted, neighbours), *_same_number(drafted))}
    yield from refused.values()
    left = [(row, draft) for row, draft in drafted if row not in refused]
    yield from _same_site_id(left, _not_renamed(earlier, left), neighbours)


def _same_number(drafted: Sequence[tuple[int, Draft]]) -> Iterator[Refusal]:
    rows: dict[str, list[int]] = {}
    for row, draft in drafted:
        rows.setdefault(draft.access_point.id, []).append(row)
    for row, draft in drafted:
        others = [other for other in rows[draft.access_point.id] if other != row]
        if others:
            problem = f"comes to the id {draft.access_point.id}, as {_listed(others)}; tell them apart in the list"
            yield Refusal(row, problem)


def _in_other_files(drafted: Sequence[tuple[int, Draft]], neighbours: Neighbours) -> Iterator[Refusal]:
    for row, draft in drafted:
        file = neighbours.access_points.get(draft.access_point.id)
        if file is not None and not neighbours.have_by_hand(draft):
            yield Refusal(row, f"the access point {draft.access_point.id} stands in {file} already; remove it there")


def _not_renamed(earlier: Mapping[str, Draft], drafted: Sequence[tuple[int, Draft]]) -> Iterator[Draft]:
    """The kept drafts without those of rows that name their place otherwise now."""
    now = {draft.access_point.id: draft.site.identity for _, draft in drafted}
    return (draft for id_, draft in earlier.items() if now.get(id_, draft.site.identity) == draft.site.identity)


def _same_site_id(
    drafted: Sequence[tuple[int, Draft]], earlier: Iterable[Draft], neighbours: Neighbours
) -> Iterator[Refusal]:
    """Sites of different names that come to one id. One that another file has by the same name is no clash."""
    owners = dict(neighbours.sites)
    for draft in earlier:
        owners.setdefault(draft.site.id, draft.site.identity)
    found: dict[str, set[Identity]] = {}
    for _, draft in drafted:
        found.setdefault(draft.site.id, set()).add(draft.site.identity)
    for row, draft in drafted:
        site = draft.site
        names = found[site.id] | ({owners[site.id]} if site.id in owners else set())
        if len(names) > 1 and site.identity != owners.get(site.id) and not site.is_built_in:
            others = ", ".join(sorted(f"{name!r} in {district}" for district, name in names - {site.identity}))
            yield Refusal(row, f"its site {site.name!r} comes to the id {site.id}, as does {others}; rename one")


def _listed(rows: Sequence[int]) -> str:
    told = ", ".join(map(str, rows[:_TOLD_AT_MOST]))
    more = f" and {len(rows) - _TOLD_AT_MOST} more" if len(rows) > _TOLD_AT_MOST else ""
    return f"{'row' if len(rows) == 1 else 'rows'} {told}{more}"
