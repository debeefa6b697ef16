"""Figures of sites added up for all sites of a kind, for what a city shows over time: it has thousands of sites and few
kinds, and an engine that has to add sites up for every board takes seconds. Pure; for `sites` and `city`."""

from collections.abc import Iterable, Iterator

from collector.figures.figure import Figure
from collector.figures.measurements import (
    KIND,
    KIND_BAND,
    KIND_CHECK,
    KIND_HOUR,
    KIND_STATE,
    SITE,
    SITE_BAND,
    SITE_CHECK,
    SITE_HOUR,
    SITE_STATE,
)

_OF_KINDS = {
    SITE.name: KIND,
    SITE_BAND.name: KIND_BAND,
    SITE_CHECK.name: KIND_CHECK,
    SITE_HOUR.name: KIND_HOUR,
    SITE_STATE.name: KIND_STATE,
}


def followed_by_kinds(of_sites: Iterable[Figure]) -> Iterator[Figure]:
    """The figures of sites, all of one instant, one by one, and behind them those of kinds: a city's need not
    be held. What no site of a kind tells is absent."""
    together = _Together()
    for figure in of_sites:
        together.add(figure)
        yield figure
    yield from together.figures()


class _Together:
    """Sums by kind, as far as figures of sites have come."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], tuple[Figure, dict[str, float | None]]] = {}

    def add(self, figure: Figure) -> None:
        of_kind = _OF_KINDS[figure.measurement.name]
        tags = {tag: figure.tags[tag] for tag in of_kind.tags}
        key = (of_kind.name, *tags.values())
        if key not in self._known:
            values: dict[str, float | None] = {}
            self._known[key] = Figure(of_kind, tags, figure.at, values), values
        _, values = self._known[key]
        for field in of_kind.fields:
            value = figure.values.get(field)
            if value is not None:
                values[field] = (values.get(field) or 0.0) + value

    def figures(self) -> Iterator[Figure]:
        for figure, _ in self._known.values():
            yield figure
