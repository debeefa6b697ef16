"""What the newest readings say of each radio, and what must be remembered of it: that it was there, and when it last
worked. Pure; a part of `looking`.

A device may leave a radio out of its report: it stays among the device's radios then, until it has been left out for
`WATCHED_FOR`. A name that is new to a device, or another serial, says that it was set up anew or is another, and what
its radios were called before is forgotten.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from collector.alerts.judging.snapshot import Layout, Radios
from collector.alerts.judging.verdicts import Flags, Floats
from collector.alerts.looking.places import Indexes
from collector.readings import Reading
from collector.vital_signs import RADIO, Figures, Unpacked, empty, is_in_use, numbered

WATCHED_FOR = timedelta(days=7)
Names = tuple[str, ...]
T = TypeVar("T", bound=np.generic)


class RadioColumns:
    """A row a radio, of all that are known, in the layout's order."""

    def __init__(self, layout: Layout) -> None:
        count = len(layout.ids)
        self._layout = layout
        self._names: list[Names] = [()] * count
        self._serials: list[str | None] = [None] * count
        self._recalled: set[int] = set()
        self._counts: Indexes = np.zeros(count, dtype=np.int64)
        self._first: Indexes = np.zeros(count, dtype=np.int64)
        self._figures: Figures = empty(RADIO, 0)
        self._is_reported: Flags = np.zeros(0, dtype=bool)
        self._worked_at: Floats = np.zeros(0)
        self._used_at: Floats = np.zeros(0)

    def columns(self) -> Radios:
        """As rules see them."""
        return Radios(
            self._layout,
            tuple(self._names),
            self._figures.copy(),
            is_reported=self._is_reported.copy(),
            worked_at_seconds=self._worked_at.copy(),
            used_at_seconds=self._used_at.copy(),
        )

    def recall(self, place: int, radio: str, worked_at_seconds: float) -> None:
        """There was such a radio before the collector started, and it worked last at that time."""
        if radio not in self._names[place]:
            self._rename({place: (*self._names[place], radio)}, forget=frozenset())
            self._recalled.add(place)
        self._worked_at[self._first[place] + self._names[place].index(radio)] = worked_at_seconds

    def take(self, rows: Indexes, readings: Sequence[Reading], unpacked: Unpacked) -> None:
        """Readings that are the newest of these rows now, with what has been unpacked of their signs."""
        renamed: dict[int, Names] = {}
        forget: set[int] = set()
        unusual: list[int] = []
        for position, (row, reading) in enumerate(zip(rows.tolist(), readings, strict=True)):
            reported, known, serial = reading.signs.radios, self._names[row], self._serials[row]
            is_another = reading.serial != serial and serial is not None and reading.serial is not None
            if reading.serial is not None:
                self._serials[row] = reading.serial
            if reported is known and not is_another:  # as nearly always
                continue
            told = reported if len(set(reported)) == len(reported) else tuple(dict.fromkeys(reported))
            names = told if is_another or not known else self._known_now(row, told, reading.observed_at.timestamp())
            if is_another:
                forget.add(row)
            if names != known:
                renamed[row] = names
            if names != reported:
                unusual.append(position)
        if renamed or forget:
            self._rename(renamed, forget=forget)
        self._write(rows, unpacked, {position: readings[position].signs.radios for position in unusual})
        self._note_work(rows, np.array([reading.observed_at.timestamp() for reading in readings]))

    def begin_anew(self, places: Indexes, observed_at_seconds: Floats) -> None:
        """These have come back. In the time that they were away their radios can have shown nothing, and what was known
        to work is taken to have worked until now."""
        at, told_at = self._rows_of(places), np.repeat(observed_at_seconds, self._counts[places])
        for memory in (self._worked_at, self._used_at):
            memory[at] = np.where(np.isnan(memory[at]), np.nan, told_at)

    def _known_now(self, row: int, reported: Names, observed_at_seconds: float) -> Names:
        """The names of a device's radios, of which it tells of some now."""
        known = self._names[row]
        if row in self._recalled and reported:
            self._recalled.discard(row)
            return (*reported, *(name for name in known if name not in reported))
        if not set(reported) <= set(known):
            return reported
        first, oldest = int(self._first[row]), observed_at_seconds - WATCHED_FOR.total_seconds()
        kept = tuple(
            name
            for at, name in enumerate(known, first)
            if name in reported or not reported or self._worked_at[at] >= oldest
        )
        return known if len(kept) == len(known) else kept

    def _rename(self, renamed: Mapping[int, Names], *, forget: set[int] | frozenset[int]) -> None:
        """Lay the rows out anew; a radio of the same name at the same place takes its row's memory along, but where the
        device is another."""
        counts = self._counts.copy()
        for row, names in renamed.items():
            counts[row] = len(names)
        first = np.cumsum(counts) - counts
        moved = np.zeros(len(counts), dtype=bool)
        moved[[*renamed, *forget]] = True
        came_from = np.full(int(counts.sum()), -1, dtype=np.int64)
        staying = np.flatnonzero(~moved)
        came_from[_spread(first, counts, staying)] = self._rows_of(staying)
        for row, names in renamed.items():
            if row not in forget:
                known = self._names[row]
                for at, name in enumerate(names, int(first[row])):
                    came_from[at] = self._first[row] + known.index(name) if name in known else -1
            self._names[row] = names
        self._counts, self._first = counts, first
        is_known = came_from >= 0
        self._figures = _moved(self._figures, came_from, is_known, empty(RADIO, len(came_from)))
        self._worked_at = _moved(self._worked_at, came_from, is_known, np.full(len(came_from), np.nan))
        self._used_at = _moved(self._used_at, came_from, is_known, np.full(len(came_from), np.nan))
        self._is_reported = _moved(self._is_reported, came_from, is_known, np.zeros(len(came_from), dtype=bool))

    def _write(self, rows: Indexes, unpacked: Unpacked, unusual: Mapping[int, Names]) -> None:
        """Put figures where they belong. `unusual` are those of whose radios some are left out or in another order."""
        at = self._first[np.repeat(rows, unpacked.counts)] + numbered(unpacked.counts)
        starts = np.cumsum(unpacked.counts) - unpacked.counts
        for position, reported in unusual.items():
            row = int(rows[position])
            for offset, name in enumerate(reported, int(starts[position])):
                at[offset] = self._first[row] + self._names[row].index(name)
        all_of_them = self._rows_of(rows)
        self._figures[all_of_them] = empty(RADIO, len(all_of_them))
        self._is_reported[all_of_them] = False
        self._figures[at] = unpacked.radios
        self._is_reported[at] = True

    def _note_work(self, rows: Indexes, observed_at_seconds: Floats) -> None:
        at, told_at = self._rows_of(rows), np.repeat(observed_at_seconds, self._counts[rows])
        figures = self._figures[at]
        is_used = is_in_use(figures) & (figures["is_up"] != 0)
        self._used_at[at] = np.where(is_used, told_at, self._used_at[at])
        self._worked_at[at] = np.where(is_used | (figures["is_up"] == 1), told_at, self._worked_at[at])

    def _rows_of(self, places: Indexes) -> Indexes:
        return _spread(self._first, self._counts, places)


def _spread(first: Indexes, counts: Indexes, places: Indexes) -> Indexes:
    """The rows of all radios of these places."""
    return np.repeat(first[places], counts[places]) + numbered(counts[places])


def _moved(column: NDArray[T], came_from: Indexes, is_known: Flags, into: NDArray[T]) -> NDArray[T]:
    into[is_known] = column[came_from[is_known]]
    return into
