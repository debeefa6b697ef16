"""Sites in rows, as rules judge them. Pure; used by `rules`."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from collector.alerts.alert import Subject
from collector.alerts.judging.snapshot import Layout
from collector.alerts.judging.verdicts import Flags, Floats


class Sites:
    """A row a site, in the layout's order."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def count(self, flags: Flags) -> Floats:
        """At each site, how many of its access points this is true of."""
        return np.bincount(self._layout.site_of[flags], minlength=len(self._layout.sites)).astype(np.float64)

    def rows_of(self, row: int) -> list[int]:
        """The rows of a site's access points."""
        rows: list[int] = self._by_site[self._starts[row] : self._starts[row + 1]].tolist()
        return rows

    def subject(self, row: int) -> Subject:
        """A site as what an alert is about."""
        return Subject(self._layout.sites[row], self._layout.sites[row])

    def row(self, key: str) -> int | None:
        """The row of a site."""
        return self._layout.site_rows.get(key)

    def is_known(self, key: str) -> bool:
        """Whether the inventory has this site."""
        return key in self._layout.site_rows

    @cached_property
    def _by_site(self) -> NDArray[np.intp]:
        return np.argsort(self._layout.site_of, kind="stable")

    @cached_property
    def _starts(self) -> list[int]:
        counts = np.bincount(self._layout.site_of, minlength=len(self._layout.sites))
        return [0, *np.cumsum(counts).tolist()]
