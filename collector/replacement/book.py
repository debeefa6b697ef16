"""The newest judgement of the city, to be read: for pages, files, API and commands. Blocks; is called in threads."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine

from collector.legacy.documents import AssessmentTold, Standing, VerificationTold
from collector.state.assessments import Row, Run, documents_of, newest_run, rows_of, verification_documents
from inventory.models import AccessPoint, Inventory, Site, SiteKind


@dataclass(frozen=True, slots=True)
class Selection:
    """Which places are asked for; None does not matter. `text` is looked for in ids and names, whatever its case."""

    standing: Standing | None = None
    site: str | None = None
    district: str | None = None
    kind: SiteKind | None = None
    text: str | None = None

    def takes(self, row: Row, place: AccessPoint, site: Site) -> bool:
        """Whether a place is one of them."""
        if self.standing is not None and row.standing != self.standing:
            return False
        if (self.site or site.id) != site.id or (self.district or site.district) != site.district:
            return False
        if self.kind is not None and site.kind is not self.kind:
            return False
        if self.text is None:
            return True
        names = (place.id, place.name, site.id, site.name_ko, site.name_en)
        return any(self.text.casefold() in name.casefold() for name in names if name is not None)


@dataclass(frozen=True, slots=True)
class Entry:
    """One place of the judgement: where it is, its rank from 1 if it is on the list, and all that is judged of it."""

    place: AccessPoint
    site: Site
    rank: int | None
    told: AssessmentTold


@dataclass(frozen=True, slots=True)
class Listing:
    """Places of a run, the ranked ones first: so many as were asked for of the `total` that were selected. `counts` are
    of the whole run by standing."""

    run: Run
    counts: Mapping[Standing, int]
    total: int
    entries: tuple[Entry, ...]


class Book:
    """Reads what was judged. A place that has left the inventory since then is left out."""

    def __init__(self, state: Engine, inventory: Inventory) -> None:
        self._state = state
        self._inventory = inventory
        self._rows: tuple[Run, list[Row]] | None = None

    def listing(
        self, selection: Selection = Selection(), *, offset: int = 0, limit: int | None = None
    ) -> Listing | None:
        """What was selected; None before anything was judged."""
        run = newest_run(self._state)
        if run is None:
            return None
        rows = self._rows_of(run)
        selected = [row for row in rows if selection.takes(row, *self._place(row))]
        shown = selected[offset:] if limit is None else selected[offset : offset + limit]
        counts = dict.fromkeys(Standing, 0)
        for row in rows:
            counts[Standing(row.standing)] += 1
        return Listing(run, counts, len(selected), tuple(self._entries(run, shown)))

    def entry(self, access_point: str) -> tuple[Run, Entry] | None:
        """One place; None where nothing was judged of it."""
        run = newest_run(self._state)
        row = (
            None if run is None else next((row for row in self._rows_of(run) if row.access_point == access_point), None)
        )
        if run is None or row is None:
            return None
        return run, next(self._entries(run, [row]))

    def rows(self) -> Sequence[Row]:
        """All places of the newest run with their standing, the ranked ones first; none before anything was judged."""
        run = newest_run(self._state)
        return () if run is None else self._rows_of(run)

    def verifications(self) -> list[VerificationTold]:
        """The acceptances that are kept, the newest first."""
        return [VerificationTold.model_validate_json(document) for document in verification_documents(self._state)]

    def _rows_of(self, run: Run) -> list[Row]:
        """Kept until another run shows: a city's take a while to read."""
        kept = self._rows
        if kept is None or kept[0] != run:
            known = self._inventory.access_points
            kept = self._rows = run, [row for row in rows_of(self._state, run) if row.access_point in known]
        return kept[1]

    def _place(self, row: Row) -> tuple[AccessPoint, Site]:
        place = self._inventory.access_points[row.access_point]
        return place, self._inventory.sites[place.site]

    def _entries(self, run: Run, rows: Sequence[Row]) -> Iterator[Entry]:
        documents = documents_of(self._state, run, [row.access_point for row in rows])
        for row in rows:
            yield Entry(*self._place(row), row.rank, AssessmentTold.model_validate_json(documents[row.access_point]))
