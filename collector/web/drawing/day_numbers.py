"""The numbers of an access point's day as a table: what stands in its heads and cells. Pure; for `place_day.html`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from collector.web.drawing.place_day import PlaceDay
from collector.web.drawing.plots import Plot, Unit
from collector.web.formatting import Formatter

Format = Callable[[float | None], str | None]


@dataclass(frozen=True, slots=True)
class NumberRow:
    """One bucket: its beginning, and a cell for each column of each plot; None where nothing was reported."""

    at: datetime
    cells: tuple[str | None, ...]


def formats(formatter: Formatter) -> Mapping[Unit, Format]:
    """How numbers of each unit are written."""
    return {
        Unit.COUNT: formatter.decimal,
        Unit.RATE: formatter.rate,
        Unit.RATIO: formatter.percent,
        Unit.PER_SECOND: formatter.per_second,
        Unit.SECONDS: formatter.milliseconds,
    }


def number_rows(day: PlaceDay, plots: Sequence[Plot], formatter: Formatter) -> tuple[NumberRow, ...]:
    """The buckets in which anything was told, the newest first."""
    written = formats(formatter)
    columns = [[written[column.unit](value) for value in column.slots] for plot in plots for column in plot.columns]
    rows = (
        NumberRow(day.since + timedelta(seconds=index * day.bucket_seconds), cells)
        for index, cells in enumerate(zip(*columns, strict=True))
    )
    return tuple(row for row in rows if any(cell is not None for cell in row.cells))[::-1]
