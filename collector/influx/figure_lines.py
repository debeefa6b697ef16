"""From the collector's own figures to lines of the line protocol. For the store's `write_figures`. Pure.

As with reports, every number is a float, and what is absent has no field; a figure without a number has no line.
"""

import math
from collections.abc import Iterable, Iterator

from collector.figures.figure import Figure
from collector.influx.rows import milliseconds
from collector.influx.series import escape

_CONTROLS = dict.fromkeys([*range(0x20), 0x7F], " ")
"""A name in the inventory may hold a line end, which no line can."""


def figure_line(figure: Figure) -> str | None:
    """The line of a figure, its instant in whole milliseconds; None where none of its values is known. Neither engine
    keeps what is not finite."""
    fields = ",".join(
        f"{name}={float(value)!r}"
        for name, value in figure.values.items()
        if value is not None and math.isfinite(value)
    )
    if not fields:
        return None
    tags = "".join(f",{key}={_escape(value)}" for key, value in sorted(figure.tags.items()) if value)
    return f"{figure.measurement.name}{tags} {fields} {milliseconds(figure.at)}"


def figure_batches(figures: Iterable[Figure], lines_each: int) -> Iterator[list[str]]:
    """The lines of figures, at most so many to a batch, each batch made when it is asked for."""
    batch: list[str] = []
    for figure in figures:
        line = figure_line(figure)
        if line is None:
            continue
        batch.append(line)
        if len(batch) == lines_each:
            yield batch
            batch = []
    if batch:
        yield batch


def _escape(value: str) -> str:
    """Not remembered: that would drive out the names that every report has."""
    return escape(value if value.isprintable() else value.translate(_CONTROLS))
