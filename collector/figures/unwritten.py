"""Figures that wait to be written, as while the engine is away: of each source the newest. Pure, for `writing`."""

from collections import Counter
from collections.abc import Sequence

from collector.figures.figure import Figure

KEPT_OF_A_SOURCE = 10_000
"""Hours of what a collector counts about itself; of what is one figure for each place, the newest time. A figure is
about 1 kB."""


class Unwritten:
    """What sources brought, by their names, oldest first. What a source brings at one time is kept whole."""

    def __init__(self, kept_of_a_source: int = KEPT_OF_A_SOURCE) -> None:
        self._kept_of_a_source = kept_of_a_source
        self._figures: dict[str, Sequence[Figure]] = {}
        self._dropped: Counter[str] = Counter()

    @property
    def sources(self) -> list[str]:
        """Of which something waits."""
        return list(self._figures)

    def add(self, source: str, figures: Sequence[Figure]) -> None:
        """Keep what a source has brought, and let go of its oldest where that is too much."""
        if not figures:
            return
        kept = [*self._figures.get(source, ()), *figures]
        excess = max(0, len(kept) - max(self._kept_of_a_source, len(figures)))
        self._figures[source] = kept[excess:]
        self._dropped[source] += excess

    def take(self, source: str) -> Sequence[Figure]:
        """All of a source; it waits no more."""
        return self._figures.pop(source, ())

    def put_back(self, source: str, figures: Sequence[Figure]) -> None:
        """What was taken waits again, before what has come since."""
        newer = self.take(source)
        self._figures[source] = figures
        self.add(source, newer)

    def take_dropped(self, source: str) -> int:
        """How many figures of a source were let go since this was asked last."""
        return self._dropped.pop(source, 0)
