"""What a band on the time axis of an access point's day consists of. Pure; `place_plots` makes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from collector.evidence import RadioKey
from collector.web.drawing.charts import Peak, Slots, Trace, peak_of, scale_top, trace
from collector.web.drawing.place_day import PlaceDay, PointValue


class Unit(StrEnum):
    """What a band's numbers are."""

    COUNT = "count"
    RATE = "rate"
    RATIO = "ratio"
    PER_SECOND = "per_second"
    SECONDS = "seconds"


class CheckState(StrEnum):
    """What the checks of a bucket came to."""

    GOOD = "checks_good"
    PARTLY = "checks_partly"
    BAD = "checks_bad"


@dataclass(frozen=True, slots=True)
class Column:
    """One value in each bucket, and its highest. `radio` is whose it is where a band has several."""

    name: str
    unit: Unit
    slots: Slots
    peak: Peak | None
    radio: RadioKey | None = None


@dataclass(frozen=True, slots=True)
class Layer:
    """A column that is drawn."""

    column: Column
    trace: Trace


@dataclass(frozen=True, slots=True)
class Stretch:
    """Buckets beside each other whose checks came to the same, in per cent of the width."""

    left: float
    width: float
    state: CheckState


@dataclass(frozen=True, slots=True)
class Plot:
    """One band: layers on a scale from 0 to `top`, and all of its columns. `radio` or `kind` say of which radio or
    which checks it is; of checks there is besides how they went, as `stretches`."""

    name: str
    unit: Unit
    top: float
    layers: tuple[Layer, ...]
    columns: tuple[Column, ...]
    radio: RadioKey | None = None
    kind: str | None = None
    stretches: tuple[Stretch, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether anything of it was told."""
        return any(column.peak is not None for column in self.columns)


def column_of(day: PlaceDay, name: str, unit: Unit, value: PointValue, *, radio: RadioKey | None = None) -> Column:
    """One value of a day's buckets."""
    slots = day.slots(value)
    return Column(name, unit, slots, peak_of(slots, day.since, day.bucket_seconds), radio)


def lines(day: PlaceDay, name: str, unit: Unit, values: Mapping[str, PointValue], *, least_top: float) -> Plot:
    """A band with a line for each of the values by name, all on one scale that ends at `least_top` or above."""
    columns = tuple(column_of(day, key, unit, value) for key, value in values.items())
    return line_plot(name, columns, least_top=least_top)


def line_plot(name: str, columns: tuple[Column, ...], *, least_top: float, most_top: float | None = None) -> Plot:
    """A band with a line for each of the columns, which have one unit."""
    top = scale_top([column.slots for column in columns], least_top=least_top)
    top = top if most_top is None else min(top, most_top)
    layers = tuple(Layer(column, trace(column.slots, top)) for column in columns if column.peak is not None)
    return Plot(name, columns[0].unit, top, layers, columns)
