"""What an import would change, worked out before anything is written. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from inventory.importing.clashes import Neighbours, clashes
from inventory.importing.drafting import Draft, Drafter, NotTakenError
from inventory.importing.kept import Kept, KeptRow
from inventory.importing.listing import Listing, RawRow, Refusal
from inventory.importing.remarks import Remark

FEWER_AT_MOST_RATIO = 0.05
"""A list that has lost more of its rows than this is more often cut than true."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A row that is taken: where it stands in the list, as it came, and what the inventory says of it."""

    row: int
    raw: Mapping[str, str]
    draft: Draft


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import does. `seen` are the rows that are taken, `unseen` those kept that this list lacks, by id.

    `changed` has, for each id whose row says something else now, what; a row that merely reads otherwise is not there.
    """

    as_of: date
    seen: Mapping[str, Seen]
    new: tuple[str, ...]
    changed: Mapping[str, list[str]]
    unseen: Mapping[str, Draft]
    refused: tuple[Refusal, ...]
    objections: tuple[str, ...]
    kept: Kept

    @property
    def drafts(self) -> dict[str, Draft]:
        """All access points that are there after the import, by id."""
        return {**self.unseen, **{id_: seen.draft for id_, seen in self.seen.items()}}

    def remarks(self) -> Iterable[tuple[Seen, Remark]]:
        """What there is to say of the rows that are taken, in their order."""
        for seen in self.seen.values():
            for remark in seen.draft.remarks:
                yield seen, remark


def plan_import(listing: Listing, kept: Kept, neighbours: Neighbours, *, drafter: Drafter, as_of: date) -> Plan:
    """Hold a list against what is kept of earlier ones, and against the other files of the inventory."""
    earlier, lost = _drafts_of_kept(kept, drafter)
    drafted, refused = _drafted(listing.rows, drafter, earlier, as_of)
    drafted = [_newest(one, kept, earlier, as_of) for one in drafted]
    refused += clashes([(seen.row, seen.draft) for seen in drafted], earlier, neighbours)
    refused_rows = {refusal.row for refusal in refused}
    seen = {one.draft.access_point.id: one for one in drafted if one.row not in refused_rows}
    changed = {
        id_: differences
        for id_, one in seen.items()
        if id_ in earlier and (differences := one.draft.differences(earlier[id_]))
    }
    unseen = {id_: draft for id_, draft in earlier.items() if id_ not in seen}
    in_order = sorted([*listing.refused, *refused], key=lambda refusal: refusal.row or 0)
    return Plan(
        as_of=as_of,
        seen=seen,
        new=tuple(id_ for id_ in seen if id_ not in kept.rows),
        changed=changed,
        unseen=unseen,
        refused=(*(refusal for id_, refusal in lost.items() if id_ not in seen), *in_order),
        objections=(
            *_objections(listing, kept, as_of, len(seen)),
            *_lost_columns(listing, kept, drafter),
            *_strangers(unseen.values(), neighbours),
        ),
        kept=_kept_after(kept, seen, as_of),
    )


def _drafts_of_kept(kept: Kept, drafter: Drafter) -> tuple[dict[str, Draft], dict[str, Refusal]]:
    drafts, lost = {}, {}
    for row in kept.rows.values():
        try:
            drafts[row.id] = drafter.draft(row.raw, row.last_seen, row.position)
        except NotTakenError as error:
            lost[row.id] = Refusal(None, f"{row.id}, kept from {row.last_seen}, {error}")
    return drafts, lost


def _drafted(
    rows: Iterable[RawRow], drafter: Drafter, earlier: Mapping[str, Draft], as_of: date
) -> tuple[list[Seen], list[Refusal]]:
    drafted, refused = [], []
    for row in rows:
        try:
            draft = drafter.draft(row.values, as_of)
            before = earlier.get(draft.access_point.id)
            if draft.position is None and before is not None and before.position is not None:
                draft = drafter.draft(row.values, as_of, before.position)
        except NotTakenError as error:
            refused.append(Refusal(row.row, str(error)))
        else:
            drafted.append(Seen(row.row, row.values, draft))
    return drafted, refused


def _newest(one: Seen, kept: Kept, earlier: Mapping[str, Draft], as_of: date) -> Seen:
    """The row, or the kept one where that is of a newer list."""
    id_ = one.draft.access_point.id
    if id_ in earlier and kept.rows[id_].last_seen > as_of:
        return Seen(one.row, kept.rows[id_].raw, earlier[id_])
    return one


def _objections(listing: Listing, kept: Kept, as_of: date, rows_taken: int) -> Iterable[str]:
    """Why the list as a whole looks wrong."""
    if listing.lacks is not None:
        yield listing.lacks
    if kept.as_of is not None and as_of < kept.as_of:
        yield f"the list is of {as_of}, and one of {kept.as_of} was imported already"
    if rows_taken < kept.rows_taken * (1 - FEWER_AT_MOST_RATIO):
        yield f"the last list had {kept.rows_taken} rows that were taken, and this one has {rows_taken}: it may be cut"


def _lost_columns(listing: Listing, kept: Kept, drafter: Drafter) -> Iterable[str]:
    """A header that is spelled in a new way would take what it says from every row."""
    newest = [row.raw for row in kept.rows.values() if row.last_seen == kept.as_of]
    before, now = (_meanings(rows, drafter) for rows in (newest, [row.values for row in listing.rows]))
    if listing.rows and before - now:
        lost = " and ".join(sorted(before - now))
        yield f"the last list had a column for {lost}, and in this one none is known: is it called otherwise?"


def _meanings(rows: Iterable[Mapping[str, str]], drafter: Drafter) -> set[str]:
    return {meaning for headers in {tuple(row) for row in rows} for meaning in drafter.meanings(headers)}


def _strangers(unseen: Iterable[Draft], neighbours: Neighbours) -> Iterable[str]:
    """Kept access points of a site whose id another file has given to a site of another name."""
    for id_, identity in sorted({(one.site.id, one.site.identity) for one in unseen if not one.site.is_built_in}):
        other = neighbours.sites.get(id_, identity)
        if other != identity:
            was, is_ = (f"{name!r} in {district}" for district, name in (identity, other))
            yield f"kept access points hang at {was}, the site {id_}; another file gives its id to {is_}: rename that"


def _kept_after(kept: Kept, seen: Mapping[str, Seen], as_of: date) -> Kept:
    rows = dict(kept.rows)
    for id_, one in seen.items():
        earlier = kept.rows.get(id_)
        first = min(earlier.first_seen, as_of) if earlier else as_of
        last = max(earlier.last_seen, as_of) if earlier else as_of
        position = one.draft.position if one.draft.has_earlier_position else None
        rows[id_] = KeptRow(id_, first, last, one.raw, position)
    if kept.as_of is not None and as_of < kept.as_of:
        newest, taken = kept.as_of, kept.rows_taken
    else:
        newest, taken = as_of, len(seen)
    return Kept(kept.kind, newest, taken, kept.sha256, kept.replaces, dict(sorted(rows.items())))
