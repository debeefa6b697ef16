"""What rules tell of a row beside its state, out of columns: only what is known. Pure; used by `rules`."""

from collections.abc import Callable, Mapping

import numpy as np

from collector.alerts.judging.verdicts import Floats, Told


def known_figures(columns: Mapping[str, Floats]) -> Callable[[int], Told]:
    """For `Verdicts.detail`: the figures of a row that are there, by the names given."""

    def told(row: int) -> Told:
        figures = {name: float(column[row]) for name, column in columns.items()}
        return {name: figure for name, figure in figures.items() if not np.isnan(figure)}

    return told


def people_in(clients: Floats) -> Callable[[int], int | None]:
    """For `Verdicts.people`: how many are connected, where that is known."""

    def people(row: int) -> int | None:
        return None if np.isnan(clients[row]) else int(clients[row])

    return people
